"""Signatures that let a page of ours use WeCom's JS-SDK (spec CUS-01). Pure.

A signature is good for any page it names, so only pages of our own hosts get one. Tickets stay here.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from scrm.wecom.jssdk import signature


class ForeignPage(ValueError):
    """The page is not one of ours, or is no page at all."""


@dataclass(frozen=True)
class Signed:
    """One signature with what it was made of; `timestamp` in unix seconds."""

    timestamp: int
    nonce_str: str
    signature: str


def own_page(url: str, hosts: Iterable[str]) -> str:
    """Return the page that is to be signed: `url` without its fragment. Raises ForeignPage.

    `hosts` are the hosts whose pages are ours, with a port where it is not the usual one.
    """
    page = url.partition("#")[0]
    try:
        parts = urlsplit(page)
    except ValueError:
        raise ForeignPage from None
    known = {host.lower() for host in hosts if host}
    plain = page.isascii() and page.isprintable() and not any(each in page for each in ' \\"<>^`{|}')
    if parts.scheme not in {"https", "http"} or not plain or parts.netloc.lower() not in known:
        raise ForeignPage
    return page


def signed(ticket: str, page: str, now: datetime) -> Signed:
    """Return a signature of `page` with a nonce of its own."""
    timestamp, nonce = int(now.timestamp()), secrets.token_hex(8)
    return Signed(timestamp, nonce, signature(ticket, nonce, timestamp, page))
