"""Leads as stored (docs/decisions/0024): the lead, its detail, the keys that are its own while it is open."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import TransactWriteError, UpdateError
from pynamodb.expressions.update import Action
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection
from pynamodb.transactions import TransactWrite

from scrm.leads.model import SHARDS as SHARDS
from scrm.leads.model import Key, Lead, shard_of
from scrm.leads.stored import lead_of, text_of
from scrm.staff.model import key
from scrm.table import DueRow, Row, in_transaction, rfc3339

LEAD = "LEAD"
DETAIL = "DETAIL"
JOINED = "LEAD#"
"""What the rows of a customer begin with that name their leads."""

Step = Callable[[TransactWrite], None]


class LeadChanged(Exception):
    """Somebody was faster: the lead, a turn or a load is not as it was read; nothing was written."""


class KeyTaken(Exception):
    """Another open lead has one of the keys by now; nothing was written."""


class LeadRow(DueRow):
    """A lead; in `by_owner` below its owner, or below its pool while nobody owns it."""

    class OwnerIndex(GlobalSecondaryIndex["LeadRow"]):  # type: ignore[no-untyped-call]  # PynamoDB's own
        """A member's leads and a pool's, open ones apart from closed ones, by when they were created."""

        class Meta:
            index_name = "by_owner"
            projection = IncludeProjection(["card"])

        owner_pk = UnicodeAttribute(hash_key=True)
        owner_sk = UnicodeAttribute(range_key=True)

    by_owner = OwnerIndex()
    owner_pk = UnicodeAttribute(null=True)
    owner_sk = UnicodeAttribute(null=True)
    card = UnicodeAttribute()
    decision: JSONAttribute = JSONAttribute(null=True)
    version = NumberAttribute()

    def entity(self) -> Lead:
        """Return the row as the rest of the product knows it."""
        return lead_of(self.pk.removeprefix("LEAD#"), self.card)

    @classmethod
    def of(
        cls, lead: Lead, due_at: datetime | None = None, decision: Mapping[str, Any] | None = None
    ) -> "LeadRow":
        """Return the row of a lead that the clock has to look at again at `due_at`."""
        place = _place(lead)
        return cls(
            pk_of(lead.lead_id),
            LEAD,
            owner_pk=place,
            owner_sk=f"{'O' if lead.is_open else 'C'}#{_text(lead.created_at)}#{lead.lead_id}"
            if place
            else None,
            due_pk=due_pk(lead.lead_id) if due_at else None,
            due_sk=f"{_text(due_at)}#{lead.lead_id}" if due_at else None,
            card=text_of(lead),
            decision=dict(decision) if decision else None,
            version=lead.version,
        )


class DetailRow(Row):
    """What the source said of a lead, at length."""

    detail: JSONAttribute = JSONAttribute()


class UniqueRow(Row):
    """The open lead that has a hard key."""

    lead_id = UnicodeAttribute()


class CreatedRow(Row):
    """That a lead was created; keys alone."""


class JoinedRow(Row):
    """That a lead is a customer's, whom none of its keys may name; keys alone."""


def lead(lead_id: str) -> Lead | None:
    """Return a lead as it is now. 1 RRU."""
    try:
        return LeadRow.get(pk_of(lead_id), LEAD, consistent_read=True).entity()
    except LeadRow.DoesNotExist:
        return None


def having(keys: Iterable[Key]) -> dict[Key, str]:
    """Return the open leads that have the keys, strongly: one batch read, 1 RRU a key."""
    wanted = {(unique_pk(each), "UNIQ"): each for each in keys}
    if not wanted:
        return {}
    rows = UniqueRow.batch_get(list(wanted), consistent_read=True)
    return {wanted[row.pk, row.sk]: row.lead_id for row in rows}


def create(new: Lead, detail: Mapping[str, Any], due_at: datetime | None, steps: Iterable[Step] = ()) -> Lead:
    """Store a new lead with its keys and `steps`, all or nothing; return it as stored.

    Repeating is safe: KeyTaken. Raises KeyTaken where another open lead has a key, a lead of this id is
    there, or a condition of `steps` does not hold. One that begins closed takes no keys. 2 WRU for each KB,
    2 a key, 2 for the month, 2 where it is a customer's and has no key.
    """
    stored = replace(new, version=1)
    month, created = _text(new.created_at)[:7], _text(new.created_at)
    try:
        with in_transaction() as transaction:
            transaction.save(LeadRow.of(stored, due_at), condition=LeadRow.pk.does_not_exist())
            transaction.save(DetailRow(pk_of(new.lead_id), DETAIL, detail=dict(detail)))
            transaction.save(CreatedRow(f"LEADS#{month}", f"{created}#{new.lead_id}"))
            for each in new.keys if new.is_open else ():
                _take(UniqueRow(unique_pk(each), "UNIQ", lead_id=new.lead_id), transaction)
            if new.customer_id and not new.keys:
                transaction.save(_joined(new))
            for step in steps:
                step(transaction)
    except TransactWriteError as error:
        raise as_conflict(error, KeyTaken) from error
    return stored


def save(
    after: Lead,
    before: Lead,
    due_at: datetime | None,
    steps: Iterable[Step] = (),
    decision: Mapping[str, Any] | None = None,
) -> Lead:
    """Store a lead over the version it was read with, together with `steps`; return it as stored.

    A lead that closes gives its keys back; one that is opened again takes them, or raises KeyTaken. Raises
    LeadChanged when anything is not as it was read. 2 WRU for each KB of each row, 2 where it becomes a
    customer's: an erasure of theirs has to find it.
    """
    stored = replace(after, version=before.version + 1)
    try:
        with in_transaction() as transaction:
            row = LeadRow.of(stored, due_at, decision)
            transaction.save(row, condition=LeadRow.version == before.version)
            if stored.customer_id not in {"", before.customer_id} and stored.trigger != "erase":
                transaction.save(_joined(stored))
            for step in (*_key_steps(before, stored), *steps):
                step(transaction)
    except TransactWriteError as error:
        raise as_conflict(error, LeadChanged) from error
    return stored


def of_owner(userid: str, *, closed: bool = False) -> Iterator[Lead]:
    """Yield a member's leads, open ones unless `closed`, by when they were created: one query, by bytes."""
    return _listed(owned_place(userid), closed=closed)


def of_pool(pool_id: str) -> Iterator[Lead]:
    """Yield the leads of a pool that nobody owns, by when they were created: one query, by bytes."""
    return _listed(pool_place(pool_id), closed=False)


def newest(place: str, before: str = "", *, closed: bool = False, at_once: int = 50) -> Iterator[Lead]:
    """Yield the leads of a place (`owned_place`, `pool_place`), newest first, `at_once` at a time.

    `before` is a position (see `position_of`): older ones follow. Each `at_once` is one query, by bytes.
    """
    start = "C#" if closed else "O#"
    last = f"{start}{before}" if before else f"{start}~"
    where = LeadRow.owner_sk.between(start, last)
    rows = LeadRow.by_owner.query(place, where, scan_index_forward=False, page_size=at_once)
    for row in rows:
        if row.owner_sk != last:
            yield row.entity()


def created_in(month: str, before: str = "", at_once: int = 50) -> Iterator[Lead]:
    """Yield all leads created in a month (2026-03), newest first; `before` as in `newest`.

    For each `at_once` a query over keys, and a batch read by bytes.
    """
    upper = before or "~"
    rows = CreatedRow.query(
        f"LEADS#{month}", CreatedRow.sk < upper, scan_index_forward=False, page_size=at_once
    )
    ids: list[str] = []
    for row in rows:
        ids.append(row.sk.partition("#")[2])
        if len(ids) == at_once:
            yield from several(ids)
            ids = []
    yield from several(ids)


def several(lead_ids: Sequence[str]) -> Iterator[Lead]:
    """Yield the leads that exist, in the order of their ids: a batch read for each 100, by bytes."""
    rows = LeadRow.batch_get([(pk_of(each), LEAD) for each in lead_ids]) if lead_ids else ()
    found = {row.pk.removeprefix("LEAD#"): row.entity() for row in rows}
    yield from (found[each] for each in lead_ids if each in found)


def position_of(lead: Lead) -> str:
    """Return where a lead stands among leads by when they were created."""
    return f"{_text(lead.created_at)}#{lead.lead_id}"


def owned_place(userid: str) -> str:
    """Return where a member's leads are found."""
    return f"LEADS#{key(userid)}"


def pool_place(pool_id: str) -> str:
    """Return where the leads of a pool are found that nobody owns."""
    return f"POOL#{pool_id}"


def due(shard: int, now: datetime, limit: int) -> list[str]:
    """Return the ids of up to `limit` leads that the clock has to look at by now: 0.5 RRU when none is."""
    rows = DueRow.by_due.query(
        f"DUE#leads#{shard}", DueRow.due_sk < f"{rfc3339(now.astimezone(UTC))}$", limit=limit
    )
    return [row.pk.removeprefix("LEAD#") for row in rows]


def look_again(lead: Lead, due_at: datetime | None) -> None:
    """Let the clock look at an unchanged lead at another time, None: never. Not a step: its version stays.

    Repeating is safe; nothing is written where the lead has changed since. 1 WRU and 2 for the index.
    """
    place = LeadRow.of(lead, due_at)
    actions: list[Action] = [LeadRow.due_pk.remove(), LeadRow.due_sk.remove()]
    if due_at:
        actions = [LeadRow.due_pk.set(place.due_pk), LeadRow.due_sk.set(place.due_sk)]
    try:
        LeadRow(pk_of(lead.lead_id), LEAD).update(actions, condition=LeadRow.version == lead.version)
    except UpdateError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise


def pk_of(lead_id: str) -> str:
    """Return the item collection of a lead."""
    return f"LEAD#{lead_id}"


def due_pk(lead_id: str) -> str:
    """Return where a lead is found when its time has come."""
    return f"DUE#leads#{shard_of(lead_id)}"


def _listed(place: str, *, closed: bool) -> Iterator[Lead]:
    index = LeadRow.by_owner
    for row in index.query(place, LeadRow.owner_sk.startswith("C#" if closed else "O#")):
        yield row.entity()


def _place(lead: Lead) -> str | None:
    """Return below what a lead is found; one that is being given to somebody else (R1) is in no pool."""
    if lead.owner:
        return owned_place(lead.owner)
    if (lead.trigger, lead.reason) == ("recycle", "R1"):
        return None
    return pool_place(lead.pool_id) if lead.pool_id and lead.status in {"POOLED", "NURTURE"} else None


def _joined(lead: Lead) -> JoinedRow:
    return JoinedRow(f"CUSTOMER#{lead.customer_id}", f"{JOINED}{lead.lead_id}")


def _key_steps(before: Lead, after: Lead) -> Iterator[Step]:
    had = set(before.keys) if before.is_open else set()
    has = set(after.keys) if after.is_open else set()
    for each in sorted(has - had):
        yield partial(_take, UniqueRow(unique_pk(each), "UNIQ", lead_id=after.lead_id))
    for each in sorted(had - has):
        yield partial(_give_back, UniqueRow(unique_pk(each), "UNIQ"), before.lead_id)


def _take(row: UniqueRow, transaction: TransactWrite) -> None:
    transaction.save(row, condition=UniqueRow.pk.does_not_exist())


def _give_back(row: UniqueRow, lead_id: str, transaction: TransactWrite) -> None:
    # One that is not there, for whatever reason, must not keep its lead from ever being closed.
    mine = UniqueRow.pk.does_not_exist() | (UniqueRow.lead_id == lead_id)
    transaction.delete(row, condition=mine)


def unique_pk(each: Key) -> str:
    """Return where the open lead of a hard key is found."""
    return "UNIQ#" + "#".join(each)


def as_conflict(error: TransactWriteError, conflict: type[Exception]) -> Exception:
    """Return `conflict` for a transaction whose conditions did not hold, the error itself for any other."""
    reasons = {reason.code for reason in error.cancellation_reasons if reason}
    return conflict() if reasons and reasons <= {"ConditionalCheckFailed", "TransactionConflict"} else error


def _text(moment: datetime | None) -> str:
    return rfc3339(moment.astimezone(UTC)) if moment else ""
