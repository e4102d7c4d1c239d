"""Scores by model and time (CUS-09); touches of other systems in the trace and the cap (INT-06, IDN-23)."""

from itertools import permutations
from typing import Any

import pytest

from tests.component.http_world import befriended, logged_in
from tests.component.integrations_api.senders import rows_of, sent, statuses

AT = "2026-03-02T10:00:00+08:00"


def scored(*rows: Any) -> Any:
    return sent("PUT", "/integrations/scores", {"scores": list(rows)})


def score(value: Any = 0.8, at: str = AT, **more: Any) -> dict[str, Any]:
    return {"name": "intention", "value": value, "model": "m-1", "at": at, "crmid": "C-1", **more}


@pytest.fixture
def there(feed: Any) -> str:
    """A customer of lisi's whom the CRM knows as C-1."""
    there = befriended(feed, "lisi")
    sent("POST", "/integrations/identities", {"external_userid": there, "crmid": "C-1"})
    return there


def facts() -> Any:
    from scrm.facts.dynamodb import load
    from scrm.identities.dynamodb import Identities

    return load(str(Identities().owner("crmid", "C-1", consistent=True)), consistent=True)


def test_cus_09_the_sidebar_shows_value_model_and_time(feed: Any, there: str) -> None:
    assert statuses(scored(score(reason="三次询价"))) == ["recorded"]

    shown = logged_in(feed, "lisi").send("GET", f"/sidebar/customers/{there}").json["scores"]
    assert [(each["name"], each["value"], each["model"], each["at"]) for each in shown] == [
        ("intention", 0.8, "m-1", AT)
    ]


@pytest.mark.parametrize("order", list(permutations([0, 1, 2])))
def test_cus_09_an_older_score_never_replaces_a_newer(there: str, order: tuple[int, ...]) -> None:
    told = [score(hour, f"2026-03-02T0{hour}:00:00+08:00") for hour in (1, 2, 3)]
    for place in order:
        scored(told[place])
    assert statuses(scored(*told)) == ["unchanged"] * 3
    assert [each.value for each in facts().scores] == [3]


def test_cus_09_an_expired_score_vanishes_and_still_keeps_an_older_one_out(
    feed: Any, there: str, at: Any
) -> None:
    scored(score("高", expires_at="2026-03-02T11:00:00+08:00"))
    at("2026-03-02T11:00:00+08:00")

    shown = logged_in(feed, "lisi").send("GET", f"/sidebar/customers/{there}").json["scores"]
    assert shown == []
    assert statuses(scored(score("低", "2026-03-02T09:00:00+08:00"))) == ["unchanged"]


def test_a_wrong_score_is_named_and_stops_no_other(there: str) -> None:
    rows = rows_of(
        scored(
            score(True),
            score([]),
            score(expires_at="2026-03-02T09:00:00+08:00"),
            score(at="2026-03-03T10:00:00+08:00"),
            score(name="9"),
            score(expires_at="9999-12-31T23:59:59-12:00"),
            {**score(), "crmid": "C-9"},
            score(),
        )
    )
    assert [each["status"] for each in rows] == [*["invalid"] * 6, "unknown_customer", "recorded"]


def test_a_customer_has_fifty_kinds_of_scores_at_most(there: str) -> None:
    rows = [score(name=f"s{number}") for number in range(51)]
    assert statuses(scored(*rows)) == [*["recorded"] * 50, "invalid"]
    assert facts().version == 1


def test_who_is_always_overtaken_is_told_to_send_again(there: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from scrm.customers.model import VersionConflict
    from scrm.integrations import score_feed

    def overtaken(*_: Any) -> None:
        raise VersionConflict

    monkeypatch.setattr(score_feed.facts, "save", overtaken)
    assert statuses(scored(score())) == ["busy"]


# ------------------------------------------------------------------ touches


def touch(source_id: str = "1", kind: str = "call", **more: Any) -> dict[str, Any]:
    return {"source_id": source_id, "at": AT, "kind": kind, "crmid": "C-1", **more}


def trace(feed: Any, there: str) -> list[tuple[str, Any]]:
    items = logged_in(feed, "lisi").send("GET", f"/sidebar/customers/{there}/timeline").json["items"]
    return [(each["kind"], each["facts"]) for each in items]


def test_int_06_a_call_is_in_the_trace_and_counts_for_the_cap_once(feed: Any, there: str) -> None:
    for _ in range(2):
        told = [touch(seconds=60, campaign="春茶"), touch("2", "email", marketing=False)]
        assert statuses(sent("POST", "/integrations/touches", {"touches": told})) == ["recorded"] * 2

    calls = {"by": "call", "seconds": 60, "campaign": "春茶", "marketing": True}
    assert ("touch", calls) in trace(feed, there)
    assert ("touch", {"by": "email"}) in trace(feed, there)
    assert facts().touches == (("2026-03-02", 1),)
    assert (facts().touches_since("2026-03-01"), facts().touches_since("2026-03-03")) == (1, 0)


def test_touches_of_the_latest_two_months_count(there: str, at: Any) -> None:
    sent("POST", "/integrations/touches", touch())
    at("2026-05-10T10:00:00+08:00")
    sent("POST", "/integrations/touches", touch("2", at="2026-05-09T10:00:00+08:00"))
    sent("POST", "/integrations/touches", touch("3", at="2026-03-01T10:00:00+08:00"))
    assert facts().touches == (("2026-05-09", 1),)


def test_idn_23_a_result_of_a_drainage_sms_is_in_the_trace_of_whoever_has_the_phone(
    feed: Any, tables: Any
) -> None:
    result = {**touch("1", "sms"), "result": "delivered", "phone": "13800008000", "channel_id": "ch_1"}
    del result["crmid"]
    assert statuses(sent("POST", "/integrations/touch-results", result)) == ["recorded"]

    (entry,) = tables.rows("TIMELINE#")
    assert entry["kind"] == "touch_result"
    assert entry["facts"] == '{"result": "delivered", "channel_id": "ch_1", "by": "sms"}'
    assert [row["SK"] for row in tables.rows("CUSTOMER#")] == ["CUSTOMER"]


def test_a_wrong_touch_is_named(there: str) -> None:
    rows = rows_of(sent("POST", "/integrations/touches", {"touches": [touch(kind="dance"), touch(at="x")]}))
    assert [each["errors"][0]["field"] for each in rows] == ["kind", "at"]
    (row,) = rows_of(sent("POST", "/integrations/touch-results", {"results": [touch()]}))
    assert row["errors"][0]["field"] == "result"
