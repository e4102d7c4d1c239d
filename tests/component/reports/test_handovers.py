"""What came of handovers (M16, RPT-15), over the whole bundle."""

from collections.abc import Callable
from typing import Any

import pytest

from scrm.http.caller import Caller
from scrm.inheritance.machine import resulted, submitted
from scrm.inheritance.model import Item
from scrm.inheritance.plan import Plan, PlanBatch
from tests.component.inheritance.conftest import inheritance
from tests.component.inheritance.inheritance_world import Inheritance

__all__ = ["inheritance"]

Report = Callable[..., Any]


@pytest.fixture
def report(inheritance: Inheritance) -> Report:
    def told(who: Caller | None = None, **query: str) -> Any:
        answered = inheritance.ask("GET", "/admin/reports/inheritance", caller=who, **query)
        assert answered.status == 200, answered.text
        return answered.json

    return told


def i10(at: Any, *, again: bool = False) -> list[PlanBatch]:
    """Return the batches of I10: 97 of 100 taken, 90 succeeded, 5 refused, 2 could not be taken."""
    sent = [submitted(Item(f"cu{n}", f"wm{n}", "zhangsan", "lisi"), 0, at) for n in range(97)]
    ends = ["SUCCEEDED"] * 90 + ["REFUSED"] * 5 + ["LIMIT_EXCEEDED"] * 2
    items = [resulted(each, end, at) for each, end in zip(sent, ends, strict=True)]  # type: ignore[arg-type]
    items += [submitted(Item(f"cu{n}", f"wm{n}", "zhangsan", "lisi"), 40096, at) for n in range(97, 100)]
    made = [PlanBatch("p1", "0001", "onjob", "zhangsan", "lisi", "", tuple(items))]
    if again:
        planned = tuple(Item(f"cu{n}", f"wm{n}", "zhangsan", "wangwu", attempt=2) for n in (95, 96))
        made.append(PlanBatch("p1", "0001.1", "onjob", "zhangsan", "wangwu", "", planned))
    return made


@pytest.mark.parametrize("again", [False, True], ids=["as it ended", "with two planned anew"])
def test_rpt_15_i10_90_percent_92_8_of_accepted_refusal_5_15(
    inheritance: Inheritance, report: Report, *, again: bool
) -> None:
    from scrm.inheritance import plans_dynamodb as stored
    from scrm.inheritance.rows_dynamodb import PlanRow

    now = inheritance.bundle.time.now()
    stored.put_batches(i10(now, again=again))
    terms = {"mode": "onjob", "handovers": ["zhangsan"], "takeovers": [{"userid": "lisi"}]}
    plan = Plan("p1", terms, "low_activity", "admin", now, status="RUNNING", version=1)
    PlanRow.of(plan).save()
    stored.ListedRow(stored.LIST, f"{now:%Y-%m-%dT%H:%M:%SZ}#p1").save()
    told = report(group="reason")
    (line,) = told["lines"]
    assert (line["id"], line["name"]) == ("low_activity", "积极性不高")
    rates = ("success_rate", "success_of_accepted", "refusal_rate")
    assert [told["total"][each] for each in rates] == [0.9, 0.9278, 0.0515]
    counts = ("submitted", "accepted", "succeeded", "refused", "limit_exceeded", "pending")
    assert [line[each] for each in counts] == [100, 97, 90, 5, 2, 0]
    assert line["retention_rate"] is None


def test_rpt_15_from_a_plan_to_its_rates_and_30_days_later_who_stayed(
    inheritance: Inheritance, report: Report
) -> None:
    people = [inheritance.friend(each) for each in "甲乙丙丁"]
    inheritance.plan([(each, "lisi" if n < 3 else "wangwu") for n, each in enumerate(people)])
    inheritance.bundle.settle()
    inheritance.ends(people[0][0], "refused", told=False)
    assert report()["total"]["pending"] == 4
    inheritance.poll("03 10:20")
    inheritance.poll("03 10:40")
    inheritance.clock("12 10:00")
    inheritance.deleted("lisi", people[1][0])
    inheritance.clock("04-03 10:00")

    told = report(group="takeover")
    lines = {each["id"]: each for each in told["lines"]}
    some = ("submitted", "succeeded", "refused", "matured", "lost", "retention_rate")
    assert [lines["lisi"][each] for each in some] == [3, 2, 1, 2, 1, 0.5]
    assert [lines["wangwu"][each] for each in some] == [1, 1, 0, 1, 0, 1.0]
    assert (told["total"]["success_rate"], told["total"]["retention_rate"]) == (0.75, 0.6667)
    # Before the deletion, and as a leader who has but one of the members.
    assert report(d="5")["total"]["retention_rate"] == 1.0
    leader = Caller("wangwu", "team_lead", "own")
    assert [each["id"] for each in report(leader, group="takeover")["lines"]] == ["wangwu"]
    assert report(leader, group="handover")["lines"] == []
    assert report(leader)["total"]["submitted"] == 1

    # The takeover's relation is nobody's add, and the handover's no loss.
    adds = inheritance.done("GET", "/admin/reports/retention", group="staff", d="30")
    assert [(each["id"], each["added"], each["handed_over"], each["lost"]) for each in adds["lines"]] == [
        ("zhangsan", 4, 3, 0)
    ]
    lost = inheritance.done("GET", "/admin/reports/deletion", group="staff", **{"from": "2026-03-05"})
    counted = {each["id"]: (each["active_at_start"], each["deleted"]) for each in lost["lines"]}
    assert counted == {"zhangsan": (1, 0), "lisi": (2, 1), "wangwu": (1, 0)}


def test_rpt_15_wrong_days_and_roles(inheritance: Inheritance) -> None:
    ask = inheritance.ask
    path = "/admin/reports/inheritance"
    told = ask("GET", path, **{"from": "2024-01-01", "to": "2026-01-01"})
    assert (told.status, told.json["errors"][0]["field"]) == (422, "from")
    assert ask("GET", path, group="team").json["errors"][0]["field"] == "group"
    assert ask("GET", path, caller=Caller("hr", "hr", "all")).status == 403
