"""Rows of the stages: what is configured, and every move of a customer."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from pynamodb.attributes import BooleanAttribute, JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.transactions import TransactWrite

from scrm.audit.dynamodb import Step
from scrm.kept import Kept
from scrm.stages.model import Evidence, Move, Need, Proof, Stage, Stages
from scrm.table import Row, rfc3339

STAGES = "STAGES"
MOVE = "STAGE#"


class StagesRow(Row):
    """The configured stages, once an administrator changed them."""

    stages: JSONAttribute = JSONAttribute()
    skipped_count = BooleanAttribute()
    version = NumberAttribute()
    updated_at = UnicodeAttribute()


class MoveRow(Row):
    """One move of a customer's stage."""

    start = UnicodeAttribute(attr_name="from", null=True)
    to = UnicodeAttribute()
    by = UnicodeAttribute()
    reason = UnicodeAttribute(null=True)
    evidence: JSONAttribute = JSONAttribute(null=True)

    @property
    def customer_id(self) -> str:
        """Return whose stage moved."""
        return str(self.pk.partition("#")[2])

    def entity(self) -> Move:
        """Return the row as the rest of the product knows it."""
        at, _, move_id = self.sk.removeprefix(MOVE).partition("#")
        return Move(
            move_id,
            datetime.fromisoformat(at),
            self.start or "",
            self.to,
            self.by,
            self.reason or "",
            tuple(_proof(each) for each in self.evidence or ()),
        )


def load() -> Stages:
    """Return the stages as configured now; those of a fresh deployment have version 0. 0.5 RRU."""
    try:
        row = StagesRow.get(STAGES, STAGES)
    except StagesRow.DoesNotExist:
        return Stages()
    stages = tuple(_stage(each) for each in row.stages)
    return Stages(stages, bool(row.skipped_count), int(row.version), row.updated_at)


kept = Kept(load)
"""For names alone: what is kept for a minute decides no move."""


def save_step(stages: Stages, now: datetime) -> Step:
    """Return the transaction step that stores `stages` as the version after its own.

    Its condition refuses when another change came first.
    """
    row = StagesRow(
        STAGES,
        STAGES,
        stages=[plain_stage(each) for each in stages.stages],
        skipped_count=stages.skipped_count,
        version=stages.version + 1,
        updated_at=rfc3339(now.astimezone(UTC)),
    )
    unchanged = StagesRow.version == stages.version if stages.version else StagesRow.version.does_not_exist()
    return lambda transaction: transaction.save(row, condition=unchanged)


def move_step(customer_id: str, move: Move) -> Step:
    """Return the transaction step that keeps a move; it belongs to the write of the customer."""
    row = MoveRow(
        f"CUSTOMER#{customer_id}",
        f"{MOVE}{rfc3339(move.at.astimezone(UTC))}#{move.move_id}",
        start=move.start or None,
        to=move.to,
        by=move.by,
        reason=move.reason or None,
        evidence=[_plain_proof(each) for each in move.evidence] or None,
    )

    def step(transaction: TransactWrite) -> None:
        transaction.save(row, condition=MoveRow.pk.does_not_exist())

    return step


def moves(
    customer_ids: Iterable[str], limit: int, before: str | None = None
) -> tuple[list[Move], str | None]:
    """Return up to `limit` moves of a customer who is all of these, latest first, and where to go on.

    One query for each id, by bytes. `before` is a returned place; a new move never shifts a page.
    """
    rows = [row for each in customer_ids for row in _newest(each, limit + 1, before)]
    rows.sort(key=lambda row: row.sk, reverse=True)
    more = rows[limit - 1].sk.removeprefix(MOVE) if len(rows) > limit else None
    return [row.entity() for row in rows[:limit]], more


def _newest(customer_id: str, limit: int, before: str | None) -> list[MoveRow]:
    upper = MOVE + before if before else MOVE + "~"
    where = MoveRow.sk.between(MOVE, upper)
    found = MoveRow.query(f"CUSTOMER#{customer_id}", where, scan_index_forward=False, limit=limit + 1)
    return [row for row in found if row.sk != upper]


def plain_stage(stage: Stage) -> dict[str, Any]:
    """Return a stage as it is stored."""
    needs = [[_plain_evidence(each) for each in need.any_of] for need in stage.needs]
    return {"key": stage.key, "name": stage.name, "definition": stage.definition, "needs": needs}


def _plain_evidence(evidence: Evidence) -> dict[str, Any]:
    return {name: value for name, value in asdict(evidence).items() if value not in (None, "")}


def _stage(plain: Mapping[str, Any]) -> Stage:
    needs = tuple(Need(tuple(Evidence(**each) for each in any_of)) for any_of in plain["needs"])
    return Stage(plain["key"], plain["name"], plain["definition"], needs)


def _plain_proof(proof: Proof) -> dict[str, Any]:
    at = rfc3339(proof.at.astimezone(UTC)) if proof.at else None
    return {"kind": proof.kind, "id": proof.id, **({"at": at} if at else {})}


def _proof(plain: Mapping[str, Any]) -> Proof:
    at = plain.get("at")
    return Proof(plain["kind"], plain["id"], datetime.fromisoformat(at) if at else None)
