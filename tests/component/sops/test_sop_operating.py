"""Operating SOPs: pause, resume, stop of all or one, entering by hand, corrections, lists, previews."""

from dataclasses import replace
from typing import Any

import pytest

from scrm.http import paging
from scrm.http.caller import Caller
from scrm.sops.model import Version
from scrm.sops.sops_dynamodb import version as stored_version
from tests.component.sops.sops_world import Sops, at, shown
from tests.component.sops.test_sop_console import definition, named, published, step
from tests.unit.sops.journeys import SOP_A, SOP_T

BY_HAND_A = replace(
    SOP_A, steps=tuple(replace(each, mode="todo") if each.mode == "mass" else each for each in SOP_A.steps)
)
"""SOP-A with its mass send by hand: what it sends is beside the point here."""


def bar(sops: Sops, sop_id: str, subject: str) -> dict[str, Any]:
    found: dict[str, Any] = sops.done("GET", f"/admin/sops/{sop_id}/enrollments/{subject}")
    return found


def acted(sops: Sops, sop_id: str, subject: str, action: str, body: Any = None) -> dict[str, Any]:
    found: dict[str, Any] = sops.done("POST", f"/admin/sops/{sop_id}/enrollments/{subject}:{action}", body)
    return found


def test_sop_22_a_paused_sop_sends_nothing_and_goes_on_with_dues_worked_out_anew(sops: Sops) -> None:
    published(sops, "V", "s1", "s2")
    x, y = sops.friend("X")[1], sops.friend("Y", "lisi")[1]
    for each in (x, y):
        sops.done("POST", "/admin/sops/V/enrollments", {"customer_id": each})
    sops.clock("03 09:30")
    assert sops.done("POST", "/admin/sops/V:pause")["sop"]["status"] == "paused"
    listed = sops.done("GET", "/admin/sops/V/enrollments")["items"]
    assert {(each["status"], each["why"]) for each in listed} == {("PAUSED", "sop_paused")}
    refused = sops.ask("POST", "/admin/sops/V/enrollments", {"customer_id": x})
    assert (refused.status, refused.code) == (409, "sop_not_running")
    sops.tick("03 10:00")
    assert sops.to_dos("zhangsan", None) == []
    # One of them is put to rest by hand meanwhile: it stays so when the SOP goes on.
    assert acted(sops, "V", y, "pause")["why"] == "manual"
    assert sops.ask("POST", f"/admin/sops/V/enrollments/{y}:resume").code == "sop_paused"

    sops.clock("03 21:30")
    job = sops.done("POST", "/admin/sops/V:resume")["job"]
    sops.later()
    assert sops.done("GET", f"/admin/jobs/{job['job_id']}")["done"] == 1
    assert (bar(sops, "V", x)["status"], bar(sops, "V", x)["next_due"]) == (
        "ACTIVE",
        "2026-03-04T09:00:00+08:00",
    )
    assert (bar(sops, "V", y)["status"], bar(sops, "V", y)["why"]) == ("PAUSED", "manual")
    sops.tick("04 09:00")
    assert [each.payload["step_key"] for each in sops.to_dos("zhangsan")] == ["s1"]
    again = sops.done("POST", "/admin/sops/V:resume")
    assert again["job"] is None, "it runs already"


def test_sop_22_stopping_lets_everybody_leave_for_good(sops: Sops) -> None:
    published(sops, "V", "s1", "s2")
    x, y = sops.friend("X")[1], sops.friend("Y", "lisi")[1]
    for each in (x, y):
        sops.done("POST", "/admin/sops/V/enrollments", {"customer_id": each})
    sops.tick("03 10:00")
    acted(sops, "V", y, "pause")
    version = sops.done("GET", "/admin/sops/V")["version"]
    sops.done("DELETE", "/admin/sops/V")
    sops.later()
    for each in (x, y):
        assert (sops.enrollment(each, "V").status, sops.enrollment(each, "V").why) == ("EXITED", "stopped")
    assert [each.status for each in sops.to_dos("zhangsan", None)] == ["cancelled"]
    for method, path, body in (
        ("POST", ":publish", {"version": version}),
        ("POST", ":resume", None),
        ("PUT", "", {**definition("s1"), "version": version + 1}),
    ):
        assert sops.ask(method, f"/admin/sops/V{path}", body).code == "sop_stopped", path
    assert sops.tick("04 10:00") == 0


def test_sop_22_one_bar_is_paused_resumed_skipped_moved_and_stopped(sops: Sops) -> None:
    published(sops, "V", "s1", "s2", "s3", "s4")
    x = sops.friend("X")[1]
    sops.done("POST", "/admin/sops/V/enrollments", {"customer_id": x})
    sops.tick("03 10:00")
    assert bar(sops, "V", x)["waiting_since"] == "2026-03-03T10:00:00+08:00"
    sops.clock("03 10:30")
    assert acted(sops, "V", x, "pause")["status"] == "PAUSED"
    assert [each.status for each in sops.to_dos("zhangsan", None)] == ["cancelled"]
    assert sops.ask("POST", f"/admin/sops/V/enrollments/{x}:skip", {}).code == "not_possible"
    sops.clock("03 11:00")
    assert acted(sops, "V", x, "resume")["next_due"] == "2026-03-03T11:00:00+08:00"
    sops.tick("03 11:00")
    assert bar(sops, "V", x)["waiting_since"], "what was called off does not count as a touch"
    skipped = acted(sops, "V", x, "skip", {})
    assert (skipped["progress"], skipped["step"], skipped["next_due"]) == (
        "0/3",
        "s2",
        "2026-03-04T10:00:00+08:00",
    )
    assert sops.to_dos("zhangsan") == []
    assert named(sops.ask("POST", f"/admin/sops/V/enrollments/{x}:jump", {"step_key": "s9"})) == ["step_key"]
    assert acted(sops, "V", x, "jump", {"step_key": "s4"})["step"] == "s4"
    stopped = acted(sops, "V", x, "stop")
    assert (stopped["status"], stopped["why"]) == ("EXITED", "stopped")
    over = sops.ask("POST", f"/admin/sops/V/enrollments/{x}:stop").json
    assert (over["code"], over["status"], over["enrollment_status"]) == ("not_possible", 409, "EXITED")
    assert over["detail"] == "该客户的进度已退出，不能这样操作"
    refused = sops.ask("POST", "/admin/sops/V/enrollments", {"customer_id": x})
    assert (refused.status, refused.code) == (409, "reentry_gap")
    actions = [row["action"] for row in sops.bundle.rows("AUDIT") if "action" in row]
    assert actions[2:] == [
        "sop_entered",
        "sop_bar_paused",
        "sop_bar_resumed",
        "sop_bar_skipped",
        "sop_bar_jumped",
        "sop_bar_stopped",
    ]


def test_a_bar_that_a_worker_moves_meanwhile_is_looked_at_again(sops: Sops) -> None:
    from scrm.sops.dynamodb import save

    published(sops, "V", "s1", "s2")
    x = sops.friend("X")[1]
    sops.done("POST", "/admin/sops/V/enrollments", {"customer_id": x})
    meddled: list[int] = []

    def meddle(call: Any) -> None:
        if call.operation == "TransactWriteItems" and len(meddled) < 2:
            meddled.append(1)
            it = sops.enrollment(x, "V")
            save(replace(it, deferrals=it.deferrals + 1), it)

    sops.bundle.cloud.before.append(meddle)
    stopped = acted(sops, "V", x, "stop")
    sops.bundle.cloud.before.remove(meddle)
    assert (stopped["status"], len(meddled), sops.enrollment(x, "V").deferrals) == ("EXITED", 2, 2)
    actions = [row["action"] for row in sops.bundle.rows("AUDIT") if "action" in row]
    assert actions.count("sop_bar_stopped") == 1


def test_restart_begins_anew_once_though_it_was_killed_between(sops: Sops) -> None:
    from scrm.sops.dynamodb import save
    from scrm.sops.moving import exited

    published(sops, "V", "s1", "s2")
    x, y = sops.friend("X")[1], sops.friend("Y", "lisi")[1]
    for each in (x, y):
        sops.done("POST", "/admin/sops/V/enrollments", {"customer_id": each})
    sops.tick("03 10:00")
    sops.done("PUT", "/admin/sops/V", {**definition("s1", "s2", "s3"), "version": 2})
    # As a worker leaves it that is killed between the two writes.
    it = sops.enrollment(y, "V")
    save(exited(it, "restarted", at("03 12:00")), it)
    sops.clock("03 12:00")
    told = sops.done("POST", "/admin/sops/V:publish-preview", {"policy": "restart"})
    assert [
        (each["from_step"], each["to_step"], each["outcome"], each["count"]) for each in told["moves"]
    ] == [("s1", "s1", "restart", 1)]
    old, z = stored_version("V", 1), sops.friend("Z", "wangwu")[1]
    sops.done("POST", "/admin/sops/V:publish", {"version": 3, "policy": "restart"})
    # As a worker does that has read the version before: it is met when the job looks a second time.
    assert sops.enter(z, old) == ""
    sops.later()
    for each in (x, y, z):
        now_is = bar(sops, "V", each)
        assert (now_is["cycle"], now_is["version"], now_is["progress"]) == (2, 2, "0/3")
    assert {each.status for each in sops.to_dos("zhangsan", None)} == {"cancelled"}
    listed = sops.done("GET", "/admin/sops/V/enrollments", why="restarted")["items"]
    assert {each["subject"] for each in listed} == {x, y, z}


def test_a_correction_holds_at_once_and_takes_in_what_it_names(sops: Sops) -> None:
    published(sops, "V", "s1", "s2")
    path = "/admin/sops/V/versions/1/contents/s1"
    better = {"parts": [{"kind": "text", "text": "更好的话"}], "revision": 1}
    assert sops.done("PUT", path, better)["revision"] == 2
    assert sops.ask("PUT", path, better).code == "version_conflict"
    missing = {"parts": [{"kind": "material", "material_id": "ma_none"}], "revision": 2}
    assert named(sops.ask("PUT", path, missing)) == ["parts.0.material_id"]
    assert named(sops.ask("PUT", path, {**missing, "parts": [{"kind": "text", "text": "{who}"}]})) == [
        "parts.0"
    ]
    made = sops.done("POST", "/admin/materials", {"kind": "text", "name": "问候", "text": "您好呀"})
    named_ = {"parts": [{"kind": "material", "material_id": made["item_id"]}], "revision": 2}
    assert sops.done("PUT", path, named_)["revision"] == 3
    first = sops.done("GET", "/admin/sops/V/versions/1")["steps"][0]
    assert (first["parts"][0]["number"], first["parts"][0]["content"]["text"]) == (1, "您好呀")
    assert "content" not in sops.done("GET", "/admin/sops/V")["definition"]["steps"][0]["parts"][0]
    from scrm.sops.sops_dynamodb import defined

    assert defined.sops()["V"].published == 1
    assert defined.contents("V", 1)["s1"]["revision"] == 3


def test_seg_17_many_enter_as_a_job_with_a_result_for_each(sops: Sops) -> None:
    published(sops, "V", "s1", "s2")
    who = [sops.friend(f"X{number}")[1] for number in range(3)]
    first = sops.done("POST", "/admin/sops/V:enter", {"customer_ids": who, "sample": 1, "reason": "试点"})
    job = sops.done("GET", f"/admin/jobs/{first['job_id']}")
    assert (job["status"], job["done"]) == ("done", 1)
    sops.later()
    asked = {"condition": {"field": "staff", "op": "in", "value": ["zhangsan"]}}
    second = sops.done("POST", "/admin/sops/V:enter", asked)
    items = sops.done("GET", f"/admin/jobs/{second['job_id']}/items")["items"]
    assert sorted((each["status"], each["code"]) for each in items) == [
        ("done", ""),
        ("done", ""),
        ("skipped", "live"),
    ]
    # The same chunk once more, as after a worker that was killed: who is in by this job is done, not live.
    from scrm.jobs.dynamodb import Jobs
    from scrm.jobs.model import Chunk, Work
    from scrm.queries.acting import run

    there = Jobs().job(second["job_id"])
    assert there
    again = run(Work(there, Chunk("00000.000000", cursor="-"), sops.bundle.time.now()))
    assert sorted(each.code for each in again.results) == ["", "", "live"]
    unclear = sops.ask("POST", "/admin/sops/V:enter", {"segment_id": "seg_x", "customer_ids": who})
    assert named(unclear) == ["segment_id"]
    assert named(sops.ask("POST", "/admin/sops/V:enter", {"segment_id": "seg_x"})) == ["segment_id"]
    segment = sops.done("POST", "/admin/segments", {"name": "名单", "kind": "static", "status": "active"})
    name = segment["segment_id"]
    sops.done("POST", f"/admin/segments/{name}/members:add", {"customer_ids": who})
    sops.later()
    third = sops.done("POST", "/admin/sops/V:enter", {"segment_id": name})
    sops.later()
    assert sops.done("GET", f"/admin/jobs/{third['job_id']}")["skipped"] == 3


def test_a_segment_that_a_sop_names_is_not_archived(sops: Sops) -> None:
    sops.done("POST", "/admin/segments:install-presets")
    segment = "/admin/segments/seg_lifecycle_silent"
    named = {"triggers": [{"kind": "segment", "ids": ["seg_lifecycle_silent"]}, {"kind": "manual"}]}
    published(sops, "V", "s1", **named)
    refused = sops.ask("DELETE", segment)
    assert (refused.status, refused.code) == (409, "segment_in_use")
    sops.done("POST", "/admin/sops/V:stop")
    assert sops.done("DELETE", segment)["status"] == "archived"
    lead = {"subject": "lead", "triggers": [{"kind": "lead"}]}
    published(sops, "L", "s1", **lead)
    for path, body in ((":enter", {"customer_ids": ["cu_1"]}), ("/enrollments", {"customer_id": "cu_1"})):
        assert sops.ask("POST", f"/admin/sops/L{path}", body).code == "lead_sop"


def test_adm_02_a_lead_gives_nothing_to_do_to_who_is_none_of_theirs(sops: Sops) -> None:
    published(sops, "V", "s1")
    there, _ = sops.friend("X")
    sops.bundle.wecom.people.scan(userid="lisi", external_userid=there, welcome=False)
    sops.bundle.arrive()
    sops.bundle.settle()
    lead, path = Caller("lisi", "team_lead", "own"), "/admin/sops/V/enrollments"
    assert sops.ask("POST", path, {"external_userid": there}, caller=lead).json["owner"] == "lisi"
    other, _ = sops.friend("Y", userid="lisi")
    sops.bundle.wecom.people.scan(userid="zhangsan", external_userid=other, welcome=False)
    sops.deleted("lisi", other)
    refused = sops.ask("POST", path, {"external_userid": other}, caller=lead)
    assert (refused.status, refused.code) == (403, "out_of_scope")


def test_sop_02_the_list_of_bars_by_page_filter_and_scope(sops: Sops) -> None:
    published(sops, "V", "s1", "s2")
    for number, userid in enumerate(("zhangsan", "lisi", "zhangsan")):
        sops.clock(f"02 1{number}:00")
        sops.done(
            "POST", "/admin/sops/V/enrollments", {"external_userid": sops.friend(f"X{number}", userid)[0]}
        )
    sops.tick("03 10:00")
    sops.do("lisi", "s1", "03 10:10")
    path, seen = "/admin/sops/V/enrollments", []
    cursor: dict[str, str] = {}
    while True:
        page = sops.done("GET", path, limit="1", **cursor)
        seen += [(each["owner"], each["progress"], each["step"]) for each in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert seen == [("zhangsan", "0/2", "s1"), ("lisi", "1/2", "s2"), ("zhangsan", "0/2", "s1")]
    for query, expected in (
        ({"step": "s2"}, ["lisi"]),
        ({"owner": "ZhangSan"}, ["zhangsan", "zhangsan"]),
        ({"status": "COMPLETED"}, []),
        ({"entered_from": "2026-03-02T11:00:00+08:00", "entered_to": "2026-03-02T12:00:00+08:00"}, ["lisi"]),
    ):
        assert [each["owner"] for each in sops.done("GET", path, **query)["items"]] == expected, query
    lead = Caller("lisi", "team_lead", "own")
    assert [each["owner"] for each in sops.ask("GET", path, caller=lead).json["items"]] == ["lisi"]
    turned_round = {"entered_from": "2026-03-05T00:00:00Z", "entered_to": "2026-03-01T00:00:00Z"}
    assert sops.done("GET", path, **turned_round)["items"] == []
    before_all = paging.encode("BARS#V", {"after": "!"})
    assert sops.done("GET", path, cursor=str(before_all))["items"] == []
    foreign = sops.ask("GET", path, cursor="WyJ4Iix7ImFmdGVyIjoieSJ9XQ")
    assert named(foreign) == ["cursor"]


def test_sop_09_the_repurchase_template_is_entered_by_an_order_and_left_with_the_next(sops: Sops) -> None:
    sops.done("POST", "/admin/sops", {"template": "repurchase", "sop_id": "R"})
    sops.done("POST", "/admin/sops/R:publish", {"version": 1})
    there, x = sops.friend("X")
    sops.clock("02 12:00")
    sops.ordered(there, "O1")
    first = bar(sops, "R", x)
    assert (first["status"], first["progress"], first["next_due"]) == (
        "ACTIVE",
        "0/5",
        "2026-03-03T10:00:00+08:00",
    )
    sops.clock("04 12:00")
    sops.ordered(there, "O2")
    listed = sops.done("GET", "/admin/sops/R/enrollments")["items"]
    assert [(each["cycle"], each["status"], each["why"]) for each in listed] == [
        (2, "ACTIVE", ""),
        (1, "EXITED", "goal"),
    ]


def test_3_2_a_sop_counts_from_the_end_of_a_contract(sops: Sops) -> None:
    from datetime import date

    from scrm.leads import dynamodb as leads
    from scrm.leads.contracting import sign
    from scrm.leads.contracts import Contract
    from scrm.leads.model import Lead

    steps = [step("e1", days=-30), step("e2", days=0)]
    sops.done(
        "POST",
        "/admin/sops",
        {"sop_id": "E", **definition(steps=steps, strategy="timed", anchor="contract_end")},
    )
    sops.done("POST", "/admin/sops/E:publish", {"version": 1})
    there, x = sops.friend("X")
    refused = sops.ask("POST", "/admin/sops/E/enrollments", {"customer_id": x})
    assert (refused.status, refused.code) == (409, "no_anchor")
    now = sops.bundle.time.now()
    lead = Lead(
        "ld_1", "INTENT", "website", owner="zhangsan", keys=(("external_userid", there),), created_at=now
    )
    leads.create(replace(lead, owned_at=now, protect_until=now, updated_at=now), {}, None)
    sign(Contract("ct_1", "ld_1", 100, now, date(2026, 3, 1), date(2026, 4, 30), by="zhangsan"), now)
    made = sops.done("POST", "/admin/sops/E/enrollments", {"customer_id": x})
    assert (made["anchor_at"], made["next_due"]) == ("2026-04-30T00:00:00+08:00", "2026-03-31T10:00:00+08:00")
    (told,) = sops.done("GET", "/admin/sops/E:preview", anchor="2026-04-30")["items"]
    assert [moment_of(each["due"]) for each in told["steps"]] == ["03-31 10:00", "04-30 10:00"]


def moment_of(told: str) -> str:
    """Return a time of an answer as these tests write it."""
    return f"{told[5:10]} {told[11:16]}"


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        (BY_HAND_A, ["03-02 10:15", "03-03 10:00", "03-05 20:00", "03-10 10:00", "03-14 20:00"]),
        (SOP_T, ["03-02 10:20", "03-03 10:00", "03-05 20:00"]),
    ],
    ids=["A", "T"],
)
def test_sop_23_the_preview_equals_a_run_where_each_step_is_sent_on_time(
    sops: Sops, version: Version, expected: list[str]
) -> None:
    """A4 meets the cap of 168 hours, planned for 03-08, and A5 counts from when A4 was sent."""
    from scrm.sops.completing import complete

    sops.put(version)
    there, x = sops.friend("X")
    path, enter = f"/admin/sops/{version.sop_id}:preview", "2026-03-02T10:15"
    (told,) = sops.done("GET", path, enter=enter)["items"]
    (theirs,) = sops.done("GET", path, enter=enter, external_userid=there)["items"]
    (sampled,) = sops.done("GET", path, enter=enter, limit="5")["items"]
    assert told["steps"] == theirs["steps"] == sampled["steps"]
    assert [moment_of(each["due"]) for each in told["steps"]] == expected

    assert sops.enter(x, version) == ""
    for each in told["steps"]:
        sops.tick(moment_of(each["planned"]))
        due = moment_of(each["due"])
        sops.tick(due)
        run = sops.enrollment(x, version.sop_id).latest(each["step_key"])
        assert run
        assert (run.status, shown(run.due)) == ("DISPATCHED", due)
        complete(x, version.sop_id, 1, run.step_key, run.attempt, "SENT", at(due))
        sops.bundle.settle()
    assert (sops.enrollment(x, version.sop_id).status, theirs["status"]) == ("COMPLETED", "COMPLETED")
    (again,) = sops.done("GET", path, external_userid=there)["items"]
    assert again["refusal"] == "reentry_gap"
    assert named(sops.ask("GET", path, enter="2026-13-99T00:00")) == ["enter"]
