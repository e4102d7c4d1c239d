"""SOPs killed, shuffled, and told everything three times; the rest of the kills is `make faults` R2."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from tests.bench.sop_corp import SopCorp
from tests.doubles.bundle import Bundle, Died
from tests.doubles.cloud import Call
from tests.faults.crashing import differences, outcome, survived
from tests.faults.sop_scenarios import LISI, SOPS, ticks, version


@pytest.fixture
def corp() -> Iterator[SopCorp]:
    bundle = Bundle()
    with bundle.running("fast"):
        yield SopCorp(bundle, named=("zhangsan", LISI))


@pytest.mark.parametrize("name", ["sop_step_is_dispatched", "sop_step_is_done"])
def test_r2_killed_at_every_step_it_ends_alike(name: str) -> None:
    steps, different = survived(name, SOPS[name])

    assert steps > 5
    assert different == {}


def _story(bundle: Bundle, order: Callable[[list[dict[str, Any]]], list[dict[str, Any]]]) -> dict[str, Any]:
    """Return what is left of one customer's story when its messages come in some order, three times each."""
    from scrm.sops.model import Trigger

    corp = SopCorp(bundle, named=("zhangsan", LISI))
    corp.define(version(triggers=(Trigger("added"),)))
    (someone,) = corp.people(1)
    there, now = corp.chat_of(someone), bundle.time.now()
    corp.enrolled([someone], version(), now)
    ticks(corp)
    corp.do("zhangsan")
    told = {"subject": someone, "at": now.isoformat()}
    handed = {"handover": "zhangsan", "takeover": LISI, "external_userid": there, "mode": "onjob"}
    done = {"sop_id": "A", "cycle": 1, "step_key": "A1", "attempt": 1, "by": "zhangsan"}
    messages = [
        {"kind": "due", "subject": someone},
        {"kind": "done", **told, **done},
        {"kind": "look", "subject": someone, "why": "card"},
        {
            "kind": "enter",
            **told,
            "trigger": "added",
            "ids": [],
            "owner": "zhangsan",
            "external_userid": there,
        },
        {"kind": "transfer", **told, **handed, "phase": "refused"},
    ]
    bundle.time.sleep(60)
    for each in order(messages):
        for _ in range(3):
            assert bundle.invoke("run_sop_step", corp.happens(each)) == {"batchItemFailures": []}
    bundle.settle()
    return outcome(bundle)


def test_r14_in_any_order_and_three_times_each_it_ends_alike() -> None:
    left = []
    orders = list(itertools.permutations(range(5)))
    for order in [orders[0], *random.Random(6).sample(orders, 7)]:
        bundle = Bundle()
        with bundle.running("fast"):
            left.append(_story(bundle, lambda each, order=order: [each[place] for place in order]))  # type: ignore[misc]

    assert [differences(each, left[0]) for each in left[1:] if each != left[0]] == []


def _races(corp: SopCorp) -> Any:
    """Let a customer leave between the worker's last look and its claim; return where they stand then."""
    from scrm.sops.dynamodb import enrollment, save
    from scrm.sops.moving import exited

    corp.define(version())
    (someone,) = corp.people(1)
    corp.enrolled([someone], version(), corp.bundle.time.now())
    gates = corp.bundle.cloud.before

    def leaves(call: Call) -> None:
        if call.operation == "PutItem" and call.request["Item"]["PK"]["S"].startswith("PROGRESS#"):
            gates.remove(leaves)
            it = enrollment(someone, "A")
            assert it
            save(exited(it, "stopped", corp.bundle.time.now()), it)

    gates.append(leaves)
    corp.tick()
    corp.works()
    corp.bundle.settle()
    return enrollment(someone, "A")


def test_who_leaves_while_a_step_is_dispatched_has_left(corp: SopCorp) -> None:
    from scrm.sops.touches_dynamodb import touches_of

    it = _races(corp)

    assert (it.status, it.runs) == ("EXITED", ())
    assert touches_of(it.subject).at == {}
    assert {row["status"] for row in corp.bundle.rows("MEMBER#") if "step_key" in str(row)} == {"cancelled"}


def test_who_leaves_after_a_worker_was_killed_has_no_to_do_left(corp: SopCorp) -> None:
    """Killed between the to-do and the claim; a manager is quicker than the message that comes again."""
    from scrm.sops.dynamodb import enrollment, save
    from scrm.sops.moving import exited

    corp.define(version())
    (someone,) = corp.people(1)
    corp.enrolled([someone], version(), corp.bundle.time.now())
    corp.bundle.settle()
    corp.tick()

    def kills(call: Call) -> None:
        if call.operation == "PutItem" and call.request["Item"]["PK"]["S"].startswith("PROGRESS#"):
            raise Died

    corp.bundle.cloud.before.append(kills)
    assert corp.bundle.invoke("run_sop_step", corp.messages()) is None
    corp.bundle.cloud.before.remove(kills)
    it = enrollment(someone, "A")
    assert it
    assert [row["status"] for row in corp.bundle.rows("MEMBER#") if "step_key" in str(row)] == ["open"]
    save(exited(it, "stopped", corp.bundle.time.now()), it)
    corp.reacts()

    assert [row["status"] for row in corp.bundle.rows("MEMBER#") if "step_key" in str(row)] == ["cancelled"]


def test_a_claim_without_its_condition_is_found(corp: SopCorp, monkeypatch: pytest.MonkeyPatch) -> None:
    from scrm.sops.dynamodb import EnrollmentRow

    save = EnrollmentRow.save
    monkeypatch.setattr(EnrollmentRow, "save", lambda row, *_, **__: save(row))

    assert _races(corp).status == "ACTIVE"


def test_a_touch_of_another_sop_is_seen_by_who_is_about_to_count(corp: SopCorp) -> None:
    """Merged customers, calls and other mass sends are counted from other groups of the queue."""
    from scrm.sops.dynamodb import enrollment
    from scrm.sops.touches_dynamodb import count_touch, touches_of

    corp.define(version())
    (someone,) = corp.people(1)
    corp.enrolled([someone], version(), corp.bundle.time.now())
    gates = corp.bundle.cloud.before

    def counts(call: Call) -> None:
        if call.operation == "PutItem" and call.request["Item"]["PK"]["S"].startswith("TOUCHES#"):
            gates.remove(counts)
            count_touch(someone, touches_of(someone), "call.1", corp.bundle.time.now(), mass=False)

    gates.append(counts)
    ticks(corp)
    it = enrollment(someone, "A")

    assert it
    assert (it.runs, list(touches_of(someone).at)) == ((), ["call.1"])


def test_a_touch_counted_by_a_killed_worker_counts_when_its_step_is_done(corp: SopCorp) -> None:
    from scrm.sops.dynamodb import enrollment
    from scrm.sops.enrollment import Enrollment
    from scrm.sops.touches_dynamodb import count_touch, touch_name, touches_of

    corp.define(version())
    (someone,) = corp.people(1)
    (it,) = corp.enrolled([someone], version(), corp.bundle.time.now())
    assert isinstance(it, Enrollment)
    count_touch(someone, touches_of(someone), touch_name(it, "A1", 1), corp.bundle.time.now(), mass=False)
    corp.bundle.time.sleep(86_400)
    ticks(corp)
    there = enrollment(someone, "A")

    assert there
    assert [each.status for each in there.runs] == ["DISPATCHED"]
    assert list(touches_of(someone).at.values()) == [corp.bundle.time.now()]


def test_one_broken_sop_holds_up_none_of_the_others(corp: SopCorp) -> None:
    from scrm.sops.dynamodb import enrollment

    corp.define(version("B", priority=90))
    (someone,) = corp.people(1)
    for each in (version("A", priority=10), version("B", priority=90)):  # A's version is nowhere
        corp.enrolled([someone], each, corp.bundle.time.now())
    corp.tick()
    failed = corp.bundle.invoke("run_sop_step", corp.messages(1))
    there = enrollment(someone, "B")

    assert len(failed["batchItemFailures"]) == 1
    assert there
    assert [each.status for each in there.runs] == ["DISPATCHED"]


def test_what_was_sent_before_a_pause_was_sent_though_it_is_told_later(corp: SopCorp) -> None:
    from scrm.sops.completing import complete
    from scrm.sops.dynamodb import enrollment, save
    from scrm.sops.moving import paused

    corp.define(version())
    (someone,) = corp.people(1)
    corp.enrolled([someone], version(), corp.bundle.time.now())
    ticks(corp)
    sent_at = corp.bundle.time.now()
    corp.bundle.time.sleep(5)
    it = enrollment(someone, "A")
    assert it
    save(paused(it, "sop_paused", version(), corp.bundle.time.now()), it)

    assert complete(someone, "A", 1, "A1", 1, "SENT", sent_at)
    there = enrollment(someone, "A")
    assert there
    assert ([(each.attempt, each.status) for each in there.runs], there.status) == ([(1, "SENT")], "PAUSED")
    assert there.cursor == "A2"


def test_an_add_told_late_brings_nobody_back_who_has_deleted_the_member(corp: SopCorp) -> None:
    from scrm.customers.relation import Fact
    from scrm.customers.rows_dynamodb import RelationRow, contact_pk, relation_sk
    from scrm.sops.dynamodb import enrollment, save
    from scrm.sops.model import Trigger
    from scrm.sops.moving import exited

    corp.define(version(triggers=(Trigger("added"),)))
    (someone,) = corp.people(1)
    added_at, there = corp.bundle.time.now(), corp.chat_of(someone)
    (it,) = corp.enrolled([someone], version(), added_at)
    corp.bundle.time.sleep(3600)
    now = corp.bundle.time.now()
    row = RelationRow.get(contact_pk(there), relation_sk("zhangsan"))
    known = row.entity()
    from dataclasses import replace

    gone = Fact("deleted_by_customer", int(now.timestamp()), "gone")
    corp.put(RelationRow.of(replace(known, facts=(*known.facts, gone))).serialize())
    save(exited(it, "lost_relation", now), it)
    corp.bundle.time.sleep(timedelta(minutes=6).total_seconds())
    told = {"kind": "enter", "subject": someone, "trigger": "added", "ids": [], "at": added_at.isoformat()}
    late = {**told, "owner": "zhangsan", "external_userid": there}

    assert corp.bundle.invoke("run_sop_step", corp.happens(late)) == {"batchItemFailures": []}
    after = enrollment(someone, "A")
    assert after
    assert (after.status, after.why, after.cycle) == ("EXITED", "lost_relation", 1)
