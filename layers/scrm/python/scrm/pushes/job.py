"""The kind of job `push`, and the action `push` on whom a query selects: members are asked to send an item.

params: `push_id`, `kind`, `item_id`, `title`, `note`, `due`. Items are relations as `scrm.tagging.pairs`
names them; each becomes a to-do 待办 of the member, once.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from scrm.customers.dynamodb import Customers
from scrm.customers.whole import united
from scrm.jobs.model import Outcome, Result, Work
from scrm.pushes.dynamodb import take
from scrm.tagging.pairs import split
from scrm.tasks.dynamodb import DynamoTasks
from scrm.tasks.model import task

customers = Customers()
tasks = DynamoTasks()


def run(work: Work) -> Outcome:
    """Ask the members of the chunk's relations. Safe to repeat: a to-do is opened once."""
    results: list[Result] = []
    for place, pair in enumerate(work.items):
        if place and not work.has_time():
            return Outcome(tuple(results), again=work.items[place:])
        status, code = _asked(pair, work.job.params, work.now)
        results.append(Result(pair, "done" if status else "skipped", code))
    return Outcome(tuple(results))


def _asked(pair: str, params: Mapping[str, Any], now: datetime) -> tuple[bool, str]:
    """Return whether a member was asked, and why not."""
    userid, external_userid = split(pair)
    relation = customers.relation(external_userid, userid, consistent=True) if userid else None
    contact = customers.contact(external_userid) if relation else None
    if relation is None or relation.status != "active" or contact is None:
        return False, "not_active"
    parts = customers.whole(contact.customer_id, consistent=True)
    if not parts or united(parts).opted_out_at:
        return False, "opted_out" if parts else "customer_gone"
    item = {"kind": str(params["kind"]), "id": str(params["item_id"])}
    customer_id, push_id = parts[0].customer_id, str(params["push_id"])
    if not take(customer_id, item["kind"], item["id"], userid, push_id, now):
        return False, "asked_before"
    note = {"note": params["note"]} if params.get("note") else {}
    tasks.open(
        task(
            "send",
            relation.userid,
            datetime.fromisoformat(str(params["due"])),
            f"{push_id}#{external_userid}",
            created_at=now,
            external_userid=external_userid,
            customer_id=customer_id,
            payload={"title": f"发送「{params['title']}」", "item": item, "push_id": push_id, **note},
        )
    )
    return True, ""
