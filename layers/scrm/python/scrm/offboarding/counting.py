"""Counting what is a member's: of friends the cards say, of the rest what is stored below the member."""

from collections.abc import Iterator
from typing import Any

from scrm.cards.dynamodb import owned
from scrm.cards.model import Card
from scrm.groups.dynamodb import groups_of
from scrm.groups.model import Listed
from scrm.leads.dynamodb import of_owner
from scrm.leads.model import Lead
from scrm.offboarding.model import Remains
from scrm.tasks.dynamodb import DynamoTasks
from scrm.tasks.model import Task

_AT_ONCE = 500
_MOST_TASKS = 1_000
tasks = DynamoTasks()


def remains_of(userid: str) -> Remains:
    """Return how much is a member's: a query each, friends by bytes of cards (0.5 RRU for each 4 KB)."""
    to_dos = open_to_dos(userid)
    return Remains(
        customers=sum(1 for _ in friends_of(userid)),
        groups=len(groups_owned(userid)),
        leads=sum(1 for _ in leads_of(userid)),
        to_dos=len(to_dos),
        bars=len(bars_of(to_dos)),
    )


def friends_of(userid: str) -> Iterator[Card]:
    """Yield the cards of who is a member's friend, the newest friendship first."""
    after: dict[str, Any] | None = None
    while True:
        page = owned(userid, _AT_ONCE, after)
        yield from (each for each in page.cards if each.status == "active")
        after = page.last_key
        if after is None:
            return


def groups_owned(userid: str) -> list[Listed]:
    """Return the customer groups that a member owns, without those that are dismissed."""
    return [each for each in groups_of(userid) if each.status != "dismissed"]


def leads_of(userid: str) -> Iterator[Lead]:
    """Yield the open leads that are a member's."""
    return (each for each in of_owner(userid) if each.is_owned)


def open_to_dos(userid: str) -> list[Task]:
    """Return a member's open to-dos by when they were first due, 1,000 at most."""
    found, _ = tasks.of_member(userid, status="open", limit=_MOST_TASKS)
    return found


def bars_of(to_dos: list[Task]) -> set[tuple[str, str]]:
    """Return the bars of SOPs that wait for a member: subject and SOP of their steps."""
    steps = (each.payload for each in to_dos if each.payload.get("step_key"))
    return {(str(each.get("subject", "")), str(each.get("sop_id", ""))) for each in steps}
