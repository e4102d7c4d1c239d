"""SEG-17: something done to everybody whom a condition selects, as a job with a result for each."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.component.conftest import app_of, sqs_event_of
from tests.component.http_world import befriended, calls_of, change_member, corp_tag, logged_in
from tests.component.queries.people import asks, console

TAG = "/admin/customers:tag-selected"


def work_through(tables, job_id, lambda_context):
    """Deliver every chunk of the job that is not settled, as the queue does; twice, to be sure."""
    lambda_context.get_remaining_time_in_millis = lambda: 60_000
    worker = app_of("run_job")
    for _ in range(40):
        chunks = [row["SK"] for row in tables.rows(f"JOB#{job_id}", "CHUNK#")]
        settled = {row["SK"].removeprefix("RESULT#") for row in tables.rows(f"JOB#{job_id}", "RESULT#")}
        waiting = [
            each.removeprefix("CHUNK#") for each in chunks if each.removeprefix("CHUNK#") not in settled
        ]
        if not waiting:
            return
        for chunk_id in waiting:
            message = {"job_id": job_id, "chunk": chunk_id}
            for _ in range(2):
                answer = worker.handler(sqs_event_of(message, queue="Jobs"), lambda_context)
                assert not answer["batchItemFailures"]
    raise AssertionError("the job does not end")


def test_seg_17_everybody_selected_is_tagged_once_page_after_page(corp, tables, queues, lambda_context):
    tag = corp_tag(corp, "回访")
    chosen = {befriended(corp, "lisi", f"客户{each}") for each in range(60)}
    others = {befriended(corp, "wangwu") for _ in range(3)}
    send = console("admin")
    # The action takes those it is done to out of the condition.
    condition = {"all": [asks("staff", "in", ["lisi"]), {"not": asks("tags", "any", [tag])}]}

    started = send("POST", TAG, {"condition": condition, "add": [tag], "reason": "回访"})
    work_through(tables, started.json["job_id"], lambda_context)

    assert started.status == 202, started.text
    job = send("GET", f"/admin/jobs/{started.json['job_id']}").json
    assert (job["status"], job["done"], job["failed"]) == ("done", 60, 0)
    marked = [each["external_userid"] for each in calls_of(corp, "externalcontact/mark_tag")]
    assert sorted(marked) == sorted(chosen)
    assert not others & set(marked)
    items = send("GET", f"/admin/jobs/{started.json['job_id']}/items?limit=100").json["items"]
    assert {each["status"] for each in items} == {"done"}
    assert len(items) == 60


def test_seg_17_the_start_leaves_an_audit_line_and_needs_the_right(corp, tables, queues):
    tag = corp_tag(corp, "回访")
    body = {"condition": {"all": []}, "add": [tag]}

    assert console("zhangsan")("POST", TAG, body).status == 403
    assert (
        console("admin")("POST", TAG, {**body, "add": ["et-unknown"]}).json["errors"][0]["field"] == "add.0"
    )
    job_id = console("admin")("POST", TAG, body).json["job_id"]
    lines = [row for row in tables.rows("AUDIT") if row.get("subject") == f"JOB#{job_id}"]
    assert [row["action"] for row in lines] == ["job_started"]


def test_seg_17_what_came_later_than_the_start_is_not_selected(corp, tables, queues, lambda_context, at):
    tag = corp_tag(corp, "回访")
    early = befriended(corp, "lisi")
    send = console("admin")
    condition = asks("added_at", "older_than_days", 1)

    at("2026-03-03T10:15:00+08:00")
    job_id = send("POST", TAG, {"condition": condition, "add": [tag]}).json["job_id"]
    befriended(corp, "lisi")
    at("2026-03-09T10:15:00+08:00")
    work_through(tables, job_id, lambda_context)

    assert [each["external_userid"] for each in calls_of(corp, "externalcontact/mark_tag")] == [early]


def test_adm_02_an_export_of_the_selected_holds_them_and_nobody_out_of_scope(
    corp, tables, queues, lambda_context
):
    change_member("zhangsan", role="operations_admin", data_scope="team")
    for member, name in (("lisi", "甲客"), ("wangwu", "乙客"), ("ChenMei", "丙客")):
        befriended(corp, member, name)
    body = {"condition": {"not": asks("staff", "in", ["wangwu"])}, "reason": "盘点"}

    names = []
    for userid in ("zhangsan", "admin"):
        job_id = console(userid)("POST", "/admin/customers:export", body).json["job_id"]
        work_through(tables, job_id, lambda_context)
        text = logged_in(corp, userid).send("GET", f"/workbench/exports/{job_id}/file").text
        names.append({name for name in ("甲客", "乙客", "丙客") if name in text})

    assert names == [{"甲客"}, {"甲客", "丙客"}]
    assert console("LiuYang")("POST", "/admin/customers:export", body).status == 403


def test_an_action_that_this_version_does_not_know_ends_the_job(corp):
    from scrm.jobs.model import Chunk, GiveUp, Job, Work
    from scrm.queries.acting import run

    now = datetime(2026, 3, 2, tzinfo=UTC)
    job = Job("job_1", "selected", "admin", now, params={"action": "fly", "params": {}})
    work = Work(job, Chunk("00000.000000", cursor="-"), now + timedelta(minutes=1))

    with pytest.raises(GiveUp, match="unknown_action"):
        run(replace(work))
