"""The console's view of one customer, and where they came from: CUS-15, CUS-08."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.component.conftest import START, app_of, http_event_of
from tests.component.http_world import Answered, befriended, caller_of, change_member, logged_in
from tests.component.profile.known import id_of, know, traced

BEGAN = datetime.fromisoformat(START)
DAY = timedelta(days=1)


def asked(path, who="admin"):
    answer = app_of("admin_api").handler(http_event_of("GET", path, caller=caller_of(who)), None)
    return Answered(answer)


def bought(external_userid, order_no, paid_at, fen, *, refunded=0, code="P"):
    from scrm.orders.dynamodb import SaleRow
    from scrm.table import rfc3339

    pk = f"ORDERS#{id_of(external_userid)}"
    paid = rfc3339(paid_at.astimezone(UTC)) if paid_at else None
    SaleRow(
        pk,
        f"shop#{order_no}",
        paid_at=paid,
        paid_fen=fen if paid_at else 0,
        refunded_fen=refunded,
        lines=[[code, f"商品{code}", 1, fen]],
        order_version=1,
    ).save()


def came_through(corp, channel_name="春季展会"):
    """Make a channel and a customer who came through it; return both ids."""
    from scrm.customers.relation import Fact

    body = {"name": channel_name, "kind": "offline_exhibition", "staff": [{"userid": "lisi"}]}
    made = app_of("admin_api").handler(
        http_event_of("POST", "/admin/channels", body, caller=caller_of("admin")), None
    )
    channel_id = Answered(made).json["channel_id"]
    add = Fact("add", int(BEGAN.timestamp()), "e1", channel_id)
    return channel_id, befriended(corp, "lisi", facts=(add,), state=channel_id, add_way=1)


def test_cus_15_the_origin_names_who_channel_campaign_and_what_was_bought_before(corp, queues):
    channel_id, there = came_through(corp)
    know(there, name="王小雨", identities=(("crmid", "c-1"),), kind="existing")
    bought(there, "2", BEGAN - DAY, 500)
    bought(there, "1", BEGAN - 3 * DAY, 300)
    bought(there, "3", BEGAN, 700, refunded=200)
    bought(there, "4", None, 900)

    shown = asked(f"/admin/customers/{there}/origin").json

    assert (shown["name"], shown["identified"], shown["crmid"], shown["kind"]) == (
        "王小雨",
        True,
        "c-1",
        "existing",
    )
    assert shown["first"] == {
        "external_userid": there,
        "userid": "lisi",
        "name": "李四",
        "added_at": START,
        "add_way": 1,
        "add_way_name": "扫描二维码",
        "state": channel_id,
    }
    assert shown["channel"] == {"channel_id": channel_id, "name": "春季展会", "kind": "offline_exhibition"}
    assert shown["campaign"] == {"name": "春季展会", "told_by": "channel"}
    assert shown["referrer"] is None
    assert [each["order_no"] for each in shown["orders_before"]] == ["2", "1"]
    assert [(each["order_no"], each["net_fen"]) for each in shown["orders_after"]] == [("3", 500)]


@pytest.mark.parametrize(
    ("page", "when", "campaign"),
    [
        ("https://h5.example.com/a?utm_campaign=618", -1, {"name": "618", "told_by": "touch"}),
        ("https://h5.example.com/a?cid=c9&x=1", 0, {"name": "c9", "told_by": "touch"}),
        ("https://h5.example.com/a?utm_campaign=late", 1, {"name": "春季展会", "told_by": "channel"}),
        ("http://[broken?cid=1", -1, {"name": "春季展会", "told_by": "channel"}),
    ],
)
def test_cus_15_a_touch_up_to_the_add_names_the_campaign(corp, queues, page, when, campaign):
    _, there = came_through(corp)
    traced(there, "visit", BEGAN + when * DAY, 1, page=page)
    traced(there, "visit", BEGAN + 2 * DAY, 2, page="/x?cid=later")

    shown = asked(f"/admin/customers/{there}/origin").json

    assert shown["campaign"] == campaign
    assert [each["facts"]["page"] for each in shown["first_touches"]] == [page, "/x?cid=later"]


def test_cus_15_a_colleague_who_passed_the_card_on_is_the_referrer(corp):
    there = befriended(corp, "lisi", oper_userid="ChenMei")
    own = befriended(corp, "lisi", oper_userid="lisi")

    assert asked(f"/admin/customers/{there}/origin").json["referrer"] == {"userid": "ChenMei", "name": "陈梅"}
    assert asked(f"/admin/customers/{own}/origin").json["referrer"] is None


def test_cus_15_who_has_no_record_of_ours_goes_by_the_name_they_have_in_wecom(corp):
    there = befriended(corp, "lisi", "小雨13800138000")

    assert asked(f"/admin/customers/{there}/origin").json["name"] == "小雨138****8000"


def test_a_customer_nobody_added_has_an_origin_without_a_first_friendship(corp):
    from scrm import clock
    from scrm.customers.dynamodb import Customers
    from scrm.customers.model import Customer

    Customers().save_customer(Customer("cu_crm", name="老客户", identities=(("crmid", "c-2"),)), clock.now())

    shown = asked("/admin/customers/cu_crm/origin").json

    assert (shown["first"], shown["channel"], shown["campaign"]) == (None, None, None)
    assert asked("/admin/customers/cu_crm").json["standing"]["lifecycle"] is None


def test_the_console_shows_the_customer_by_either_id_with_contacts_and_followers(corp):
    there = befriended(corp, "lisi", "小雨")
    befriended(corp, "ChenMei", external_userid=there)

    by_contact, by_id = asked(f"/admin/customers/{there}"), asked(f"/admin/customers/{id_of(there)}")

    assert by_contact.json == by_id.json
    assert [each["name"] for each in by_id.json["contacts"]] == ["小雨"]
    assert [(each["name"], each["status"]) for each in by_id.json["followers"]] == [
        ("陈梅", "active"),
        ("李四", "active"),
    ]
    assert by_id.json["identity"]["identified"] is False


def test_a_lead_sees_the_team_s_customer_by_our_id_too_and_no_other(corp):
    there, other = befriended(corp, "lisi"), befriended(corp, "ChenMei")
    change_member("zhangsan", role="team_lead", data_scope="team")

    assert asked(f"/admin/customers/{id_of(there)}", "zhangsan").status == 200
    refused = [asked(f"/admin/customers/{each}", "zhangsan") for each in (id_of(other), "cu_nobody")]
    assert [each.status for each in refused] == [403, 403]
    assert refused[0].text == refused[1].text


def test_cus_08_orders_are_paged_latest_first_for_who_follows_the_customer(corp):
    there = befriended(corp, "lisi")
    for n in range(5):
        bought(there, str(n), BEGAN - n * DAY, 100 * n)
    bought(there, "unpaid", None, 1)
    lisi = logged_in(corp, "lisi")

    first = lisi.send("GET", f"/sidebar/customers/{there}/orders?limit=4").json
    second = lisi.send("GET", f"/sidebar/customers/{there}/orders?limit=4&cursor={first['next_cursor']}").json

    assert [each["order_no"] for each in (*first["items"], *second["items"])] == [
        "0",
        "1",
        "2",
        "3",
        "4",
        "unpaid",
    ]
    assert first["items"][1]["lines"] == [
        {"product_code": "P", "item_id": None, "title": "商品P", "quantity": 1, "amount_fen": 100}
    ]
    assert second["next_cursor"] is None
    assert asked(f"/admin/customers/{there}/orders").json["items"][0]["order_no"] == "0"
    refused = logged_in(corp, "wangwu").send("GET", f"/sidebar/customers/{there}/orders")
    assert refused.code == "no_access_to_customer"


def test_orders_of_who_was_merged_are_listed_together(corp):
    one, other = befriended(corp, "lisi"), befriended(corp, "lisi")
    bought(one, "1", BEGAN, 100)
    bought(other, "2", BEGAN - DAY, 100)
    know(one, absorbed=(id_of(other),))
    know(other, merged_into=id_of(one))

    for there in (one, other):
        listed = logged_in(corp, "lisi").send("GET", f"/sidebar/customers/{there}/orders").json["items"]
        assert [each["order_no"] for each in listed] == ["1", "2"]
