"""L21, and the guarantees of spec 4.7 in small; what breaks one of them is found."""

from __future__ import annotations

import random
from typing import Any

import pytest

from tests.doubles.bundle import Bundle
from tests.faults.leads import DELIVERIES, Trouble, guarantees, many_switches, shared_out, worked


def test_l21_a_hundred_leads_twentyworkeders_every_message_three_times() -> None:
    from collections import Counter

    bundle = Bundle(simulated=False)
    with bundle.running("fast"), many_switches():
        from scrm.leads import dynamodb as stored
        from scrm.leads import rules_dynamodb
        from scrm.leads.assigning import assign
        from scrm.leads.model import Lead
        from scrm.leads.policy import Member, Pool, RuleOfPool, RuleSet
        from scrm.staff.dynamodb import StaffRow
        from scrm.staff.model import Member as Staff

        now = bundle.time.now()
        for each in "ABC":
            StaffRow.of(Staff(each, each)).save()
        pool = Pool("P", "公海", tuple(Member(each, place) for place, each in enumerate("ABC")))
        rules = RuleSet(rules=(RuleOfPool("R", "P"),), pools=(pool,), default_pool="P")
        rules_dynamodb.add(rules, "admin", now)
        ids = [f"ld{number}" for number in range(100)]
        for each in ids:
            stored.create(Lead(each, "NEW", "website", created_at=now, updated_at=now), {}, None)
        deliveries = ids * DELIVERIES
        random.Random(21).shuffle(deliveries)

        worked([lambda each=each: assign(each, 0, now) for each in deliveries])  # type: ignore[misc, func-returns-value]

        owners = Counter(each.owner for each in map(stored.lead, ids) if each)
        assert sorted(owners.values(), reverse=True) == [34, 33, 33]
        assert set(owners) == set("ABC")
        assert rules_dynamodb.cursors(["R"])["R"][1] == 100


def test_g1_to_g6_in_small() -> None:
    found = shared_out(4, 460, Trouble(random.Random(4)))

    assert found.disturbed > 20
    assert +found.wrong == {}
    assert found.spread <= 1


class Unconditional:
    """A transaction that forgets every condition."""

    def __init__(self, transaction: Any) -> None:
        self.transaction = transaction

    def save(self, row: Any, condition: Any = None) -> None:
        self.transaction.save(row)


def careless(real: Any) -> Any:
    """Return a maker of steps that are taken whatever was read."""
    return lambda *given: lambda transaction: real(*given)(Unconditional(transaction))


def test_a_load_without_its_condition_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    from scrm.leads import loads_dynamodb

    monkeypatch.setattr(loads_dynamodb, "load_step", careless(loads_dynamodb.load_step))

    assert shared_out(5, 200, Trouble(random.Random(5))).wrong["g6_loads_off_a_recount"]


def test_a_turn_without_its_condition_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    from scrm.leads import loads_dynamodb, rules_dynamodb

    # Of two who have read one turn, both choose the same member: the load's condition would save the turn.
    monkeypatch.setattr(loads_dynamodb, "load_step", careless(loads_dynamodb.load_step))
    monkeypatch.setattr(rules_dynamodb, "cursor_step", careless(rules_dynamodb.cursor_step))

    assert shared_out(6, 200, Trouble(random.Random(6))).wrong["g4_turns_off"]


def test_the_bar_has_a_line_for_each_guarantee() -> None:
    from tests.bench.bars import Options

    lines = guarantees(Options(seeds=(7,), scale=0.05))

    assert [each.name[:2] for each in lines] == ["g1", "g2", "g3", "g4", "g5", "g6", "sp"]
    assert all(each.ok for each in lines)
