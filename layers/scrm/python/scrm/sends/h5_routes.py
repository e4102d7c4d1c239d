"""/h5/r/{token}: short links. Whoever opens one is led on, and the send counts an open (CON-17)."""

from typing import Any, Literal
from urllib.parse import quote, urlsplit

from scrm.batches import will_pass
from scrm.h5.limits_dynamodb import at_most
from scrm.http import problems
from scrm.http.fields import Out
from scrm.http.request import Answer, Request
from scrm.http.routing import ANYONE, Api
from scrm.moments import rfc3339
from scrm.sends import dynamodb as stored
from scrm.sends.model import Happening
from scrm.sends.visitors import is_person
from scrm.telemetry import count

OPENS_A_MINUTE = 120
FORWARDS_A_MINUTE = 30

GONE = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex"><title>链接已失效</title></head>
<body><h1>链接已失效</h1><p>请联系您的专属顾问重新发送。</p></body></html>
"""
"""What every browser shows that has no link of ours, whatever is wrong with it."""


class ForwardOut(Out):
    """It was taken in."""

    status: Literal["received"] = "received"


def declare(api: Api) -> None:
    """Add the routes."""
    linked: dict[str, Any] = {"roles": ANYONE, "public": True, "scope": "the linked send"}
    api.route("GET", "/h5/r/{token}", **linked, status=302)(follow)
    api.route("HEAD", "/h5/r/{token}", **linked, status=302)(follow)
    api.route("POST", "/h5/r/{token}/forwards", answers=ForwardOut, **linked)(forward)


def follow(request: Request) -> Answer:
    """Lead a customer to what they were sent, and record that they opened it.

    Opens within the same minute count once. Only the link itself says where it leads.
    """
    _at_most_opens(request)
    found = stored.link(request.params["token"], request.now)
    if found is None or urlsplit(found.target).scheme not in {"http", "https"}:
        return _gone(request)
    if is_person(request.method, request.headers):
        _record(found, "open", request)
    return Answer(status=302, headers={"Location": _location(found.target), "Referrer-Policy": "no-referrer"})


def _at_most_opens(request: Request) -> None:
    """Refuse an address that opens too many links; while opens cannot be counted, customers are led on."""
    try:
        at_most(OPENS_A_MINUTE, "link", request)
    except Exception as error:
        if not will_pass(error):
            raise
        count("open_not_limited")


def forward(request: Request) -> Answer | ForwardOut:
    """Record that a page which a link led to was passed on, as the page's own script tells; once a minute.

    The script knows the link's token, or the share id that its address was given.
    """
    at_most(FORWARDS_A_MINUTE, "forward", request)
    found = stored.link(request.params["token"], request.now) or _shared(request)
    if found is None:
        return _gone(request)
    stored.happened(found.send_id, "forward", _minute(request), request.now, "link", found.target)
    return ForwardOut()


def _shared(request: Request) -> stored.Link | None:
    send = stored.send(request.params["token"], consistent=False)
    return None if send is None or send.is_over(request.now) else stored.Link(send.send_id, "")


def _location(target: str) -> str:
    """Return an address as a header may hold it: what is no ASCII is written in percent signs."""
    return quote(target, safe="%/:?#[]@!$&'()*+,;=~")


def _gone(request: Request) -> Answer:
    """Return the page for a browser; raises the usual problem for a program."""
    if "text/html" not in request.headers.get("accept", ""):
        raise problems.not_found("没有这个地址")
    return Answer(text=GONE, status=404, headers={"Content-Type": "text/html; charset=utf-8"})


def _record(found: stored.Link, kind: Happening, request: Request) -> None:
    """Record an open; while the table is busy the customer is led on all the same."""
    try:
        stored.happened(found.send_id, kind, _minute(request), request.now, "link", found.target)
    except Exception as error:
        if not will_pass(error):
            raise
        count("open_not_recorded")


def _minute(request: Request) -> str:
    return rfc3339(request.now.replace(second=0, microsecond=0))
