"""Tables of leads (LED-07): what became of each line, whoever sends it and however often."""

import base64
from typing import Any

import pytest

from tests.component.aborting import Killed, Steps
from tests.component.http_world import Browser, change_member, logged_in
from tests.component.leads.playing import held_by, in_force, lead, leads, notices, told_of

IMPORT = "/workbench/leads:import"
HEAD = "姓名,手机号,公司,产品,地区,负责人"
DUPLICATES, INVALID = {11, 12, 13, 14, 15, 16, 17}, {50, 60, 100}


@pytest.fixture
def zhangsan(corp: Any, queues: Any) -> Browser:
    """A team lead."""
    return logged_in(corp, "zhangsan")


def table() -> str:
    """Return 100 lines: those of DUPLICATES repeat an earlier phone, those of INVALID are wrong."""
    lines = [HEAD]
    for row in range(1, 101):
        phone = f"1380000{row - 10:04}" if row in DUPLICATES else f"1380000{row:04}"
        if row in INVALID:
            phone = {50: "", 60: "12ab", 100: phone}[row]
        region = "33" if row == 100 else "330106"
        lines.append(f"客户{row},{phone},,课程,{region},")
    return "\n".join(lines)


def imported(browser: Browser, content: str | bytes) -> Any:
    """Send a table; return the answer."""
    told = content if isinstance(content, bytes) else content.encode()
    encoded = base64.b64encode(told).decode()
    return browser.send("POST", IMPORT, {"name": "线索.csv", "content_base64": encoded})


def counts(answered: Any) -> tuple[int, int, int]:
    """Return how many were created, met another, and were wrong."""
    assert answered.status == 200, answered.text
    return answered.json["created"], answered.json["duplicate"], answered.json["invalid"]


def test_led_07_a_hundred_lines_tell_what_became_of_each(zhangsan, play):
    in_force("lisi", "wangwu")

    answer = imported(zhangsan, table())
    again = imported(zhangsan, table())

    assert counts(answer) == (90, 7, 3)
    by_outcome = {
        outcome: {each["row"] for each in answer.json["rows"] if each["outcome"] == outcome}
        for outcome in ("duplicate", "invalid")
    }
    assert by_outcome == {"duplicate": DUPLICATES, "invalid": INVALID}
    wrong = [(each["line"], each["errors"][0]["field"]) for each in answer.json["rows"] if each["errors"]]
    assert wrong == [(51, "手机号"), (61, "手机号"), (101, "地区")]
    assert counts(again) == (0, 97, 3)
    assert len(leads()) == 90
    assert leads()[0].prelabels == ("导入",)
    play()
    assert (held_by("lisi"), held_by("wangwu"), held_by("zhangsan")) == (45, 45, 0)


def test_led_07_a_duplicate_is_a_touch_once(zhangsan):
    first = imported(zhangsan, f"{HEAD}\n周,13800000001,,,,").json["rows"][0]["lead_id"]

    for _ in range(2):
        answer = imported(zhangsan, f"{HEAD}\n周女士,138 0000 0001,,,,")

    assert (answer.json["duplicate"], answer.json["rows"][0]["lead_id"]) == (1, first)
    assert len(told_of(first)) == 1


def test_led_07_a_named_owner_has_the_lead_at_once_within_ones_scope(zhangsan, corp, play, queues):
    in_force("wangwu")

    answer = imported(
        zhangsan, f"{HEAD}\n周,13800000001,,,,李四\n吴,13800000002,,,,ChenMei\n郑,13800000003,,,,没有"
    )
    play()

    assert counts(answer) == (1, 0, 2)
    assert [each["errors"][0]["field"] for each in answer.json["rows"][1:]] == ["负责人", "负责人"]
    there = lead(answer.json["rows"][0]["lead_id"])
    assert (there.owner, there.created_by, held_by("lisi")) == ("lisi", "zhangsan", 1)
    assert [(each["kind"], each["userid"]) for each in notices(queues)] == [("new_lead", "lisi")]


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "gbk"])
def test_led_07_reads_what_spreadsheets_write(zhangsan, codec):
    answer = imported(zhangsan, f"{HEAD}\n周女士,13800000001,杭州云栖,,,".encode(codec))

    assert counts(answer) == (1, 0, 0)
    assert leads()[0].name == "周女士"


@pytest.mark.parametrize(
    ("content", "field"),
    [("", "body"), ("姓名,电话号\n周,1", "电话号"), ("姓名,姓名\n周,1", "姓名"), ("\0\0", "body")],
)
def test_led_07_what_is_no_such_table_is_refused(zhangsan, content, field):
    refused = imported(zhangsan, content)

    assert (refused.status, refused.json["errors"][0]["field"]) == (422, field)
    assert leads() == []


def test_led_07_members_without_the_right_are_refused(corp, queues):
    refused = imported(logged_in(corp, "lisi"), table())

    assert refused.status == 403
    change_member("lisi", role="marketing")
    assert counts(imported(logged_in(corp, "lisi"), f"{HEAD}\n周,13800000001,,,,")) == (1, 0, 0)


def test_led_07_killed_at_any_step_and_sent_again_nothing_is_twice(corp, zhangsan, monkeypatch):
    steps, number = Steps(), 0
    content = f"{HEAD}\n周,13800000001,云栖,,,李四\n吴,13800000002,,,,"
    zhangsan.send("GET", "/workbench/tasks")
    while True:
        number += 7
        steps.restart(number)
        try:
            with steps.watched(monkeypatch, corp):
                answer = imported(zhangsan, content)
        except Killed:
            continue
        break

    assert number > 14
    assert answer.json["invalid"] == 0
    assert (len(leads()), held_by("lisi")) == (2, 1)
