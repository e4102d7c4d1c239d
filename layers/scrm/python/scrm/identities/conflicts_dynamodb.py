"""Rows of conflicts: `CONFLICTS` / `CONFLICT#<conflict_id>`."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import PutError, UpdateError
from pynamodb.transactions import TransactWrite

from scrm.customers.dynamodb import Customers
from scrm.identities.conflicts import Conflict, ConflictStatus, conflict_id_of
from scrm.table import Row, rfc3339

if TYPE_CHECKING:
    from scrm.audit.dynamodb import Step

CONFLICTS = "CONFLICTS"
_SK = "CONFLICT#"


class ConflictRow(Row):
    """One conflict."""

    kind = UnicodeAttribute()
    value = UnicodeAttribute()
    holder = UnicodeAttribute()
    claimant = UnicodeAttribute()
    source = UnicodeAttribute()
    status = UnicodeAttribute()
    stays = UnicodeAttribute(null=True)
    reason = UnicodeAttribute(null=True)
    decided_by = UnicodeAttribute(null=True)
    decided_at = UnicodeAttribute(null=True)
    created_at = UnicodeAttribute()
    version = NumberAttribute()

    def entity(self) -> Conflict:
        """Return the row as the rest of the product knows it."""
        return Conflict(
            conflict_id=self.sk.removeprefix(_SK),
            kind=self.kind,
            value=self.value,
            holder=self.holder,
            claimant=self.claimant,
            source=self.source,
            created_at=datetime.fromisoformat(self.created_at),
            status=self.status,  # type: ignore[arg-type]  # only our own writer fills it
            stays=self.stays or "",
            reason=self.reason or "",
            decided_by=self.decided_by or "",
            decided_at=datetime.fromisoformat(self.decided_at) if self.decided_at else None,
            version=int(self.version),
        )

    @classmethod
    def of(cls, conflict: Conflict) -> "ConflictRow":
        """Return the row of a conflict."""
        return cls(
            CONFLICTS,
            f"{_SK}{conflict.conflict_id}",
            kind=conflict.kind,
            value=conflict.value,
            holder=conflict.holder,
            claimant=conflict.claimant,
            source=conflict.source,
            status=conflict.status,
            stays=conflict.stays or None,
            reason=conflict.reason or None,
            decided_by=conflict.decided_by or None,
            decided_at=rfc3339(conflict.decided_at.astimezone(UTC)) if conflict.decided_at else None,
            created_at=rfc3339(conflict.created_at.astimezone(UTC)),
            version=conflict.version,
        )


def claimed(kind: str, value: str, holder: str, claimant: str, source: str, now: datetime) -> Conflict | None:
    """Record that `claimant` claims what `holder` has; None when both ids mean the same customer today.

    Safe to repeat: the same claim is the same conflict, and one that was rejected stays so. One whose merge
    was taken back is open again. 1 RRU for each customer, 1 WRU.
    """
    ids = [_root_id(each) for each in (holder, claimant)]
    if ids[0] == ids[1]:
        return None
    conflict_id = conflict_id_of(kind, value, *ids)
    fresh = Conflict(conflict_id, kind, value, ids[0], ids[1], source, now)
    try:
        ConflictRow.of(fresh).save(condition=ConflictRow.version.does_not_exist())
    except PutError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise
    else:
        return fresh
    known = conflict(conflict_id)
    return _reopened(known) if known and known.status == "merged" else known


def conflict(conflict_id: str) -> Conflict | None:
    """Return a conflict as it is now. 1 RRU."""
    try:
        return ConflictRow.get(CONFLICTS, f"{_SK}{conflict_id}", consistent_read=True).entity()
    except ConflictRow.DoesNotExist:
        return None


def conflicts(
    status: ConflictStatus | None, limit: int, start_after: dict[str, Any] | None = None
) -> tuple[list[Conflict], dict[str, Any] | None]:
    """Return up to `limit` conflicts by id, and the key to go on after. Queries, by bytes passed over."""
    last = {name: {"S": str(value)} for name, value in (start_after or {}).items()}
    found = ConflictRow.query(
        CONFLICTS,
        ConflictRow.sk.startswith(_SK),
        filter_condition=(ConflictRow.status == status) if status else None,
        limit=limit,
        last_evaluated_key=last or None,
    )
    rows = [row.entity() for row in found]
    more = found.last_evaluated_key
    return rows, {name: value["S"] for name, value in more.items()} if more else None


def decided_step(conflict: Conflict) -> "Step":
    """Return the transaction step that stores a decision over the version the conflict was read with."""
    row = ConflictRow.of(replace(conflict, version=conflict.version + 1))
    unchanged = ConflictRow.version == conflict.version

    def step(transaction: TransactWrite) -> None:
        transaction.save(row, condition=unchanged)

    return step


def _root_id(customer_id: str) -> str:
    root = Customers().root(customer_id, consistent=True)
    return root.customer_id if root else customer_id


def _reopened(known: Conflict) -> Conflict:
    row = ConflictRow(CONFLICTS, f"{_SK}{known.conflict_id}")
    try:
        row.update(
            [ConflictRow.status.set("open"), ConflictRow.version.set(known.version + 1)],
            condition=ConflictRow.version == known.version,
        )
    except UpdateError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise
    return conflict(known.conflict_id) or known
