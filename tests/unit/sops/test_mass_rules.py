"""Rules of mass sends that no table and no WeCom is needed for (SOP-11, D3)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from scrm.mass_sends.content import Files, Incomplete, NotReady, content_of, files_in, variables_in
from scrm.mass_sends.model import Gather, chunks, deadline, mass_id_of, next_nudge, opens_until, poll_after
from scrm.settings.model import QuotaPolicy
from scrm.sops.caps import Touches, mass_quota, same_time_free
from scrm.sops.content_checking import wrong_parts
from scrm.sops.definition_checking import wrong_definition
from scrm.sops.model import DAY, Mode, Policies, Schedule, Step, Version
from tests.unit.sops.journeys import CORP, at, shown

STEP = Step("M1", "图", "mass", Schedule(days=1, at="10:00"))
SOP = Version("M", 1, "M", "step_by_step", (STEP,))


def sent(*times: str) -> Touches:
    """Return mass sends of March."""
    known = {each: at(each) for each in times}
    return Touches(known, known)


@pytest.mark.parametrize(
    ("policy", "before", "due", "free"),
    [
        ("per_month:4", ("03 10:00", "10 10:00", "17 10:00", "24 10:00"), "28 10:00", "04-01 10:00"),
        ("month_days", ("03 10:00", "10 10:00", "17 10:00", "24 10:00"), "28 10:00", "03-28 10:00"),
        ("per_week:7", tuple(f"{day:02d} 09:30" for day in range(2, 9)), "08 10:00", "03-09 10:00"),
        ("per_week:7", tuple(f"{day:02d} 09:30" for day in range(2, 8)), "08 10:00", "03-08 10:00"),
        ("per_day:1", ("03 09:30",), "03 10:00", "03-04 10:00"),
        ("month_days", tuple(f"{day:02d} 09:30" for day in range(1, 32)), "31 10:00", "04-01 10:00"),
    ],
)
def test_d3_and_o_s5_each_mode_of_the_quota_puts_off_to_when_it_is_free(
    policy: QuotaPolicy, before: tuple[str, ...], due: str, free: str
) -> None:
    allows = mass_quota(sent(*before), policy)
    now = at(due) - timedelta(seconds=1)
    assert shown(same_time_free(at(due), now, [allows])) == free


def test_d3_what_is_no_marketing_counts_for_wecoms_quota_alone() -> None:
    known = Touches().with_("s", at("03 10:00"), mass=True, marketing=False)
    assert (dict(known.at), list(known.mass)) == ({}, ["s"])


def test_sop_11_a_gather_is_named_by_sop_version_step_sender_and_minute() -> None:
    first = mass_id_of(SOP, STEP, "ZhangSan", at("03 10:00"), 1)
    assert first == mass_id_of(SOP, STEP, "zhangsan", at("03 10:00") + timedelta(seconds=59), 1)
    others = {
        mass_id_of(SOP, STEP, "lisi", at("03 10:00"), 1),
        mass_id_of(SOP, STEP, "zhangsan", at("03 10:01"), 1),
        mass_id_of(replace(SOP, number=2), STEP, "zhangsan", at("03 10:00"), 1),
        mass_id_of(SOP, STEP, "zhangsan", at("03 10:00"), 2),
    }
    assert len(others | {first}) == 5
    day = mass_id_of(SOP, STEP, "", at("03 10:00"), 1, shared=True)
    assert day == mass_id_of(SOP, STEP, "", at("03 23:59"), 1, shared=True)


def test_sop_11_a_gather_waits_for_the_minute_after_its_due_or_after_a_late_worker() -> None:
    assert opens_until(at("03 10:00"), at("03 10:00") + timedelta(seconds=20)) == at("03 10:01")
    assert opens_until(at("03 10:00"), at("05 12:00")) == at("05 12:01")


@pytest.mark.parametrize(("number", "calls"), [(1, 1), (10_000, 1), (10_001, 2), (25_000, 3)])
def test_u13_a_call_takes_ten_thousand(number: int, calls: int) -> None:
    parts = chunks((str(each) for each in range(number)), 10_000)
    assert len(parts) == calls
    assert sum(len(each) for each in parts) == number


def test_sop_11_results_are_asked_for_at_growing_intervals() -> None:
    waits = [poll_after(each) for each in range(40)]
    assert waits[0] == timedelta(minutes=2)
    assert sorted(waits) == waits
    assert max(waits) <= timedelta(hours=6)


def test_sop_11_a_mass_send_ends_with_its_window_or_its_longest_wait() -> None:
    gather = Gather("m.1", "M", 1, "M1", "zhangsan", at("03 10:00"), asked_at=at("03 10:01"))
    timed = replace(SOP, strategy="timed")
    ends = [
        deadline(gather, timed, STEP),
        deadline(gather, with_policy(then="skip"), STEP),
        deadline(gather, with_policy(then="wait"), STEP),
        deadline(replace(gather, asked_at=None), SOP, STEP),
    ]
    assert ends == [at("03 16:00"), at("10 10:01"), at("03 10:01") + 30 * DAY, None]


def test_sop_11_wecom_reminds_twice_and_then_the_manager_is_told() -> None:
    gather = Gather("m.1", "M", 1, "M1", "zhangsan", at("03 10:00"), asked_at=at("03 10:01"))
    told = [next_nudge(replace(gather, nudged=each), SOP, CORP) for each in range(4)]
    assert [(each.kind, shown(each.at)) if each else None for each in told] == [
        ("remind", "03-03 14:01"),
        ("remind", "03-04 09:00"),
        ("escalate", "03-04 10:01"),
        None,
    ]


def with_policy(**policies: Any) -> Version:
    """Return the SOP with other policies."""
    return replace(SOP, policies=replace(Policies(), **policies))


H5 = {
    "kind": "h5",
    "title": "{name}的方案",
    "subtitle": "",
    "url": "https://a.test/p",
    "cover_file_id": "fi_c",
}
PARTS: list[dict[str, Any]] = [
    {"kind": "text", "text": "{name}您好"},
    {"kind": "text", "text": "{brand}"},
    {"kind": "image", "file_id": "fi_i"},
    {"kind": "material", "material_id": "m", "number": 1, "content": H5},
]
FILES = Files({"fi_i": "media-1", "fi_c": "media-2"}, {"fi_c": "https://a.test/c.png"})


def test_sop_11_words_are_one_text_and_the_rest_attachments_in_order() -> None:
    made = content_of(PARTS, {"name": "小雨", "brand": "木语"}, FILES)
    assert made.text == "小雨您好\n木语"
    assert [each["msgtype"] for each in made.attachments] == ["image", "link"]
    assert made.attachments[1]["link"] == {
        "title": "小雨的方案",
        "url": "https://a.test/p",
        "picurl": "https://a.test/c.png",
    }
    assert variables_in(PARTS) == {"name", "brand"}
    assert files_in(PARTS) == ("fi_i", "fi_c")


def test_sop_11_nothing_goes_half_filled_or_without_its_picture() -> None:
    with pytest.raises(Incomplete):
        content_of(PARTS, {"name": "小雨"}, FILES)
    with pytest.raises(NotReady) as cold:
        content_of(PARTS, {"name": "小雨", "brand": "木语"}, Files())
    assert cold.value.files == ("fi_i",)
    with pytest.raises(Incomplete):
        content_of([{"kind": "text", "text": "{name}"}], {"name": "雨" * 1400}, FILES)


@pytest.mark.parametrize("product", [{"link": "https://a.test/b?s={share_id}"}, {}])
def test_sop_11_a_products_link_names_nobody_in_a_message_to_many(product: dict[str, str]) -> None:
    content = {"name": "甲醛检测", "cover_file_id": "fi_c", **product}
    made = content_of([{"kind": "product", "product_id": "p", "content": content}], {}, FILES)
    if product:
        assert made.attachments[0]["link"]["url"] == "https://a.test/b"
    else:
        assert made.text == "甲醛检测"


@pytest.mark.parametrize(
    ("step", "wrong"),
    [
        (Step("G", "群", "mass_group"), ["chats"]),
        (Step("G", "群", "mass_group", chats=("wr1",)), []),
        (Step("G", "群", "mass", chats=("wr1",)), ["chats"]),
        (Step("G", "圈", "moment", tags=("et1",)), []),
        (Step("G", "群", "mass", tags=("et1",)), ["tags"]),
    ],
)
def test_sop_12_and_13_groups_and_tags_stand_where_they_mean_something(step: Step, wrong: list[str]) -> None:
    found = wrong_definition(replace(SOP, steps=(step,)))
    assert [each.field for each in found] == [f"steps.0.{each}" for each in wrong]


@pytest.mark.parametrize("mode", ["mass_group", "moment"])
def test_sop_12_and_13_what_many_read_names_nobody(mode: Mode) -> None:
    assert wrong_parts(mode, [{"kind": "text", "text": "{brand}上新"}], (), "parts") == []
    (wrong,) = wrong_parts(mode, [{"kind": "text", "text": "{name}您好"}], (), "parts")
    assert wrong.field == "parts"
