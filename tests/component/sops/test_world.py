"""What happens in the world around SOPs: acts, endings, touches of others, leads that are nurtured."""

from dataclasses import replace
from typing import Any

from scrm.sops.model import Branch, Ending, Goal, Policies, Schedule, Step, Trigger, Version
from tests.unit.sops.journeys import SOP_A, SOP_T

ONE = Version(
    "N", 1, "到店邀约", "step_by_step",
    (Step("N1", "邀请到店"),),
    goals=(Goal("event", "check_in:杭州"),),
    completed=Ending(tags=("etTag",), sop_id="R", lead=True, notify=True),
)  # fmt: skip
NEXT = Version("R", 1, "回访", "step_by_step", (Step("R1", "回访", schedule=Schedule(days=1, at="10:00")),))


def test_o_s4_the_second_of_a_day_goes_the_next(sops: Any) -> None:
    """Two SOPs of priorities 10 and 20, both due at 10:00; what others sent counts as well."""
    first = replace(NEXT, sop_id="A", priority=10)
    second = replace(NEXT, sop_id="C", priority=20)
    sops.put(first)
    sops.put(second)
    _, x = sops.friend("X")
    assert (sops.enter(x, second), sops.enter(x, first)) == ("", "")
    sops.tick("03 10:00")
    assert [each.payload["sop_id"] for each in sops.to_dos("zhangsan")] == ["A"]
    assert sops.bar(x, "C") == "0/1 R1 03-04 10:00"


def test_o_s11_after_an_outage_timed_is_missed_and_step_by_step_fires_once(sops: Any) -> None:
    sops.put(SOP_A)
    sops.put(SOP_T)
    _, x = sops.friend("X")
    sops.enter(x, SOP_A)
    sops.tick("02 10:15")
    sops.do("zhangsan", "A1", "02 10:40")
    _, t = sops.friend("T")
    sops.enter(t, SOP_T)
    sops.tick("02 10:45")
    sops.do("zhangsan", "D0", "02 10:50")
    sops.tick("05 12:00", times=2)
    assert [each.payload["step_key"] for each in sops.to_dos("zhangsan")] == ["A2"]
    runs = {each.step_key: (each.status, each.why) for each in sops.enrollment(t, "T").runs}
    assert runs["D1"] == ("MISSED", "late")
    assert [each.attempt for each in sops.enrollment(x, "A").runs if each.step_key == "A2"] == [1]


def test_int_06_a_call_of_another_system_counts_once_for_the_cap(sops: Any) -> None:
    sops.put(NEXT)
    there, x = sops.friend("X")
    sops.enter(x, NEXT)
    sops.clock("03 09:30")
    touch = {
        "kind": "call",
        "source_id": "call-1",
        "external_userid": there,
        "at": "2026-03-03T09:20:00+08:00",
    }
    for _ in range(2):
        sops.later(60)
        assert sops.tell("POST", "/integrations/touches", touch).status == 200
        sops.bundle.settle()
    sops.tick("03 10:00")
    assert sops.bar(x, "R") == "0/1 R1 03-04 10:00"
    sops.tick("04 10:00")
    assert len(sops.to_dos("zhangsan")) == 1
    from scrm.sops.touches_dynamodb import touches_of
    from scrm.timeline.dynamodb import Timeline

    assert len(touches_of(x).at) == 2
    assert [each.kind for each in Timeline().page(x, 20)[0]].count("touch") == 1


def test_a_goal_is_reached_by_an_act_since_entering(sops: Any) -> None:
    sops.put(ONE)
    there, x = sops.friend("X")
    sops.clock("02 11:00")
    sops.enter(x, ONE)
    sops.tick()
    for text, place in (("02 10:30", "杭州"), ("02 11:30", "上海"), ("02 11:40", "杭州湖滨店")):
        assert sops.enrollment(x, "N").status == "ACTIVE"
        sops.did(there, "check_in", text, place=place)
    it = sops.enrollment(x, "N")
    assert (it.status, it.why, sops.to_dos("zhangsan")) == ("EXITED", "goal", [])


def test_sop_24_what_follows_the_last_step_follows_once(sops: Any) -> None:
    sops.staff()
    tag = sops.tag("到店意向")
    sops.put(replace(ONE, completed=replace(ONE.completed, tags=(tag,))))
    sops.put(replace(NEXT, policies=Policies(reentry_days=0)))
    there, x = sops.friend("X")
    sops.enter(x, ONE)
    sops.tick("02 10:20")
    sops.do("zhangsan", "N1", "02 10:40")

    def came() -> Any:
        from scrm.customers.dynamodb import Customers
        from scrm.leads.dynamodb import created_in
        from scrm.sops.dynamodb import of_subject

        relation = Customers().relation(there, "zhangsan")
        cycles = [(each.sop_id, each.cycle, each.status) for each in of_subject(x)]
        return (
            relation.tags, cycles, [userid for userid, _ in sops.told("alert")],
            [each.source for each in created_in("2026-03")],
        )  # fmt: skip

    once = came()
    assert once == (
        (tag,),
        [("N", 1, "COMPLETED"), ("R", 1, "ACTIVE")],
        ["linjie", "zhangsan"],
        ["behaviour"],
    )
    sops.untag("zhangsan", there, tag)
    sops.tick("03 10:00")
    sops.do("zhangsan", "R1", "03 11:00")
    sops.again()
    after = came()
    assert after[1] == [("N", 1, "COMPLETED"), ("R", 1, "COMPLETED")]
    assert (after[0], after[2], after[3]) == ((), *once[2:])


SOP_C = Version(
    "C", 1, "公海培育", "step_by_step",
    (
        Step(
            "C1", "电话：邀请加企业微信", "call",
            branches={
                "同意加微": Branch(goto="C2"),
                "未接": Branch(again_days=2, most=3),
                "拒绝": Branch(exit="refused", blacklist_days=180),
            },
        ),
        Step("C2", "发报告", schedule=Schedule(on="added"), points={"open": 10}),
        Step("C3", "同行案例", schedule=Schedule(days=3, at="10:00"), points={"open": 10, "reply": 20}),
        Step("C4", "试用", schedule=Schedule(days=5, at="14:00"), points={"activate": 40}),
        Step("C5", "回访", "call", Schedule(days=10, at="10:00")),
    ),
    priority=20, subject="lead", triggers=(Trigger("lead"),), goals=(Goal("points", points=60),),
    achieved=Ending(lead=True),
)  # fmt: skip
"""SOP-C of spec 3.12."""


def test_sop_26_a_lead_is_nurtured_until_it_is_hot(sops: Any) -> None:
    """SOP-C through call results: nobody answers, they agree and add; opens and replies make 60."""
    sops.staff()
    sops.put(SOP_C)
    sops.pool("P", members=("lisi",), nurture=("zhangsan", "wangwu"))
    sops.lead("L1", phone="13800000001", name="华信王总13800000001")
    sops.lead("L2", phone="13800000002")
    listed = sops.done("GET", "/admin/sops/C/enrollments")["items"]
    assert {each["subject"]: each["name"] for each in listed} == {
        "L1": "华信王总138****0001",
        "L2": "未留名",
    }
    assert [sops.enrollment(each, "C").owner for each in ("L1", "L2")] == ["zhangsan", "wangwu"]
    sops.tick("02 10:20")
    sops.do("wangwu", "C1", "02 10:25", result="拒绝")
    refused = sops.enrollment("L2", "C")
    assert (refused.status, refused.why, sops.listed("13800000002")) == ("EXITED", "refused", {"black"})
    sops.do("zhangsan", "C1", "02 10:30", result="未接")
    assert sops.bar("L1", "C") == "0/5 C1 03-04 10:30"
    sops.tick("04 10:30")
    sops.do("zhangsan", "C1", "04 11:00", result="同意加微")
    assert sops.bar("L1", "C") == "1/5 C2"
    sops.clock("05 15:00")
    there, x = sops.friend("X")
    sops.known(x, phone="13800000001", crmid="crm-1")
    assert sops.bar(x, "C") == "1/5 C2 03-05 15:00"
    sops.tick("05 15:00")
    sops.do("zhangsan", "C2", "05 15:10")
    for number in (1, 2):
        sops.did(there, "link_open", f"05 16:0{number}", target="https://h5/report")
    sops.tick("08 10:00")
    assert sops.bar(x, "C") == "2/5 C3 03-10 10:00", "two calls and the report are three in seven days"
    sops.tick("10 10:00")
    sops.do("zhangsan", "C3", "10 10:10")
    sops.did(there, "link_open", "10 11:00", target="https://h5/case")
    sops.did(there, "message", "10 11:05", direction="inbound")
    assert sops.enrollment(x, "C").points == 40
    assert sops.stored_lead("L1").status == "NURTURE"
    sops.tick("15 14:00")
    sops.do("zhangsan", "C4", "15 14:05")
    sops.clock("15 15:00")
    account = {"crmid": "crm-1", "source_id": "a1", "at": "2026-03-15T14:30:00+08:00"}
    assert sops.tell("POST", "/integrations/accounts-opened", account).status == 200
    sops.bundle.settle()
    it = sops.enrollment(x, "C")
    assert (it.status, it.why, it.points) == ("EXITED", "goal", 80)
    assert (sops.stored_lead("L1").status, sops.stored_lead("L1").owner) == ("ASSIGNED", "lisi")
    assert sops.to_dos("zhangsan") == []
