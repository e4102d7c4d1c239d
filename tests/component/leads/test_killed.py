"""Work on leads killed before and after any request to AWS, and done again: the same end, nothing twice."""

from typing import Any

import pytest

from tests.component.aborting import Steps, survives
from tests.component.leads.leads_world import Leads

TALKED = {"method": "call", "content": "已沟通", "next_at": "2026-03-04T10:00:00+08:00", "demand": "三台"}
PHONE = (("phone", "13800138000"),)
KEPT = (
    "LEAD#",
    "LOADS",
    "UNIQ#",
    "LAST#",
    "LEADS#",
    "CUSTOMER#",
    "IDENTITY#",
    "ACCOUNTS#",
    "MEMBER#",
    "TIMELINE#",
)


def ends(leads: Leads) -> Any:
    """Return what is there of leads and customers."""
    return [row for row in leads.tables.rows() if row["PK"].startswith(KEPT)]


@pytest.mark.parametrize(
    ("who", "path", "body"),
    [
        ("lisi", "/leads/L/follow-ups", TALKED),
        ("lisi", "/leads/L:convert", None),
        ("zhangsan", "/leads/L:transfer", {"to": "wangwu", "reason": "调整"}),
        ("lisi", "/leads/L:release", {"reason": "不合适"}),
    ],
)
def test_a_request_killed_anywhere_and_sent_again(
    leads: Leads, monkeypatch: pytest.MonkeyPatch, who: str, path: str, body: Any
) -> None:
    steps = Steps()

    def prepare() -> Any:
        steps.restart(None)
        leads.clear(*KEPT)
        leads.lead("L", "lisi", name="陈一", company="华信科技", keys=PHONE)
        leads.send(who, "GET", "/pools")
        key = {"idempotency-key": "the-same"}
        return lambda: leads.send(who, "POST", path, body, key)

    with steps.watched(monkeypatch, leads.corp):
        different = survives(steps, prepare, lambda: ends(leads))

    assert steps.taken > 4
    assert different == {}


def test_what_follows_from_work_on_leads_told_twice_and_killed_anywhere(
    leads: Leads, lambda_context: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    leads.lead("L", "lisi", name="陈一", keys=PHONE)
    leads.react(lambda_context)
    start = leads.tables.position("leads")
    leads.done("lisi", "POST", "/leads/L/follow-ups", TALKED)
    leads.done("lisi", "POST", "/leads/L:convert")
    leads.done("zhangsan", "POST", "/leads/L:transfer", {"to": "wangwu", "reason": "调整"})
    following = ("MEMBER#", "TIMELINE#", "TALK#", "FACTS#")
    steps = Steps()

    def prepare() -> Any:
        leads.clear(*following)
        leads.tables.rewind("leads", start)
        records = leads.tables.stream("leads")
        return lambda: leads.consume(records, lambda_context)

    def outcome() -> Any:
        return [row for row in leads.tables.rows() if row["PK"].startswith((*following, "LEAD#L"))]

    with steps.watched(monkeypatch, leads.corp):
        different = survives(steps, prepare, outcome)

    assert steps.taken > 10
    assert different == {}
