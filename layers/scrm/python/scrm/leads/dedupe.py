"""What an incoming lead meets: the five situations of spec 4.3, with the readings of 4.9. Pure."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

Outcome = Literal[
    "new", "exists_in_pool", "already_yours", "owned", "conflict", "renewal", "new_after_closed"
]
OPEN = frozenset({"NEW", "POOLED", "NURTURE", "ASSIGNED", "FOLLOWING", "QUALIFIED", "INTENT", "SIGNED"})
WITHOUT_OWNER = frozenset({"NEW", "POOLED", "NURTURE"})
CLOSED = frozenset({"WON", "LOST", "INVALID", "MERGED"})

_BRACKETED = re.compile(r"[(（\[【<《][^)）\]】>》]*[)）\]】>》]")
_FORMS = re.compile(r"股份|有限责任公司|有限公司")
_BLANK = re.compile(r"\s+")


@dataclass(frozen=True)
class Match:
    """A lead that shares a hard key: phone, unionid, external_userid or crmid."""

    lead_id: str
    status: str
    owner: str = ""
    closed_at: str = ""


@dataclass(frozen=True)
class Answer:
    """What becomes of the incoming lead; `lead_id` is the one it meets, or follows (renewal, previous)."""

    outcome: Outcome
    lead_id: str = ""
    owner: str = ""

    @property
    def appends_touch(self) -> bool:
        """Return whether the meeting is noted on the lead that is there."""
        return self.outcome in {"exists_in_pool", "already_yours", "owned"}

    @property
    def creates(self) -> bool:
        """Return whether there is to be a new lead."""
        return self.outcome in {"new", "renewal", "new_after_closed"}


def met(matches: Collection[Match], caller: str = "") -> Answer:
    """Return what an incoming lead of `caller` ("": automatic intake) meets.

    Keys that hit different open leads are a conflict for a person to decide. Of closed ones WON goes before
    LOST, and the latest of them counts.
    """
    open_ones = {each.lead_id: each for each in matches if each.status in OPEN}
    if len(open_ones) > 1:
        return Answer("conflict")
    if open_ones:
        return _met_open(next(iter(open_ones.values())), caller)
    closed = [each for each in matches if each.status in CLOSED - {"MERGED"}]
    if not closed:
        return Answer("new")
    won = [each for each in closed if each.status == "WON"]
    latest = _latest(won or closed)
    return Answer("renewal" if won else "new_after_closed", latest.lead_id, latest.owner)


def _met_open(there: Match, caller: str) -> Answer:
    if there.status in WITHOUT_OWNER or not there.owner:
        return Answer("exists_in_pool", there.lead_id)
    mine = caller and there.owner.lower() == caller.lower()
    return Answer("already_yours" if mine else "owned", there.lead_id, there.owner)


def _latest(matches: Sequence[Match]) -> Match:
    return max(matches, key=lambda each: (each.closed_at, each.lead_id))


def company_key(name: str) -> str:
    """Return a company's name as the soft key compares it: it only warns.

    Brackets go with their content, then 股份, 有限责任公司, 有限公司 and all blanks.
    """
    bare = _BRACKETED.sub("", name)
    return _FORMS.sub("", _BLANK.sub("", bare)).casefold()
