"""Visits in their member's collection: `MEMBER#<userid>`, `VISIT#<visit_id>`; by when they are planned."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import TransactWriteError
from pynamodb.transactions import TransactWrite

from scrm.leads.contracts_dynamodb import put_if_new
from scrm.leads.dynamodb import Step, as_conflict
from scrm.table import Row, in_transaction, rfc3339
from scrm.tasks.model import owner_in
from scrm.visits.model import CheckIn, Visit

VISIT = "VISIT#"
_TIMES = ("at", "created_at", "closed_at")


class VisitChanged(Exception):
    """The visit is not as it was read; nothing was written."""


class VisitRow(Row):
    """One visit."""

    status = UnicodeAttribute()
    visit: JSONAttribute = JSONAttribute()
    version = NumberAttribute()

    def entity(self) -> Visit:
        """Return the row as the rest of the product knows it."""
        told: dict[str, Any] = dict(self.visit)
        for name in told.keys() & set(_TIMES):
            told[name] = datetime.fromisoformat(told[name])
        if told.get("check_in"):
            there = dict(told["check_in"])
            told["check_in"] = CheckIn(**{**there, "at": datetime.fromisoformat(there["at"])})
        visit_id = str(self.sk).removeprefix(VISIT)
        return Visit(visit_id=visit_id, status=self.status, version=int(self.version), **told)  # type: ignore[arg-type]  # only our own writer fills it

    @classmethod
    def of(cls, visit: Visit) -> "VisitRow":
        """Return the row of a visit."""
        plain = {
            name: _plain(value)
            for name, value in asdict(visit).items()
            if name not in {"visit_id", "status", "version"} and value not in (None, "", 0)
        }
        # An absent one would be the usual hour.
        plain["remind_minutes"] = visit.remind_minutes
        place = _place(visit.visit_id)
        return cls(*place, status=visit.status, visit=plain, version=visit.version)


def visit(visit_id: str) -> Visit | None:
    """Return a visit, whoever has it, strongly. 1 RRU."""
    if owner_in(visit_id) is None:
        return None
    try:
        return VisitRow.get(*_place(visit_id), consistent_read=True).entity()
    except VisitRow.DoesNotExist:
        return None


def visits(userid: str, status: str | None, before: str, limit: int) -> list[Visit]:
    """Return up to `limit` visits of a member planned before a place (a visit's id), the latest first.

    One query, by bytes of what is passed over.
    """
    upper = VISIT + (before or "~")
    wanted = VisitRow.status == status if status else None
    rows = VisitRow.query(
        f"MEMBER#{userid.lower()}",
        VisitRow.sk.between(VISIT, upper),
        filter_condition=wanted,
        scan_index_forward=False,
        limit=limit + 1,
    )
    return [row.entity() for row in rows if row.sk != upper][:limit]


def plan(new: Visit) -> bool:
    """Store a new visit unless it is there; return whether it was new. 1 WRU."""
    return put_if_new(VisitRow.of(new))


def plan_step(new: Visit) -> Step:
    """Return the step that stores the next visit. 2 WRU."""
    row = VisitRow.of(new)
    return lambda transaction: transaction.save(row, condition=VisitRow.pk.does_not_exist())


def save_step(after: Visit) -> Step:
    """Return the step that stores a visit over the version it was read with. 2 WRU for each KB."""
    row = VisitRow.of(after)

    def step(transaction: TransactWrite) -> None:
        transaction.save(row, condition=VisitRow.version == after.version - 1)

    return step


def save(*steps: Step) -> None:
    """Store what became of a visit, all or nothing. Raises VisitChanged."""
    try:
        with in_transaction() as transaction:
            for step in steps:
                step(transaction)
    except TransactWriteError as error:
        raise as_conflict(error, VisitChanged) from error


def _place(visit_id: str) -> tuple[str, str]:
    return f"MEMBER#{owner_in(visit_id)}", VISIT + visit_id


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return rfc3339(value.astimezone(UTC))
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items() if each is not None}
    return value
