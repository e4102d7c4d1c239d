"""The kind of job `groups_sync`: groups are made what WeCom says they are (SVC-13).

A walk from page to page: the groups that WeCom lists, those whose owner left, then ours that are neither
dismissed nor read by this job. A cursor is `<step>|<place>|<WeCom's cursor>`; where the app sees too many
members, WeCom lists groups by owner only, 100 at a time.
"""

from itertools import islice

from scrm.groups import dynamodb as stored
from scrm.groups.model import OWNER_STATES, Group, OwnerState
from scrm.groups.reading import read
from scrm.jobs.model import GiveUp, Outcome, Result, Work
from scrm.staff.dynamodb import load_directory
from scrm.wecom import group_chats
from scrm.wecom.client import WeCom
from scrm.wecom.deployed import wecom
from scrm.wecom.errors import (
    OURS_TO_MEND,
    Busy,
    CursorExpired,
    NeedsOwners,
    Refused,
    Throttled,
    TokenRejected,
    UnknownOutcome,
)

AT_ONCE = 50
AFTER_TROUBLE = 300.0
LISTED, BY_OWNER, RESIGNED, OURS = "list", "owners", "resigned", "ours"


def run(work: Work) -> Outcome:
    """Do a page; `done` counts groups that were read. Safe to repeat.

    A call for each page and each group; 1 RRU for each 4 KB of a group, by bytes twice what changed.
    """
    step, place, cursor = work.cursor.split("|", 2)
    page = Page(work, wecom())
    try:
        if step == OURS:
            return page.of_ours(place)
        return page.of_wecoms(step, place, cursor)
    except NeedsOwners:
        return Outcome(next_cursor=f"{BY_OWNER}||")
    except Throttled as throttled:
        return page.outcome(work.cursor, throttled.retry_after)
    except (Busy, TokenRejected, UnknownOutcome):
        return page.outcome(work.cursor, AFTER_TROUBLE)
    except OURS_TO_MEND:
        raise GiveUp("not_permitted") from None
    except CursorExpired:
        raise GiveUp("cursor_expired") from None


class Page:
    """One page of the walk, and what has come of it so far."""

    def __init__(self, work: Work, system: WeCom) -> None:
        self._work = work
        self._wecom = system
        self._done = 0
        self._refused: list[Result] = []

    def outcome(self, next_cursor: str | None, delay: float = 0) -> Outcome:
        """Return what the page came to, and where the walk goes on."""
        return Outcome(tuple(self._refused), done=self._done, next_cursor=next_cursor, delay=delay)

    def of_wecoms(self, step: str, place: str, cursor: str) -> Outcome:
        """Read the groups of a page of WeCom's list that we do not have, or have otherwise."""
        owners = _owners_after(place) if step == BY_OWNER else []
        if step == BY_OWNER and not owners:
            return self.outcome(f"{RESIGNED}||")
        page = group_chats.page(self._wecom, int(step == RESIGNED), owners, cursor)
        known = stored.groups(chat_id for chat_id, _ in page.rows)
        for chat_id, status in page.rows:
            if _differs(known.get(chat_id), status):
                if not self._work.has_time():
                    return self.outcome(self._work.cursor)
                self._read(chat_id, status)
        if page.next_cursor:
            return self.outcome(f"{step}|{place}|{page.next_cursor}")
        return self.outcome(_after(step, owners))

    def of_ours(self, place: str) -> Outcome:
        """Read some of ours again, unless this job has."""
        page = [*islice(stored.listed(after=place), AT_ONCE)]
        held = stored.groups(each.chat_id for each in page if each.status == "active")
        for each in page:
            known = held.get(each.chat_id)
            if known and not (known.read_at and known.read_at >= self._work.job.created_at):
                if not self._work.has_time():
                    return self.outcome(f"{OURS}|{place}|")
                self._read(each.chat_id)
            place = stored.place_of(each)
        return self.outcome(f"{OURS}|{place}|" if len(page) == AT_ONCE else None)

    def _read(self, chat_id: str, status: int | None = None) -> None:
        state = None if status is None else _state(status)
        try:
            read(self._wecom, chat_id, self._work.now, listed_as=state)
        except OURS_TO_MEND:
            raise
        except Refused as refused:
            self._refused.append(Result(chat_id, "failed", str(refused.errcode)))
        else:
            self._done += 1


def _differs(known: Group | None, status: int) -> bool:
    if known is None or known.status == "dismissed":
        return True
    return known.owner_state != _state(status)


def _state(status: int) -> OwnerState:
    return OWNER_STATES[status] if status in range(len(OWNER_STATES)) else "normal"


def _after(step: str, owners: list[str]) -> str:
    """Return where the walk goes on when WeCom has listed what it was asked for."""
    if step == BY_OWNER:
        return f"{BY_OWNER}|{owners[-1].lower()}|"
    return f"{OURS}||" if step == RESIGNED else f"{RESIGNED}||"


def _owners_after(place: str) -> list[str]:
    """Return the next members who may own groups, by their keys."""
    members = load_directory().members
    able = (members[each] for each in sorted(members) if each > place)
    return [each.userid for each in able if each.can_contact and each.status != "left"][
        : group_chats.MOST_OWNERS
    ]
