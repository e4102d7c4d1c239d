"""A person in customer groups: which they are in, and the groups that name them."""

from collections.abc import Iterable, Iterator

from scrm.groups.dynamodb import GROUP, INGROUP
from scrm.groups.folding import without_erased
from scrm.groups.recording import record
from scrm.privacy.person import Person
from scrm.privacy.rows_dynamodb import Found, delete, row


def find(person: Person) -> Iterator[Found]:
    """Yield the groups that name a person, then the rows that lead there. By bytes of each group."""
    for each in person.external_userids:
        for there in row(f"{INGROUP}#{each}", INGROUP):
            for chat_id in there.plain.get("chat_ids") or ():
                yield from row(f"{GROUP}#{chat_id}", GROUP)
            yield there


def erase(person: Person, rows: Iterable[Found]) -> int:
    """Put nobody in the person's place: a group keeps as many members. Return how many rows. Repeatable."""
    found = [*rows]
    gone = set(person.external_userids)
    for each in found:
        if each.pk.startswith(f"{GROUP}#"):
            record(each.pk.partition("#")[2], lambda group: without_erased(group, gone) if group else None)
    delete(each for each in found if each.pk.startswith(f"{INGROUP}#"))
    return len(found)
