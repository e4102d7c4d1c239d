"""Steps for groups and moments: one task a day for all customers of a step (SOP-12, SOP-13)."""

from dataclasses import replace
from typing import Any

import pytest

from scrm.sops.model import Schedule, Step
from tests.component.sops.mass_world import STEP_BY_STEP, STEPS, Masses, says
from tests.component.sops.sops_world import shown

MOMENT = "externalcontact/add_moment_task"


def test_sop_13_a_group_step_is_one_task_of_the_groups_owner(sops: Any) -> None:
    from wecom_simulator.chat_acts import chat_created

    chat = chat_created(sops.bundle.wecom, owner="lisi", name="装修群")["chat_id"]
    step = replace(STEPS[0], mode="mass_group", chats=(chat,))
    masses = Masses(sops, replace(STEP_BY_STEP, steps=(step, STEPS[1])))
    many = masses.enrolled("zhangsan", 2)
    sops.tick("03 10:00")
    sops.tick("03 10:01")
    (call,) = masses.calls()
    assert (call["chat_type"], call["sender"], call["chat_id_list"]) == ("group", "lisi", [chat])
    late = masses.enrolled("zhangsan", 1)
    assert masses.runs(many) == {"ACTIVE DISPATCHED M1": 2}
    masses.confirm("lisi", "03 11:00")
    sops.tick("03 12:00")
    assert masses.runs(many) == {"ACTIVE SENT M2": 2}
    assert masses.runs(late) == {"ACTIVE  M1": 1}
    assert len(masses.calls()) == 1


@pytest.mark.parametrize("tags", [(), ("tag",)])
def test_sop_12_a_moment_is_one_task_a_day_and_sent_when_the_owner_has_published_it(
    sops: Any, tags: tuple[str, ...]
) -> None:
    from wecom_simulator.acts import moment_published, tag_created

    if tags:
        made = tag_created(sops.bundle.wecom, group_name="g", names=["tag"])["tags"]
        tags = (made["tag"],)
    step = Step("M1", "开课", "moment", Schedule(days=1, at="10:00"), tags=tags)
    masses = Masses(sops, replace(STEP_BY_STEP, steps=(step, STEPS[1])), says("春季班开课"))
    ours, theirs = masses.enrolled("zhangsan", 2), masses.enrolled("lisi", 1)
    for there, _ in (*ours, *theirs):
        for userid in ("zhangsan", "lisi"):
            relation = masses.wecom.world.relation(userid, there)
            if relation is not None:
                relation.tags = list(tags)
    sops.tick("03 10:00")
    sops.tick("03 10:01")
    (call,) = masses.calls(MOMENT)
    seen = call["visible_range"]
    expected = (
        {"external_contact_list": {"tag_list": list(tags)}}
        if tags
        else {"sender_list": {"user_list": ["lisi", "zhangsan"]}}
    )
    assert seen == expected
    sops.tick("03 10:05")
    (moment,) = masses.wecom.world.moments.values()
    moment_published(masses.wecom, moment_id=moment.moment_id, userid="zhangsan")
    sops.tick("03 11:30")
    assert masses.runs(ours) == {"ACTIVE SENT M2": 2}
    assert masses.runs(theirs) == {"ACTIVE DISPATCHED M1": 1}
    sops.tick("10 10:05")
    assert len(masses.calls(MOMENT)) == 1
    assert shown(sops.enrollment(ours[0][1], "M").due_at) == ""


def test_sop_12_a_moment_without_an_answer_is_looked_up_before_it_is_made_again(sops: Any) -> None:
    step = Step("M1", "开课", "moment", Schedule(days=1, at="10:00"))
    masses = Masses(sops, replace(STEP_BY_STEP, steps=(step, STEPS[1])), says("春季班开课"))
    masses.enrolled("zhangsan", 1)
    masses.fault(MOMENT, "unknown_outcome")
    sops.tick("03 10:00")
    for minute in range(1, 10):
        sops.tick(f"03 10:{minute:02d}")
    assert len(masses.wecom.world.moments) == 1


@pytest.mark.parametrize(("code", "made"), [(45009, 1), (48002, 1), (41211, 0)])
def test_sop_12_a_moment_that_is_refused_is_made_later_or_given_up(sops: Any, code: int, made: int) -> None:
    step = Step("M1", "开课", "moment", Schedule(days=1, at="10:00"))
    masses = Masses(sops, replace(STEP_BY_STEP, steps=(step, STEPS[1])), says("春季班开课"))
    many = masses.enrolled("zhangsan", 1)
    masses.fault(MOMENT, "errcode", errcode=code)
    sops.tick("03 10:00")
    for minute in range(1, 8):
        sops.tick(f"03 10:{minute:02d}")
    assert len(masses.wecom.world.moments) == made
    assert masses.runs(many) == ({"ACTIVE DISPATCHED M1": 1} if made else {"ACTIVE FAILED M2": 1})


def test_sop_13_a_task_that_waits_to_be_asked_anew_rests_while_its_sop_is_paused(sops: Any) -> None:
    from wecom_simulator.chat_acts import chat_created

    chat = chat_created(sops.bundle.wecom, owner="lisi", name="装修群")["chat_id"]
    step = replace(STEPS[0], mode="mass_group", chats=(chat,))
    masses = Masses(sops, replace(STEP_BY_STEP, steps=(step, STEPS[1])))
    masses.enrolled("zhangsan", 1)
    masses.fault("externalcontact/add_msg_template", "errcode", errcode=60020)
    sops.tick("03 10:00")
    sops.tick("03 10:01")
    sops.switch("M", "paused")
    sops.tick("03 10:10")
    assert (len(masses.calls()), masses.tasks()) == (1, [])
    sops.switch("M", "running")
    sops.tick("03 10:20")
    assert len(masses.tasks()) == 1
