"""From what was selected to who gets whom: guards, allocation, batches, and what names the outcome (spec 5).

Pure. The same facts and terms always come to the same preview; its hash changes with who is selected, who is
kept back and why, who gets whom and with which words, and never with the time alone.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import cached_property
from hashlib import sha256
from typing import Any

from scrm.inheritance.allocating import Allocation, Takeover, Wanted, allocate, by_matrix, by_rule
from scrm.inheritance.batching import batches
from scrm.inheritance.guards import Person, Relation, allowed_from, skipped, unfit
from scrm.inheritance.model import Item, PlanMode, SkipCode
from scrm.inheritance.plan import PlanBatch, numbered
from scrm.staff.model import key

MOST = 10_000
"""So many relations one plan hands over."""
ORDERS = ("handover", "added_at", "-added_at", "external_userid")
"""By whose customers come first: in the order of the handovers, each one's by add time (I3, I4); or by add
time over all of them."""
_LAST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Candidate:
    """One relation of the selection, with all that decides about it.

    `friend_of` are the keys of the takeovers who have the customer already; `block` names what has to stay
    together, `part` where a rule puts them, `notice` what they are told.
    """

    customer_id: str
    external_userid: str
    handover: str
    added_at: datetime | None = None
    name: str = ""
    relation: Relation = field(default_factory=Relation)
    left_at: datetime | None = None
    friend_of: frozenset[str] = frozenset()
    block: str = ""
    part: str = ""
    notice: str = ""


@dataclass(frozen=True)
class Taker:
    """A takeover as they are: how many customers they have, and whether WeCom lets them take some over."""

    userid: str
    load: int = 0
    person: Person = field(default_factory=Person)


@dataclass(frozen=True)
class KeptBack:
    """A relation that is not handed over, from which day it may be, and what its customer would be told."""

    item: Item
    allowed_from: date | None = None
    notice: str = ""


@dataclass(frozen=True)
class Taking:
    """What the plan means for one takeover: loads before and after, how many customers they get, and keep.

    `code`: why they may take nobody over. `room`: how many they may have of this plan, whom they keep among
    them, until their load is full; None without a limit.
    """

    userid: str
    load: int
    customers: int
    items: int
    kept: int
    load_after: int
    quota: int
    code: SkipCode | None = None
    room: int | None = None


@dataclass(frozen=True)
class Preview:
    """What a plan would do: every relation of the selection is in one of `items`, `skipped`, `unassigned`.

    `items` come with what their customer is told; `names` are the customers' names by external_userid.
    """

    mode: PlanMode
    items: tuple[tuple[Item, str], ...]
    skipped: tuple[KeptBack, ...]
    unassigned: tuple[KeptBack, ...]
    takers: tuple[Taking, ...]
    handovers: tuple[str, ...]
    customers: int
    selection_hash: str
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def selected(self) -> int:
        """Return how many relations were selected."""
        return len(self.items) + len(self.skipped) + len(self.unassigned)

    @cached_property
    def matrix(self) -> Mapping[tuple[str, str], int]:
        """Return how many relations go from whom to whom."""
        return Counter((item.handover, item.takeover) for item, _ in self.items)

    @cached_property
    def by_code(self) -> Mapping[str, int]:
        """Return how many are kept back, by why."""
        return dict(Counter(each.item.code for each in self.skipped))

    @cached_property
    def calls(self) -> int:
        """Return how many calls hand them over: at most 100 each, of one pair and one notice."""
        return len(batches(self.items))

    def totals(self) -> dict[str, Any]:
        """Return what a plan keeps of its preview: a hundred by a hundred pairs would be too many."""
        return {
            "selected": self.selected,
            "customers": self.customers,
            "items": len(self.items),
            "skipped": len(self.skipped),
            "by_code": dict(self.by_code),
            "unassigned": len(self.unassigned),
            "calls": self.calls,
            "room": {each.userid: each.room for each in self.takers if each.room is not None},
        }

    def batches_of(self, plan_id: str, now: datetime) -> list[PlanBatch]:
        """Return its batches: what is to be sent, due at once, then what is kept back, with its codes."""
        live = [
            PlanBatch(
                plan_id,
                numbered(each.number),
                self.mode,
                each.handover,
                each.takeover,
                each.notice,
                each.items,
                now,
            )
            for each in batches(self.items)
        ]
        back = [(replace(each.item, at=now), each.notice) for each in (*self.skipped, *self.unassigned)]
        return live + [
            PlanBatch(
                plan_id,
                numbered(each.number, kept_back=True),
                self.mode,
                each.handover,
                "",
                each.notice,
                each.items,
            )
            for each in batches(back)
        ]


def worked_out(
    terms: Mapping[str, Any], candidates: Iterable[Candidate], takers: Sequence[Taker], now: datetime
) -> Preview:
    """Return what a plan of these terms does with what was selected, at `now`."""
    mode: PlanMode = terms["mode"]
    ordered = in_order(candidates, terms)
    kept_back = {place: why for place, each in enumerate(ordered) if (why := _why(each, mode, now))}
    able, codes = _able(terms, takers)
    rest = [each for place, each in enumerate(ordered) if place not in kept_back]
    back = [_kept_back(ordered[place], why, now) for place, why in kept_back.items()]
    if rest and not able:
        back += [_kept_back(each, "takeover_unfit", now) for each in rest]
        rest = []
    split = bool(terms.get("split"))
    most = {key(each["userid"]): each.get("max_load") for each in terms["takeovers"]}
    found = _allocated(terms, rest, able, split=split) if rest else Allocation({}, ())
    items = tuple(
        (_item(each, found.given[name]), each.notice)
        for each in rest
        if (name := _name(each, split=split)) in found.given
    )
    nobody = tuple(
        _kept_back(each, "unassigned", now) for each in rest if _name(each, split=split) not in found.given
    )
    return Preview(
        mode=mode,
        items=items,
        skipped=tuple(back),
        unassigned=nobody,
        takers=tuple(
            _taking(each, codes[each.userid], most[key(each.userid)], found, items, rest, split=split)
            for each in takers
        ),
        handovers=tuple(terms["handovers"]),
        customers=len({each.customer_id for each in ordered}),
        selection_hash=_hash(mode, items, (*back, *nobody)),
        names={each.external_userid: each.name for each in ordered},
    )


def in_order(candidates: Iterable[Candidate], terms: Mapping[str, Any]) -> list[Candidate]:
    """Return the selection in the plan's order; who has no add time comes last."""
    order = terms.get("order") or ORDERS[0]
    place = {key(each): number for number, each in enumerate(terms["handovers"])}

    def by(each: Candidate) -> tuple[Any, ...]:
        at = each.added_at or _LAST
        if order == "external_userid":
            return (each.external_userid, place[key(each.handover)])
        first = place[key(each.handover)] if order == "handover" else 0
        since = -at.timestamp() if order == "-added_at" else at.timestamp()
        return (first, since, each.external_userid, place[key(each.handover)])

    return sorted(candidates, key=by)


def _why(each: Candidate, mode: PlanMode, now: datetime) -> SkipCode | None:
    return skipped(each.relation, mode, now, each.left_at)


def _kept_back(each: Candidate, why: SkipCode, now: datetime) -> KeptBack:
    free = allowed_from(each.relation.accepted, now) if why == "quota90" else None
    return KeptBack(replace(_item(each, ""), status="SKIPPED", code=why), free, each.notice)


def _item(each: Candidate, takeover: str) -> Item:
    return Item(each.customer_id, each.external_userid, each.handover, takeover)


def _able(
    terms: Mapping[str, Any], takers: Sequence[Taker]
) -> tuple[list[Takeover], dict[str, SkipCode | None]]:
    """Return the takeovers who may take customers over, and why the others may not."""
    wanted = {key(each["userid"]): each for each in terms["takeovers"]}
    handovers = [key(each) for each in terms["handovers"]]
    codes = {each.userid: unfit(each.person, handovers, key(each.userid)) for each in takers}
    able = [
        Takeover(
            each.userid,
            weight=wanted[key(each.userid)].get("weight") or 1,
            load=each.load,
            max_take=wanted[key(each.userid)].get("max_take"),
            max_load=wanted[key(each.userid)].get("max_load"),
        )
        for each in takers
        if not codes[each.userid]
    ]
    return able, codes


def _name(each: Candidate, *, split: bool) -> str:
    """Return what is dealt out: a customer as a whole, or each of their relations by itself."""
    return f"{key(each.handover)}#{each.external_userid}" if split else each.customer_id


def _allocated(
    terms: Mapping[str, Any], rest: Sequence[Candidate], able: Sequence[Takeover], *, split: bool
) -> Allocation:
    wanted = _wanted(rest, able, split=split)
    mode: Any = terms.get("allocation") or "even"
    if mode == "matrix":
        spelt = {key(each): each for each in terms["handovers"]} | {
            key(each.userid): each.userid for each in able
        }
        cells = {
            (spelt.get(key(h), h), spelt.get(key(t), t)): count for h, t, count in terms.get("matrix", ())
        }
        return by_matrix(wanted, able, cells)
    if mode == "rule":
        those = {key(each.userid): each for each in able}
        parts = {
            str(place): [those[key(name)] for name in rule["takeovers"] if key(name) in those]
            for place, rule in enumerate(terms.get("rules", ()))
        }
        return by_rule(wanted, parts, terms.get("within") or "even")
    return allocate(wanted, able, mode)


def _wanted(rest: Sequence[Candidate], able: Sequence[Takeover], *, split: bool) -> list[Wanted]:
    """Return what is dealt out, in order: a customer's first relation says where they stand."""
    spelt = {key(each.userid): each.userid for each in able}
    found: dict[str, list[Candidate]] = {}
    for each in rest:
        found.setdefault(_name(each, split=split), []).append(each)
    return [
        Wanted(
            name,
            tuple(each.handover for each in those),
            frozenset(spelt[one] for each in those for one in each.friend_of if one in spelt),
            next((each.block for each in those if each.block), ""),
            those[0].part,
        )
        for name, those in found.items()
    ]


def _taking(
    taker: Taker,
    code: SkipCode | None,
    max_load: int | None,
    found: Allocation,
    items: Sequence[tuple[Item, str]],
    rest: Sequence[Candidate],
    *,
    split: bool,
) -> Taking:
    theirs = {name for name, userid in found.given.items() if userid == taker.userid}
    named = [each for each in rest if _name(each, split=split) in theirs]
    kept = {each.customer_id for each in named if key(taker.userid) in each.friend_of}
    gets = {each.customer_id for each in named}
    return Taking(
        userid=taker.userid,
        load=taker.load,
        customers=len(gets),
        items=sum(1 for item, _ in items if item.takeover == taker.userid),
        kept=len(kept),
        load_after=taker.load + len(gets - kept),
        quota=found.quotas.get(taker.userid, 0),
        code=code,
        room=None if max_load is None else max(0, max_load - taker.load) + len(kept),
    )


def _hash(mode: str, items: Sequence[tuple[Item, str]], back: Sequence[KeptBack]) -> str:
    lines = [mode]
    lines += [f"{it.handover}\t{it.external_userid}\t{it.takeover}\t{notice}" for it, notice in items]
    lines += [f"{it.item.handover}\t{it.item.external_userid}\t!{it.item.code}" for it in back]
    return sha256("\n".join(lines).encode()).hexdigest()[:32]
