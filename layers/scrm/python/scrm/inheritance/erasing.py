"""A person in plans of inheritance: the items of batches, and the terms that name them.

Found in the plans that were made since the person became known. What came of an item still counts.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from scrm.inheritance import plans_dynamodb as stored
from scrm.inheritance.model import OPEN, Item
from scrm.inheritance.rows_dynamodb import BATCH, LIST, PLAN, PREFIX
from scrm.privacy.person import Person
from scrm.privacy.rows_dynamodb import Found, collection, row

NAMED = ("external_userids", "customer_ids")


def find(person: Person) -> Iterator[Found]:
    """Yield the plans that name a person, and the batches with items of theirs. By bytes of those plans."""
    ids = set(person.ids)
    for listed in collection(LIST, since=person.since):
        plan_id = listed.sk.partition("#")[2]
        pk = PREFIX + plan_id
        yield from (each for each in row(pk, PLAN) if each.mentions(person.ids))
        for batch in stored.batches_of(plan_id):
            if any(_is_theirs(each, ids) for each in batch.items):
                yield from row(pk, BATCH + batch.number)


def erase(person: Person, rows: Iterable[Found]) -> int:
    """Put the pseudonym in the person's place; what was open is left out. Return how many rows.

    Nobody could ask WeCom what became of it. When a batch was to be looked at it still is: the worker finds
    that nothing is left to do.

    Raises PlanChanged where a worker was at it; doing it again helps. Safe to repeat.
    """
    found = [*rows]
    for each in found:
        plan_id = each.pk.removeprefix(PREFIX)
        if each.sk == PLAN:
            _take_out_of_terms(plan_id, person)
        else:
            _take_out_of_batch(plan_id, each.sk.removeprefix(BATCH), person)
    return len(found)


def _take_out_of_terms(plan_id: str, person: Person) -> None:
    plan = stored.plan_of(plan_id)
    if plan:
        ids = set(person.ids)
        # Somebody stays named: a draft that names nobody is about everybody.
        left = {
            name: [person.pseudonym if each in ids else each for each in plan.terms.get(name, ())]
            for name in NAMED
        }
        stored.save_terms(plan, {**plan.terms, **{name: left[name] for name in NAMED if name in plan.terms}})


def _take_out_of_batch(plan_id: str, number: str, person: Person) -> None:
    batch = stored.batch_of(plan_id, number)
    if batch:
        ids = set(person.ids)
        items = tuple(
            _nobodys(each, f"{person.pseudonym}.{place}", person.pseudonym) if _is_theirs(each, ids) else each
            for place, each in enumerate(batch.items)
        )
        stored.save_batch(replace(batch, items=items), batch)


def _is_theirs(item: Item, ids: set[str]) -> bool:
    return item.external_userid in ids or item.customer_id in ids


def _nobodys(item: Item, external_userid: str, customer_id: str) -> Item:
    after = replace(item, external_userid=external_userid, customer_id=customer_id)
    if item.status == "SETTLED":
        return replace(after, code="")
    if item.status == "SUCCEEDED":
        # Nothing of ours is left that could move; that WeCom moved them counts.
        return replace(after, status="SETTLED")
    return replace(after, status="SKIPPED", code="erased") if item.status in OPEN else after
