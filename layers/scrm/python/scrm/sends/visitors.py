"""Telling a person who opens a link from a program that looks at it. Pure (CON-17).

A program may call itself a browser, so this is no proof: left out is what says of itself that it is none.
"""

import re
from collections.abc import Mapping

_PROGRAMS = re.compile(
    r"(?<!cu)bot\b|bot/|spider|crawl|preview|prefetch|slurp|externalhit|embedly|headless|scan"
    r"|curl/|wget/|python|java/|okhttp|go-http-client|libwww|httpclient|node-fetch|axios"
    r"|wechatshareextension|whatsapp|^mozilla/4\.0$|^mozilla/5\.0$",
    re.IGNORECASE,
)
"""What programs call themselves that fetch links for previews, searches, checks. CUBOT makes telephones."""


def is_person(method: str, headers: Mapping[str, str]) -> bool:
    """Return whether a request with these headers, named in lower case, is a person opening the address."""
    if method != "GET":
        return False
    ahead = (headers.get(name, "") for name in ("purpose", "sec-purpose", "x-purpose", "x-moz"))
    if any("prefetch" in each.lower() or "preview" in each.lower() for each in ahead):
        return False
    agent = headers.get("user-agent", "")
    return bool(agent) and not _PROGRAMS.search(agent)
