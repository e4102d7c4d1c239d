"""SOP-01, 09, 21, 22, 23 and SEG-17 through the console, jobs and the tick."""

from typing import Any

import pytest

from scrm.jobs.dynamodb import Jobs
from scrm.jobs.model import Chunk, Work
from scrm.sops.publishing_job import run
from scrm.sops.walking import STARTS
from tests.bench.scenarios import with_channel
from tests.component.sops.sops_world import Sops

TEXT = [{"kind": "text", "text": "您好,{name}"}]


def step(key: str, days: int = 1, at: str = "10:00", **more: Any) -> dict[str, Any]:
    return {"key": key, "title": key, "schedule": {"days": days, "at": at}, "parts": TEXT, **more}


def definition(*keys: str, **more: Any) -> dict[str, Any]:
    return {"name": "新客", "strategy": "step_by_step", "steps": [step(each) for each in keys], **more}


def published(sops: Sops, sop_id: str, *keys: str, **more: Any) -> None:
    sops.done("POST", "/admin/sops", {"sop_id": sop_id, **definition(*keys, **more)})
    sops.done("POST", f"/admin/sops/{sop_id}:publish", {"version": 1})


def named(answered: Any) -> list[str]:
    assert answered.status == 422, answered.text
    return [each["field"] for each in answered.json["errors"]]


def test_sop_01_a_version_is_a_draft_then_never_changes_and_an_edit_is_the_next(sops: Sops) -> None:
    made = sops.done("POST", "/admin/sops", {"sop_id": "V", **definition("s1", "s2")})
    assert (made["status"], made["draft"], made["published"], made["wrong"]) == ("draft", 1, 0, [])
    assert made["definition"]["state"] == "draft"
    edited = sops.done("PUT", "/admin/sops/V", {**definition("s1", "s3"), "version": made["version"]})
    assert (edited["draft"], [each["key"] for each in edited["definition"]["steps"]]) == (1, ["s1", "s3"])
    stale = sops.ask("PUT", "/admin/sops/V", {**definition("s1"), "version": made["version"]})
    assert (stale.status, stale.code) == (409, "version_conflict")

    put = sops.done("POST", "/admin/sops/V:publish", {"version": edited["version"]})
    version = put["sop"]["version"]
    assert (put["sop"]["status"], put["sop"]["published"], put["job"]) == ("running", 1, None)
    again = sops.ask("POST", "/admin/sops/V:publish", {"version": version})
    assert (again.status, again.code) == (409, "nothing_to_publish")
    refused = sops.ask("PUT", "/admin/sops/V/versions/1", {**definition("s1"), "version": version})
    assert (refused.status, refused.code) == (409, "version_published")

    second = sops.done("PUT", "/admin/sops/V", {**definition("s1", "s9"), "version": version})
    assert (second["published"], second["draft"], second["definition"]["number"]) == (1, 2, 2)
    assert [each["key"] for each in sops.done("GET", "/admin/sops/V/versions/1")["steps"]] == ["s1", "s3"]
    listed = sops.done("GET", "/admin/sops/V/versions")["items"]
    assert [(each["number"], each["state"]) for each in listed] == [(2, "draft"), (1, "in_force")]
    other = definition("s1", strategy="timed")
    assert named(sops.ask("PUT", "/admin/sops/V", {**other, "version": second["version"]})) == ["strategy"]
    actions = [row["action"] for row in sops.bundle.rows("AUDIT") if "action" in row]
    assert actions == ["sop_created", "sop_changed", "sop_published", "sop_changed"]


def test_sop_01_what_is_wrong_is_named(sops: Sops) -> None:
    steps = [
        step("s1", mode="welcome", schedule={}),
        step("s1", requires=["area"], when={"s9": ["未接"]}),
        step("s3", mode="welcome", schedule={}, branches={"未接": {"goto": "s1"}}),
        step("s4", schedule={"cycle": "weekly:1"}, condition={"field": "nothing", "op": "is", "value": True}),
    ]
    body = definition(
        steps=steps,
        triggers=[{"kind": "added", "ids": ["ch_none"]}, {"kind": "segment", "ids": ["seg_none"]}],
        completed={"tags": ["et_none"], "sop_id": "Z"},
        goals=[{"kind": "event", "event": "dance"}],
    )
    assert set(named(sops.ask("POST", "/admin/sops", body))) == {
        "goals.0.event",
        "steps.1.key",
        "steps.1.when.s9",
        "steps.1.requires.0",
        "steps.2.mode",
        "steps.2.branches",
        "steps.2.branches.未接.goto",
        "steps.3.schedule.cycle",
        "steps.3.condition.field",
        "triggers.0.ids.0",
        "triggers.1.ids.0",
        "completed.tags.0",
        "completed.sop_id",
    }
    assert named(sops.ask("POST", "/admin/sops", definition("s 1"))) == ["steps.0.key"]
    mass = [{"kind": "text", "text": "一"}, {"kind": "text", "text": "{nobody}"}]
    sent = definition(steps=[step("s1", mode="mass", parts=mass)])
    assert named(sops.ask("POST", "/admin/sops", sent)) == ["steps.0.parts.1"]
    sops.done("POST", "/admin/sops", {"sop_id": "V", **definition(steps=[step("s1", parts=[])])})
    assert named(sops.ask("POST", "/admin/sops/V:publish", {"version": 1})) == ["steps.0.parts"]
    assert sops.ask("POST", "/admin/sops", {"sop_id": "V", **definition("s1")}).code == "sop_exists"
    assert sops.ask("POST", "/admin/sops/V/enrollments", {"customer_id": "cu_1"}).code == "sop_not_running"


def test_sop_09_the_four_templates_and_a_draft_of_each(sops: Sops) -> None:
    for _ in range(2):
        sops.done("POST", "/admin/segments:install-presets")
        items = sops.done("GET", "/admin/sop-templates")["items"]
        assert [each["title"] for each in items] == ["新客培育", "复购", "沉默激活", "公海培育"]
    lacking = {}
    for number, each in enumerate(items):
        made = sops.done("POST", "/admin/sops", {"template": each["template"], "sop_id": f"T{number}"})
        assert made["name"] == each["name"]
        if each["title"] == "复购":
            same = {**made["definition"], "version": made["version"]}
            assert sops.done("PUT", f"/admin/sops/T{number}", same)["definition"] == made["definition"]
        lacking[each["title"]] = {wrong["field"] for wrong in made["wrong"]}
    assert lacking == {
        "新客培育": {"triggers.0.ids", "steps.1.requires.0", "steps.2.parts.0"},
        "复购": set(),
        "沉默激活": {"steps.0.parts.0"},
        "公海培育": {"steps.2.parts.0"},
    }
    for key in ("area", "plate", "industry", "uplift"):
        sops.done("POST", "/admin/fields", {"key": key, "title": key, "type": "text"})
    sops.done("PUT", "/admin/sops/T0", through(sops, "T0", with_channel(sops.bundle, tagged=False)))
    for number in range(4):
        version = sops.done("GET", f"/admin/sops/T{number}")["version"]
        sops.done("POST", f"/admin/sops/T{number}:publish", {"version": version})
    assert [each["status"] for each in sops.done("GET", "/admin/sops")["items"]] == ["running"] * 4


def through(sops: Sops, sop_id: str, channel_id: str) -> dict[str, Any]:
    """Return a SOP as it is answered, as it is to be: entered through a channel."""
    told = sops.done("GET", f"/admin/sops/{sop_id}")
    entered = [{"kind": "added", "ids": [channel_id]}]
    return {**told["definition"], "triggers": entered, "version": told["version"]}


def midway(sops: Sops) -> dict[str, str]:
    """Return P, Q and R of O-S8, who have done one, three and four of v1's steps."""
    who = {}
    published(sops, "V", "s1", "s2", "s3", "s4", "s5")
    for name, userid in (("P", "zhangsan"), ("Q", "lisi"), ("R", "wangwu")):
        who[name] = sops.friend(name, userid)[1]
        made = sops.done("POST", "/admin/sops/V/enrollments", {"customer_id": who[name]})
        assert (made["progress"], made["step"]) == ("0/5", "s1")
    for day, names in enumerate(("PQR", "QR", "QR", "R"), 3):
        for name in names:
            userid = {"P": "zhangsan", "Q": "lisi", "R": "wangwu"}[name]
            sops.tick(f"{day:02} 10:00")
            sops.do(userid, f"s{day - 2}", f"{day:02} 10:30")
    return who


@pytest.fixture
def uncapped(sops: Sops) -> Sops:
    """The same without caps of marketing."""
    version = sops.done("GET", "/admin/settings")["version"]
    caps = {"marketing_day_cap": 20, "marketing_week_cap": 50}
    sops.done("PUT", "/admin/settings", {"version": version, **caps})
    return sops


@pytest.mark.parametrize(
    ("policy", "expected"),
    [("migrate", {"P": "s2b", "Q": "s6", "R": "s6"}), ("keep", {"P": "s2", "Q": "s4", "R": "s5"})],
)
def test_sop_21_o_s8_publishing_while_customers_are_midway(
    uncapped: Sops, policy: str, expected: dict[str, str]
) -> None:
    sops, who = uncapped, midway(uncapped)
    second = {**definition("s1", "s2b", "s3", "s6", "s5"), "version": 2}
    version = sops.done("PUT", "/admin/sops/V", second)["version"]
    sops.clock("06 12:00")
    told = sops.done("POST", "/admin/sops/V:publish-preview", {"policy": policy})
    ways = {subject: each["to_step"] for each in told["moves"] for subject in each["sample"]}
    assert ways == {who[name]: step for name, step in expected.items()}
    assert (told["counted"], told["complete"]) == (3, True)
    dry = sops.done("POST", "/admin/sops/V:publish", {"version": version, "policy": policy, "dry_run": True})
    assert (dry["preview"]["moves"], dry["sop"]["published"]) == (told["moves"], 1)

    job = sops.done("POST", "/admin/sops/V:publish", {"version": version, "policy": policy})["job"]
    sops.later()
    bars = {name: sops.done("GET", f"/admin/sops/V/enrollments/{who[name]}") for name in who}
    assert {name: bar["step"] for name, bar in bars.items()} == expected
    if job:
        before = sops.bundle.rows("PROGRESS#")
        there = Jobs().job(job["job_id"])
        assert there
        again = run(Work(there, Chunk("00000.000000", cursor=STARTS[0]), sops.bundle.time.now()))
        assert (again.done, sops.bundle.rows("PROGRESS#")) == (0, before), "reprocessing is a no-op"
        assert sops.done("GET", f"/admin/jobs/{job['job_id']}")["status"] == "done"
