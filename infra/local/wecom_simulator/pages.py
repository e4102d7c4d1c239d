"""The few pages that browsers open: WeCom's login, and the pictures of contact ways."""

from __future__ import annotations

import hashlib
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from .people import UnknownPerson

if TYPE_CHECKING:
    from .simulator import Simulator

Page = tuple[int, dict[str, str], bytes]

_LOGIN = ("/connect/oauth2/authorize", "/wwlogin/sso/login", "/wwopen/sso/qrConnect")
_HTML = {"Content-Type": "text/html; charset=UTF-8"}


def serve_page(sim: Simulator, method: str, path: str, query: dict[str, str]) -> Page:
    """Return the page for one GET; 404 for anything else."""
    if method == "GET" and path in _LOGIN:
        return _login(sim, path, query)
    if method == "GET" and path.startswith("/qr/"):
        return 200, {"Content-Type": "image/svg+xml"}, _picture(path.rpartition("/")[2]).encode()
    return 404, {"Content-Type": "text/plain"}, b""


def _login(sim: Simulator, path: str, query: dict[str, str]) -> Page:
    """Redirect back with a code for `as=userid`; without it, a page that offers every member.

    `as` is the simulator's own: the product never sends it.
    """
    target = query.get("redirect_uri", "")
    if query.get("appid") != sim.world.corp_id or urlsplit(target).scheme not in ("http", "https"):
        return 200, _HTML, "<p>redirect_uri 与配置的可信域名不一致 (50001)</p>".encode()
    if "as" not in query:
        return 200, _HTML, _chooser(sim, path, query).encode()
    try:
        private = query.get("scope") == "snsapi_privateinfo"
        code = sim.people.login(userid=query["as"], private_info=private)["code"]
    except UnknownPerson:
        return 404, _HTML, b""
    joiner = "&" if urlsplit(target).query else "?"
    answer = urlencode({"code": code, "state": query.get("state", "")})
    return 302, {"Location": f"{target}{joiner}{answer}"}, b""


def _chooser(sim: Simulator, path: str, query: dict[str, str]) -> str:
    rows = []
    for staff in sim.world.employed():
        link = escape(f"{path}?{urlencode(query | {'as': staff.userid})}")
        rows.append(f'<li><a href="{link}">{escape(staff.name)} ({escape(staff.userid)})</a></li>')
    head = '<!doctype html><html lang="zh"><title>企业微信模拟登录</title><h1>以谁的身份登录?</h1>'
    return f"{head}<ul>{''.join(rows)}</ul>"


def _picture(name: str) -> str:
    """Return squares that differ per code. They only look like a QR code."""
    bits = hashlib.sha256(name.encode()).digest() * 2
    cells = [
        f'<rect x="{x}" y="{y}" width="1" height="1"/>'
        for y in range(21)
        for x in range(21)
        if bits[(y * 21 + x) // 8 % len(bits)] >> (x % 8) & 1
    ]
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-2 -2 25 25" width="250">{"".join(cells)}</svg>'
