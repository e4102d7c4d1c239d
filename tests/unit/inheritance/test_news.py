"""What people are told of a plan (NTF-02)."""

from datetime import UTC, datetime

import pytest

from scrm.changes.inheritance_news import plan_over
from scrm.inheritance.plan import Plan, PlanStatus

NOW = datetime(2026, 3, 3, 2, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "said"), [("COMPLETED", "已完成"), ("PARTIAL", "已部分完成"), ("CANCELLED", "已取消")]
)
def test_ntf_02_whoever_made_a_plan_is_told_how_it_ended(status: PlanStatus, said: str) -> None:
    terms = {"mode": "onjob", "handovers": ["zhangsan"], "takeovers": [{"userid": "lisi"}]}
    plan = Plan("p1", terms, "resign", "admin", NOW, status=status, ended_at=NOW, outcome={"SETTLED": 4})
    (told,) = plan_over(plan)
    assert (told.notice.userid, told.notice.facts["result"]) == ("admin", f"继承方案{said}：成功 4")
