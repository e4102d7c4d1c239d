"""Spec 2.3 "any open —merge→ MERGED" and its reversal, as far as they are pure (docs/decisions/0026)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from scrm.leads.machine import CLOSED, OPEN
from scrm.leads.merging import MOST_ABSORBED, MergeRefused, merged, parted, warned_of
from scrm.leads.model import Lead
from scrm.leads.stored import lead_of, text_of

NOW = datetime(2026, 3, 2, 2, 15, 7, 5, tzinfo=UTC)
GOES = Lead("A", "FOLLOWING", "website", keys=(("phone", "13800138000"),), owner="lisi", epoch=1, version=4)
STAYS = Lead("B", "ASSIGNED", "website", keys=(("crmid", "C-1"),), owner="wangwu", version=2)


def test_led_06_merge_and_reversal_leave_both_as_they_were() -> None:
    gone, stays = merged(GOES, STAYS, "admin", NOW, "同一个人")

    assert (gone.status, gone.merged_into, gone.owner) == ("MERGED", "B", "lisi")
    assert (stays.status, stays.owner, stays.absorbed) == ("ASSIGNED", "wangwu", ("A",))
    assert stays.keys == (("crmid", "C-1"), ("phone", "13800138000"))
    assert [lead_of(each.lead_id, text_of(each)) for each in (gone, stays)] == [gone, stays]
    back, left = parted(gone, stays, "admin", NOW + timedelta(days=1), "不是")
    told = {"trigger": "", "reason": "", "updated_by": "", "updated_at": None, "parted_at": None}
    assert (replace(back, **told), replace(left, **told)) == (GOES, STAYS)  # type: ignore[arg-type]


def test_led_06_what_went_in_goes_on_with_it_and_comes_out_with_it() -> None:
    _, b = merged(GOES, STAYS, "admin", NOW, "一")
    gone, c = merged(b, Lead("C", "NEW", "website", keys=(("unionid", "u"),)), "admin", NOW, "二")

    assert (c.absorbed, len(c.keys)) == (("B", "A"), 3)
    back, left = parted(gone, c, "admin", NOW, "三")
    assert (back.absorbed, back.keys) == (b.absorbed, b.keys)
    assert (left.absorbed, left.keys) == ((), (("unionid", "u"),))


@pytest.mark.parametrize(
    ("goes", "stays", "code"),
    [
        *(({"status": status}, {}, "wrong_status") for status in sorted(CLOSED)),
        *(({}, {"status": status}, "into_closed") for status in sorted(CLOSED)),
        ({"lead_id": "B"}, {}, "same_lead"),
        ({"status": "SIGNED"}, {"status": "INTENT"}, "contract_stays_behind"),
        ({"status": "POOLED", "trigger": "recycle", "reason": "R1"}, {}, "being_decided"),
        ({}, {"status": "POOLED", "trigger": "recycle", "reason": "R1"}, "being_decided"),
        ({}, {"absorbed": tuple(map(str, range(MOST_ABSORBED)))}, "too_many"),
    ],
)
def test_led_06_what_is_not_merged(goes: Any, stays: Any, code: str) -> None:
    with pytest.raises(MergeRefused) as refused:
        merged(replace(GOES, **goes), replace(STAYS, **stays), "admin", NOW, "")
    assert refused.value.code == code


@pytest.mark.parametrize("status", sorted(OPEN - {"SIGNED"}))
def test_led_06_any_open_lead_goes_into_any_open_one(status: Any) -> None:
    gone, _ = merged(replace(GOES, status=status), STAYS, "admin", NOW, "")
    assert (gone.status, gone.merged_from) == ("MERGED", status)
    merged(GOES, replace(STAYS, status=status), "admin", NOW, "")


def test_led_06_what_is_not_taken_back() -> None:
    gone, stays = merged(GOES, STAYS, "admin", NOW, "")
    for there, kept, code in (
        (GOES, stays, "not_merged"),
        (gone, replace(stays, lead_id="C"), "not_merged"),
        (gone, replace(stays, status="LOST"), "survivor_closed"),
        (gone, replace(stays, keys=STAYS.keys), "keys_claimed"),
    ):
        with pytest.raises(MergeRefused) as refused:
            parted(there, kept, "admin", NOW, "")
        assert refused.value.code == code


@pytest.mark.parametrize(
    ("goes", "stays", "codes"),
    [
        ({"owner": "Wangwu", "status": "ASSIGNED"}, {}, []),
        ({}, {}, ["owners_differ", "further_ahead"]),
        ({}, {"status": "POOLED", "owner": ""}, ["nobody_accountable", "further_ahead"]),
        (
            {"customer_id": "c1", "status": "POOLED", "owner": ""},
            {"customer_id": "c2"},
            ["customers_differ"],
        ),
    ],
)
def test_led_06_what_whoever_merges_should_know(goes: Any, stays: Any, codes: list[str]) -> None:
    assert warned_of(replace(GOES, **goes), replace(STAYS, **stays)) == codes
