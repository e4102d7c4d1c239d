"""Which leads staff see, and what a lead's page tells: LED-05, 11, 14, 16, 19."""

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from tests.component.conftest import CORP_ID
from tests.component.http_world import befriended
from tests.component.leads.leads_world import Leads

BEIJING = timezone(timedelta(hours=8))
TALKED = {"method": "call", "content": "已电话沟通"}


def ids(answered: Any) -> list[str]:
    """Return the ids of a list."""
    return [each["lead_id"] for each in answered["items"]]


def at(day: int, hour: int = 10) -> datetime:
    """Return a time of March 2026 in Beijing."""
    return datetime(2026, 3, day, hour, tzinfo=BEIJING)


def spread(leads: Leads) -> None:
    """Store leads of three members and a pool, an hour after the other."""
    for hour, (lead_id, owner, pool_id) in enumerate(
        (
            ("a", "lisi", "P"),
            ("b", "wangwu", "P"),
            ("c", "zhangsan", "P"),
            ("d", "ChenMei", "Q"),
            ("e", "", "P"),
        )
    ):
        leads.lead(lead_id, owner, pool_id, created_at=at(1, hour))


# ------------------------------------------------------------------ LED-14: whose


def test_led_14_a_manager_sees_own_and_team_and_nobody_elses(leads: Leads) -> None:
    from tests.component.http_world import change_member

    spread(leads)
    change_member("LiuYang", role="team_lead", data_scope="team")

    assert ids(leads.done("zhangsan", "GET", "/leads")) == ["c"]
    assert ids(leads.done("zhangsan", "GET", "/leads?scope=team")) == ["c", "b", "a"]
    assert leads.refused("zhangsan", "GET", "/leads?scope=all") == (403, "scope_not_allowed")
    assert leads.refused("zhangsan", "GET", "/leads?scope=department") == (403, "scope_not_allowed")
    assert leads.refused("lisi", "GET", "/leads?scope=team") == (403, "scope_not_allowed")
    assert ids(leads.done("admin", "GET", "/leads?scope=all")) == ["e", "d", "c", "b", "a"]
    assert ids(leads.done("LiuYang", "GET", "/leads?scope=team")) == ["d"]
    assert leads.send("lisi", "GET", "/leads?scope=world").status == 422


def test_led_14_a_pools_administrator_sees_the_pools_leads_whoever_owns_them(leads: Leads) -> None:
    spread(leads)
    leads.lead("f", "", "Q")

    assert leads.done("LiuYang", "GET", "/leads/d")["pool"] == {"pool_id": "Q", "name": "华南公海"}
    assert ids(leads.done("LiuYang", "GET", "/pools/Q/leads")) == ["f"]
    assert "recycle" in leads.done("LiuYang", "GET", "/leads/d")["allowed_actions"]
    told = leads.done("LiuYang", "POST", "/leads/f:transfer", {"to": "ChenMei", "reason": "安排"})
    assert told["owner"]["userid"] == "ChenMei"
    assert leads.refused("LiuYang", "GET", "/leads/a") == (403, "no_access_to_lead")


def test_pages_of_a_merged_list_hold_every_lead_once_also_when_some_come_meanwhile(leads: Leads) -> None:
    for number in range(9):
        leads.lead(f"l{number}", ("lisi", "wangwu", "zhangsan")[number % 3], created_at=at(1, number))

    first = leads.done("zhangsan", "GET", "/leads?scope=team&limit=4")
    leads.lead("newer", "lisi", created_at=at(2))
    second = leads.done("zhangsan", "GET", f"/leads?scope=team&limit=4&cursor={first['next_cursor']}")
    third = leads.done("zhangsan", "GET", f"/leads?scope=team&limit=4&cursor={second['next_cursor']}")

    assert [ids(each) for each in (first, second, third)] == [
        ["l8", "l7", "l6", "l5"],
        ["l4", "l3", "l2", "l1"],
        ["l0"],
    ]
    assert third["next_cursor"] is None
    foreign = leads.send("lisi", "GET", f"/leads?cursor={first['next_cursor']}")
    assert (foreign.status, foreign.json["errors"][0]["field"]) == (422, "cursor")


def test_a_list_of_everybodys_leads_goes_back_over_months(leads: Leads) -> None:
    for month in (1, 2, 3):
        leads.lead(f"m{month}", "lisi", created_at=datetime(2026, month, 1, 12, tzinfo=BEIJING))

    first = leads.done("admin", "GET", "/leads?scope=all&limit=2")
    rest = leads.done("admin", "GET", f"/leads?scope=all&limit=2&cursor={first['next_cursor']}")

    assert (ids(first), ids(rest), rest["next_cursor"]) == (["m3", "m2"], ["m1"], None)


# ------------------------------------------------------------------ LED-19: what is to be done


def test_led_19_exactly_the_leads_of_a_status_that_are_due(leads: Leads) -> None:
    following = {"status": "FOLLOWING", "followed_at": at(1)}
    leads.lead("overdue", "lisi", **following, next_follow_at=at(1, 20), created_at=at(1, 1))
    leads.lead("tonight", "lisi", **following, next_follow_at=at(2, 23), created_at=at(1, 2))
    leads.lead("tomorrow", "lisi", **following, next_follow_at=at(3, 0), created_at=at(1, 3))
    leads.lead("unplanned", "lisi", **following, created_at=at(1, 4))
    leads.lead("qualified", "lisi", status="QUALIFIED", next_follow_at=at(2, 20), created_at=at(1, 5))
    leads.lead("peers", "wangwu", **following, next_follow_at=at(2, 20), created_at=at(1, 6))

    assert ids(leads.done("lisi", "GET", "/leads?status=FOLLOWING&due=today")) == ["tonight", "overdue"]
    assert ids(leads.done("lisi", "GET", "/leads?due=today")) == ["qualified", "tonight", "overdue"]
    assert ids(leads.done("lisi", "GET", "/leads?due=overdue")) == ["overdue"]
    assert ids(leads.done("lisi", "GET", "/leads?status=FOLLOWING&due=today&limit=1")) == ["tonight"]
    assert ids(leads.done("lisi", "GET", "/leads?status=ASSIGNED")) == []
    assert leads.send("lisi", "GET", "/leads?status=HAPPY").status == 422
    assert leads.refused("wangwu", "GET", "/leads/tonight") == (403, "no_access_to_lead")


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("华信", ["x"]),
        ("陈一", ["x"]),
        ("8000", ["x"]),
        ("13800138000", ["x"]),
        ("80", []),
        ("无此", []),
        ("ERP", ["x"]),
    ],
)
def test_a_search_goes_through_names_products_and_ends_of_phones(
    leads: Leads, q: str, found: list[str]
) -> None:
    from urllib.parse import quote

    leads.lead("x", "lisi", name="陈一", company="华信科技", product="erp", keys=(("phone", "13800138000"),))
    leads.lead("y", "lisi", name="李二")

    answered = leads.done("lisi", "GET", f"/leads?q={quote(q)}")

    assert ids(answered) == found
    assert "13800138000" not in str(answered)


def test_a_pool_narrows_a_list(leads: Leads) -> None:
    leads.lead("p", "lisi", "P")
    leads.lead("q", "lisi", "Q")

    assert ids(leads.done("lisi", "GET", "/leads?pool_id=Q")) == ["q"]


# ------------------------------------------------------------------ LED-05, 11: the page


def test_led_05_an_assigned_lead_shows_until_when_it_is_protected(leads: Leads) -> None:
    leads.rules(default_days=10, max_days=20)
    leads.lead("L", "lisi")

    shown = leads.done("lisi", "GET", "/leads/L")["protection"]

    assert shown["protect_until"] == "2026-03-12T10:15:00+08:00"
    assert shown["hard_until"] == shown["recycle_at"] == "2026-03-22T10:15:00+08:00"


def test_led_11_a_page_has_four_blocks_and_says_why_and_what_comes_next(
    leads: Leads, lambda_context: Any
) -> None:
    from scrm import clock
    from scrm.leads import dynamodb as stored
    from scrm.leads import touches_dynamodb
    from scrm.leads.assigning import assign
    from scrm.leads.model import Lead

    detail = {
        "contacts": [
            {"type": "phone", "value": "13800138000"},
            {"type": "email", "value": "chen@example.com"},
        ],
        "demand": "三台设备，联系 13900139000",
        "account": {"size": "50-99"},
    }
    new = Lead(
        "L",
        "NEW",
        "website",
        "陈一",
        "华信科技",
        (("phone", "13800138000"),),
        product="erp",
        created_at=clock.now(),
    )
    stored.create(new, detail, clock.now())
    assign("L", 0, clock.now())
    leads.react(lambda_context)
    leads.done("lisi", "POST", "/leads/L/follow-ups", {**TALKED, "next_at": "2026-03-04T10:00:00+08:00"})
    leads.react(lambda_context)
    told = {"contacts": [{"type": "phone", "value": "13800138000"}]}
    touches_dynamodb.append("L", "campaign", "t1", "", "lisi", "陈一", told, clock.now())

    answered = leads.send("lisi", "GET", "/leads/L")
    shown = answered.json

    assert shown["account"] == {
        "company": "华信科技",
        "customer_id": None,
        "told": {"size": "50-99"},
        "noted": None,
    }
    assert [(each["kind"], each["value"]) for each in shown["contacts"]["contacts"]] == [
        ("phone", "138****8000"),
        ("email", "c***@example.com"),
    ]
    assert (shown["demand"]["told"], shown["demand"]["product"]) == ("三台设备，联系 139****9000", "erp")
    assert {each["kind"] for each in shown["timeline"]} == {"step", "follow_up", "touch"}
    assert shown["decision"]["rule_id"] == "R"
    assert [each["userid"] for each in shown["decision"]["stages"][-1]["eligible"]] == ["lisi", "wangwu"]
    assert shown["owner"] == {"userid": "lisi", "name": "李四"}
    assert "follow_up" in [each["code"] for each in shown["next"]]
    assert shown["allowed_actions"] == ["qualify", "give_up", "recycle"]
    assert "13800138000" not in answered.text
    assert "13900139000" not in answered.text


def test_who_is_no_owner_is_offered_what_they_may_do(leads: Leads) -> None:
    leads.lead("L", "lisi")
    leads.lead("W")

    assert leads.done("zhangsan", "GET", "/leads/L")["allowed_actions"] == ["recycle", "transfer"]
    assert leads.done("zhengshi", "GET", "/leads/L")["allowed_actions"] == []
    assert leads.done("lisi", "GET", "/leads/W")["allowed_actions"] == ["claim"]


def test_cus_16_the_page_shows_the_people_of_its_company_and_no_number_where_there_is_none(
    leads: Leads,
) -> None:
    from scrm.customers.model import customer_id_of
    from scrm.leads.living import change

    there = befriended(leads.corp, "lisi")
    leads.lead("L", "lisi")
    people = [{"name": "王总", "title": "CEO", "phone": "13900139001", "is_kp": True}, {"name": "小李"}]
    leads.done("lisi", "PUT", f"/customers/{there}/account", {"name": "华信科技", "people": people})
    customer_id = customer_id_of(CORP_ID, there)
    change("L", lambda lead, _: replace(lead, customer_id=customer_id), leads.clock("2026-03-02", "10:16"))

    noted = leads.done("lisi", "GET", "/leads/L")["account"]["noted"]

    assert noted["name"] == "华信科技"
    assert [(each["name"], each["phone"], each["is_kp"]) for each in noted["people"]] == [
        ("王总", "139****9001", True),
        ("小李", "", False),
    ]
