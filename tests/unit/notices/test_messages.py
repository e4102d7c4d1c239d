"""What notices say and the format they take: NTF-01, NTF-06."""

from datetime import UTC, datetime
from typing import get_args

import pytest

from scrm.notices.formats import MiniProgram, message
from scrm.notices.messages import words
from scrm.notices.model import KINDS, SENTENCES, TITLES, Format, from_plain, notice, notice_message

AT = datetime(2026, 3, 2, 2, 15, tzinfo=UTC)
BASE = "https://scrm.example.com"
NAMES = {"wm1": "小雨"}


def one(kind="new_customer", source="e1", **subject):
    return notice(kind, "ZhangSan", AT, source, subject={"external_userid": "wm1", **subject})


def test_every_kind_has_words():
    assert set(TITLES) == set(SENTENCES) == set(KINDS)
    for kind in KINDS:
        said = words([one(kind)], NAMES, BASE)
        assert said.title
        assert "{" not in "".join(said.lines)


def test_the_link_opens_the_task_else_the_customer_else_today():
    task = one(task_id="20260302T021500Z-abc-zhangsan")
    alert = notice("alert", "admin", AT, "a1")

    assert words([task], NAMES, BASE).url.startswith(f"{BASE}/workbench/tasks/20260302T021500Z-abc-zhangsan?")
    assert words([one()], NAMES, BASE).url == f"{BASE}/sidebar/customers/wm1?notice={one().id}"
    assert words([alert], NAMES, BASE).url.startswith(f"{BASE}/workbench/today?")
    assert words([one()], NAMES, "").url == ""


@pytest.mark.parametrize("kind", ["new_lead", "recycle_soon"])
def test_ntf_06_a_lead_s_notice_names_the_lead_and_opens_it(kind: str):
    lead = notice(kind, "ZhangSan", AT, "l1", subject={"lead_id": "ld_1"})

    said = words([lead], {"ld_1": "陈一"}, BASE)

    assert said.url.startswith(f"{BASE}/workbench/leads/ld_1?")
    assert "陈一" in "".join(said.lines)


@pytest.mark.parametrize("base", [BASE, ""])
def test_two_notices_about_one_customer_never_read_alike(base: str):
    again = notice("new_customer", "ZhangSan", AT.replace(second=1), "e2", subject={"external_userid": "wm1"})

    assert words([one()], NAMES, base) != words([again], NAMES, base)


@pytest.mark.parametrize("wanted", get_args(Format))
def test_each_format_carries_title_line_and_address(wanted: Format):
    said = words([one()], NAMES, BASE)

    made = message(said, wanted, MiniProgram("wx1234567890abcdef"))

    text = str(made.body)
    assert made.msgtype == wanted
    assert "新客户添加了你" in text
    assert "小雨" in text
    assert wanted == "miniprogram_notice" or f"{BASE}/sidebar/customers/wm1" in text


@pytest.mark.parametrize("wanted", ["textcard", "news", "template_card"])
def test_without_an_address_a_card_becomes_text(wanted: Format):
    assert message(words([one()], NAMES, ""), wanted).msgtype == "text"


def test_without_a_mini_program_its_notice_is_a_card():
    assert message(words([one()], NAMES, BASE), "miniprogram_notice").msgtype == "textcard"


def test_a_digest_names_how_many_and_stays_within_the_limit_in_bytes():
    many = [one(source=f"e{n}") for n in range(50)]
    said = words(many, {"wm1": "很长的名字" * 30}, BASE)

    body = message(said, "textcard").body

    assert body["title"] == "你有 50 条新提醒"
    assert len(body["description"].encode()) <= 512
    assert len(message(said, "text").body["content"].encode()) <= 2048
    assert len(message(said, "markdown").body["content"].encode()) <= 2048


def test_a_digest_of_ten_shows_each_of_them():
    said = words([one("due_task", f"t{n}") for n in range(10)], NAMES, BASE)

    assert message(said, "textcard").body["description"].count("待办到期") == 10


def test_a_name_cannot_put_a_link_into_the_message():
    said = words([one()], {"wm1": '<a href="https://evil.example">点我</a>\n\n免费'}, BASE)

    assert "<" not in "".join(said.lines)
    assert "\n" not in "".join(said.lines)


def test_the_same_notices_give_the_same_bytes():
    assert message(words([one()], NAMES, BASE), "textcard") == message(
        words([one()], NAMES, BASE), "textcard"
    )


def test_a_notice_survives_its_queue():
    sent = notice(
        "due_task",
        "ZhangSan",
        AT,
        "t1",
        subject={"task_id": "t1"},
        facts={"title": "回访"},
        not_before=AT,
        late=True,
    )

    assert from_plain(notice_message(sent)["notice"]) == sent


def test_an_unknown_kind_is_refused():
    plain = {**notice_message(one())["notice"], "kind": "gossip"}

    with pytest.raises(ValueError, match="unknown kind"):
        from_plain(plain)
