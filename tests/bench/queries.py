"""Q1, Q2: what a condition selects is exact, and a page costs what it has to look at and no more."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from tests.bench.bars import Options, Result, at_most, exactly, progress
from tests.capacity.recording import recording
from tests.doubles.cloud import Cloud
from tests.queries.cases import compared, table
from tests.queries.oracle import answer, by_add
from tests.queries.world import CUSTOM, NOW

CASES = 2_100
CARDS = 100_000
PAGE = 50
ALLOWED = 1.5
CHOOSING = 30.0
"""What finding the way may cost, in units: a look at some 200 keys of each, and at 60 cards."""


def oracle(options: Options) -> list[Result]:
    """Q1: random conditions, scopes and orders over random cards; three answers that have to be one."""
    share = options.scaled(CASES) // len(options.seeds) + 1
    done = [compared(seed, share) for seed in options.seeds]
    wrong = [each.wrong for each in done if each.wrong]
    total = sum(each.cases for each in done)
    return [exactly("Q1", "query_oracle_disagreements", len(wrong), 0, f" of {total} cases", wrong=wrong)]


@dataclass(frozen=True)
class Question:
    """A page to ask for. `drives` selects the cards that the best way has to look at, `weight` units each.

    `gathered` selects those that it looks at whatever the page.
    """

    name: str
    condition: dict[str, Any]
    drives: dict[str, Any]
    weight: float
    scope: frozenset[str] | None = None
    gathered: dict[str, Any] | None = None


def asks(field: str, op: str, value: Any) -> dict[str, Any]:
    return {"field": field, "op": op, "value": value}


_ALL: dict[str, Any] = {"all": []}
_RARE = asks("tags", "any", ["rare"])
_COMMON = asks("tags", "any", ["common"])
_STAGE = asks("stage", "in", ["意向"])
_QUIET = asks("inbound_at", "older_than_days", 60)
_SPENT = asks("order_amount", "gte", 9_000_000)
_MINE = frozenset({"member1"})
QUESTIONS = (
    Question("tag_1_percent", _RARE, _RARE, 0.5),
    Question("channel", asks("channel", "in", ["ch_rare"]), asks("channel", "in", ["ch_rare"]), 1.0),
    Question("amount_from", _SPENT, _SPENT, 0.5, gathered=_SPENT),
    Question("stage_and_silent", {"all": [_STAGE, asks("lifecycle", "in", ["silent"])]}, _STAGE, 0.5),
    Question("tag_and_not_tag", {"all": [_RARE, {"not": _COMMON}]}, _RARE, 0.5),
    Question("either_of_two", {"any": [_RARE, _SPENT]}, {"any": [_RARE, _SPENT]}, 0.5, gathered=_SPENT),
    Question("active_unselective", asks("relation_state", "in", ["active"]), _ALL, 0.07),
    Question("own_silent", asks("lifecycle", "in", ["silent"]), _ALL, 0.07, _MINE),
)


def pages(options: Options) -> list[Result]:
    """Q2: units of a first page of 50 over 100,000 cards, against what the page is worth."""
    seed = options.seeds[0]
    cards = _cards(random.Random(seed), options.scaled(CARDS))
    with table() as cloud:
        progress(f"{len(cards)} cards, seed {seed}")
        _filled(cloud, cards)
        results = [_measured(cloud, each, cards) for each in QUESTIONS]
        scans = sum(result.details["scans"] for result in results)
    return [*results, exactly("Q2", "scans", scans, 0)]


def _measured(cloud: Cloud, asked: Question, cards: list[Any]) -> Result:
    from scrm.conditions.plan import Sort, plan
    from scrm.conditions.running import search
    from scrm.conditions.tree import of_plain

    selected, looked_at = _worth(asked, cards)
    with recording(cloud) as used:
        page = search(plan(of_plain(asked.condition, CUSTOM), asked.scope, NOW), Sort(), PAGE)
    shown = min(PAGE, selected)
    if len(page.cards) != shown:
        raise AssertionError(f"{asked.name}: {len(page.cards)} of {shown} on the page")
    bound = ALLOWED * asked.weight * looked_at + CHOOSING
    if asked.gathered:
        # A range is not in the order of a list: it is gathered whole.
        bound += ALLOWED * 0.5 * sum(answer(asked.gathered, each, NOW) == "yes" for each in cards)
    return at_most(
        "Q2",
        f"page_{asked.name}",
        used.read_units(),
        round(bound, 1),
        " RRU",
        requests=used.requests(),
        scans=used.scans(),
        selected=selected,
        looked_at=looked_at,
    )


def _worth(asked: Question, cards: list[Any]) -> tuple[int, int]:
    """Return how many are selected, and how many that drive come no later than the last on the page."""
    selected = looked_at = 0
    for card in sorted(cards, key=by_add, reverse=True):
        if asked.scope is not None and card.userid.lower() not in asked.scope:
            continue
        if selected < PAGE:
            looked_at += answer(asked.drives, card, NOW) == "yes"
        selected += answer(asked.condition, card, NOW) == "yes"
    return selected, looked_at


def _cards(rng: random.Random, count: int) -> list[Any]:
    """Return cards of as many customers, over three years: 1 % with the rare tag, half of them silent."""
    from scrm.cards.model import Card

    made = []
    for number in range(count):
        added = NOW - timedelta(seconds=rng.randrange(3 * 365 * 86400))
        inbound = added + timedelta(seconds=rng.randrange(max(int((NOW - added).total_seconds()), 1)))
        tags = tuple(tag for tag, share in (("rare", 0.01), ("common", 0.3)) if rng.random() < share)
        orders = rng.random() < 0.2
        made.append(
            Card(
                f"cu_{rng.randrange(16**8):08x}{number:07d}",
                f"wm{number:08d}",
                f"member{rng.randrange(200)}",
                name=f"客户{number}",
                status="active" if rng.random() < 0.9 else "deleted_by_customer",
                added_at=added,
                first_added_at=added,
                created_at=added,
                friends=1,
                channel_id="ch_rare" if rng.random() < 0.005 else None,
                tags=tags,
                all_tags=tags,
                stage="意向" if rng.random() < 0.05 else "",
                inbound_at=inbound.replace(microsecond=0),
                order_count=int(orders),
                order_amount=rng.randrange(100, 9_000_000) + (rng.random() < 0.005) * 9_000_000
                if orders
                else 0,
            )
        )
    return made


def _spent(rng: random.Random) -> int:
    return rng.randrange(100, 9_000_000) + (rng.random() < 0.005) * 9_000_000


def _filled(cloud: Cloud, cards: Iterable[Any]) -> None:
    """Put the rows into the table by its own hand: a request for each of a million would take an hour."""
    from scrm.cards.dynamodb import CardRow, add_month, month_of
    from scrm.cards.postings import postings
    from scrm.channel_codes.dynamodb import day
    from scrm.customers.model import Contact
    from scrm.customers.rows_dynamodb import ContactRow
    from scrm.moments import rfc3339

    held = cloud.store.tables["ScrmTable"]
    rows: list[Any] = []
    months: set[str] = set()
    for card in cards:
        rows.append(CardRow.of(card, 1).serialize())
        rows += [{"PK": {"S": each.pk}, "SK": {"S": each.sk}} for each in postings(card)]
        if card.channel_id:
            at = rfc3339(card.added_at)
            sk = f"ADD#{day(card.added_at)}#{at}#{card.userid}#{card.external_userid}#e"
            rows.append({"PK": {"S": f"CHANNEL#{card.channel_id}"}, "SK": {"S": sk}})
            contact = Contact(
                card.external_userid, card.customer_id, version=1, created_at=NOW, updated_at=NOW
            )
            rows.append(ContactRow.of(contact).serialize())
        months.add(month_of(card))
    # In the order of the keys, each collection grows at its end.
    for row in sorted(rows, key=lambda each: (each["PK"]["S"], each["SK"]["S"])):
        held.write(held.key(row, exact=False), row)
    for month in months:
        add_month(month)
