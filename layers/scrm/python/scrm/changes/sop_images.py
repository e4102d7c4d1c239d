"""Stream records of progress bars and cards, read into what changed, and what follows for SOPs."""

from typing import TYPE_CHECKING

from scrm.cards.dynamodb import CardRow
from scrm.changes.effects import Effect
from scrm.changes.sop_effects import CardMoved, FieldsChanged, KeysChanged, SopDefined
from scrm.changes.sops import progressed
from scrm.customers.rows_dynamodb import CustomerRow
from scrm.sops.dynamodb import EnrollmentRow
from scrm.sops.sops_dynamodb import SOPS

if TYPE_CHECKING:
    from scrm.changes.images import Change


def follows(change: "Change") -> list[Effect]:
    """Return what follows from a bar, or a SOP; a cycle that was only put aside moves nothing."""
    if change.pk == SOPS:
        return [SopDefined(change.place.partition("#")[2])]
    if not change.pk.startswith("PROGRESS#"):
        return []
    before, after = (each.entity() if each else None for each in change.images(EnrollmentRow))
    if change.place.count("#") > 1:
        return []
    return progressed(before, after)


def card_moved(change: "Change") -> list[Effect]:
    """Return that a card's content changed; one that was only made anew moves nothing."""
    old, new = change.images(CardRow)
    before, after = old.entity() if old else None, new.entity() if new else None
    if before == after:
        return []
    picture = f"{change.place}#{new.basis if new else ''}#{new.made_at if new else ''}"
    return [CardMoved(change.pk.partition("#")[2], before, after, picture)]


def customer_changed(change: "Change") -> list[Effect]:
    """Return that what is recorded of a customer changed, or that somebody was merged into them."""
    if not change.pk.startswith("CUSTOMER#"):
        return []
    old, new = change.images(CustomerRow)
    if new is None:
        return []
    customer_id = change.pk.partition("#")[2]
    had, has = old.entity() if old else None, new.entity()
    known: list[Effect] = []
    if (had.identities if had else ()) != has.identities:
        known = [KeysChanged(customer_id, str(int(new.version)))]
    if had is None or (had.custom_fields, had.absorbed) == (has.custom_fields, has.absorbed):
        return known
    return [FieldsChanged(customer_id), *known]
