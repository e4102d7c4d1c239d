"""Rows `CONTACT#<external_userid>`/`TRANSFERS`: handovers of a contact: under way, and over.

The condition of each write is the unique key of spec 2.2: one active item for each contact and handover.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from pynamodb.attributes import JSONAttribute, NumberAttribute
from pynamodb.exceptions import PutError

from scrm.customers.rows_dynamodb import TRANSFERS
from scrm.inheritance.model import PlanMode
from scrm.staff.model import key
from scrm.table import Row

KEPT = timedelta(days=180)
AROUND, LONGEST = timedelta(hours=1), timedelta(days=3)
"""Between WeCom's taking a handover and its end lie 24 hours as a rule."""
ATTEMPTS = 6


class MarkTaken(Exception):
    """The contact is in another handover by this member; nothing was written."""


class Contended(Exception):
    """Others kept changing the row; trying again goes on from there."""


@dataclass(frozen=True)
class Pending:
    """One handover under way: from and to whom, in which batch, since when."""

    handover: str
    takeover: str
    plan_id: str
    number: str
    at: datetime
    mode: PlanMode = "onjob"

    def is_of(self, plan_id: str, number: str) -> bool:
        """Return whether a batch has it."""
        return (self.plan_id, self.number) == (plan_id, number)


@dataclass(frozen=True)
class Ended:
    """One handover that WeCom took: when, from and to whom. On the job it counts for 90 days (I11)."""

    at: datetime
    handover: str
    takeover: str
    mode: PlanMode = "onjob"


@dataclass(frozen=True)
class Transfers:
    """The handovers of one contact."""

    external_userid: str
    pending: tuple[Pending, ...] = ()
    ended: tuple[Ended, ...] = ()
    version: int = 0

    def of(self, handover: str) -> Pending | None:
        """Return what is under way from a member."""
        return next((each for each in self.pending if key(each.handover) == key(handover)), None)

    @property
    def accepted(self) -> tuple[datetime, ...]:
        """Return when WeCom took handovers on the job."""
        under_way = (each.at for each in self.pending if each.mode == "onjob")
        return tuple(sorted([*(each.at for each in self.ended if each.mode == "onjob"), *under_way]))

    def had(self, handover: str, takeover: str) -> bool:
        """Return whether this pair has had the contact before."""
        pair = key(handover), key(takeover)
        return any((key(each.handover), key(each.takeover)) == pair for each in self.ended)


class TransfersRow(Row):
    """The handovers of one contact."""

    pending: JSONAttribute = JSONAttribute(null=True)
    ended: JSONAttribute = JSONAttribute(null=True)
    version = NumberAttribute()

    def entity(self) -> Transfers:
        """Return the row as the rest of the product knows it."""
        return Transfers(
            self.pk.partition("#")[2],
            tuple(Pending(h, t, p, n, _moment(at), mode) for h, t, p, n, at, mode in self.pending or ()),
            tuple(Ended(_moment(at), h, t, mode) for at, h, t, mode in self.ended or ()),
            int(self.version),
        )

    @classmethod
    def of(cls, told: Transfers) -> "TransfersRow":
        """Return the row of a contact's handovers."""
        return cls(
            f"CONTACT#{told.external_userid}",
            TRANSFERS,
            pending=[
                [each.handover, each.takeover, each.plan_id, each.number, _unix(each.at), each.mode]
                for each in told.pending
            ]
            or None,
            ended=[[_unix(each.at), each.handover, each.takeover, each.mode] for each in told.ended] or None,
            version=told.version,
        )


def transfers_of(external_userids: Iterable[str], *, consistent: bool = True) -> dict[str, Transfers]:
    """Return the handovers of these contacts, of each: a batch read for each 100."""
    wanted = list(dict.fromkeys(external_userids))
    keys = [(f"CONTACT#{each}", TRANSFERS) for each in wanted]
    rows = TransfersRow.batch_get(keys, consistent_read=consistent) if keys else ()
    found = {each.external_userid: each for each in (row.entity() for row in rows)}
    return {each: found.get(each) or Transfers(each) for each in wanted}


def transfers(external_userid: str) -> Transfers:
    """Return the handovers of a contact, strongly. 1 RRU."""
    try:
        return TransfersRow.get(f"CONTACT#{external_userid}", TRANSFERS, consistent_read=True).entity()
    except TransfersRow.DoesNotExist:
        return Transfers(external_userid)


def concerns(external_userid: str, userid: str) -> bool:
    """Return whether a handover of a contact is under way from a member, or to one. 1 RRU."""
    pending = transfers(external_userid).pending
    return any(key(userid) in {key(each.handover), key(each.takeover)} for each in pending)


def took_over(external_userid: str, userid: str, at: datetime) -> bool:
    """Return whether a member gets a contact by a handover, or got them by one around `at`. 1 RRU."""
    told = transfers(external_userid)
    recent = [each for each in told.ended if each.at <= at + AROUND and at <= each.at + LONGEST]
    takeovers = [*(each.takeover for each in told.pending), *(each.takeover for each in recent)]
    return key(userid) in map(key, takeovers)


def mark(told: Transfers, pending: Pending) -> Transfers:
    """Record that a handover is under way and return the contact's as stored. 1 WRU.

    Marking for the batch that has it already changes nothing. Raises MarkTaken where another has; Contended.
    """
    for _ in range(ATTEMPTS):
        there = told.of(pending.handover)
        if there:
            if there.is_of(pending.plan_id, pending.number):
                return told
            raise MarkTaken
        stored = _saved(replace(told, pending=(*told.pending, pending)), told)
        if stored:
            return stored
        told = transfers_of([told.external_userid])[told.external_userid]
    raise Contended


def release(told: Transfers, pending: Pending, *, taken_at: datetime | None, now: datetime) -> Transfers:
    """Record that a handover is over, `taken_at` where WeCom had taken it; return the contact's. 1 WRU.

    One that is not under way any more, or for another batch, is left. Raises Contended.
    """
    for _ in range(ATTEMPTS):
        there = told.of(pending.handover)
        if there is None or not there.is_of(pending.plan_id, pending.number):
            return told
        ended = [each for each in told.ended if each.at > now - KEPT]
        if taken_at:
            ended.append(Ended(taken_at, pending.handover, pending.takeover, pending.mode))
        rest = tuple(each for each in told.pending if each != there)
        stored = _saved(replace(told, pending=rest, ended=tuple(ended)), told)
        if stored:
            return stored
        told = transfers_of([told.external_userid])[told.external_userid]
    raise Contended


def _saved(after: Transfers, before: Transfers) -> Transfers | None:
    stored = replace(after, version=before.version + 1)
    is_new = TransfersRow.pk.does_not_exist()
    try:
        TransfersRow.of(stored).save(TransfersRow.version == before.version if before.version else is_new)
    except PutError as error:
        if error.cause_response_code == "ConditionalCheckFailedException":
            return None
        raise
    return stored


def _unix(at: datetime) -> int:
    return int(at.timestamp())


def _moment(at: int) -> datetime:
    return datetime.fromtimestamp(int(at), UTC)
