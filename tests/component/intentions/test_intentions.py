"""CUS-11: events go in, a score with its rule comes out; rules are kept by administrators."""

from datetime import datetime, timedelta

import pytest

from tests.component.aborting import Killed, Steps
from tests.component.conftest import START, app_of
from tests.component.http_world import befriended, logged_in
from tests.component.profile.known import counted, id_of, know, traced

BEGAN = datetime.fromisoformat(START)
DAY = timedelta(days=1)
RULES = "/admin/intention-rules"
BODY = {"name": "看价格", "kind": "visit", "match": "/price", "count": 2, "days": 7}


def scores_of(external_userid):
    from scrm.facts.dynamodb import tally_of

    return tally_of(id_of(external_userid)).scores


def test_cus_11_two_price_pages_in_seven_days_make_the_intention_high(corp, ask, at, react):
    there = befriended(corp, "lisi")
    rule_id = ask("POST", RULES, BODY).json["rule_id"]
    traced(there, "visit", BEGAN, 1, page="/price/a")
    react()
    assert scores_of(there) == ()
    now = at((BEGAN + 6 * DAY).isoformat())
    traced(there, "visit", now, 2, page="/price/b")
    react()

    shown = logged_in(corp, "lisi").send("GET", f"/sidebar/customers/{there}").json["scores"]

    assert shown == [
        {
            "name": "intention",
            "value": "high",
            "model": f"rule:{rule_id}",
            "reason": f"看价格：7 天内 2 次，达到 2 次（规则 {rule_id}）",
            "at": (BEGAN + 6 * DAY).isoformat(),
            "expires_at": (BEGAN + 7 * DAY).isoformat(),
        }
    ]
    at((BEGAN + 7 * DAY).isoformat())
    assert logged_in(corp, "lisi").send("GET", f"/sidebar/customers/{there}").json["scores"] == []


def test_cus_11_one_at_day_0_and_one_at_day_8_make_none(corp, ask, at, react):
    there = befriended(corp, "lisi")
    ask("POST", RULES, BODY)
    traced(there, "visit", BEGAN, 1, page="/price")
    react()
    traced(there, "visit", at((BEGAN + 8 * DAY).isoformat()), 2, page="/price")
    react()

    assert scores_of(there) == ()


def test_the_same_records_again_or_late_write_nothing_more(corp, ask, at, react, tables):
    there = befriended(corp, "lisi")
    ask("POST", RULES, BODY)
    now = at((BEGAN + DAY).isoformat())
    traced(there, "visit", now, 2, page="/price")
    traced(there, "visit", BEGAN, 1, page="/price")
    records = tables.stream()
    react(records)
    before = tables.rows("CUSTOMER#", "FACTS")

    react(list(reversed(records)))

    assert [each["version"] for each in before] == [1]
    assert tables.rows("CUSTOMER#", "FACTS") == before


def test_killed_at_any_step_and_told_again_the_score_is_the_same(
    corp, ask, tables, queues, monkeypatch, lambda_context
):
    ask("POST", RULES, BODY)
    there = befriended(corp, "lisi")
    for n in (1, 2):
        traced(there, "visit", BEGAN, n, page="/price")
    records, app, steps, n = tables.stream(), app_of("react_to_changes"), Steps(), 0
    while True:
        n += 1
        steps.restart(n)
        try:
            with steps.watched(monkeypatch, corp):
                app.handler({"Records": records}, lambda_context)
        except Killed:
            continue
        break

    assert n > 3
    assert [(each.value, each.at) for each in scores_of(there)] == [("high", BEGAN)]
    assert tables.rows("CUSTOMER#", "FACTS")[0]["version"] == 1


def test_a_paused_rule_and_what_it_does_not_take_give_nothing(corp, ask, react):
    there = befriended(corp, "lisi")
    ask("POST", RULES, {**BODY, "count": 1, "active": False})
    traced(there, "visit", BEGAN, 1, page="/price")
    ask("POST", RULES, {**BODY, "count": 1, "match": "/help"})
    traced(there, "click", BEGAN, 2, target="/help")
    react()

    assert scores_of(there) == ()


def test_events_of_a_merged_customer_count_together(corp, ask, react):
    one, other = befriended(corp, "lisi"), befriended(corp, "lisi")
    know(one, absorbed=(id_of(other),))
    know(other, merged_into=id_of(one))
    ask("POST", RULES, BODY)
    traced(one, "visit", BEGAN, 1, page="/price")
    traced(other, "visit", BEGAN, 2, page="/price")
    react()

    shown = logged_in(corp, "lisi").send("GET", f"/sidebar/customers/{one}").json["scores"]
    assert [each["value"] for each in shown] == ["high"]


def test_what_else_is_counted_stays(corp, ask, react):
    from scrm.facts.dynamodb import tally_of
    from scrm.facts.model import Orders, Score

    there = befriended(corp, "lisi")
    orders, other = Orders(1, 100, BEGAN, BEGAN), Score("friendliness", 0.5, "llm", BEGAN)
    counted(there, orders=orders, scores=(other,))
    ask("POST", RULES, {**BODY, "count": 1})
    traced(there, "visit", BEGAN, 1, page="/price")
    react()

    tally = tally_of(id_of(there))
    assert tally.orders.count == 1
    assert [each.name for each in tally.scores] == ["friendliness", "intention"]


def test_a_rule_is_made_once_changed_by_version_and_deleted_with_audit(ask, tables):
    first = ask("POST", RULES, BODY, key="k1")
    again = ask("POST", RULES, BODY, key="k1")
    path = f"{RULES}/{first.json['rule_id']}"
    changed = ask("PUT", path, {**BODY, "count": 3, "version": 1})
    stale = ask("PUT", path, {**BODY, "version": 1})
    listed = ask("GET", RULES).json["items"]

    assert (first.status, again.json) == (201, first.json)
    assert (changed.json["count"], changed.json["version"]) == (3, 2)
    assert (stale.status, stale.code) == (409, "version_conflict")
    assert listed == [ask("GET", path).json] == [changed.json]
    assert ask("DELETE", path).status == 204
    assert ask("GET", path).status == 404
    assert [row["action"] for row in tables.rows("AUDIT", "2")] == [
        "intention_rule_created",
        "intention_rule_changed",
        "intention_rule_deleted",
    ]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"kind": "message"}, "kind"),
        ({"count": 0}, "count"),
        ({"days": 91}, "days"),
        ({"score": "Intention!"}, "score"),
        ({"name": ""}, "name"),
        ({"more": 1}, "more"),
    ],
)
def test_what_cannot_be_a_rule_is_refused_naming_the_field(ask, change, field):
    refused = ask("POST", RULES, {**BODY, **change})

    assert refused.status == 422
    assert [each["field"] for each in refused.json["errors"]] == [field]
