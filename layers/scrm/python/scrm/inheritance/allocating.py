"""Who gets whose customers (spec 5.2, 5.3): exact quotas, a fair mix, nobody silently dropped. Pure.

The same selection, takeovers and mode always give the same answer.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

from scrm.apportioning import apportion

Mode = Literal["even", "ratio", "level", "headroom", "matrix"]
MODES: tuple[Mode, ...] = get_args(Mode)
"""`rule` of spec 5.2 is one of these for each part of a partition: see `by_rule`."""

UNLIMITED = 10**9


@dataclass(frozen=True)
class Wanted:
    """One customer to be handed over, a load of one, however many members they are friends with.

    `handovers` are whom they are taken from; `friend_of` the takeovers who have them already; `block` names
    what has to stay together (a customer group, a household); `part` is where a rule puts them.
    """

    customer_id: str
    handovers: tuple[str, ...]
    friend_of: frozenset[str] = frozenset()
    block: str = ""
    part: str = ""


@dataclass(frozen=True)
class Takeover:
    """A member who takes customers over: with which weight, at most how many, up to which load."""

    userid: str
    weight: int = 1
    load: int = 0
    max_take: int | None = None
    max_load: int | None = None

    @property
    def room(self) -> int:
        """Return how many customers they may get at most."""
        by_load = UNLIMITED if self.max_load is None else max(0, self.max_load - self.load)
        return min(UNLIMITED if self.max_take is None else self.max_take, by_load)


@dataclass(frozen=True)
class Allocation:
    """Who gets whom, in the order of the selection; whom nobody can take; how many each was to get."""

    given: Mapping[str, str]
    unassigned: tuple[str, ...]
    quotas: Mapping[str, int] = field(default_factory=dict)

    def taken(self) -> Counter[str]:
        """Return how many customers each takeover gets."""
        return Counter(self.given.values())


def allocate(wanted: Sequence[Wanted], takeovers: Sequence[Takeover], mode: Mode) -> Allocation:
    """Return who gets whom: friends stay, blocks together, then dealt in order by exact quotas.

    Quotas are those of all customers; who is a friend of a takeover already is a lower bound, never refused.
    Mode "matrix" is dealt by `by_matrix`. Raises ValueError without takeovers.
    """
    if not takeovers:
        raise ValueError("nobody takes over")
    kept = _kept(wanted, takeovers)
    blocks, stays_out = _in_blocks(
        [each for each in wanted if each.customer_id not in kept], takeovers, mode, kept
    )
    given = {**kept, **blocks}
    had = Counter(given.values())
    quotas = _quotas(len(wanted) - len(stays_out), takeovers, mode, had)
    left = {each.userid: max(0, quotas[each.userid] - had[each.userid]) for each in takeovers}
    rest = [each for each in wanted if each.customer_id not in given and each.customer_id not in stays_out]
    given |= _dealt(rest, takeovers, mode, left, quotas)
    ordered = {each.customer_id: given[each.customer_id] for each in wanted if each.customer_id in given}
    dropped = tuple(each.customer_id for each in wanted if each.customer_id not in given)
    return Allocation(ordered, dropped, quotas)


def by_matrix(
    wanted: Sequence[Wanted], takeovers: Sequence[Takeover], counts: Mapping[tuple[str, str], int]
) -> Allocation:
    """Return who gets whom when the numbers are told for each handover and takeover.

    A takeover's friends among a handover's customers count into its cell; the rest is dealt in order.
    """
    given: dict[str, str] = {}
    for handover in dict.fromkeys(each.handovers[0] for each in wanted):
        part = [each for each in wanted if each.handovers[0] == handover]
        kept = _kept(part, takeovers)
        had = Counter(kept.values())
        cells = {each.userid: counts.get((handover, each.userid), 0) for each in takeovers}
        left = {name: max(0, most - had[name]) for name, most in cells.items()}
        given |= kept | _dealt(
            [each for each in part if each.customer_id not in kept], takeovers, "matrix", left, cells
        )
    ordered = {each.customer_id: given[each.customer_id] for each in wanted if each.customer_id in given}
    dropped = tuple(each.customer_id for each in wanted if each.customer_id not in given)
    return Allocation(ordered, dropped, dict(Counter(ordered.values())))


def by_rule(wanted: Sequence[Wanted], parts: Mapping[str, Sequence[Takeover]], mode: Mode) -> Allocation:
    """Return who gets whom when a rule divides the customers (by region or tag) among groups of takeovers.

    Who is in no part, or in one without takeovers, is unassigned. A takeover of several parts keeps to
    `max_take` and `max_load` over all of them, the parts in their order.
    """
    given: dict[str, str] = {}
    taken: Counter[str] = Counter()
    quotas: Counter[str] = Counter()
    for part, takeovers in parts.items():
        those = [each for each in wanted if each.part == part]
        if those and takeovers:
            found = allocate(those, [_after(each, taken[each.userid]) for each in takeovers], mode)
            given |= found.given
            taken += found.taken()
            quotas += Counter(found.quotas)
    ordered = {each.customer_id: given[each.customer_id] for each in wanted if each.customer_id in given}
    dropped = tuple(each.customer_id for each in wanted if each.customer_id not in given)
    return Allocation(ordered, dropped, dict(quotas))


def _after(takeover: Takeover, taken: int) -> Takeover:
    most = None if takeover.max_take is None else max(0, takeover.max_take - taken)
    return Takeover(takeover.userid, takeover.weight, takeover.load + taken, most, takeover.max_load)


def _kept(wanted: Sequence[Wanted], takeovers: Sequence[Takeover]) -> dict[str, str]:
    """Return the customers who are friends of a takeover already; of several, the first takeover's."""
    found = {}
    for each in wanted:
        friend = next((one.userid for one in takeovers if one.userid in each.friend_of), None)
        if friend:
            found[each.customer_id] = friend
    return found


def _quotas(whole: int, takeovers: Sequence[Takeover], mode: Mode, had: Mapping[str, int]) -> dict[str, int]:
    """Return how many each is to get: at least what they have, at most their room, the rest anew.

    Where some would get too few and others too many, those are set first by whom more is moved: so the shares
    of all others stay as the mode wants them.
    """
    fixed: dict[str, int] = {}
    while True:
        free = [each for each in takeovers if each.userid not in fixed]
        left = max(0, whole - sum(fixed.values()))
        shares = dict(zip((each.userid for each in free), _shares(left, free, mode), strict=True))
        low = {name: had[name] - share for name, share in shares.items() if had[name] > share}
        most = {each.userid: max(each.room, had[each.userid]) for each in free}
        high = {name: share - most[name] for name, share in shares.items() if share > most[name]}
        if not low and not high:
            return {each.userid: {**shares, **fixed}[each.userid] for each in takeovers}
        if sum(low.values()) >= sum(high.values()):
            fixed |= {name: had[name] for name in low}
        if sum(high.values()) >= sum(low.values()):
            fixed |= {name: most[name] for name in high}


def _shares(whole: int, takeovers: Sequence[Takeover], mode: Mode) -> list[int]:
    """Return the shares of a mode without regard to limits, except where the mode is about them."""
    if not takeovers:
        return []
    if mode == "level":
        return _levelled(whole, takeovers)
    if mode == "headroom":
        rooms = [each.room for each in takeovers]
        return apportion(min(whole, sum(rooms)), rooms) if any(rooms) else [0 for _ in rooms]
    weights = [1 if mode == "even" else each.weight for each in takeovers]
    return apportion(whole, weights) if any(weights) else [0 for _ in weights]


def _levelled(whole: int, takeovers: Sequence[Takeover]) -> list[int]:
    """Return how many each gets when the lowest final load is filled first; ties go by their order."""
    gets = [0] * len(takeovers)
    open_ = [place for place, each in enumerate(takeovers) if each.room > 0]
    while whole and open_:
        loads = {place: takeovers[place].load + gets[place] for place in open_}
        lowest = min(loads.values())
        there = [place for place in open_ if loads[place] == lowest]
        above = [load for load in loads.values() if load > lowest]
        step = min(
            [
                *(load - lowest for load in above[:1] and [min(above)]),
                *(takeovers[p].room - gets[p] for p in there),
            ]
        )
        each, more = divmod(min(whole, step * len(there)), len(there))
        for number, place in enumerate(there):
            gets[place] += each + (number < more)
        whole -= each * len(there) + more
        open_ = [place for place in open_ if gets[place] < takeovers[place].room]
    return gets


def _in_blocks(
    wanted: Sequence[Wanted], takeovers: Sequence[Takeover], mode: Mode, kept: Mapping[str, str]
) -> tuple[dict[str, str], frozenset[str]]:
    """Return the customers of blocks, and those of blocks that nobody has room for.

    The largest block first, each to the takeover with the largest remaining quota; ties go by their order.
    """
    blocks: dict[str, list[str]] = {}
    for each in wanted:
        if each.block:
            blocks.setdefault(each.block, []).append(each.customer_id)
    given: dict[str, str] = {}
    out: set[str] = set()
    for members in sorted(blocks.values(), key=len, reverse=True):
        had = Counter([*kept.values(), *given.values()])
        quotas = _quotas(len(wanted) + len(kept) - len(out), takeovers, mode, had)
        able = [each for each in takeovers if each.room - had[each.userid] >= len(members)]
        if able:
            best = max(able, key=lambda each: quotas[each.userid] - had[each.userid])
            given |= dict.fromkeys(members, best.userid)
        else:
            out |= set(members)
    return given, frozenset(out)


def _dealt(
    wanted: Iterable[Wanted],
    takeovers: Sequence[Takeover],
    mode: Mode,
    left: dict[str, int],
    quotas: Mapping[str, int],
) -> dict[str, str]:
    """Return the customers dealt in order over those who have quota left; the others stay out."""
    turns = _round(takeovers, left) if mode == "even" else _smooth(takeovers, mode, left, quotas)
    return {each.customer_id: userid for each, userid in zip(wanted, turns, strict=False)}


def _round(takeovers: Sequence[Takeover], left: dict[str, int]) -> Iterator[str]:
    while any(left.values()):
        for each in takeovers:
            if left[each.userid]:
                left[each.userid] -= 1
                yield each.userid


def _smooth(
    takeovers: Sequence[Takeover], mode: Mode, left: dict[str, int], quotas: Mapping[str, int]
) -> Iterator[str]:
    """Yield whose turn it is by smooth weighted round robin, with the ratio's weights or the quotas (4.2)."""
    weights = {each.userid: each.weight if mode == "ratio" else quotas[each.userid] for each in takeovers}
    gained = dict.fromkeys(weights, 0)
    while any(left.values()):
        able = [each.userid for each in takeovers if left[each.userid]]
        for name in able:
            gained[name] += weights[name]
        chosen = max(able, key=lambda name: gained[name])
        gained[chosen] -= sum(weights[name] for name in able)
        left[chosen] -= 1
        yield chosen
