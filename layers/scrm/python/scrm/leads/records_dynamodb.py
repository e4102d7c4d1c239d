"""Follow-up records, demand and evidence as stored.

`FOLLOW#<time>#<id>`, `DEMAND` and `EVIDENCE#<time>#<kind>` in the lead's own collection; each is
written in the transaction of the step that it comes with.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.transactions import TransactWrite

from scrm.leads.dynamodb import DETAIL, DetailRow, Step, pk_of
from scrm.leads.evidence import GivenKind, Proof
from scrm.leads.records import Demand, FollowUp, Records
from scrm.table import Row, rfc3339

FOLLOW = "FOLLOW#"
DEMAND = "DEMAND"
EVIDENCE = "EVIDENCE#"


class FollowRow(Row):
    """One follow-up record; never changed."""

    userid = UnicodeAttribute()
    method = UnicodeAttribute()
    content = UnicodeAttribute()
    next_at = UnicodeAttribute(null=True)
    quote_fen = NumberAttribute(null=True)
    file_ids: JSONAttribute = JSONAttribute(null=True)

    def entity(self) -> FollowUp:
        """Return the row as the rest of the product knows it."""
        at, _, follow_id = self.sk.removeprefix(FOLLOW).partition("#")
        return FollowUp(
            follow_id,
            datetime.fromisoformat(at),
            self.userid,
            self.method,
            self.content,
            datetime.fromisoformat(self.next_at) if self.next_at else None,
            int(self.quote_fen or 0),
            tuple(self.file_ids or ()),
        )


class DemandRow(Row):
    """What the person needs."""

    text = UnicodeAttribute()
    by = UnicodeAttribute()
    at = UnicodeAttribute()


class EvidenceRow(Row):
    """One piece of evidence; never changed."""

    kind = UnicodeAttribute()
    by = UnicodeAttribute()
    note = UnicodeAttribute(null=True)


def records(lead_id: str) -> Records:
    """Return all that is kept beside a lead, strongly: two queries and two reads, by bytes."""
    demand = _one(DemandRow, lead_id, DEMAND)
    detail = _one(DetailRow, lead_id, DETAIL)
    return Records(
        dict(detail.detail) if detail else {},
        Demand(demand.text, demand.by, datetime.fromisoformat(demand.at)) if demand else None,
        tuple(follow_ups(lead_id)),
        tuple(_proof(row) for row in _below(EvidenceRow, lead_id, EVIDENCE)),
    )


def follow_ups(lead_id: str, limit: int | None = None, before: str = "") -> list[FollowUp]:
    """Return a lead's follow-ups before a place (`<time>#<id>`), latest first: one strong query, by bytes."""
    upper = FOLLOW + before if before else FOLLOW + "~"
    rows = FollowRow.query(
        pk_of(lead_id),
        FollowRow.sk.between(FOLLOW, upper),
        scan_index_forward=False,
        consistent_read=True,
        limit=limit + 1 if limit else None,
    )
    found = [row.entity() for row in rows if row.sk != upper]
    return found[:limit]


def place_of(told: FollowUp) -> str:
    """Return a follow-up's place among those of its lead."""
    return f"{rfc3339(told.at.astimezone(UTC))}#{told.follow_id}"


def follow_step(lead_id: str, told: FollowUp) -> Step:
    """Return the step that records a follow-up. 2 WRU for each KB."""
    row = FollowRow(
        pk_of(lead_id),
        FOLLOW + place_of(told),
        userid=told.userid,
        method=told.method,
        content=told.content,
        next_at=rfc3339(told.next_at.astimezone(UTC)) if told.next_at else None,
        quote_fen=told.quote_fen or None,
        file_ids=list(told.file_ids) or None,
    )
    return partial(_save, row)


def demand_step(lead_id: str, told: Demand) -> Step:
    """Return the step that records what the person needs, in place of what was recorded before."""
    at = rfc3339(told.at.astimezone(UTC))
    return partial(_save, DemandRow(pk_of(lead_id), DEMAND, text=told.text, by=told.by, at=at))


def evidence_steps(lead_id: str, proofs: Sequence[Proof]) -> list[Step]:
    """Return the steps that record evidence."""
    return [
        partial(
            _save,
            EvidenceRow(
                pk_of(lead_id),
                f"{EVIDENCE}{rfc3339(each.at.astimezone(UTC))}#{each.kind}",
                kind=each.kind,
                by=each.by,
                note=each.note or None,
            ),
        )
        for each in proofs
    ]


def _save(row: Row, transaction: TransactWrite) -> None:
    transaction.save(row)


def _proof(row: EvidenceRow) -> Proof:
    kind: GivenKind = row.kind  # type: ignore[assignment]  # only our own writer fills it
    at = datetime.fromisoformat(row.sk.removeprefix(EVIDENCE).partition("#")[0])
    return Proof(kind, at, row.by, row.note or "")


def _one(kind: Any, lead_id: str, place: str) -> Any:
    try:
        return kind.get(pk_of(lead_id), place, consistent_read=True)
    except kind.DoesNotExist:
        return None


def _below(kind: Any, lead_id: str, start: str) -> Iterable[Any]:
    rows: Iterable[Any] = kind.query(pk_of(lead_id), kind.sk.startswith(start), consistent_read=True)
    return rows
