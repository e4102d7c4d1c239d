"""LG: the guarantees of spec 4.7 under twenty workers, triple delivery, kills, throttling and conflicts.

python -m tests.faults LG
"""

from __future__ import annotations

import random
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.bench.bars import Options, Result, at_most, exactly, progress
from tests.doubles.bundle import Bundle, Died
from tests.doubles.cloud import Call
from tests.doubles.dynamodb import Refused

LEADS = 1000
WORKERS = 20
DELIVERIES = 3
THROTTLED = CONFLICTING = 0.1
KILLED = 0.02
TURNS = "ABC"
CAPPED: dict[str, dict[str, int]] = {
    "D": {"weight": 5, "max_open": 90},
    "E": {"weight": 3, "daily_cap": 70},
    "F": {"weight": 2, "max_open": 60, "daily_cap": 50},
}
CLAIMANTS = ("G", "H", "I", "J", "K")
CLAIM_DAILY_CAP, HOLD_CAP = 40, 30


def guarantees(options: Options) -> list[Result]:
    """A thousand leads by turns and by weights with caps, then claims of what is left."""
    wrong: Counter[str] = Counter()
    spread = disturbed = 0
    for seed in options.seeds:
        found = shared_out(seed, options.scaled(LEADS), Trouble(random.Random(seed)))
        wrong += found.wrong
        spread, disturbed = max(spread, found.spread), disturbed + found.disturbed
        progress(f"LG seed {seed}: {found.given} given, {found.claimed} claimed, {found.disturbed} disturbed")
    lines = [exactly("LG", name, wrong[name], 0, f" of {LEADS}") for name in sorted(JUDGED)]
    return [*lines, at_most("LG", "spread_of_turns", spread, 1, f" after {disturbed:,} faults")]


JUDGED = frozenset(
    {
        "g1_leads_without_one_place",
        "g2_leads_decided_again",
        "g3_caps_exceeded",
        "g4_turns_off",
        "g5_claims_won_twice",
        "g6_loads_off_a_recount",
    }
)


@dataclass
class Shared:
    """What a run came to; `wrong` counts by guarantee."""

    wrong: Counter[str]
    spread: int
    given: int
    claimed: int
    disturbed: int


class Trouble:
    """Throttles, conflicts and kills at random; each worker that dies is another one afterwards."""

    def __init__(self, dice: random.Random, share: float = 1.0) -> None:
        self.dice, self.share = dice, share
        self.count = 0

    def before(self, call: Call) -> None:
        """Refuse or kill before a request has its effect."""
        if call.service != "dynamodb":
            return
        self._kill()
        if call.operation == "TransactWriteItems" and self._strikes(CONFLICTING):
            reasons = [{"Code": "TransactionConflict", "Message": "Transaction is ongoing for the item"}]
            reasons += [{"Code": "None"} for _ in call.request["TransactItems"][1:]]
            raise Refused("TransactionCanceledException", "cancelled", CancellationReasons=reasons)
        if self._strikes(THROTTLED):
            raise Refused("ProvisionedThroughputExceededException", "The level of throughput is exceeded")

    def after(self, call: Call) -> None:
        """Kill after a request has had its effect, before anybody is told."""
        if call.service == "dynamodb":
            self._kill()

    def _kill(self) -> None:
        if self._strikes(KILLED):
            raise Died

    def _strikes(self, chance: float) -> bool:
        struck = self.dice.random() < chance * self.share
        self.count += struck
        return struck

    @contextmanager
    def loose_in(self, bundle: Bundle) -> Iterator[None]:
        """Let it out while the block runs."""
        bundle.cloud.before.append(self.before)
        bundle.cloud.after.append(self.after)
        try:
            yield
        finally:
            bundle.cloud.before.remove(self.before)
            bundle.cloud.after.remove(self.after)


def shared_out(seed: int, number: int, trouble: Trouble) -> Shared:
    """Let so many leads be given and claimed; return what is wrong afterwards."""
    bundle = Bundle(simulated=False)
    dice = random.Random(seed)
    with bundle.running("fast"), many_switches():
        ids = _set_up(bundle, number)
        deliveries = ids * DELIVERIES
        dice.shuffle(deliveries)
        with trouble.loose_in(bundle):
            worked([lambda each=each: _assign(bundle, each) for each in deliveries])  # type: ignore[misc]
        wrong, given, spread = _judged(ids)
        waiting = _waiting()
        with trouble.loose_in(bundle):
            won = _claims(bundle, waiting, dice)
        wrong += _claims_judged(won)
    return Shared(wrong, spread, given, len(won), trouble.count)


@contextmanager
def many_switches() -> Iterator[None]:
    """Let threads take turns within a request, as processes do."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        yield
    finally:
        sys.setswitchinterval(usual)


def _set_up(bundle: Bundle, number: int) -> list[str]:
    from scrm.leads import dynamodb as stored
    from scrm.leads import rules_dynamodb
    from scrm.leads.model import Lead
    from scrm.leads.policy import Fits, Member, Pool, RuleOfPool, RuleSet
    from scrm.staff.dynamodb import StaffRow
    from scrm.staff.model import Member as Staff

    now = bundle.time.now()
    for each in (*TURNS, *CAPPED, *CLAIMANTS):
        StaffRow.of(Staff(each, each)).save()
    turns = Pool("turns", "轮流", tuple(Member(each, place) for place, each in enumerate(TURNS)))
    capped = tuple(Member(name, place, **terms) for place, (name, terms) in enumerate(CAPPED.items()))
    pools = (turns, Pool("capped", "限量", capped))
    rules = (
        RuleOfPool("turns", "turns", fits=Fits(sources=("website",))),
        RuleOfPool("capped", "capped", "weighted", fits=Fits(sources=("import",))),
    )
    rules_dynamodb.add(RuleSet(rules=rules, pools=pools, default_pool="turns"), "admin", now)
    ids = [f"ld{place:04}" for place in range(number)]
    for place, each in enumerate(ids):
        source: Any = ("website", "import")[place % 2]
        stored.create(Lead(each, "NEW", source, created_at=now, updated_at=now), {}, None)
    return ids


def _assign(bundle: Bundle, lead_id: str) -> None:
    from scrm.leads.assigning import assign

    assign(lead_id, 0, bundle.time.now())


def worked(tasks: Sequence[Callable[[], None]]) -> None:
    """Do every task, each again until it is done, by many workers."""

    def done(task: Callable[[], None]) -> None:
        while True:
            try:
                return task()
            except (Died, Exception):  # noqa: BLE001, S112  # the queue delivers again, whatever it was
                continue

    with ThreadPoolExecutor(WORKERS) as workers:
        list(workers.map(done, tasks))


def _judged(ids: Sequence[str]) -> tuple[Counter[str], int, int]:
    """Return what is wrong, how many leads were given, and how unevenly by turns."""
    from scrm.leads import dynamodb as stored
    from scrm.leads import rules_dynamodb
    from scrm.leads.loads_dynamodb import loads

    leads = [each for each in map(stored.lead, ids) if each]
    owned = Counter(each.owner for each in leads if each.owner)
    wrong: Counter[str] = Counter()
    places = sum((each.status == "ASSIGNED") is bool(each.owner) and each.status != "NEW" for each in leads)
    wrong["g1_leads_without_one_place"] = len(ids) - places
    wrong["g2_leads_decided_again"] = sum(each.version != 2 or each.epoch > 1 for each in leads)
    for name, terms in CAPPED.items():
        cap = min(terms.get("max_open", len(ids)), terms.get("daily_cap", len(ids)))
        wrong["g3_caps_exceeded"] += max(0, owned[name] - cap)
    cursors = rules_dynamodb.cursors(["turns", "capped"])
    for rule_id, members in (("turns", TURNS), ("capped", tuple(CAPPED))):
        wrong["g4_turns_off"] += abs(cursors[rule_id][1] - sum(owned[each] for each in members))
    counted = {name: (each.open, each.given) for name, each in loads().items()}
    wrong["g6_loads_off_a_recount"] = sum(
        counted.get(name.lower(), (0, 0)) != (owned[name], owned[name]) for name in (*TURNS, *CAPPED)
    )
    shares = [owned[each] for each in TURNS]
    return wrong, owned.total(), max(shares) - min(shares)


def _waiting() -> list[str]:
    from scrm.leads.dynamodb import of_pool

    return [each.lead_id for each in of_pool("capped")]


def _claims(bundle: Bundle, waiting: Sequence[str], dice: random.Random) -> dict[str, list[str]]:
    """Let five members claim every lead of the pool at once; return who was told that they won it."""
    from scrm.leads.claiming import ClaimRefused, claim
    from scrm.leads.dynamodb import lead
    from scrm.leads.policy import Member, Pool

    now = bundle.time.now()
    pool = Pool(
        "capped", "限量", tuple(map(Member, CLAIMANTS)), claim_daily_cap=CLAIM_DAILY_CAP, hold_cap=HOLD_CAP
    )
    won: dict[str, list[str]] = {}
    lock = threading.Lock()

    def claims(lead_id: str, userid: str) -> None:
        try:
            claim(lead_id, pool, userid, now)
        except ClaimRefused:
            there = lead(lead_id)
            # Killed after the write, a winner is refused at the second try and sees that it is theirs.
            if there is None or there.owner != userid:
                return
        with lock:
            won.setdefault(lead_id, []).append(userid)

    tries = [(each, userid) for each in waiting for userid in CLAIMANTS]
    dice.shuffle(tries)
    worked([lambda each=each: claims(*each) for each in tries])  # type: ignore[misc]
    return won


def _claims_judged(won: dict[str, list[str]]) -> Counter[str]:
    from scrm.leads.loads_dynamodb import loads

    wrong: Counter[str] = Counter()
    wrong["g5_claims_won_twice"] = sum(len(set(each)) > 1 for each in won.values())
    held = Counter(each[0] for each in won.values())
    there = loads()
    for each in CLAIMANTS:
        load = there.get(each.lower())
        wrong["g6_loads_off_a_recount"] += (load.open if load else 0) != held[each]
        wrong["g3_caps_exceeded"] += max(0, held[each] - min(CLAIM_DAILY_CAP, HOLD_CAP))
    return wrong
