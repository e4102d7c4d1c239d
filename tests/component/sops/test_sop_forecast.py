"""A forecast is what the run comes to when each step is sent on time (issue: foresight)."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from scrm.http.caller import Caller
from scrm.moments import BEIJING
from scrm.sops.model import Schedule, Step, Version
from tests.bench.sop_corp import SopCorp
from tests.component.conftest import http_event_of
from tests.component.http_world import Answered
from tests.component.privacy.world import ask
from tests.doubles.bundle import Bundle

VERSION = Version(
    "F",
    1,
    "预测",
    "step_by_step",
    (
        Step("A1", "A1"),
        Step("A2", "A2", schedule=Schedule(days=1, at="10:00")),
        Step("M3", "M3", "mass", Schedule(days=2, at="10:00")),
        Step("A4", "A4", "call", Schedule(days=1, at="20:00")),
    ),
)
CONTENTS = {"M3": {"parts": [{"kind": "text", "text": "您好 {remark}"}], "revision": 1}}
PEOPLE = 13
ADMIN = Caller("zhangsan", "operations_admin", "all")


@pytest.fixture
def corp() -> Iterator[SopCorp]:
    bundle = Bundle()
    with bundle.running("fast"):
        made = SopCorp(bundle, named=("zhangsan", "lisi"))
        made.define(VERSION, contents=CONTENTS)
        for place in range(PEOPLE):
            made.person(f"cu_{place:07}", place, remark="红蓝"[place % 3 == 0])
            bundle.wecom.people.scan(userid=made.owner(place), external_userid=made.chat_of(f"cu_{place:07}"))
        bundle.wecom.callbacks.take()
        yield made


def _forecast(corp: SopCorp, query: dict[str, str] | None = None, sop_id: str = "F") -> Answered:
    event = http_event_of("GET", f"/admin/sops/{sop_id}:forecast", caller=ADMIN, query=query)
    return Answered(corp.bundle.invoke("admin_api", event))


def _cards_can_be_asked(corp: SopCorp) -> None:
    from scrm.cards.dynamodb import add_month

    add_month(corp.bundle.time.now().astimezone(BEIJING).strftime("%Y-%m"))


def _run(corp: SopCorp, until: datetime) -> Counter[Any]:
    """Live until then, every step being sent the moment it can be; return what each member had to do."""
    from scrm.sops.entering import Occasion, enter
    from wecom_simulator.acts import mass_send_confirmed

    bundle, given = corp.bundle, Counter[Any]()
    for place in range(PEOPLE):
        now = bundle.time.now()
        assert enter(f"cu_{place:07}", VERSION, Occasion("manual", now), now)[1] == ""
    confirmed: set[str] = set()
    while (due := _next_due(corp)) and due <= until:
        bundle.time.seconds = max(bundle.time.seconds, due.timestamp())
        corp.tick()
        bundle.settle()
        day = bundle.time.now().astimezone(BEIJING).date().isoformat()
        for userid in corp.members:
            given[userid, day] += corp.do(userid)
        for msgid in bundle.wecom.world.mass_tasks.keys() - confirmed:
            confirmed.add(msgid)
            mass_send_confirmed(bundle.wecom, msgid=msgid)
        bundle.settle()
    return +given


def _next_due(corp: SopCorp) -> datetime | None:
    table = corp.bundle.cloud.store.tables["ScrmTable"].collections["by_due"]
    dues = [place[0] for pk, each in table.items() if "DUE#sops#" in str(pk) for place in each.order[:1]]
    return min((datetime.fromisoformat(each.decode().partition("#")[0]) for each in dues), default=None)


def test_a_forecast_equals_the_run(corp: SopCorp) -> None:
    from scrm.sops.touches_dynamodb import count_touch, touches_of

    _cards_can_be_asked(corp)
    bundle, start = corp.bundle, corp.bundle.time.now()
    assert ask(bundle, "PUT", "/admin/settings", {"staff_todo_cap": 4}, ADMIN).status == 200
    for someone in ("cu_0000001", "cu_0000004"):
        count_touch(someone, touches_of(someone), "call.1", start - timedelta(hours=1), mass=False)

    told = _forecast(corp).json
    given = _run(corp, start + timedelta(days=20))

    bars = corp.bars([f"cu_{place:07}" for place in range(PEOPLE)], "F")
    assert (told["customers"], told["entering"], told["complete"]) == (PEOPLE, PEOPLE, True)
    assert told["ends"] == dict(Counter(each.why or each.status for each in bars))
    sent = Counter(run.step_key for each in bars for run in each.runs if run.status == "SENT")
    assert {each["step_key"]: each["sent"] for each in told["steps"]} == sent
    days: Counter[str] = Counter()
    for (_, day), number in given.items():
        days[day] += number
    assert {each["day"]: each["to_dos"] for each in told["days"] if each["to_dos"]} == dict(days)
    assert max(each["to_dos"] for each in told["fullest"]) == 4 == max(given.values())
    calls = bundle.wecom.calls.listed("externalcontact/add_msg_template")
    assert told["calls"] == len(calls) > 2
    assert {(each["step_key"], each["why"]) for each in told["bounds"]} >= {("A1", "cap"), ("A1", "staff")}


def test_who_may_not_enter_is_counted_by_reason(corp: SopCorp) -> None:
    _cards_can_be_asked(corp)
    corp.enrolled(["cu_0000000"], VERSION, corp.bundle.time.now())

    told = _forecast(corp, {"days": "1"}).json

    assert (told["entering"], told["refused"]) == (PEOPLE - 1, {"live": 1})
    assert _forecast(corp, {"days": "0"}).status == 422
    assert _forecast(corp, sop_id="none").status == 404
