"""What a relation's change says of a handover under way (INH-08). Pure: two images in, effects out."""

from collections.abc import Iterator
from datetime import UTC, datetime

from scrm.changes.inheritance_effects import TransferFailed, TransferMoved
from scrm.customers.model import Relation
from scrm.customers.relation import Fact

BY_HANDOVER = 202
"""WeCom's add_way of a friendship that a handover made."""


def transfers_told(old: Relation | None, new: Relation | None) -> Iterator[TransferFailed | TransferMoved]:
    """Yield what WeCom has told of the contact's handovers: failed, gone from one member, with another.

    A failure is told of the takeover, who may have no relation to the contact besides.
    """
    if new is None:
        return
    news = set(new.facts) - set(old.facts if old else ())
    for fact in sorted(news, key=lambda each: each.order):
        at = datetime.fromtimestamp(fact.at, UTC)
        if fact.kind == "transfer_failed":
            yield TransferFailed(new.external_userid, new.userid, fact.about, at)
        elif fact.kind == "transferred" and _is_told(fact):
            yield TransferMoved(new.external_userid, new.userid)
    if _came_by_handover(new) and not (old and _came_by_handover(old)):
        yield TransferMoved(new.external_userid, new.userid)


def _came_by_handover(relation: Relation) -> bool:
    if relation.status != "active" or relation.add_way != BY_HANDOVER:
        return False
    opened_by = relation.periods[-1].opened_by
    return any(each.event_id == opened_by and each.kind == "add" for each in relation.facts)


def _is_told(fact: Fact) -> bool:
    """Return whether a callback tells a fact, and not the settlement of a plan's batch (`<plan>.<batch>`)."""
    return "." not in fact.event_id
