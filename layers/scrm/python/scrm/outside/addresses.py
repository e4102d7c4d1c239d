"""Which addresses outside may be called: public names over TLS, nothing of our network (bar S12). Pure."""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

LONGEST_URL = 500
PORTS = frozenset({443, 8443})
# Letters in the last part: an address written as a number, in whatever notation, is none.
_HOST = re.compile(
    r"(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])"
)
# Names that lead inside, whoever answers for them.
_INSIDE = (
    ".local",
    ".internal",
    ".localhost",
    ".localdomain",
    ".home",
    ".lan",
    ".corp",
    ".intranet",
    ".arpa",
)
_EMBEDDING = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"), IPv6Network("::/96"))


class Forbidden(ValueError):
    """An address that may not be called; the text is for a person and names no address."""


@dataclass(frozen=True)
class Target:
    """Where a URL leads: `path` with its query."""

    host: str
    port: int
    path: str


def target_of(url: str) -> Target:
    """Return where a URL leads; raises Forbidden for anything but https to a public name."""
    if len(url) > LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise Forbidden("地址格式不正确")
    try:
        parts = urlsplit(url)
        port = parts.port or 443
    except ValueError:
        raise Forbidden("地址格式不正确") from None
    if parts.scheme != "https":
        raise Forbidden("地址必须以 https:// 开头")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise Forbidden("地址里不能有用户名、密码或 #")
    host = (parts.hostname or "").lower()
    if not _HOST.fullmatch(host) or host.endswith(_INSIDE):
        raise Forbidden("地址必须是公网域名")
    if port not in PORTS:
        raise Forbidden("端口必须是 443 或 8443")
    path = parts.path or "/"
    return Target(host, port, f"{path}?{parts.query}" if parts.query else path)


def is_public(address: str) -> bool:
    """Return whether an IP address, as a resolver gives it, is one of the public internet."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, IPv6Address):
        return _is_public_6(found)
    return _is_public_4(found)


def _is_public_4(found: IPv4Address) -> bool:
    return found.is_global and not (found.is_multicast or found.is_reserved)


def _is_public_6(found: IPv6Address) -> bool:
    """An address that carries one of IPv4 is as public as that; tunnels lead anywhere and are refused."""
    if found.ipv4_mapped is not None:
        return _is_public_4(found.ipv4_mapped)
    if found.sixtofour is not None or found.teredo is not None or any(found in each for each in _EMBEDDING):
        return False
    return found.is_global and not (found.is_multicast or found.is_reserved or found.is_site_local)
