"""What a SOP may say, and how somebody would go through it: the pure rules behind the console."""

from dataclasses import fields, replace
from typing import Any

import pytest

import tests.component.conftest  # noqa: F401  # settings before imports
from scrm.customers.model import Customer
from scrm.settings.model import Settings
from scrm.sops.birthdays import birthday_of, next_birthday
from scrm.sops.caps import Touches
from scrm.sops.content_checking import wrong_contents, wrong_parts
from scrm.sops.definition_checking import changed_for_good, never_sent, wrong_definition
from scrm.sops.definition_models import (
    BranchModel,
    EndingModel,
    GoalModel,
    PoliciesModel,
    ScheduleModel,
    StepModel,
    TriggerModel,
)
from scrm.sops.enrollment import Enrollment, bar_of
from scrm.sops.migrating import republished
from scrm.sops.model import Branch, Ending, Goal, Policies, Schedule, Step, Trigger, Version
from scrm.sops.plain import plain_version, version_of
from scrm.sops.presets import TEMPLATES
from scrm.sops.previewing import Journey, anybody, journey
from tests.unit.sops.journeys import CORP, SOP_A, SOP_T, at, go, in_sop, sent, shown

TEXT = {"kind": "text", "text": "您好"}
IMAGE = {"kind": "image", "file_id": "fi_1"}
VIDEO = {"kind": "video", "file_id": "fi_2"}
LEAD = replace(SOP_A, subject="lead", triggers=(Trigger("lead"),))


def with_step(version: Version, **changes: Any) -> Version:
    """Return the version with its second step changed."""
    first, second, *rest = version.steps
    return replace(version, steps=(first, replace(second, **changes), *rest))


@pytest.mark.parametrize("version", [SOP_A, SOP_T, *(each.version for each in TEMPLATES.values())])
def test_sop_09_the_sops_of_the_oracles_and_the_templates_are_right(version: Version) -> None:
    assert wrong_definition(version) == []
    plain = plain_version(replace(version, sop_id="V", number=1))
    assert version_of(plain) == replace(version, sop_id="V", number=1)


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        (replace(SOP_A, steps=SOP_A.steps[:1]), ["steps"]),
        (replace(SOP_A, anchor="added"), ["anchor"]),
        (replace(SOP_T, anchor="date"), ["anchor_date"]),
        (replace(SOP_T, anchor_date="2026-03-02"), ["anchor_date"]),
        (replace(SOP_A, triggers=(Trigger("manual"), Trigger("manual"))), ["triggers.1.kind"]),
        (replace(SOP_A, triggers=(Trigger("lead"),)), ["triggers.0.kind"]),
        (replace(SOP_A, triggers=(Trigger("segment"),)), ["triggers.0.ids"]),
        (replace(SOP_A, triggers=(Trigger("manual", ("x",)),)), ["triggers.0.ids"]),
        (replace(SOP_A, triggers=(Trigger("order", ("P-199",)),)), []),
        (replace(LEAD, triggers=(Trigger("added"),)), ["triggers.0.kind"]),
        (replace(LEAD, condition={"all": []}), ["condition"]),
        (replace(SOP_A, goals=(Goal("points"),)), ["goals.0.points"]),
        (replace(SOP_A, goals=(Goal("order", event="form"),)), ["goals.0.event"]),
        (replace(SOP_A, goals=(Goal("event", event="form:fm_1"),)), []),
        (replace(SOP_A, completed=Ending(sop_id="A")), ["completed.sop_id"]),
        (with_step(SOP_A, key="A0"), ["steps.1.key"]),
        (with_step(SOP_A, mode="welcome", requires=()), ["steps.1.mode"]),
        (with_step(SOP_A, when={"A5": ("未接",)}), ["steps.1.when.A5"]),
        (with_step(SOP_A, when={"A0": ("未接",)}), ["steps.1.when.A0"]),
        (
            replace(SOP_A, steps=(*SOP_A.steps, Step("A6", "x", when={"A4": ("睡着了",)}))),
            ["steps.6.when.A4"],
        ),
        (replace(SOP_A, steps=(*SOP_A.steps, Step("A6", "x", when={"A4": ("接通", "no_answer")}))), []),
        (with_step(SOP_A, mode="mass", requires=("area",)), ["steps.1.requires"]),
        (with_step(SOP_A, mode="mass", requires=(), branches={"拒绝": Branch()}), ["steps.1.branches"]),
        (with_step(SOP_A, late_minutes=60), ["steps.1.late_minutes"]),
        (with_step(SOP_A, schedule=Schedule(date="2026-03-02")), ["steps.1.schedule.date"]),
        (with_step(SOP_A, schedule=Schedule(minutes=5, at="10:00")), ["steps.1.schedule.minutes"]),
        (with_step(SOP_A, schedule=Schedule(on="added")), ["steps.1.schedule.on"]),
        (with_step(LEAD, schedule=Schedule(on="added")), []),
        (with_step(LEAD, schedule=Schedule(on="added", days=1)), ["steps.1.schedule.on"]),
        (
            with_step(SOP_T, schedule=Schedule(date="2026-03-02", cycle="birthday")),
            ["steps.1.schedule.cycle"],
        ),
        (with_step(SOP_T, schedule=Schedule(cycle="weekly:1", days=1)), ["steps.1.schedule.days"]),
        (with_step(SOP_T, schedule=Schedule(times=2)), ["steps.1.schedule.times"]),
        (with_step(SOP_T, schedule=Schedule(on="added")), ["steps.1.schedule.on"]),
        (with_step(SOP_T, schedule=Schedule(days=-1)), ["steps.1.schedule.days"]),
        (replace(with_step(SOP_T, schedule=Schedule(days=-1)), anchor="contract_end"), []),
        (with_step(SOP_A, branches={"拒绝": Branch(goto="A1")}), ["steps.1.branches.拒绝.goto"]),
        (
            with_step(SOP_A, branches={"拒绝": Branch(goto="A3", exit="refused")}),
            ["steps.1.branches.拒绝.goto"],
        ),
        (with_step(SOP_A, branches={"拒绝": Branch(again_days=2)}), ["steps.1.branches.拒绝.most"]),
        (
            with_step(SOP_A, branches={"拒绝": Branch(blacklist_days=9)}),
            ["steps.1.branches.拒绝.blacklist_days"],
        ),
        (with_step(SOP_T, branches={"拒绝": Branch(goto="D3")}), ["steps.1.branches.拒绝.goto"]),
        (with_step(SOP_T, branches={"拒绝": Branch(exit="refused")}), []),
        (
            replace(SOP_A, steps=(replace(SOP_A.steps[0], schedule=Schedule(days=1)), *SOP_A.steps[1:])),
            ["steps.0.schedule"],
        ),
    ],
)
def test_sop_01_what_contradicts_itself_is_named(version: Version, expected: list[str]) -> None:
    assert [each.field for each in wrong_definition(version)] == expected


def test_sop_15_a_welcome_names_its_channels_before_it_is_published() -> None:
    def lacks(*triggers: Trigger) -> list[str]:
        return [each.field for each in never_sent(replace(SOP_A, triggers=triggers))]

    assert lacks(Trigger("manual")) == ["triggers"]
    assert lacks(Trigger("manual"), Trigger("added")) == ["triggers.1.ids"]
    assert lacks(Trigger("added", ("ch_1",))) == []
    assert never_sent(SOP_T) == []


@pytest.mark.parametrize(
    ("form", "rules", "more"),
    [
        (StepModel, Step, {"parts", "revision"}),
        (ScheduleModel, Schedule, set()),
        (BranchModel, Branch, set()),
        (TriggerModel, Trigger, set()),
        (GoalModel, Goal, set()),
        (EndingModel, Ending, set()),
        (PoliciesModel, Policies, set()),
    ],
)
def test_sop_01_whatever_the_rules_know_can_be_said(form: Any, rules: Any, more: set[str]) -> None:
    assert set(form.model_fields) - more == {each.name for each in fields(rules)}


def test_sop_01_strategy_and_subject_are_for_good() -> None:
    assert [each.field for each in changed_for_good(SOP_A, replace(SOP_T, subject="lead"))] == [
        "strategy",
        "subject",
    ]


@pytest.mark.parametrize(
    ("mode", "parts", "expected"),
    [
        ("todo", [TEXT] * 9, []),
        ("todo", [TEXT] * 10, ["parts"]),
        ("mass", [TEXT, *[IMAGE] * 9], []),
        ("mass", [IMAGE] * 10, ["parts"]),
        ("mass", [TEXT, TEXT], []),
        ("mass", [{"kind": "text", "text": "您" * 667}] * 2, ["parts"]),
        ("welcome", [{"kind": "text", "text": "您" * 1334}], ["parts"]),
        ("mass", [{"kind": "material", "content": {"kind": "text", "text": "您" * 1334}}], ["parts"]),
        ("mass", [*[IMAGE] * 9, {"kind": "product", "content": {"name": "茶"}}], []),
        (
            "mass",
            [*[IMAGE] * 9, {"kind": "product", "content": {"link": "x", "cover_file_id": "f"}}],
            ["parts"],
        ),
        ("moment", [TEXT, *[IMAGE] * 9], []),
        ("moment", [IMAGE] * 10, ["parts"]),
        ("moment", [IMAGE, VIDEO], ["parts"]),
        ("moment", [VIDEO, VIDEO], ["parts"]),
        ("moment", [{"kind": "miniprogram", "title": "x"}], ["parts"]),
        ("moment", [{"kind": "text", "text": "您" * 2001}], ["parts"]),
        ("todo", [{"kind": "h5", "title": "{name}的{field.area}㎡", "subtitle": "{brand}{days}"}], []),
        ("todo", [{"kind": "h5", "title": "{field.colour}"}], ["parts.0"]),
        ("todo", [{"kind": "text", "text": "{who} {笑} {}"}], ["parts.0"]),
    ],
)
def test_sop_01_what_a_step_sends_is_within_wecoms_limits(
    mode: Any, parts: list[dict[str, Any]], expected: list[str]
) -> None:
    assert [each.field for each in wrong_parts(mode, parts, {"area"}, "parts")] == expected


def test_sop_01_every_step_but_a_call_sends_something() -> None:
    contents = {each.key: [TEXT] for each in SOP_A.steps if each.key not in {"A2", "A4"}}
    wrong = wrong_contents(SOP_A, contents, (), complete=True)
    assert [each.field for each in wrong] == ["steps.2.parts"]
    assert wrong_contents(SOP_A, contents, (), complete=False) == []


# ---------------------------------------------------------------- the way of somebody


def way(version: Version, enter: str, corp: Settings = CORP, **start: Any) -> Journey:
    """Return how anybody goes who enters then."""
    begin = Enrollment(version.sop_id, "c", version.number, at(enter), at(enter), **start)
    return journey(begin, version, corp, anybody, Touches())


def dues(found: Journey) -> list[tuple[str, str]]:
    return [(each.run.step_key, shown(each.run.due)) for each in found.steps]


def test_sop_23_quiet_hours_and_caps_put_off_as_they_would() -> None:
    night = way(replace(SOP_A, steps=SOP_A.steps[:3]), "02 22:30")
    assert dues(night) == [("A1", "03-03 09:00"), ("A2", "03-04 10:00")]
    busy = way(SOP_A, "02 10:15")
    a4 = busy.steps[3]
    assert (shown(a4.planned), shown(a4.run.due), a4.put_off) == ("03-08 10:00", "03-10 10:00", "cap")
    assert busy.steps[2].put_off == ""
    calm = way(SOP_A, "02 10:15", replace(CORP, marketing_week_cap=9))
    assert dues(calm)[3:] == [("A4", "03-08 10:00"), ("A5", "03-12 20:00")]


def test_sop_23_what_is_past_or_meets_its_cap_is_told_as_such() -> None:
    steps = (Step("D0", "D0", schedule=Schedule(at="09:30")), Step("D1", "D1", schedule=Schedule(at="11:00")))
    late = way(Version("T", 1, "T", "timed", steps, policies=Policies(immediate=False)), "02 10:15")
    assert [(each.run.step_key, each.run.status, each.run.why) for each in late.steps] == [
        ("D0", "SKIPPED", "past"),
        ("D1", "SENT", ""),
    ]
    two = way(Version("T", 1, "T", "timed", steps), "02 10:15")
    assert [(each.run.step_key, each.run.status, each.run.why) for each in two.steps] == [
        ("D0", "SENT", ""),
        ("D1", "MISSED", "cap"),
    ]


def test_sop_23_the_quota_of_wecom_counts_mass_sends_of_a_service_sop() -> None:
    steps = tuple(Step(f"M{at}", "通知", "mass", Schedule(at=f"{at}:00")) for at in (11, 12))
    version = Version("S", 1, "S", "timed", steps, purpose="service")
    found = way(version, "02 10:15", replace(CORP, quota_policy="per_day:1"))
    assert [(each.run.status, each.run.why) for each in found.steps] == [("SENT", ""), ("MISSED", "cap")]


def test_3_9_a_timed_bar_migrates_to_what_is_still_ahead() -> None:
    was = sent(go(in_sop(SOP_T, "02 10:15"), SOP_T, "02 10:20"), SOP_T, "02 10:30")
    more = Step("D2", "D2", schedule=Schedule(days=2, at="09:30"))
    second = replace(SOP_T, number=2, steps=(*SOP_T.steps[:2], more, SOP_T.steps[2]))
    new = republished(was, second, "migrate", CORP, at("04 12:00"))
    assert [(each.step_key, each.status, each.why) for each in new.runs] == [
        ("D0", "SENT", ""),
        ("D1", "SKIPPED", "migrated"),
        ("D2", "SKIPPED", "migrated"),
    ]
    assert (new.cursor, shown(new.due_at), str(bar_of(new, second))) == ("D3", "03-05 20:00", "1/2")
    assert republished(new, second, "migrate", CORP, at("04 13:00")) == new


def test_3_2_steps_before_and_after_a_day_that_is_ahead() -> None:
    steps = (
        Step("E0", "E0", schedule=Schedule(days=-60, at="10:00")),
        Step("E1", "E1", schedule=Schedule(days=-30, at="10:00")),
        Step("E2", "E2", schedule=Schedule(at="10:00")),
    )
    start = Enrollment("E", "c", 1, at("02 10:15"), at("04-30 00:00"))
    found = journey(
        start, Version("E", 1, "E", "timed", steps, anchor="contract_end"), CORP, anybody, Touches()
    )
    assert [(each.run.status, shown(each.run.due)) for each in found.steps] == [
        ("SKIPPED", "03-02 10:15"),
        ("SENT", "03-31 10:00"),
        ("SENT", "04-30 10:00"),
    ]


def test_3_2_the_next_birthday() -> None:
    assert shown(next_birthday("03-02", at("02 10:15"))) == "03-02 00:00"
    assert shown(next_birthday("02-29", at("02 10:15"))) == "02-28 00:00", "of 2027"
    assert next_birthday("", at("02 10:15")) is None
    born = [
        birthday_of(Customer("c", custom_fields={"birthday": each})) for each in ("1990-05-01", "05-01", "x")
    ]
    assert [*born, birthday_of(Customer("c"))] == ["05-01", "05-01", "", ""]


def test_sop_23_cycles_and_what_waits_for_an_event() -> None:
    weekly = Version("W", 1, "W", "timed", (Step("W1", "W1", schedule=Schedule(cycle="weekly:1", times=2)),))
    assert dues(way(weekly, "02 10:15")) == [("W1", "03-09 09:00"), ("W1", "03-16 09:00")]
    lead = way(TEMPLATES["public_sea"].version, "02 10:15")
    assert [(each.run.step_key, each.waits_for) for each in lead.steps][:3] == [
        ("C1", ""),
        ("C2", "added"),
        ("C3", ""),
    ]
    assert lead.end.status == "COMPLETED"
    endless = Version("E", 1, "E", "timed", (Step("E1", "E1", schedule=Schedule(cycle="weekly:1", times=0)),))
    assert len(way(endless, "02 10:15").steps) == 100
