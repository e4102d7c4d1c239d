"""/admin/audit: who did what, and whether the log is what was written."""

import re
from typing import Any

from pydantic import Field

from scrm.admin.rights import SEE_AUDIT
from scrm.audit import dynamodb as stored
from scrm.audit.model import Entry, Link, follow
from scrm.http import paging, problems
from scrm.http.fields import In, Out, Page, PageQuery
from scrm.http.routing import Api, Request

LIST = "AUDIT"
READ_AT_MOST = 2000
VERIFIED_AT_MOST = 20_000
_PLACE = re.compile(r"[0-9TZ:-]{20}#[0-9]{12,15}")


class AuditQuery(PageQuery):
    """Which lines: by who, by what was done, by what it was done to (exact, or a beginning ending in *)."""

    actor: str | None = Field(default=None, max_length=64)
    action: str | None = Field(default=None, max_length=64)
    subject: str | None = Field(default=None, max_length=256)


class AuditLine(Out):
    """One line of the log."""

    seq: int
    at: str
    actor: str
    action: str
    subject: str
    before: Any = None
    after: Any = None
    request_id: str
    hash: str


class VerifyQuery(In):
    """Where to go on with a long log."""

    cursor: str | None = None


class Verification(Out):
    """Whether the lines are what was written; `tampered_seq` is the first one that is not.

    reason: changed (its content), missing (it is gone), broken_link (the line before it was replaced),
    truncated (the log ends before its recorded end). A long log is verified in parts: follow the cursor.
    """

    ok: bool
    checked: int
    tampered_seq: int | None = None
    reason: str | None = None
    next_cursor: str | None = None


def declare(api: Api) -> None:
    """Add the routes."""
    api.route(
        "GET", "/admin/audit", roles=SEE_AUDIT, scope="corp", query=AuditQuery, answers=Page[AuditLine]
    )(lines)
    api.route(
        "GET", "/admin/audit:verify", roles=SEE_AUDIT, scope="corp", query=VerifyQuery, answers=Verification
    )(verify)


def lines(request: Request) -> Page[AuditLine]:
    """The audit log, newest first, filtered by actor, action and subject.

    At most 2,000 lines are looked through for one page; a page may be short and still have a next one.
    """
    asked: AuditQuery = request.query
    start = paging.decode(LIST, asked.cursor, free=("before",))
    before = _place(start["before"]) if start else None
    found: list[Entry] = []
    for _ in range(READ_AT_MOST // 100):
        chunk = stored.newest(before, 100)
        for place, entry in chunk:
            before = place
            if _wanted(entry, asked):
                found.append(entry)
                if len(found) == asked.limit:
                    return _page(found, before)
        if len(chunk) < 100:
            return _page(found, None)
    return _page(found, before)


def _page(found: list[Entry], before: str | None) -> Page[AuditLine]:
    items = [AuditLine.model_validate(entry) for entry in found]
    return Page(items=items, next_cursor=paging.encode(LIST, {"before": before} if before else None))


def _place(told: Any) -> str:
    """Return a line's sort key as a cursor tells it; raises a 422 problem for what is none."""
    if not isinstance(told, str) or not _PLACE.fullmatch(told):
        raise problems.invalid_field("cursor", "游标不属于这个列表")
    return told


def _wanted(entry: Entry, asked: AuditQuery) -> bool:
    return (
        (asked.actor is None or entry.actor.lower() == asked.actor.lower())
        and (asked.action is None or entry.action == asked.action)
        and (asked.subject is None or _matches(entry.subject, asked.subject))
    )


def _matches(subject: str, asked: str) -> bool:
    return subject.startswith(asked[:-1]) if asked.endswith("*") else subject == asked


def _reached(cursor: str | None) -> tuple[str | None, Link]:
    """Return how far the verification got: the last line's sort key, and the chain's end there."""
    start = paging.decode(f"{LIST}:verify", cursor, free=("place", "seq", "hash"))
    if start is None:
        return None, Link()
    if not isinstance(start["seq"], int):
        raise problems.invalid_field("cursor", "游标不属于这个列表")
    return _place(start["place"]), Link(start["seq"], str(start["hash"]))


def verify(request: Request) -> Verification:
    """Whether the log is what was written: each line's hash, and each line's link to the one before."""
    place, link = _reached(request.query.cursor)
    end = stored.end()
    rows = list(stored.lines(place, VERIFIED_AT_MOST))
    reached, fault = follow((entry for _, entry in rows), link)
    checked = reached.seq - link.seq
    if fault:
        return Verification(ok=False, checked=checked, tampered_seq=fault.seq, reason=fault.reason)
    if len(rows) == VERIFIED_AT_MOST:
        cursor = {"place": rows[-1][0], "seq": reached.seq, "hash": reached.hash}
        return Verification(ok=True, checked=checked, next_cursor=paging.encode(f"{LIST}:verify", cursor))
    if reached.seq < end.seq or (reached.seq == end.seq and reached.hash != end.hash):
        return Verification(ok=False, checked=checked, tampered_seq=reached.seq + 1, reason="truncated")
    return Verification(ok=True, checked=checked)
