"""Rows of what a customer is in: `CARD#<customer_id>`/`STATE`, and with it the rows of the members.

Both change in one transaction, conditional on the version of the first, so that they always agree.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import TransactWriteError

from scrm.customers.model import VersionConflict
from scrm.segments.model import Segment, State
from scrm.table import Row, in_transaction, rfc3339

STATE = "STATE"
MEMBER = "MEMBER#"
ATTEMPTS = 8
# A transaction holds 100 rows; whoever enters or leaves more segments at once does so in several.
AT_ONCE = 90
_CONTENDED = frozenset({"ConditionalCheckFailed", "TransactionConflict"})


class StateRow(Row):
    """Which segments a customer is in. `moved_at` is when that last changed: whoever left, left then."""

    entered: JSONAttribute = JSONAttribute(null=True)
    pinned: JSONAttribute = JSONAttribute(null=True)
    version = NumberAttribute()
    moved_at = UnicodeAttribute(null=True)

    def entity(self) -> State:
        """Return the row as the rest of the product knows it."""
        return State(dict(self.entered or {}), tuple(self.pinned or ()), int(self.version))

    @classmethod
    def of(cls, customer_id: str, state: State, now: datetime) -> "StateRow":
        """Return the row of a state as it became at `now`."""
        return cls(
            _pk(customer_id),
            STATE,
            entered=dict(state.entered) or None,
            pinned=list(state.pinned) or None,
            version=state.version,
            moved_at=_text(now),
        )


class MemberRow(Row):
    """That a customer is in a segment since `entered_at`.

    `epoch` is the version of the customer's state that they entered with: it names this entering for good,
    and is greater at each later one.
    """

    entered_at = UnicodeAttribute()
    epoch = NumberAttribute(default=0)

    def entity(self) -> "Member":
        """Return the row as the rest of the product knows it."""
        at = datetime.fromisoformat(self.entered_at)
        return Member(self.sk.removeprefix(MEMBER), at, int(self.epoch))


@dataclass(frozen=True)
class Member:
    """A customer in a segment."""

    customer_id: str
    entered_at: datetime
    epoch: int


class StateMoved(VersionConflict):
    """Somebody else changed the customer's memberships since they were read; nothing was written."""


def state(customer_id: str, *, consistent: bool = False) -> State:
    """Return what a customer id is in; before the first segment it has version 0. 0.5 RRU, strong 1."""
    try:
        return StateRow.get(_pk(customer_id), STATE, consistent_read=consistent).entity()
    except StateRow.DoesNotExist:
        return State()


def member(segment_id: str, customer_id: str) -> Member | None:
    """Return a customer's membership of a segment, None when they are not in it. 0.5 RRU."""
    try:
        return MemberRow.get(member_pk(segment_id), MEMBER + customer_id).entity()
    except MemberRow.DoesNotExist:
        return None


def members(
    segment_id: str, limit: int, start_after: dict[str, Any] | None = None
) -> tuple[list[Member], dict[str, Any] | None]:
    """Return up to `limit` members of a segment by customer id, and the key to go on after: one query."""
    found = MemberRow.query(
        member_pk(segment_id),
        MemberRow.sk.startswith(MEMBER),
        limit=limit,
        page_size=limit,
        last_evaluated_key={k: {"S": str(v)} for k, v in start_after.items()} if start_after else None,
    )
    listed = [row.entity() for row in found]
    last = found.last_evaluated_key
    return listed, {name: value["S"] for name, value in last.items()} if last else None


def every_member(segment_id: str) -> Iterator[Member]:
    """Yield the members of a segment by customer id, a query for each MB."""
    for row in MemberRow.query(member_pk(segment_id), MemberRow.sk.startswith(MEMBER)):
        yield row.entity()


def how_many(segment_id: str) -> int:
    """Return how many members a segment has, counted now: a query without rows for each MB."""
    return int(MemberRow.count(member_pk(segment_id), MemberRow.sk.startswith(MEMBER)))


def ids_after(segment_id: str, customer_id: str, limit: int) -> list[str]:
    """Return the ids of up to `limit` members that sort after one: one query, by bytes."""
    if limit < 1:
        return []
    where = (
        MemberRow.sk.between(f"{MEMBER}{customer_id}\0", MEMBER + "~")
        if customer_id
        else MemberRow.sk.startswith(MEMBER)
    )
    rows = MemberRow.query(member_pk(segment_id), where, limit=limit, page_size=limit)
    return [row.sk.removeprefix(MEMBER) for row in rows]


def member_pk(segment_id: str) -> str:
    """Return the item collection of a segment's members."""
    return f"SEGMENT#{segment_id}"


def move(customer_id: str, before: State, segments: Collection[str], now: datetime) -> State:
    """Let a customer be in just these segments from `now` on; return the state as stored.

    Raises StateMoved when the state is no longer `before`. 2 WRU for the state and for each segment entered
    or left; nothing when nothing changes. Of more than 90 changes the first are made: the change of the state
    asks for the rest.
    """
    moving = sorted(set(segments) ^ before.entered.keys())[:AT_ONCE]
    if not moving:
        return before
    entered = {each: _text(now) for each in moving if each in segments}
    still = {each: at for each, at in before.entered.items() if each not in moving}
    after = replace(before, entered=dict(sorted((still | entered).items())), version=before.version + 1)
    _write(customer_id, before, after, now)
    return after


def pin(segment: Segment, customer_id: str, now: datetime) -> bool:
    """Put a customer into a static or external segment; return whether they had not been put there.

    Give the id of the root. Safe to repeat: then nothing is written. 1 RRU, 4 WRU (2 while the segment is not
    active). The stream makes the customer's cards anew. Raises StateMoved when others kept changing the
    customer's memberships.
    """

    def changed(before: State) -> State | None:
        if segment.segment_id in before.pinned:
            return None
        new = segment.held and segment.segment_id not in before.entered
        entered = {**before.entered, **({segment.segment_id: _text(now)} if new else {})}
        return State(dict(sorted(entered.items())), (*before.pinned, segment.segment_id), before.version + 1)

    return _repeatedly(customer_id, changed, now)


def unpin(segment_id: str, customer_id: str, now: datetime) -> bool:
    """Take a customer out of a static or external segment; return whether they had been put there.

    Safe to repeat; 1 RRU, 4 WRU; see `pin`.
    """

    def changed(before: State) -> State | None:
        if segment_id not in before.pinned:
            return None
        entered = {each: at for each, at in before.entered.items() if each != segment_id}
        pinned = tuple(each for each in before.pinned if each != segment_id)
        return State(entered, pinned, before.version + 1)

    return _repeatedly(customer_id, changed, now)


def forget(customer_id: str, before: State, now: datetime) -> State:
    """Take a customer out of every segment, also where they were put by name. Raises StateMoved."""
    left = move(customer_id, before, (), now)
    if left.entered or not left.pinned:
        return left
    after = State(version=left.version + 1)
    _write(customer_id, left, after, now)
    return after


def _repeatedly(customer_id: str, changed: Callable[[State], State | None], now: datetime) -> bool:
    for _ in range(ATTEMPTS):
        before = state(customer_id, consistent=True)
        after = changed(before)
        if after is None:
            return False
        try:
            _write(customer_id, before, after, now)
        except StateMoved:
            continue
        return True
    raise StateMoved(customer_id)


def _write(customer_id: str, before: State, after: State, now: datetime) -> None:
    unchanged = StateRow.version == before.version if before.version else StateRow.version.does_not_exist()
    try:
        with in_transaction() as transaction:
            transaction.save(StateRow.of(customer_id, after, now), condition=unchanged)
            for each in sorted(before.entered.keys() - after.entered.keys()):
                transaction.delete(MemberRow(member_pk(each), MEMBER + customer_id))
            for each in sorted(after.entered.keys() - before.entered.keys()):
                entering = MemberRow(
                    member_pk(each),
                    MEMBER + customer_id,
                    entered_at=after.entered[each],
                    epoch=after.version,
                )
                transaction.save(entering)
    except TransactWriteError as error:
        reasons = {reason.code for reason in error.cancellation_reasons if reason}
        if reasons and reasons <= _CONTENDED:
            raise StateMoved(customer_id) from None
        raise


def _pk(customer_id: str) -> str:
    return f"CARD#{customer_id}"


def _text(now: datetime) -> str:
    return rfc3339(now.astimezone(UTC))
