"""Quarterly targets of leads, and what a second person looks at before it counts (LED-32, LED-29)."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.component import laying
from tests.component.attribution.sold import send
from tests.component.console import ask
from tests.component.http_world import corp, wecom
from tests.component.integrations_api.conftest import feed, follow
from tests.component.leads.money import NOW, asked, lead, now_is, ordered, signed
from tests.component.reports.test_money import channel, report

__all__ = ["ask", "corp", "feed", "follow", "wecom"]

Follow = Callable[..., list[str]]
AT = datetime(2026, 3, 5, 3, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _world(feed: Any, at: Any) -> None:
    at(NOW)


def began(count: int, at: datetime = AT, **more: Any) -> None:
    """Lay leads that began at a time."""
    from scrm.leads.dynamodb import CreatedRow, LeadRow
    from scrm.leads.model import Lead
    from scrm.table import rfc3339

    for number in range(count):
        told = {"status": "FOLLOWING", "source": "website", "created_at": at, "updated_at": at, **more}
        there = Lead(f"L-{at:%m%d}-{'-'.join(map(str, more.values()))}-{number}", version=1, **told)
        month = CreatedRow(f"LEADS#{at:%Y-%m}", f"{rfc3339(at)}#{there.lead_id}")
        laying.rows(LeadRow.of(there), month)


def lines(ask: Any, **query: str) -> list[tuple[str, int, str]]:
    found = report(ask, "kpi", **query)["lines"]
    return [(each["name"], each["leads"], each["percent"]) for each in found]


def test_led_32_240_valid_leads_of_300_in_q1_are_80_percent(ask: Any) -> None:
    put = ask("PUT", "/admin/kpi-targets/2026-Q1", {"targets": [{"leads": 300}]})
    assert (put.status, put.json["version"]) == (200, 1)
    began(240)
    began(3, status="INVALID")
    began(2, at=datetime(2026, 3, 31, 16, tzinfo=UTC))

    (line,) = report(ask, "kpi", quarter="2026-Q1")["lines"]
    assert (line["target"], line["leads"], line["rate"], line["percent"]) == (300, 240, 0.8, "80.0%")
    assert lines(ask) == [("全公司", 240, "80.0%")]
    assert lines(ask, quarter="2026-Q2") == []


def test_led_32_by_department_with_those_below_and_by_channel(ask: Any) -> None:
    there = channel(ask)
    parts = [
        {"part": "department", "id": "2", "leads": 4},
        {"part": "department", "id": "1", "leads": 4},
        {"part": "channel", "id": there, "leads": 3},
    ]
    assert ask("PUT", "/admin/kpi-targets/2026-Q1", {"targets": parts, "version": 0}).status == 200
    began(1, owner="lisi", channel_id=there)
    began(2, owner="ChenMei")
    began(1)
    assert [counted for _, counted, _ in lines(ask)] == [1, 3, 1]
    assert [percent for *_, percent in lines(ask)] == ["25.0%", "75.0%", "33.3%"]


def test_led_32_what_is_wrong_with_targets_is_named_and_a_stale_version_refused(ask: Any) -> None:
    path = "/admin/kpi-targets/2026-Q1"
    for wrong, field in (
        ({"targets": [{"leads": 0}]}, "targets.0.leads"),
        ({"targets": [{"part": "department", "id": "99", "leads": 1}]}, "targets.0.id"),
        ({"targets": [{"part": "channel", "id": "none", "leads": 1}]}, "targets.0.id"),
        ({"targets": [{"leads": 1}, {"leads": 2}]}, "targets.1"),
    ):
        answered = ask("PUT", path, wrong)
        assert (answered.status, answered.json["errors"][0]["field"]) == (422, field)
    assert ask("PUT", path, {"targets": [], "version": 3}).code == "version_conflict"
    assert ask("PUT", "/admin/kpi-targets/2026-Q5", {"targets": []}).status == 404
    assert ask("GET", "/admin/reports/kpi", query={"quarter": "2026"}).status == 422
    assert ask("GET", path).json == {"quarter": "2026-Q1", "targets": [], "version": 0}


def test_led_29_a_stage_jump_is_flagged_and_counts_once_a_second_person_has_approved_it(
    ask: Any, at: Any, follow: Follow
) -> None:
    ask("PUT", "/admin/kpi-targets/2026-Q1", {"targets": [{"leads": 1}]})
    lead(status="QUALIFIED", advanced_at=datetime.fromisoformat("2026-03-22T10:06:00+08:00"))
    assert lines(ask) == [("全公司", 1, "100.0%")]
    told = {"to": "INTENT", "evidence": [{"kind": "visit", "note": "上门"}]}
    assert asked("POST", "/workbench/leads/L1:transition", told).status == 200

    assert lines(ask) == [("全公司", 0, "0.0%")]
    assert report(ask, "kpi")["lines"][0]["in_doubt"] == 1
    shown = asked("GET", "/workbench/leads/L1").json["doubt"]
    assert (shown["state"], shown["why"]) == ("pending", "stage_jump")
    (waiting,) = ask("GET", "/admin/lead-doubts").json["items"]
    assert (waiting["lead_id"], waiting["owner"], waiting["by"]) == ("L1", "lisi", "lisi")

    path, why = "/admin/lead-doubts/L1:approve", {"reason": "已核对录音"}
    assert ask("POST", path, why, userid="lisi").code == "four_eyes"
    assert ask("POST", path, {}).status == 422
    assert lines(ask) == [("全公司", 0, "0.0%")]
    for _ in range(2):
        assert ask("POST", path, why).json["state"] == "approved"
    assert lines(ask) == [("全公司", 1, "100.0%")]
    assert ask("POST", "/admin/lead-doubts/L1:reject", why).code == "already_judged"
    assert ask("GET", "/admin/lead-doubts").json["items"] == []
    follow()
    (line,) = [each for each in asked("GET", "/workbench/leads/L1").json["timeline"] if each["by"] == "admin"]
    assert "复核通过" in line["title"]


def test_led_29_what_came_in_its_time_is_not_flagged_and_a_rejected_lead_never_counts(ask: Any) -> None:
    ask("PUT", "/admin/kpi-targets/2026-Q1", {"targets": [{"leads": 2}]})
    lead("L1", advanced_at=datetime.fromisoformat("2026-03-22T10:05:00+08:00"))
    lead("L2", advanced_at=datetime.fromisoformat("2026-03-22T10:06:00+08:00"), keys=())
    signed("L1")
    signed("L2")
    assert (now_is("L1").doubt, now_is("L2").doubt) == ("", "pending")
    rejected = ask("POST", "/admin/lead-doubts/L2:reject", {"reason": "没有联系记录"}, role="finance")
    assert rejected.json["state"] == "rejected"
    assert lines(ask) == [("全公司", 1, "50.0%")]


def test_led_29_what_a_member_entered_owns_and_shared_is_looked_at_by_another(
    ask: Any, follow: Follow
) -> None:
    for share_id, userid in (("s1", "lisi"), ("s2", "wangwu")):
        send(share_id, userid)
    lead("L1", created_by="lisi")
    signed()
    ordered(share_id="s1")
    follow()
    assert (now_is().status, now_is().doubt, now_is().doubt_why) == ("WON", "pending", "self_share")
    assert ask("POST", "/admin/lead-doubts/L1:approve", {"reason": "x"}, userid="lisi").code == "four_eyes"

    for lead_id, order_no, more in (("L2", "A2", {"share_id": "s2"}), ("L3", "A3", {})):
        lead(lead_id, created_by="lisi")
        signed(lead_id)
        ordered(order_no, **more)
        follow()
        assert (now_is(lead_id).status, now_is(lead_id).doubt) == ("WON", "")
