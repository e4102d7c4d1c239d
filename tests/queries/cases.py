"""Random questions to random customers, asked of the plan on the table, the language, and the oracle."""

from __future__ import annotations

import contextlib
import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from tests.doubles.bundle import prepare
from tests.doubles.cloud import Cloud
from tests.queries import oracle
from tests.queries.world import CHANNELS, CUSTOM, MEMBERS, NOW, TAGS, Maker, put, put_stale

SORTS = ("-added_at", "added_at", "-last_contact_at", "last_contact_at")
TIMES = sorted(oracle.TIMES)
SETS = {
    "tags": TAGS, "all_tags": TAGS, "interests": ("p1", "p2"), "products": ("p1", "p2", "p3"),
    "segments": ("sg_1", "sg_2"), "field.opts": ("甲", "乙", "丙"),
}  # fmt: skip
CHOICES = {
    "staff": tuple(each.lower() for each in MEMBERS),
    "relation_state": ("active", "deleted_by_customer", "deleted_by_staff", "both_deleted", "none"),
    "channel": CHANNELS,
    "kind": ("prospect", "existing"),
    "stage": ("需求", "意向"),
    "lifecycle": ("new", "active", "cooling", "silent", "lost"),
    "loyalty": ("potential", "ordinary", "loyal", "member"),
    "brand_group": ("indifferent", "follower", "interactor", "advocate"),
    "rfm_group": ("重要价值", "重要发展", "重要保持", "重要挽留", "一般价值", "一般发展", "一般挽留"),
    "field.opt": ("甲", "乙"),
    "field.text": ("x", "20260101", "很长"),
}
BOOLS = (
    "unreplied",
    "followed_since_add",
    "identified",
    "opted_out",
    "official_account",
    "is_member",
    "field.flag",
)
NUMBERS = {
    "add_way": (1, 2, 3), "friends": (0, 1, 2), "order_count": (0, 1, 2, 5),
    "order_amount": (0, 100_000, 100_050, 500_000), "orders_365d": (0, 1, 4), "sessions": (0, 3),
    "interaction_index": (0, 0.5, 1, 5, 9, 15), "rfm_r": (1, 3, 5), "rfm_f": (1, 2, 5), "rfm_m": (1, 2),
    "field.num": (-3, 0, 2.5, 100), "score.s": (1, 2.5, 7),
}  # fmt: skip


class Asker:
    """Makes questions; the same seed makes the same ones."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng

    def condition(self, depth: int = 5) -> dict[str, Any]:
        """Return a condition of up to this depth."""
        shape = self.rng.random()
        if depth <= 1 or shape < 0.35:
            return self._question()
        if shape < 0.45:
            return {"not": self.condition(depth - 1)}
        parts = [self.condition(depth - 1) for _ in range(self.rng.choice((0, 1, 2, 2, 2, 3)))]
        return {"all" if shape < 0.75 else "any": parts}

    def _question(self) -> dict[str, Any]:
        kind = self.rng.choice(("time", "time", "set", "set", "choice", "choice", "number", "bool", "text"))
        name, op, value = getattr(self, f"_{kind}")()
        if self.rng.random() < 0.07:
            op, value = "known", self.rng.random() < 0.5
        return {"field": name, "op": op, "value": value}

    def _time(self) -> tuple[str, str, Any]:
        rng = self.rng
        name = rng.choice((*TIMES, "field.day"))
        op = rng.choice(("before", "from", "between", "within_days", "older_than_days", "since_midnight"))
        if op in {"before", "from"}:
            return name, op, self._moment()
        if op == "between":
            low, high = sorted((self._moment(), self._moment()))
            return name, op, [low, high if high > low else (NOW + timedelta(days=9)).isoformat()]
        return name, op, rng.choice((1, 2, 7, 30, 60))

    def _moment(self) -> str:
        return (NOW - timedelta(hours=12 * self.rng.randrange(-2, 180))).isoformat()

    def _set(self) -> tuple[str, str, Any]:
        name = self.rng.choice(sorted(SETS))
        return name, self.rng.choice(("any", "any", "all", "none")), self._several(SETS[name])

    def _choice(self) -> tuple[str, str, Any]:
        name = self.rng.choice(sorted(CHOICES))
        return name, self.rng.choice(("in", "in", "in", "not_in")), self._several(CHOICES[name])

    def _several(self, values: tuple[Any, ...]) -> list[Any]:
        return self.rng.sample(values, self.rng.randrange(1, min(3, len(values)) + 1))

    def _bool(self) -> tuple[str, str, Any]:
        return self.rng.choice(BOOLS), "is", self.rng.random() < 0.6

    def _text(self) -> tuple[str, str, Any]:
        name = self.rng.choice(("name", "remark", "field.text"))
        return (
            name,
            self.rng.choice(("is", "contains")),
            self.rng.choice(("小雨", "tom", "老", "x", "20260101")),
        )

    def _number(self) -> tuple[str, str, Any]:
        rng = self.rng
        name = rng.choice(sorted(NUMBERS))
        values = NUMBERS[name]
        op = rng.choice(("eq", "ne", "lt", "lte", "gt", "gte", "gte", "between", "in", "not_in"))
        if op == "between":
            low = rng.choice(values)
            return name, op, [low, low + rng.choice((1, 3, 400_000))]
        if op in {"in", "not_in"}:
            extra = ["high"] if name == "score.s" and rng.random() < 0.5 else []
            return name, op, self._several(values) + extra
        return name, op, rng.choice(values)


@dataclass(frozen=True)
class Case:
    """One question: what is asked, of whose cards, in which order, how many at once, and how much is read."""

    condition: dict[str, Any]
    scope: frozenset[str] | None
    sort: str
    limit: int
    limits: Any


def cases(rng: random.Random) -> Iterator[Case]:
    """Yield questions without end; how much a request may read differs, so that every way is walked."""
    from scrm.conditions.choosing import Limits

    asker = Asker(rng)
    while True:
        scope = rng.choice(
            (None, None, frozenset({"lisi"}), frozenset({"wangwu", "chenmei"}), frozenset[str]())
        )
        limits = rng.choice(
            (
                Limits(),
                Limits(keys_probed=3, cards_probed=3, gathered=4, members_cards=5, batch=4),
                Limits(keys_probed=1, cards_probed=1, gathered=60, members_cards=60, cards=6, batch=3),
                Limits(keys_probed=2, cards_probed=2, gathered=0, members_cards=0, keys=7, cards=9, batch=2),
            )
        )
        yield Case(asker.condition(), scope, rng.choice(SORTS), rng.choice((1, 3, 10, 50)), limits)


def paged(case: Case, between: Any = None) -> list[str]:
    """Return what the plan on the table lists, page after page; `between` is called after each page."""
    from scrm.conditions.plan import Sort, plan
    from scrm.conditions.running import search
    from scrm.conditions.tree import of_plain

    found: list[str] = []
    planned = plan(of_plain(case.condition, CUSTOM), case.scope, NOW)
    sort = Sort("added" if case.sort.endswith("added_at") else "contact", case.sort.startswith("-"))
    after = None
    for _ in range(500):
        page = search(planned, sort, case.limit, after, case.limits)
        if len(page.cards) > case.limit:
            raise AssertionError(f"{len(page.cards)} on a page of {case.limit}")
        found += [f"{card.customer_id}/{card.card_id}" for card in page.cards]
        if page.next is None:
            return found
        if page.next == after:
            raise AssertionError(f"no way on from {after}")
        after = page.next
        if between:
            between()
    raise AssertionError("pages without end")


def counted(case: Case) -> int:
    """Return how many the plan on the table counts, request after request."""
    from scrm.conditions.plan import plan
    from scrm.conditions.running import count
    from scrm.conditions.tree import of_plain

    planned, total, after = plan(of_plain(case.condition, CUSTOM), case.scope, NOW), 0, None
    for _ in range(500):
        part = count(planned, after, case.limits)
        total, after = total + part.count, part.next
        if after is None:
            return total
    raise AssertionError("a count without end")


def by_the_language(case: Case, cards: list[Any]) -> set[str]:
    """Return what the product's own rule selects in memory."""
    from scrm.conditions.tree import of_plain, selects

    node = of_plain(case.condition, CUSTOM)
    return {
        f"{card.customer_id}/{card.card_id}"
        for card in cards
        if oracle.in_scope(card, case.scope) and selects(node, card, NOW)
    }


@dataclass
class Compared:
    """How many cases were compared, how many cards they listed, and the first that differed."""

    cases: int = 0
    listed: int = 0
    wrong: str = ""


def compared(seed: int, volume: int, each_world: int = 65, *, customers: int = 22) -> Compared:
    """Ask `volume` questions of worlds made from `seed`; stop at the first where the three disagree."""
    rng, done = random.Random(seed), Compared()
    maker, questions = Maker(rng), cases(rng)
    while done.cases < volume and not done.wrong:
        with table():
            cards = maker.customers(customers)
            put(cards)
            stale = rng.random() < 0.5
            if stale:
                put_stale(rng.sample(cards, len(cards) // 3), rng)
            for case in itertools.islice(questions, min(each_world, volume - done.cases)):
                done.wrong = differing(case, cards, stale=stale)
                done.cases += 1
                done.listed += len(by_the_language(case, cards))
                if done.wrong:
                    break
    return done


@contextlib.contextmanager
def table() -> Iterator[Cloud]:
    """Let the product's clients speak to an empty table in memory."""
    prepare()
    from scrm.table import Row

    cloud = Cloud()
    cloud.store.tables[Row.Meta.table_name] = cloud.store.tables["ScrmTable"]
    with cloud.active("fast"):
        yield cloud


def differing(case: Case, cards: list[Any], *, stale: bool) -> str:
    """Return in which way the answers to a case differ, "" when they do not."""
    expected = oracle.listed(case.condition, cards, case.scope, case.sort, NOW)
    if by_the_language(case, cards) != set(expected):
        return f"language: {case}"
    found = paged(case)
    if found != expected:
        return f"plan: {case}\nexpected {expected}\nfound    {found}"
    # Where keys alone are counted they are counted as they are.
    if not (stale and _keys_tell(case)) and (total := counted(case)) != len(expected):
        return f"count: {total} and not {len(expected)}: {case}"
    return ""


def _keys_tell(case: Case) -> bool:
    from scrm.conditions.plan import plan
    from scrm.conditions.tree import of_plain

    return plan(of_plain(case.condition, CUSTOM), case.scope, NOW).keys_tell
