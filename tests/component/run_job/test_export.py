"""Customers as files: for who has the right, whoever dies on the way, and every download audited (ADM-04)."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from scrm.http.caller import Caller
from tests.component.conftest import http_event_of
from tests.component.http_world import Answered
from tests.doubles.bundle import Bundle
from tests.faults.crashing import survived

ADMIN = Caller("admin", "operations_admin", "all")


@pytest.fixture
def bundle() -> Iterator[Bundle]:
    """Everything deployed, without WeCom."""
    made = Bundle(simulated=False)
    with made.running():
        yield made


def ask(
    bundle: Bundle, method: str, path: str, body: Any = None, caller: Caller = ADMIN, **more: Any
) -> Answered:
    return Answered(bundle.invoke("workbench_api", http_event_of(method, path, body, caller, **more)))


def customers(bundle: Bundle, number: int, userid: str = "lisi", **fields: Any) -> None:
    """Put so many cards of a member, one an hour."""
    from scrm.cards.dynamodb import CARDS, MONTHS, CardRow, MonthsRow
    from scrm.cards.model import Card

    start = datetime.fromisoformat("2026-02-27T00:00:00+00:00")
    for place in range(number):
        added = start + timedelta(hours=place)
        made = {"name": f"客户{place}", "remark": "", "status": "active", "added_at": added, **fields}
        CardRow.of(Card(f"cu_{userid}_{place:04}", f"wm{userid}{place}", userid, **made), 1).save()
    MonthsRow(CARDS, MONTHS, months={"2026-02", "2026-03"}).save()


def exported(bundle: Bundle, body: Any = None, caller: Caller = ADMIN) -> str:
    answer = ask(
        bundle, "POST", "/workbench/customers:export", {"reason": "季度盘点", **(body or {})}, caller
    )
    assert answer.status == 202, answer.text
    bundle.settle()
    return str(answer.json["job_id"])


def file_of(bundle: Bundle, job_id: str, number: int = 1, caller: Caller = ADMIN) -> Answered:
    path = f"/workbench/exports/{job_id}/file"
    return ask(bundle, "GET", path, None, caller, query={"number": str(number)})


def lines_of(bundle: Bundle, job_id: str, number: int = 1, caller: Caller = ADMIN) -> list[list[str]]:
    text = file_of(bundle, job_id, number, caller).text
    assert text[0] == "\ufeff"
    return list(csv.reader(io.StringIO(text[1:], newline="")))


def audit(bundle: Bundle) -> list[tuple[str, Any]]:
    lines = [row for row in bundle.rows("AUDIT") if row["SK"] != "HEAD"]
    return [(row["action"], json.loads(row["after"])) for row in lines]


def test_adm_04_staff_may_not_export_and_an_administrator_with_the_right_may(bundle):
    staff = Caller("lisi", "staff", "own")

    refused = ask(bundle, "POST", "/workbench/customers:export", {"reason": "带走"}, staff)
    assert (refused.status, refused.code) == (403, "no_export_right")
    assert bundle.rows("JOB") == []
    allowed = ask(bundle, "POST", "/workbench/customers:export", {"reason": "季度盘点"})
    assert (allowed.status, allowed.json["kind"], allowed.json["requested_by"]) == (202, "export", "admin")
    assert audit(bundle) == [
        (
            "job_started",
            {"kind": "export", "items": None, "reason": "季度盘点", "source": "cards", "owner": ""},
        )
    ]


def test_adm_04_nobody_deletes_a_customer_in_the_workbench(bundle):
    for caller in (Caller("lisi", "staff", "own"), ADMIN):
        answer = ask(bundle, "DELETE", "/workbench/customers/wm1", None, caller)
        assert (answer.status, answer.code) == (403, "no_delete_right")


def test_everybody_is_written_newest_first_over_all_months_and_downloads_are_audited(bundle):
    customers(bundle, 450)
    job_id = exported(bundle)

    shown = ask(bundle, "GET", f"/workbench/exports/{job_id}").json
    assert (shown["job"]["status"], shown["job"]["done"], shown["files"]) == ("done", 450, 1)
    assert shown["kept_until"] == "2026-03-09T10:15:00+08:00"
    titles, *rows = lines_of(bundle, job_id)
    assert titles[:3] == ["客户", "备注", "成员"]
    assert [row[0] for row in rows] == [f"客户{place}" for place in reversed(range(450))]
    assert rows[-1][4] == "2026-02-27 08:00:00"
    assert audit(bundle)[1:] == [("export_downloaded", {"file": 1})]
    headers = file_of(bundle, job_id).headers
    assert headers["content-type"] == "text/csv; charset=utf-8"
    assert headers["content-disposition"] == 'attachment; filename="customers-20260302-1.csv"'


def test_s13_what_a_customer_calls_himself_is_no_formula(bundle):
    customers(bundle, 1, name='=HYPERLINK("http://x")', remark="　＋1")

    _, row = lines_of(bundle, exported(bundle))

    assert row[:2] == ['\'=HYPERLINK("http://x")', "'　＋1"]


def test_files_that_are_full_are_followed_by_others_and_each_stands_for_itself(bundle, monkeypatch):
    monkeypatch.setattr("scrm.exports.model.FULL", 20_000)
    customers(bundle, 500)
    job_id = exported(bundle)

    files = ask(bundle, "GET", f"/workbench/exports/{job_id}").json["files"]
    assert files > 1
    every = [lines_of(bundle, job_id, number) for number in range(1, files + 1)]
    assert {tuple(each[0]) for each in every} == {tuple(every[0][0])}
    assert sum(len(each) - 1 for each in every) == 500
    assert file_of(bundle, job_id, files + 1).status == 404


def test_adm_02_an_export_shows_nobody_outside_the_data_scope(bundle):
    from scrm.settings.dynamodb import SettingsRow
    from scrm.staff.dynamodb import StaffRow
    from scrm.staff.model import Member

    SettingsRow(
        "SETTINGS", "SETTINGS", version=1, chosen={"export_roles": ["team_lead"]}, updated_at="x"
    ).save()
    StaffRow.of(Member("lisi", "李四", departments=(2,))).save()
    customers(bundle, 3)
    customers(bundle, 3, "chenmei")
    lead = Caller("zhangsan", "team_lead", "team", (2,), (2,))

    mine = exported(bundle, caller=lead)
    assert {row[2] for row in lines_of(bundle, mine, caller=lead)[1:]} == {"lisi"}
    other = ask(bundle, "POST", "/workbench/customers:export", {"reason": "看看", "owner": "chenmei"}, lead)
    assert (other.status, other.code) == (403, "out_of_scope")
    assert ask(bundle, "POST", "/workbench/customers:export", {"reason": "看看"}).status == 403


def test_one_members_customers(bundle):
    customers(bundle, 2)
    customers(bundle, 2, "chenmei")

    rows = lines_of(bundle, exported(bundle, {"owner": "ChenMei"}))[1:]

    assert [row[2] for row in rows] == ["chenmei", "chenmei"]


def test_an_export_of_nobody_is_a_file_with_titles(bundle):
    assert len(lines_of(bundle, exported(bundle))) == 1


def test_an_export_is_its_callers_and_kept_for_a_week(bundle):
    customers(bundle, 1)
    job_id = exported(bundle)

    other = Caller("boss", "operations_admin", "all")
    assert file_of(bundle, job_id, caller=other).status == 404
    bundle.time.sleep(7 * 86_400 + 1)
    assert file_of(bundle, job_id).status == 404


def test_an_export_under_way_has_no_file_yet(bundle):
    answer = ask(bundle, "POST", "/workbench/customers:export", {"reason": "季度盘点"})

    early = file_of(bundle, answer.json["job_id"])

    assert (early.status, early.code) == (409, "export_running")


@pytest.mark.parametrize(
    ("body", "field"), [({}, "reason"), ({"reason": "季度盘点", "owner": "a#b"}, "owner")]
)
def test_a_wrong_request_names_its_field(bundle, body, field):
    answer = ask(bundle, "POST", "/workbench/customers:export", body)

    assert (answer.status, answer.json["errors"][0]["field"]) == (422, field)


def test_r2_killed_at_any_step_an_export_holds_every_customer_once():
    def scenario(bundle: Bundle):
        customers(bundle, 420)
        headers = {"Idempotency-Key": "k1"}
        ask(bundle, "POST", "/workbench/customers:export", {"reason": "季度盘点"}, headers=headers)
        return bundle.settle

    steps, different = survived("export", scenario)

    assert steps > 10
    assert different == {}


def test_s5_numbers_in_names_and_remarks_are_hidden_in_a_file_as_on_a_page(bundle: Bundle) -> None:
    customers(bundle, 1, name="王 13800138000", remark="备用 13900139000")

    text = file_of(bundle, exported(bundle)).text

    assert "王 138****8000" in text
    assert "13900139000" not in text
