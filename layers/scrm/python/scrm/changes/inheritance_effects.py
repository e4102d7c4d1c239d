"""What may follow for inheritance: plain values for the edge to carry out, each harmless to repeat."""

from dataclasses import dataclass

from scrm.changes.effects import Effect


@dataclass(frozen=True)
class PlanMoved(Effect):
    """A plan was started or called off: its open batches are to be looked at."""

    plan_id: str
    version: int
    numbers: tuple[str, ...]
