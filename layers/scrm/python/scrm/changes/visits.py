"""Stream records of visits, and what follows: a to-do, its end, what the customer's trace tells (LED-30)."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from scrm.changes.effects import Effect
from scrm.changes.lead_effects import CustomerVisited, LeadToDo, ToDoOver
from scrm.timeline.model import Entry
from scrm.visits.dynamodb import VisitRow
from scrm.visits.model import Visit, to_do_of

if TYPE_CHECKING:
    from scrm.changes.images import Change


def of_visit(change: "Change") -> list[Effect]:
    """Return what follows from a change of a visit."""
    old, new = (each.entity() if each else None for each in change.images(VisitRow))
    return [*visit_changed(old, new)] if new else []


def visit_changed(old: Visit | None, new: Visit) -> Iterator[Effect]:
    """Yield the to-do of a planned visit, its end, and that the customer was visited.

    What its lead's follow-up record tells is told with that.
    """
    if old is None and new.status == "planned":
        yield LeadToDo(to_do_of(new))
    if new.status == "planned" or new.closed_at is None or (old and old.status == new.status):
        return
    over = "done" if new.status == "done" else "cancelled"
    yield ToDoOver(to_do_of(new).id, over, new.owner, new.closed_at)  # type: ignore[arg-type]  # one of the two
    told = new.check_in
    if told and new.customer_id and not new.follow_id:
        facts = {"channel": "visit", "place": told.place}
        external = new.external_userid or None
        entry = Entry(new.visit_id, "follow_up", told.at, new.owner, external, facts)
        yield CustomerVisited(new.customer_id, entry)
