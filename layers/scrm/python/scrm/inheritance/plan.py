"""A plan 继承方案 and its batches 批次 as everything else knows them (spec 2.1, 2.3). Pure; times in UTC."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from scrm.inheritance.model import OPEN, TAG_OPEN, Item, PlanMode

PlanStatus = Literal["DRAFT", "CONFIRMED", "RUNNING", "COMPLETED", "PARTIAL", "CANCELLED"]

REASONS: Mapping[str, str] = {
    "resign": "离职",
    "low_activity": "积极性不高",
    "complaint": "客户投诉",
    "position_change": "岗位调整",
    "other": "其他",
}
"""Why customers are handed over (INH-11), in words."""

LIVE: frozenset[PlanStatus] = frozenset({"RUNNING", "CANCELLED"})
"""Batches of these are still worked on; of a cancelled plan those that were sent."""

OUTSIDE = "key:"
"""Who made a plan begins so when another system did, with its key."""

KEPT_BACK = "s"
"""Batches whose number begins so hold what was skipped, or assigned to nobody: nothing is sent of them."""


@dataclass(frozen=True)
class Plan:
    """Who is handed over by whom to whom, and how it stands.

    `terms` is what was asked for, plain JSON data: {"mode", "handovers": [userid], "takeovers": [{"userid",
    "weight", "max_take", "max_load"}], "tag_ids", "on_limit": "next"|"stay", …} (console_models.py). `totals`
    is what the preview came to, `selection_hash` names it; `outcome` counts items by status once it is over.
    `batches` are the numbers of all its batches, `finished` of those with nothing left to do; `full` are the
    takeovers that WeCom said could take no more. `version` grows with each change an administrator makes.
    """

    plan_id: str
    terms: Mapping[str, Any]
    reason: str
    created_by: str
    created_at: datetime
    status: PlanStatus = "DRAFT"
    note: str = ""
    selection_hash: str = ""
    totals: Mapping[str, Any] = field(default_factory=dict)
    allow_partial: bool = False
    approved_by: str = ""
    approved_at: datetime | None = None
    ended_at: datetime | None = None
    outcome: Mapping[str, int] = field(default_factory=dict)
    batches: frozenset[str] = frozenset()
    finished: frozenset[str] = frozenset()
    full: frozenset[str] = frozenset()
    version: int = 0

    @property
    def mode(self) -> PlanMode:
        """Return whether the handovers are employed or have left."""
        mode: PlanMode = self.terms["mode"]
        return mode

    @property
    def takeovers(self) -> tuple[str, ...]:
        """Return the userids of who takes over, in the plan's order."""
        return tuple(each["userid"] for each in self.terms["takeovers"])

    @property
    def is_over(self) -> bool:
        """Return whether nothing of it is left to do."""
        return self.batches <= self.finished

    @property
    def ends_as(self) -> PlanStatus:
        """Return what it is once nothing is left to do: PARTIAL where customers got nobody (5.3)."""
        if self.status != "RUNNING":
            return self.status
        return "PARTIAL" if self.totals.get("unassigned") else "COMPLETED"


@dataclass(frozen=True)
class PlanBatch:
    """What one call hands over, with every item and how it stands.

    `number` names it in its plan for good: "0001", those of what was kept back "s0001", one that carries on
    with items of another "0001.1". `due_at` is when it is to be sent or asked for, None when nothing is left.
    `children` counts the batches that carry on with its items.
    """

    plan_id: str
    number: str
    mode: PlanMode
    handover: str
    takeover: str
    notice: str
    items: tuple[Item, ...]
    due_at: datetime | None = None
    children: int = 0
    version: int = 0

    @property
    def is_open(self) -> bool:
        """Return whether anything is left to do for one of its items."""
        return any(each.status in OPEN for each in self.items) or bool(self.untagged)

    @property
    def untagged(self) -> list[Item]:
        """Return the settled items whose tags WeCom has not taken yet."""
        return [each for each in self.items if each.status == "SETTLED" and each.code == TAG_OPEN]

    def having(self, *statuses: str) -> list[Item]:
        """Return the items with one of these statuses."""
        return [each for each in self.items if each.status in statuses]

    def with_items(self, changed: Iterable[Item]) -> "PlanBatch":
        """Return the batch with these items in the place of what they were, by contact."""
        now = {each.external_userid: each for each in changed}
        return replace(self, items=tuple(now.get(each.external_userid, each) for each in self.items))


HOUR = timedelta(hours=1)
DECIDED_AFTER = timedelta(hours=24, minutes=1)
CLARIFIED_AFTER = timedelta(minutes=2)
GIVEN_UP_AFTER = timedelta(days=30)


def next_look(batch: PlanBatch, now: datetime) -> datetime | None:
    """Return when a batch is to be looked at next, None when nothing of it is left to do.

    At once what is planned or succeeded; two minutes after a call without an answer; 24 hours after one that
    was taken (sheet 7), then less and less often, at 72 hours to call it stuck, daily for a month after that,
    and then once more to give it up.
    """
    looks = [_look(each, now) for each in batch.items if each.status in OPEN]
    looks += [now + HOUR / 6] if batch.untagged else []
    found = [each for each in looks if each]
    return min(found) if found else None


def _look(item: Item, now: datetime) -> datetime | None:
    if item.status == "UNKNOWN":
        asked = (item.at or now) + CLARIFIED_AFTER
        return max(now, asked) if now < asked + HOUR else now + HOUR
    if item.status == "PLANNED":
        # It may wait for WeCom to take calls again, or for another handover of its customer.
        return max(now, item.at or now)
    if item.status not in {"WAITING", "STUCK"} or item.sent_at is None:
        return now
    decided = item.sent_at + DECIDED_AFTER
    if now < decided:
        return decided
    age = now - item.sent_at
    if age > GIVEN_UP_AFTER:
        # To be asked for a last time: without an answer it is given up then.
        return now
    if item.status == "WAITING" and age < 72 * HOUR:
        step = HOUR / 6 if age < 26 * HOUR else 2 * HOUR
        return min(now + step, item.sent_at + timedelta(hours=72, seconds=1))
    return now + 24 * HOUR


def outcome_of(batches: Iterable[PlanBatch]) -> dict[str, int]:
    """Return how many items have each status; one that another batch carries on with counts there alone."""
    return dict(Counter(item.status for batch in batches for item in batch.items if not item.next))


def numbered(place: int, *, kept_back: bool = False) -> str:
    """Return a batch's number for its place in the plan, 1 and on."""
    return f"{KEPT_BACK if kept_back else ''}{place:04d}"


def following(batch: PlanBatch) -> str:
    """Return the number of the next batch that carries on with items of this one."""
    return f"{batch.number}.{batch.children + 1}"


def next_takeover(
    plan: Plan, batch: PlanBatch, taken: Mapping[str, int], wanted: int
) -> Sequence[tuple[str, int]]:
    """Return who takes how many of `wanted` customers next, after one who could take no more (INH-13).

    The plan's order from the one who is full on, round to who comes before; nobody whom WeCom called full,
    and nobody beyond their `max_take`, or `max_load` as it stood at the confirmation (totals: `room`). What
    nobody can take is not in it.
    """
    order = plan.takeovers
    start = order.index(batch.takeover) + 1 if batch.takeover in order else 0
    most = {each["userid"]: each.get("max_take") for each in plan.terms["takeovers"]}
    rooms = plan.totals.get("room") or {}
    found: list[tuple[str, int]] = []
    for userid in (*order[start:], *order[:start]):
        if not wanted or userid in plan.full or userid in {batch.takeover, batch.handover}:
            continue
        limits = [each for each in (most[userid], rooms.get(userid)) if each is not None]
        room = max(0, min(limits) - taken.get(userid, 0)) if limits else wanted
        if take := min(room, wanted):
            found.append((userid, take))
            wanted -= take
    return found
