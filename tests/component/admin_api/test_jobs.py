"""Jobs as the console shows them: lists, progress, items, calling off; tagging many (SEG-17, TAG-04)."""

import json
from typing import Any

import pytest

from tests.component.console import Ask
from tests.component.http_world import corp_tag

PAIRS = [{"userid": "lisi", "external_userid": f"wm{number:03}"} for number in range(60)]


def started(kind: str = "tag", *, number: int = 1, by: str = "admin", items: int = 60) -> Any:
    from scrm import clock
    from scrm.jobs.dynamodb import Jobs
    from scrm.jobs.model import NewJob

    ids = [f"lisi#wm{place:03}" for place in range(items)]
    new = NewJob(f"job_{number}", kind, by, params={"add": [], "remove": []}, items=ids)
    return Jobs().start(new, clock.now())


def settled(chunk: int, *results: tuple[str, str, str]) -> None:
    from scrm import clock
    from scrm.jobs.dynamodb import Jobs
    from scrm.jobs.model import Outcome, Result, Work, first_chunk

    jobs = Jobs()
    job, part = jobs.job("job_1"), jobs.chunk("job_1", first_chunk(chunk))
    assert job
    assert part
    outcome = Outcome(tuple(Result(*each) for each in results))  # type: ignore[arg-type]  # the test's words
    jobs.settle(Work(job, part, clock.now()), outcome)


def test_tag_04_many_relations_are_tagged_by_a_job_and_audited(ask: Ask, corp: Any, tables: Any):
    tag = corp_tag(corp, "高意向")

    answer = ask("POST", "/admin/customers:tag", {"relations": PAIRS, "add": [tag], "reason": "春季活动"})

    assert answer.status == 202
    job = answer.json
    assert (job["kind"], job["status"], job["total"], job["reason"]) == ("tag", "queued", 60, "春季活动")
    assert ask("GET", f"/admin/jobs/{job['job_id']}").json == job
    (line,) = ask("GET", "/admin/audit").json["items"]
    assert (line["action"], line["subject"]) == ("job_started", f"JOB#{job['job_id']}")
    assert line["after"] == {"kind": "tag", "items": 60, "reason": "春季活动", "add": [tag], "remove": []}
    chunks = tables.rows(f"JOB#{job['job_id']}", "CHUNK#")
    assert [len(json.loads(row["items"])) for row in chunks] == [25, 25, 10]


def test_a_relation_named_twice_is_one_item(ask: Ask, corp: Any):
    twice = [PAIRS[0], {**PAIRS[0], "userid": "LISI"}]

    answer = ask("POST", "/admin/customers:tag", {"relations": twice, "add": [corp_tag(corp, "高")]})

    assert answer.json["total"] == 1


def test_the_same_key_starts_one_job(ask: Ask, corp: Any, tables: Any):
    body = {"relations": PAIRS, "add": [corp_tag(corp, "高意向")]}

    first = ask("POST", "/admin/customers:tag", body, key="k1")
    again = ask("POST", "/admin/customers:tag", body, key="k1")

    assert first.json == again.json
    assert len(tables.rows("JOBS", "")) == 2
    assert len(ask("GET", "/admin/audit").json["items"]) == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"relations": [], "add": ["t"]}, "relations"),
        ({"relations": PAIRS}, "add"),
        ({"relations": PAIRS, "add": ["unheard-of"]}, "add.0"),
        ({"relations": PAIRS, "add": ["t"], "remove": ["t"]}, "remove"),
        ({"relations": [{"userid": "lisi"}], "add": ["t"]}, "relations.0.external_userid"),
        ({"relations": [{"userid": "a#b", "external_userid": "wm1"}], "add": ["t"]}, "relations.0.userid"),
        ({"relations": PAIRS, "add": ["t"], "all": True}, "all"),
    ],
)
def test_a_wrong_request_names_its_field_and_starts_nothing(ask: Ask, tables: Any, body: Any, field: str):
    answer = ask("POST", "/admin/customers:tag", body)

    assert answer.status == 422
    assert [each["field"] for each in answer.json["errors"]] == [field]
    assert tables.rows("JOB") == []


def test_jobs_are_listed_newest_first_and_paged(ask: Ask, at: Any):
    for number in range(3):
        at(f"2026-03-02T10:1{number}:00+08:00")
        started(number=number)

    first = ask("GET", "/admin/jobs", query={"limit": "2"}).json
    assert [each["job_id"] for each in first["items"]] == ["job_2", "job_1"]
    started(number=9)
    rest = ask("GET", "/admin/jobs", query={"limit": "2", "cursor": first["next_cursor"]}).json
    assert ([each["job_id"] for each in rest["items"]], rest["next_cursor"]) == (["job_0"], None)
    assert ask("GET", "/admin/jobs", query={"cursor": "nonsense"}).status == 422


def test_items_are_paged_in_order_and_found_by_status(ask: Ask):
    started()
    settled(1, *((f"i{place:02}", "failed" if place % 2 else "done", "") for place in range(25)))
    settled(0, ("i-1", "failed", "not_friend"))

    seen, cursor, pages = [], None, 0
    while pages < 10:
        query = {"limit": "10", **({"cursor": cursor} if cursor else {})}
        page = ask("GET", "/admin/jobs/job_1/items", query=query).json
        seen += [each["subject"] for each in page["items"]]
        pages, cursor = pages + 1, page["next_cursor"]
        if cursor is None:
            break
    assert seen == ["i-1", *(f"i{place:02}" for place in range(25))]
    assert pages == 3
    failed = ask("GET", "/admin/jobs/job_1/items", query={"status": "failed"}).json
    assert len(failed["items"]) == 13
    assert failed["items"][0] == {"subject": "i-1", "status": "failed", "code": "not_friend"}
    assert ask("GET", "/admin/jobs/job_1").json["failed"] == 13


def test_a_job_is_called_off_once_with_its_line(ask: Ask):
    started()

    off = ask("POST", "/admin/jobs/job_1:cancel")
    again = ask("POST", "/admin/jobs/job_1:cancel")

    assert (off.status, off.json["status"]) == (200, "cancelled")
    assert off.json["finished_at"] == "2026-03-02T10:15:00+08:00"
    assert (again.status, again.code) == (409, "job_ended")
    (line,) = ask("GET", "/admin/audit").json["items"]
    assert (line["action"], line["before"], line["after"]) == (
        "job_cancelled",
        {"status": "queued"},
        {"status": "cancelled"},
    )
    assert ask("POST", "/admin/jobs/job_7:cancel").status == 404
