"""Leads that staff make (LED-01, LED-06): the five situations of spec 4.3, and oracle L18."""

import json
from typing import Any

import pytest

from tests.component.aborting import Killed, Steps
from tests.component.http_world import Browser, change_member, logged_in
from tests.component.leads.playing import PHONE, closed, held_by, in_force, lead, leads, notices, told_of

LEADS = "/workbench/leads"


def made(browser: Browser, phone: str = PHONE, **more: Any) -> Any:
    """Make a lead; return the answer."""
    return browser.send("POST", LEADS, {"phone": phone, **more})


def lead_of(browser: Browser, phone: str = PHONE, **more: Any) -> dict[str, Any]:
    """Make a lead; return it."""
    answered = made(browser, phone, **more)
    assert answered.status == 201, answered.text
    return dict(answered.json)


@pytest.fixture
def lisi(corp: Any, queues: Any) -> Browser:
    """A member."""
    return logged_in(corp, "lisi")


@pytest.fixture
def wangwu(corp: Any, queues: Any) -> Browser:
    """Another member."""
    return logged_in(corp, "wangwu")


def test_led_01_a_lead_is_its_makers_at_once(lisi, tables):
    in_force("wangwu")

    answer = lead_of(
        lisi, name="周女士", company="杭州云栖科技有限公司", region="330106", campaign="春季", demand="要报价"
    )

    there = lead(answer["lead_id"])
    assert (answer["status"], answer["owner"], answer["pool_id"]) == ("ASSIGNED", "lisi", "P")
    assert answer["protect_until"] == "2026-03-12T10:15:00+08:00"
    assert answer["hard_until"] == "2026-03-22T10:15:00+08:00"
    assert (there.keys, there.source, there.created_by) == ((("phone", PHONE),), "manual", "lisi")
    assert held_by("lisi") == 1
    detail = json.loads(tables.rows(f"LEAD#{there.lead_id}", "DETAIL")[0]["detail"])
    assert detail == {"demand": "要报价", "contacts": [{"type": "mobile", "value": PHONE}]}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "周女士"}, "phone"),
        ({"phone": "abc"}, "phone"),
        ({"external_userid": "有空 格"}, "external_userid"),
        ({"phone": PHONE, "region": "33"}, "region"),
        ({"phone": PHONE, "status": "WON"}, "status"),
        ({"phone": PHONE, "name": "长" * 65}, "name"),
    ],
)
def test_led_01_needs_one_contact_method_in_its_form(lisi, body, field):
    refused = lisi.send("POST", LEADS, body)

    assert (refused.status, refused.json["errors"][0]["field"]) == (422, field)
    assert leads() == []


def test_l18_one_lead_however_the_number_is_written(lisi, wangwu, tables, play, queues):
    answer = lead_of(lisi, "+86 138-0013-8000")
    own, others = made(lisi), made(wangwu)
    play()

    assert (own.status, own.code, own.json["lead_id"]) == (409, "already_yours", answer["lead_id"])
    assert (others.status, others.code) == (409, "owned")
    assert "lisi" not in others.text
    assert others.json["owner"] == "李**"
    assert "lead_id" not in others.json
    assert len(leads()) == 1
    assert {each.by for each in told_of(answer["lead_id"])} == {"lisi", "wangwu"}
    told = [each for each in notices(queues) if "又有新动态" in str(each["facts"])]
    assert [each["userid"] for each in told] == ["lisi"]


def test_led_06_a_lead_in_the_pool_is_to_be_claimed(lisi, play):
    in_force()
    from scrm import clock
    from scrm.leads.intake import Told, take_in
    from scrm.leads.model import Lead

    pooled = take_in(
        Told("website", "w1", (("phone", PHONE),), Lead("", "NEW", "website")), clock.now()
    ).lead_id
    play()

    refused = made(lisi)

    assert (refused.status, refused.code) == (409, "exists_in_pool")
    assert refused.json["claim"] == f"/workbench/pools/P/leads/{pooled}/claim"
    assert len(leads()) == 1


def test_led_06_over_a_lost_lead_a_new_one_is_the_makers_and_names_the_one_before(lisi, wangwu):
    first = lead_of(lisi)["lead_id"]
    closed(first, "LOST")

    second = lead_of(wangwu)

    assert (second["owner"], second["previous_lead_id"], second["renewal"]) == ("wangwu", first, False)
    assert (held_by("lisi"), held_by("wangwu")) == (0, 1)


@pytest.mark.parametrize(("status", "owner"), [("active", "lisi"), ("disabled", "wangwu")])
def test_led_06_over_a_won_lead_it_is_a_renewal_of_the_winner_who_still_works(
    lisi, wangwu, play, queues, at, status, owner
):
    closed(lead_of(lisi)["lead_id"], "WON")
    change_member("lisi", status=status)
    at("2026-03-02T10:20:00+08:00")
    play()
    notices(queues)

    renewal = lead_of(wangwu)
    play()

    assert (renewal["owner"], renewal["renewal"]) == (owner, owner == "lisi")
    told = [each for each in notices(queues) if each["kind"] == "new_lead"]
    assert [each["userid"] for each in told] == (["lisi"] if owner == "lisi" else [])


def test_led_06_keys_of_different_open_leads_are_for_a_person_to_decide(lisi, wangwu):
    lead_of(lisi, PHONE)
    lead_of(wangwu, "13900139000", crmid="C-1")

    refused = made(lisi, PHONE, crmid="C-1")

    assert (refused.status, refused.code) == (409, "conflict")
    assert refused.json["owners"] == ["李**", "王**"]
    assert len(leads()) == 2
    (wangwus,) = (each for each in leads() if each.owner == "wangwu")
    page = wangwu.send("GET", f"{LEADS}/{wangwus.lead_id}").json
    told = [(each["why"], each["owner"], each["may_merge"]) for each in page["possible_duplicates"]]
    assert told == [("told_together", "李**", False)]


def test_led_06_a_known_company_only_warns(lisi, wangwu):
    lead_of(lisi, company="杭州云栖科技（集团）股份有限公司")

    answer = lead_of(wangwu, "13900139000", company="杭州云栖科技 有限公司")

    assert [(each["code"], each["owner"]) for each in answer["warnings"]] == [("company_known", "李**")]
    assert lead_of(wangwu, "13900139001", company="别的公司")["warnings"] == []


def test_led_04_a_blacklisted_person_is_refused_and_nobody_is_told(lisi, play, queues):
    listed("black")

    refused = made(lisi)
    play()

    assert (refused.status, refused.code) == (409, "blacklisted")
    assert [(each.status, each.reason, each.owner) for each in leads()] == [("INVALID", "blacklist", "")]
    assert notices(queues) == []
    listed("white")
    assert lead_of(lisi)["owner"] == "lisi"


def listed(colour: str) -> None:
    """Put the phone on a list."""
    from scrm import clock
    from scrm.leads.lists_dynamodb import list_step
    from scrm.table import in_transaction

    with in_transaction() as transaction:
        list_step(("phone", PHONE), colour, "test", "admin", clock.now())(transaction)


def test_two_at_once_make_one_lead(lisi, wangwu, monkeypatch):
    from botocore.client import BaseClient

    real, others = BaseClient._make_api_call, []

    def first_the_other(client, operation, params):
        if operation == "TransactWriteItems" and not others and "UNIQ" in str(params):
            others.append(None)
            others.append(made(wangwu))
        return real(client, operation, params)

    with monkeypatch.context() as patch:
        patch.setattr(BaseClient, "_make_api_call", first_the_other)
        second = made(lisi)

    assert others[1].status == 201
    assert (second.status, second.code) == (409, "owned")
    assert (held_by("wangwu"), held_by("lisi"), len(leads())) == (1, 0, 1)


def test_killed_at_any_step_and_sent_again_there_is_one_lead_and_one_load(corp, lisi, monkeypatch):
    steps, number = Steps(), 0
    key = {"Idempotency-Key": "0f5b1c9e-one"}
    lisi.send("GET", "/workbench/tasks")
    while True:
        number += 1
        steps.restart(number)
        try:
            with steps.watched(monkeypatch, corp):
                answer = lisi.send("POST", LEADS, {"phone": PHONE}, key)
        except Killed:
            assert held_by("lisi") == len(leads()) <= 1
            continue
        break

    assert number > 10
    assert answer.status == 201, answer.text
    assert (held_by("lisi"), len(leads())) == (1, 1)
