"""Posting to an address that somebody gave us: resolved once, checked, and connected to as checked.

The name is looked up one single time, so that nobody can answer the check with one address and the
connection with another. Redirects are not followed, and no more of an answer is read than a little.
"""

import http.client
import socket
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from scrm.outside.addresses import Forbidden, Target, is_public
from scrm.wecom.tls import full_context

SECONDS = 5.0
MOST_READ = 16 * 1024

Resolve = Callable[[str, int], Sequence[str]]
Dial = Callable[[str, int, str], socket.socket]


class NotReached(RuntimeError):
    """No answer: the name has no address, nobody listened, or TLS failed."""


def resolved(host: str, port: int) -> list[str]:
    """Return the addresses of a name; raises NotReached when there is none."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise NotReached("the name has no address") from error
    return list(dict.fromkeys(str(each[4][0]) for each in found))


def dialled(address: str, port: int, host: str) -> socket.socket:
    """Return a TLS connection to an address, whose certificate is the name's."""
    plain = socket.create_connection((address, port), timeout=SECONDS)
    try:
        return _tls().wrap_socket(plain, server_hostname=host)
    except BaseException:
        plain.close()
        raise


def _tls() -> ssl.SSLContext:
    return full_context()


@dataclass(frozen=True)
class Poster:
    """Posts. `resolve` and `dial` are the network's; a test brings its own."""

    resolve: Resolve = field(default=resolved)
    dial: Dial = field(default=dialled)

    def post(self, target: Target, body: bytes, headers: Mapping[str, str]) -> int:
        """Return the status that the target answers with.

        Raises Forbidden when any address of the name is not public, NotReached when there is no answer. Not
        idempotent: the receiver may have taken what it did not answer.
        """
        addresses = self.resolve(target.host, target.port)
        if not addresses or not all(is_public(each) for each in addresses):
            raise Forbidden("地址不在公网上")
        try:
            return self._posted(addresses[0], target, body, headers)
        except (OSError, http.client.HTTPException) as error:
            raise NotReached(type(error).__name__) from error

    def _posted(self, address: str, target: Target, body: bytes, headers: Mapping[str, str]) -> int:
        connection = http.client.HTTPSConnection(target.host, target.port, timeout=SECONDS)
        connection.sock = self.dial(address, target.port, target.host)
        try:
            connection.request("POST", target.path, body, dict(headers))
            answer = connection.getresponse()
            answer.read(MOST_READ)
            return answer.status
        finally:
            connection.close()
