"""Customers become known: what a CRM, a shop, members and customers tell, end to end over every function."""

from itertools import permutations
from typing import Any
from urllib.parse import quote

import pytest

from tests.component.journeys.company import ADMIN, SELLER, Company

PHONE, ID_CARD = "13800008000", "110101199003074514"


def made(company: Company, path: str, body: dict[str, Any], **who: Any) -> dict[str, Any]:
    """Return what was created."""
    answered = company.ask("POST", path, body, **who)
    assert answered.status == 201, answered.text
    return dict(answered.json)


def told(company: Company, method: str, path: str, body: Any) -> dict[str, Any]:
    """Let another system tell something that is taken; return the answer when all is done."""
    answered = company.told(method, path, body)
    assert answered.status in {200, 201}, answered.text
    assert answered.json.get("recorded", 1) == 1, answered.text
    company.settle()
    return dict(answered.json)


def order(company: Company, number: str, **more: Any) -> dict[str, Any]:
    line = {"product_code": "P", "title": "体验课", "amount_fen": 19_900}
    return {
        "order_no": number,
        "version": 1,
        "at": company.at(),
        "status": "paid",
        "amount_fen": 19_900,
        "lines": [line],
        **more,
    }


def refused(answered: Any, *fields: str) -> None:
    """Say that a request was refused, naming these fields."""
    assert answered.status == 422, answered.text
    assert [each["field"] for each in answered.json["errors"]] == list(fields), answered.text


def segment(company: Company, name: str, op: str) -> str:
    condition = {"field": "order_count", "op": op, "value": 1}
    wish = {"name": name, "kind": "dynamic", "status": "active", "condition": condition}
    return str(made(company, "/admin/segments", wish)["segment_id"])


def segments(company: Company, there: str) -> list[str]:
    return [each["name"] for each in company.sidebar(there)["segments"]]


def trace(company: Company, there: str) -> list[dict[str, Any]]:
    answered = company.ask("GET", f"/sidebar/customers/{there}/timeline", who=SELLER)
    return list(answered.json["items"])


def test_a_customer_of_the_crm_is_known_when_added_and_moves_from_not_bought_to_bought_once(
    company: Company,
) -> None:
    known = told(company, "POST", "/integrations/customers", {"crmid": "C-1", "version": 1, "name": "李雷"})
    customer_id = known["results"][0]["customer_id"]
    segment(company, "未购", "lt")
    segment(company, "已购", "gte")
    asked = {"crmid": "C-1", "userids": ["zhangsan"]}
    code = told(company, "POST", "/integrations/serial-codes", asked)
    condition = {"field": "order_amount", "op": "gte", "value": 10_000}
    query = made(company, "/workbench/queries", {"name": "大单", "condition": condition}, who=SELLER)
    results = f"/workbench/queries/{query['query_id']}/results"

    there = company.added(code["state"])
    shown = company.sidebar(there)
    assert shown["customer"]["customer_id"] == customer_id
    assert (shown["identity"]["name"], shown["identity"]["crmid"]) == ("李雷", "C-1")
    assert segments(company, there) == ["未购"]
    assert company.ask("GET", results, who=SELLER).json["items"] == []

    paid = order(company, "T1", crmid="C-1")
    told(company, "POST", "/integrations/orders", paid)
    company.told("POST", "/integrations/orders", paid)
    company.settle()
    assert segments(company, there) == ["已购"]
    moves = [
        (each["kind"], each["facts"]["name"]) for each in trace(company, there) if "segment" in each["kind"]
    ]
    assert moves == [("segment_entered", "已购"), ("segment_left", "未购"), ("segment_entered", "未购")]
    (found,) = company.ask("GET", results, who=SELLER).json["items"]
    assert (found["customer_id"], found["order_amount_fen"]) == (customer_id, 19_900)


def test_idn_05_each_kind_of_the_scheme_finds_the_same_customer(company: Company) -> None:
    scheme = "/admin/identity-scheme"
    assert company.ask("PUT", scheme, ["phone", "crmid", "plate"]).status == 200
    there = company.added()
    ids = {"external_userid": there, "phone": PHONE, "crmid": "C-1", "plate": "京A12345"}
    customer_id = told(company, "POST", "/integrations/identities", ids)["customer_id"]

    for kind, value in (("phone", f"+86 {PHONE}"), ("crmid", "C-1"), ("plate", "京a·12345")):
        found = company.ask("GET", f"/admin/customers:lookup?kind={kind}&value={quote(value)}")
        assert found.json["customer"]["customer_id"] == customer_id, kind
        assert PHONE not in found.text
    wrong = company.ask("PUT", scheme, ["phone", "iris"])
    refused(wrong, "kinds.1")
    assert wrong.json["errors"][0]["message"].startswith("应为 phone、email、unionid、")
    refused(
        company.told("POST", "/integrations/identities", {"external_userid": there, "card_no": "1234"}),
        "card_no",
    )


@pytest.mark.parametrize("bound_first", [True, False])
def test_idn_06_cus_05_who_is_bound_to_a_crm_record_is_identified(
    company: Company, bound_first: bool
) -> None:
    ids = {"unionid": "oU1", "crmid": "C-1"}
    if bound_first:
        told(company, "POST", "/integrations/identities", ids)
    there = company.added(unionid="oU1")
    if not bound_first:
        assert company.sidebar(there)["identity"]["identified"] is False
        told(company, "POST", "/integrations/identities", ids)
    identity = company.sidebar(there)["identity"]
    assert (identity["identified"], identity["crmid"]) == (True, "C-1")
    assert company.ask("GET", "/admin/reports/identification").json["rate"] == 1.0


def test_idn_07_a_phone_of_two_is_a_conflict_and_their_merge_one_customer(company: Company) -> None:
    one, other = company.added(), company.added()
    told(company, "POST", "/integrations/identities", {"external_userid": one, "phone": PHONE})
    told(company, "POST", "/integrations/orders", order(company, "T1", external_userid=other))
    claim = {"external_userid": other, "phone": PHONE}
    first, again = (company.told("POST", "/integrations/identities", claim) for _ in range(2))
    assert (first.status, again.status) == (409, 409)
    assert first.json["conflict_id"] == again.json["conflict_id"]

    merge = f"/admin/conflicts/{first.json['conflict_id']}:merge"
    assert company.ask("POST", merge, {}, SELLER).status == 403
    assert company.ask("POST", merge, {}).status == 200
    company.settle()
    whole = company.customer(one)
    assert {each["external_userid"] for each in whole["followers"]} == {one, other}
    assert whole["purchases"]["amount_fen"] == 19_900
    rows = company.ask("GET", "/workbench/customers", who=SELLER).json["items"]
    assert {(each["customer_id"], each["order_count"]) for each in rows} == {
        (whole["customer"]["customer_id"], 1)
    }


def test_idn_09_a_buyer_who_comes_through_the_code_of_a_product_is_existing_and_interested(
    company: Company,
) -> None:
    wish = {
        "name": "P 活动",
        "kind": "offline_exhibition",
        "staff": [{"userid": "zhangsan"}],
        "product_code": "P",
    }
    state = made(company, "/admin/channels", wish)["state"]
    told(company, "POST", "/integrations/orders", order(company, "T1", phone=PHONE))
    told(company, "POST", "/integrations/identities", {"unionid": "oU1", "phone": PHONE})

    buyer = company.sidebar(company.added(state, unionid="oU1"))
    stranger = company.sidebar(company.added(state))
    assert (buyer["customer"]["kind"], buyer["interests"]) == ("existing", ["P"])
    assert (stranger["customer"]["kind"], stranger["interests"]) == ("prospect", ["P"])


def test_idn_12_cus_15_an_add_through_a_dynamic_code_tells_its_cid_and_campaign(company: Company) -> None:
    code, next_code = (
        company.ask("GET", "/h5/code?cid=visit-1&campaign=spring").json["state"] for _ in range(2)
    )
    assert code != next_code
    people = company.bundle.wecom.people
    who = people.new_customer()
    people.add(people.staff("zhangsan"), who, code, half=False, welcome=True, add_way=16)
    company.settle()

    source = company.sidebar(who.external_userid)["source"]
    assert (source["cid"], source["params"]) == ("visit-1", {"campaign": "spring"})
    origin = company.ask("GET", f"/admin/customers/{who.external_userid}/origin").json
    assert origin["campaign"] == {"name": "spring", "told_by": "code"}


def test_idn_24_cus_20_a_follower_and_a_contact_are_one_customer_and_lost_once_gone_from_both(
    company: Company,
) -> None:
    from wecom_simulator.acts import customer_deletes

    follower = {"openid": "o1", "unionid": "oU1", "at": company.at(-1)}
    came = told(company, "POST", "/integrations/oa-events", {"kind": "subscribe", **follower})
    there = company.added(unionid="oU1")
    shown = company.sidebar(there)
    assert shown["customer"]["customer_id"] == came["customer_id"]
    assert (shown["standing"]["official_account"], shown["standing"]["lifecycle"]) == (True, "new")

    customer_deletes(company.bundle.wecom, userid="zhangsan", external_userid=there)
    company.settle()
    assert company.sidebar(there)["standing"]["lifecycle"] == "new"
    told(company, "POST", "/integrations/oa-events", {"kind": "unsubscribe", **follower, "at": company.at()})
    told(company, "POST", "/integrations/oa-events", {"kind": "subscribe", **follower})
    assert company.sidebar(there)["standing"]["lifecycle"] == "lost"


@pytest.mark.parametrize("place", tuple(permutations(range(3))), ids=str)
def test_int_02_cus_08_order_payment_and_refund_come_in_any_order_and_twice(
    company: Company, place: tuple[int, ...]
) -> None:
    there = company.added()
    placed = order(company, "T1", external_userid=there, status="placed")
    money = {"order_no": "T1", "at": company.at()}
    news = [
        ("/integrations/orders", placed),
        ("/integrations/payments", {**money, "payment_id": "M1", "amount_fen": 19_900}),
        ("/integrations/refunds", {**money, "refund_id": "R1", "amount_fen": 5_000}),
    ]
    for path, body in [news[each] for each in place] * 2:
        assert company.told("POST", path, body).status == 200
        company.settle()
    bought = company.sidebar(there)["purchases"]
    assert (bought["order_count"], bought["amount_fen"]) == (1, 14_900)
    assert [(each["product_code"], each["amount_fen"]) for each in bought["products"]] == [("P", 14_900)]


def test_int_01_int_05_the_newest_version_counts_and_the_crm_wins_what_it_masters(company: Company) -> None:
    made(company, "/admin/fields", {"key": "level", "title": "等级", "type": "text", "mastered_by_crm": True})
    made(company, "/admin/fields", {"key": "hobby", "title": "爱好", "type": "text", "group": "interest"})
    there = company.added()

    def feed(version: int, level: Any, hobby: str) -> Any:
        row = {"crmid": "C-1", "version": version, "fields": {"level": level, "hobby": hobby}}
        return company.told("POST", "/integrations/customers", {**row, "external_userid": there}).json

    edit = f"/sidebar/customers/{there}"
    assert feed(2, "金", "跑步")["recorded"] == 1
    assert feed(1, "铜", "游泳")["results"][0]["status"] == "unchanged"
    assert company.ask("PATCH", edit, {"custom_fields": {"hobby": "钓鱼"}}, SELLER).status == 200
    assert company.ask("PATCH", edit, {"custom_fields": {"level": "银"}}, SELLER).status == 409
    assert feed(3, "银", "跑步")["recorded"] == 1
    assert company.sidebar(there)["customer"]["custom_fields"] == {"level": "银", "hobby": "钓鱼"}
    wrong = feed(4, 5, "跑步")["results"][0]
    assert (wrong["status"], wrong["errors"][0]["field"]) == ("invalid", "fields.level")


def test_oae_15_the_index_of_the_example_at_day_14_is_15_04_in_any_order(company: Company) -> None:
    there = company.added()
    start = company.at()
    news = [
        {"source_id": "1", "kind": "message", "direction": "inbound", "at": start},
        {"source_id": "2", "kind": "comment", "target": "直播", "at": company.at(7)},
        {"source_id": "3", "kind": "referral", "at": company.at(14)},
    ]
    company.pass_days(14)
    for event in (news[2], news[0], news[1], news[0]):
        told(
            company,
            "POST",
            "/integrations/conversation-events",
            {"events": [{**event, "external_userid": there}]},
        )
    assert round(company.sidebar(there)["standing"]["interaction_index"], 2) == 15.04
    (row,) = company.ask("GET", "/workbench/customers", who=SELLER).json["items"]
    assert row["interaction_index"] == 15.04


def test_adm_06_numbers_are_masked_but_for_who_may_reveal_and_gives_a_reason(company: Company) -> None:
    there = company.added()
    row = {"crmid": "C-1", "version": 1, "external_userid": there, "phone": PHONE, "id_card": ID_CARD}
    told(company, "POST", "/integrations/customers", row)
    pages = [company.ask("GET", f"/sidebar/customers/{there}", who=who).text for who in (SELLER, ADMIN)]
    pages.append(company.ask("GET", f"/admin/customers/{there}").text)
    for page in pages:
        assert PHONE not in page
        assert ID_CARD not in page
        assert "138****8000" in page

    reveal = f"/sidebar/customers/{there}/phones:reveal"
    assert company.ask("POST", reveal, {"reason": "核对"}, SELLER).status == 403
    refused(company.ask("POST", reveal, {}), "reason")
    assert ID_CARD in company.ask("POST", reveal, {"reason": "核对"}).text
    latest = company.ask("GET", "/admin/audit").json["items"][0]
    assert (latest["action"], latest["actor"], latest["after"]["reason"]) == (
        "numbers_revealed",
        "admin",
        "核对",
    )
    assert PHONE not in str(company.bundle.rows("AUDIT"))


@pytest.mark.parametrize("by", ["another system", "a member", "an administrator"])
def test_oae_13_who_opted_out_while_merged_stays_opted_out_when_the_merge_is_taken_back(
    company: Company, by: str
) -> None:
    one, other = company.added(), company.added()
    told(company, "POST", "/integrations/identities", {"external_userid": other, "crmid": "C-2"})
    stays, goes = (company.customer(each)["customer"]["customer_id"] for each in (one, other))
    assert company.ask("POST", f"/admin/customers/{goes}:merge", {"into": stays}).status == 200
    words = {"consents": [{"purpose": "marketing", "given": False, "source": "会话"}]}
    answered = {
        "another system": lambda: company.told("POST", "/integrations/consents", {"crmid": "C-2", **words}),
        "a member": lambda: company.ask("PUT", f"/sidebar/customers/{other}/consents", words, SELLER),
        "an administrator": lambda: company.ask("PUT", f"/admin/customers/{goes}/consents", words),
    }[by]()
    assert (answered.status, answered.json.get("may_market")) == (200, False), answered.text
    company.settle()
    assert [company.sidebar(each)["standing"]["opted_out"] for each in (one, other)] == [True, True]

    assert company.ask("POST", f"/admin/customers/{goes}:unmerge", {"reason": "弄错了"}).status == 200
    company.settle()
    assert [company.sidebar(each)["standing"]["opted_out"] for each in (one, other)] == [False, True]


def test_oae_13_the_latest_word_on_marketing_holds_for_both_that_were_merged(company: Company) -> None:
    one, other = company.added(), company.added()
    no, yes = ({"purpose": "marketing", "given": given, "source": "会话"} for given in (False, True))
    sidebar = f"/sidebar/customers/{other}/consents"
    assert company.ask("PUT", sidebar, {"consents": [no]}, SELLER).status == 200
    stays, goes = (company.customer(each)["customer"]["customer_id"] for each in (one, other))
    assert company.ask("POST", f"/admin/customers/{goes}:merge", {"into": stays}).status == 200
    company.pass_days(1)

    version = company.sidebar(other)["customer"]["version"]
    allowed = company.ask("PUT", sidebar, {"version": version, "consents": [yes]}, SELLER)
    assert (allowed.status, allowed.json.get("may_market")) == (200, True), allowed.text
    company.settle()
    assert [company.sidebar(each)["standing"]["opted_out"] for each in (one, other)] == [False, False]
