"""The stages of a customer 客户阶段 and the evidence that a move needs (SEG-18, SEG-19). Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

EvidenceKind = Literal[
    "follow_record", "visit", "quote", "demand_recorded", "order_paid", "contract", "score", "condition"
]
"""What may be asked for. The first three count from the entry into the present stage on; the others last.

follow_record: somebody followed up; visit, quote: a follow-up by way of a visit 拜访 or with a quote 报价;
demand_recorded: a demand of the customer is open; order_paid: they have a paid order; contract: a contract
number is known; score: a score has a value or reaches one; condition: the condition selects the customer.
"""


@dataclass(frozen=True)
class Evidence:
    """One thing that must be there. `score` and what is asked of it, or `condition`, only for these kinds.

    `title` replaces the usual sentence, for a condition it is the only one.
    """

    kind: EvidenceKind
    title: str = ""
    score: str = ""
    at_least: float | None = None
    value: str | None = None
    condition: Mapping[str, Any] | None = field(default=None, hash=False)

    @property
    def sentence(self) -> str:
        """Return what is asked for, in the words of who has to bring it."""
        if self.title:
            return self.title
        if self.kind == "score":
            asked = f"达到 {self.at_least:g}" if self.at_least is not None else f"为「{self.value}」"
            return f"评分「{self.score}」{asked}"
        return _SENTENCES[self.kind]


_SENTENCES: Mapping[str, str] = {
    "follow_record": "进入当前阶段后有跟进记录",
    "visit": "进入当前阶段后有拜访记录",
    "quote": "进入当前阶段后有报价记录",
    "demand_recorded": "已记录客户需求",
    "order_paid": "有已付款订单",
    "contract": "已登记合同编号",
    "condition": "满足设定的条件",
}


@dataclass(frozen=True)
class Need:
    """Something a stage needs: one of these is enough."""

    any_of: tuple[Evidence, ...]

    @property
    def code(self) -> str:
        """Return what names it in an answer, e.g. "follow_record" or "quote|visit"."""
        return "|".join(each.kind for each in self.any_of)

    @property
    def sentence(self) -> str:
        """Return what is asked for, e.g. 有已付款订单，或已登记合同编号."""
        return "，或".join(each.sentence for each in self.any_of)


@dataclass(frozen=True)
class Stage:
    """One stage: its key for good, its name and definition as shown, and what entering it needs."""

    key: str
    name: str
    definition: str
    needs: tuple[Need, ...] = ()


def _one(*kinds: EvidenceKind) -> Need:
    return Need(tuple(Evidence(kind) for kind in kinds))


DEFAULT = (
    Stage("potential", "潜在", "有联系方式，尚未确认需求"),
    Stage("need", "需求", "客户说明了想解决的问题或想买的东西"),
    Stage("intention", "意向", "跟进后客户认可方案，愿意谈价格、时间等条件", (_one("follow_record"),)),
    Stage("signed", "签约", "已签合同或已付款", (_one("contract", "order_paid"),)),
)
"""Few conditions: the first two are the member's own judgement."""


@dataclass(frozen=True)
class Stages:
    """The stages in order. `skipped_count`: who skips a stage brings the evidence of the skipped one too."""

    stages: tuple[Stage, ...] = DEFAULT
    skipped_count: bool = True
    version: int = 0
    updated_at: str = ""

    def named(self, name: str) -> Stage | None:
        """Return a stage by its key or its name, None for an unknown one."""
        return next((each for each in self.stages if name in (each.key, each.name)), None)

    def name_of(self, key: str) -> str:
        """Return a stage's name; of one that is no longer configured its key."""
        found = self.named(key)
        return found.name if found else key

    def place(self, key: str) -> int:
        """Return a stage's place; -1 for none, and for one that is no longer configured."""
        return next((place for place, each in enumerate(self.stages) if each.key == key), -1)

    def on_the_way(self, start: str, to: Stage) -> tuple[Stage, ...]:
        """Return the stages whose evidence a move needs, in order; none for a move back."""
        first, last = self.place(start), self.place(to.key)
        if last <= first:
            return ()
        return self.stages[first + 1 : last + 1] if self.skipped_count else (to,)

    def is_back(self, start: str, to: Stage) -> bool:
        """Return whether the move leads to an earlier stage."""
        return self.place(to.key) < self.place(start)


@dataclass(frozen=True)
class Proof:
    """A fact that is evidence: what it is, which one and of when."""

    kind: EvidenceKind
    id: str
    at: datetime | None = None


@dataclass(frozen=True)
class Missing:
    """Evidence that is not there, and the stage that needs it."""

    stage: Stage
    need: Need


@dataclass(frozen=True)
class Move:
    """One move of a customer's stage. `move_id` is the customer's version after it; it orders a second."""

    move_id: str
    at: datetime
    start: str
    to: str
    by: str
    reason: str = ""
    evidence: tuple[Proof, ...] = ()


def judged(
    way: Sequence[Stage], proofs: Mapping[Evidence, Proof | None]
) -> tuple[tuple[Proof, ...], tuple[Missing, ...]]:
    """Return what proves that a customer may enter the stages of `way`, and what is missing.

    `proofs` holds what was found of each evidence that `asked_for` names.
    """
    found: dict[tuple[str, str], Proof] = {}
    missing: list[Missing] = []
    for stage in way:
        for need in stage.needs:
            proof = next((proofs[each] for each in need.any_of if proofs.get(each)), None)
            if proof is None:
                missing.append(Missing(stage, need))
            else:
                found[proof.kind, proof.id] = proof
    return tuple(found.values()), tuple(missing)


def asked_for(way: Sequence[Stage]) -> Iterator[Evidence]:
    """Yield every evidence that one of the stages may take."""
    for stage in way:
        for need in stage.needs:
            yield from need.any_of
