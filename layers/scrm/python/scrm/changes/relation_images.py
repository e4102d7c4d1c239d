"""Stream records of relations, read into what changed, and what follows from it."""

from scrm.changes.effects import Effect, FriendshipBegan
from scrm.changes.images import Change
from scrm.changes.lead_news import relation_lost
from scrm.changes.phones import phones_noted
from scrm.changes.relations import effects_of
from scrm.changes.segments import friendship_began
from scrm.changes.tags import tags_used
from scrm.changes.transfers import transfers_told
from scrm.customers.rows_dynamodb import RelationRow
from scrm.segments.dynamodb import Definitions

definitions = Definitions()


def of_relation(change: Change) -> list[Effect]:
    """Return what follows from a change of a relation."""
    before, after = (each.entity() if each else None for each in change.images(RelationRow))
    began = friendship_began(before, after)
    friends = [FriendshipBegan(after.external_userid)] if after and began and _tags_show_segments() else []
    return [
        *effects_of(before, after),
        *friends,
        *tags_used(before, after),
        *phones_noted(before, after),
        *relation_lost(before, after),
        *transfers_told(before, after),
    ]


def _tags_show_segments() -> bool:
    return any(each.tag_id and each.status == "active" for each in definitions.current()[1].values())
