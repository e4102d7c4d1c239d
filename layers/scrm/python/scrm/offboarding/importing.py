"""The kind of job `unassigned_import`: WeCom's list of departed members' customers, page by page (INH-02).

Whom we do not know becomes known: the relation, the contact, the customer, as reconciliation does it. The
cursor is WeCom's with the place in its page. A chunk's results tell for each member how many it listed.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from scrm.customers.dynamodb import Customers
from scrm.jobs.dynamodb import Jobs
from scrm.jobs.model import GiveUp, Outcome, Result, Work
from scrm.offboarding import departures_dynamodb as stored
from scrm.offboarding import job
from scrm.offboarding.knowing import make_known
from scrm.offboarding.model import STATUSES
from scrm.staff.dynamodb import member
from scrm.staff.model import key
from scrm.telemetry import count
from scrm.wecom.deployed import wecom
from scrm.wecom.errors import (
    OURS_TO_MEND,
    Busy,
    CursorExpired,
    Throttled,
    TokenRejected,
    UnknownOutcome,
)
from scrm.wecom.transfers import Unassigned, unassigned_page

AFTER_TROUBLE = 300.0
customers = Customers()


@dataclass
class _Page:
    """What a page came to: customers listed and made known, by the userid of who left."""

    listed: Counter[str]
    known: Counter[str]

    def results(self) -> tuple[Result, ...]:
        """Return a line for each member, as it is kept."""
        return tuple(
            Result(userid, "done", f"{number}:{self.known[userid]}") for userid, number in self.listed.items()
        )


def run(work: Work) -> Outcome:
    """Make a page's customers known; after the last, record how many each member's are. Safe to repeat.

    A call for each page of 1,000 and each customer who was unknown; 0.5 RRU a customer, 4 WRU an unknown one.
    """
    cursor, _, begin = work.cursor.rpartition("|")
    try:
        rows, following = unassigned_page(wecom(), cursor)
        place, page = _read(rows, int(begin), work)
    except Throttled as throttled:
        return Outcome(next_cursor=work.cursor, delay=throttled.retry_after)
    except (Busy, TokenRejected, UnknownOutcome):
        return Outcome(next_cursor=work.cursor, delay=AFTER_TROUBLE)
    except CursorExpired:
        raise GiveUp("cursor_expired") from None
    except OURS_TO_MEND:
        raise GiveUp("not_permitted") from None
    results = page.results()
    if place < len(rows):
        return Outcome(results, next_cursor=f"{cursor}|{place}")
    if following:
        return Outcome(results, next_cursor=f"{following}|0")
    _conclude(work, results)
    return Outcome(results)


def _read(rows: Sequence[Unassigned], begin: int, work: Work) -> tuple[int, _Page]:
    """Make customers known from a place on; return how far it came, and what it came to."""
    page = _Page(Counter(), Counter())
    part = rows[begin:]
    left = _note_members(part, work.now)
    ours = _relations(part)
    for place, row in enumerate(part, begin):
        if place > begin and not work.has_time():
            return place, page
        if row.handover not in left:
            continue
        page.listed[row.handover] += 1
        if (key(row.handover), row.external_userid) not in ours:
            page.known[row.handover] += make_known(row, work.now)
    count("unassigned_listed", len(part))
    count("unassigned_made_known", page.known.total())
    return len(rows), page


def _note_members(rows: Iterable[Unassigned], now: datetime) -> set[str]:
    """Record who left, and when, and return them: also those who left before anything of ours was there.

    A userid that somebody has again is left alone: nobody can tell whose customers those were.
    """
    left = set()
    for userid, left_at in {row.handover: row.left_at for row in rows}.items():
        there = member(userid, consistent=True)
        if there and there.status not in STATUSES:
            count("unassigned_of_present")
            continue
        left.add(userid)
        at = datetime.fromtimestamp(left_at, UTC) if left_at else None
        gone = stored.departure(userid)
        if gone is None or gone.status != "left":
            stored.note_gone(userid, "left", at or now)
        if at and (gone is None or gone.left_at != at):
            stored.note_left_at(userid, at)
    return left


def _relations(rows: Iterable[Unassigned]) -> set[tuple[str, str]]:
    """Return which of the rows' relations we have: member's key and contact. A batch read for each 100."""
    of_members: dict[str, list[str]] = {}
    for row in rows:
        of_members.setdefault(row.handover, []).append(row.external_userid)
    return {
        (key(userid), there)
        for userid, those in of_members.items()
        for there, relation in customers.relations(userid, those).items()
        if relation.status != "none"
    }


def _conclude(work: Work, last: Sequence[Result]) -> None:
    """Record how many WeCom lists of each member's, none of those it does not; count anew where some came."""
    totals, known = _totals([*_earlier(work), *last])
    for gone in stored.departures():
        if gone.status == "left" and (totals[key(gone.userid)] or gone.listed != 0):
            stored.note_listed(gone.userid, totals[key(gone.userid)], work.now)
    job.start(work.job.job_id, [each for each, number in known.items() if number], work.now)


def _earlier(work: Work) -> Iterable[Result]:
    before = Jobs().results(work.job.job_id)
    return (each for chunk, those in before if chunk != work.chunk.chunk_id for each in those)


def _totals(results: Iterable[Result]) -> tuple[Counter[str], Mapping[str, int]]:
    listed: Counter[str] = Counter()
    known: Counter[str] = Counter()
    for each in results:
        told, _, fresh = each.code.partition(":")
        listed[key(each.subject)] += int(told)
        known[key(each.subject)] += int(fresh)
    return listed, known
