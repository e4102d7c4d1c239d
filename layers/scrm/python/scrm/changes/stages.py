"""What follows from a customer's move to another stage: the trace shows it (CUS-06). Pure."""

from scrm.changes.effects import Noted
from scrm.stages.model import Move
from scrm.timeline.model import Entry


def stage_changed(customer_id: str, move: Move) -> Noted:
    """Return the entry of a move; the history row itself holds the evidence."""
    facts = {"from": move.start, "to": move.to, **({"reason": move.reason} if move.reason else {})}
    return Noted(customer_id, Entry(f"stage#{move.move_id}", "stage_changed", move.at, move.by, None, facts))
