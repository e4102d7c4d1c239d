"""What follows from the phones noted on a relation: they are found by number. Pure."""

from scrm.changes.effects import PhonesNoted
from scrm.customers.model import Relation
from scrm.identities.normalise import InvalidIdentity, normalised
from scrm.staff.model import key


def phones_noted(old: Relation | None, new: Relation | None) -> list[PhonesNoted]:
    """Return the numbers that a relation notes and did not, and those it notes no longer."""
    relation = new or old
    before, after = _numbers(old), _numbers(new)
    if relation is None or before == after:
        return []
    place = f"{relation.external_userid}#{key(relation.userid)}"
    return [PhonesNoted(place, tuple(sorted(after - before)), tuple(sorted(before - after)))]


def _numbers(relation: Relation | None) -> set[str]:
    found: set[str] = set()
    for each in relation.mobiles if relation else ():
        try:
            found.add(normalised("phone", each))
        except InvalidIdentity:
            continue
    return found
