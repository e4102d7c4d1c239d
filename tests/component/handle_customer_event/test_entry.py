"""spec IDN-06, IDN-07, IDN-09 and pre-tagging: who a new friend turns out to be, and what they get."""

from collections.abc import Callable
from typing import Any

import pytest

from scrm import clock
from tests.component.handle_customer_event.test_interrupted import interrupted

__all__ = ["interrupted"]

MARK = "externalcontact/mark_tag"
PHONE = "13800008000"


@pytest.fixture
def known(tables: Any) -> Callable[..., str]:
    """Store a customer whom the company knew before any friendship; return the customer_id."""

    def make(customer_id: str = "cu_known", orders: int = 0, **identities: str) -> str:
        from scrm.customers.dynamodb import Customers
        from scrm.customers.model import Customer
        from scrm.facts import dynamodb as facts
        from scrm.identities.dynamodb import Identities

        pairs = tuple(identities.items())
        for kind, value in pairs:
            Identities().bind(kind, value, customer_id, clock.now())  # type: ignore[arg-type]  # kinds of the test
        Customers().save_customer(Customer(customer_id, identities=pairs), clock.now())
        if orders:
            plain = facts.FactsRow(f"CUSTOMER#{customer_id}", "FACTS", version=1)
            plain.orders, plain.updated_at = {"count": orders, "amount": 100}, "2026-03-01T00:00:00Z"
            plain.save()
        return customer_id

    return make


@pytest.fixture
def noted_add(wecom: Any) -> Callable[..., str]:
    """Return the add of a customer of whom the member has noted phones by the time we ask WeCom."""

    def make(*phones: str, external_userid: str = "wmE1", userid: str = "lisi", **who: Any) -> str:
        event: str = wecom.add(userid, external_userid, **who)
        wecom.simulator.people.relation(userid, external_userid).remark_mobiles = list(phones)
        return event

    return make


def contact_of(customers: Any, external_userid: str = "wmE1") -> Any:
    return customers.contact(external_userid, consistent=True)


def conflicts(tables: Any) -> list[Any]:
    return [(row["kind"], row["holder"], row["claimant"]) for row in tables.rows("CONFLICTS")]


# ------------------------------------------------------------------ who it is


@pytest.mark.parametrize(("kind", "value"), [("unionid", "oU1"), ("phone", PHONE), ("crmid", "CRM-7")])
def test_idn_06_whoever_the_company_knew_becomes_the_same_customer_on_adding(
    wecom: Any, handle: Any, customers: Any, known: Any, noted_add: Any, serial: Any, kind: str, value: str
) -> None:
    customer_id = known(**{kind: value})

    state = serial("sc_1", "CRM-7") if kind == "crmid" else ""
    handle(noted_add("+86 138-0000-8000", unionid="oU1", state=state))

    assert contact_of(customers).customer_id == customer_id
    assert customers.customer(customer_id).external_userids == ("wmE1",)


def test_idn_06_a_noted_phone_that_nobody_has_is_bound_to_nobody(
    handle: Any, customers: Any, tables: Any, noted_add: Any
) -> None:
    handle(noted_add(PHONE))

    assert tables.rows("IDENTITY#phone") == []
    assert not customers.customer(contact_of(customers).customer_id).identified


def test_idn_07_a_phone_noted_later_opens_one_conflict_and_moves_nobody(
    wecom: Any, handle: Any, customers: Any, tables: Any, known: Any, noted_add: Any
) -> None:
    handle(wecom.add("lisi", "wmE1"))
    own = contact_of(customers).customer_id
    customer_id = known(phone=PHONE)

    edit = lambda remark: wecom.act("member_edits", userid="lisi", external_userid="wmE1", remark=remark)  # noqa: E731
    first = edit("a")
    wecom.simulator.people.relation("lisi", "wmE1").remark_mobiles = [PHONE]
    handle(first)
    handle(first, edit("b"))

    assert contact_of(customers).customer_id == own
    assert conflicts(tables) == [("phone", customer_id, own)]


def test_idn_07_a_claimed_unionid_opens_a_conflict_however_often_it_is_delivered(
    wecom: Any, handle: Any, customers: Any, tables: Any, known: Any, serial: Any
) -> None:
    known("cu_one", unionid="oU1")
    known("cu_two", crmid="CRM-7")

    added = wecom.add("lisi", "wmE1", serial("sc_1", "CRM-7"), unionid="oU1")
    handle(added, added)

    assert contact_of(customers).customer_id == "cu_two"
    assert conflicts(tables) == [("unionid", "cu_one", "cu_two")]


def test_idn_07_an_identity_of_a_merged_customer_is_no_conflict(
    wecom: Any, handle: Any, customers: Any, tables: Any, known: Any, serial: Any
) -> None:
    from dataclasses import replace

    known("cu_one", unionid="oU1")
    known("cu_two", crmid="CRM-7")
    one, two = customers.customer("cu_one"), customers.customer("cu_two")
    customers.save_customer(replace(one, absorbed=("cu_two",)), clock.now())
    customers.save_customer(replace(two, merged_into="cu_one"), clock.now())

    handle(wecom.add("lisi", "wmE1", serial("sc_1", "CRM-7"), unionid="oU1"))

    assert conflicts(tables) == []
    assert [each.customer_id for each in customers.whole(contact_of(customers).customer_id)] == [
        "cu_one",
        "cu_two",
    ]


# ------------------------------------------------------------------ what they are


def test_idn_09_a_phone_with_orders_through_a_product_code_is_an_existing_customer_interested_in_it(
    handle: Any, customers: Any, channel: Any, known: Any, noted_add: Any
) -> None:
    customer_id = known(phone=PHONE, orders=1)

    handle(noted_add(PHONE, state=channel(product_code="P-100")))

    customer = customers.customer(customer_id)
    assert (customer.kind, customer.interests) == ("existing", ("P-100",))


def test_idn_09_a_stranger_and_one_who_never_bought_are_prospects(
    wecom: Any, handle: Any, customers: Any, channel: Any, known: Any, noted_add: Any
) -> None:
    customer_id = known(phone=PHONE)

    handle(wecom.add("lisi", "wmE2", channel(product_code="P-100")), noted_add(PHONE))

    stranger = customers.customer(contact_of(customers, "wmE2").customer_id)
    assert (stranger.kind, stranger.interests) == ("prospect", ("P-100",))
    assert customers.customer(customer_id).kind == "prospect"


def test_idn_09_coming_again_through_another_product_adds_the_interest(
    wecom: Any, handle: Any, customers: Any, channel: Any, at: Any
) -> None:
    handle(wecom.add("lisi", "wmE1", channel("ch_1", product_code="P-100")))
    again = wecom.add("wangwu", "wmE1", channel("ch_2", product_code="P-200"))
    handle(again, again)

    customer = customers.customer(contact_of(customers).customer_id)
    assert customer.interests == ("P-100", "P-200")


# ------------------------------------------------------------------ tags that wait


@pytest.fixture
def pretag(tables: Any) -> Callable[..., None]:
    """Put tags down for a phone or unionid."""

    def put(kind: str, value: str, *tag_ids: str) -> None:
        from scrm.pretags.dynamodb import Pretag
        from scrm.pretags.dynamodb import put as store

        store([Pretag(kind, value, tag_ids, "admin", clock.now())])  # type: ignore[arg-type]  # of the test

    return put


def test_waiting_tags_are_marked_with_the_channels_in_one_call_after_the_welcome(
    wecom: Any, handle: Any, customers: Any, channel: Any, tag: Any, pretag: Any, noted_add: Any
) -> None:
    channels, phones, unionids = tag("展会"), tag("老客"), tag("公众号")
    pretag("phone", PHONE, phones, channels)
    pretag("unionid", "oU1", unionids)

    handle(noted_add("138 0000 8000", state=channel(tags=(channels,)), unionid="oU1"))

    (call,) = wecom.called(MARK)
    assert call["body"]["add_tag"] == [channels, phones, unionids]
    assert set(customers.relation("wmE1", "lisi").tags) == {channels, phones, unionids}
    assert wecom.called()[0]["path"].endswith("send_welcome_msg")


def test_waiting_tags_are_used_up_by_the_first_who_brings_them(
    wecom: Any, handle: Any, customers: Any, tag: Any, pretag: Any, tables: Any
) -> None:
    vip = tag("VIP")
    pretag("unionid", "oU1", vip)

    first = wecom.add("lisi", "wmE1", unionid="oU1")
    handle(first, first, wecom.add("wangwu", "wmE1"))

    assert customers.relation("wmE1", "lisi").tags == (vip,)
    assert customers.relation("wmE1", "wangwu").tags == ()
    (row,) = tables.rows("PRETAG#")
    assert row["used_by"] == "wmE1"


def test_r2_waiting_tags_are_marked_wherever_the_worker_dies(
    interrupted: Any, wecom: Any, channel: Any, tag: Any, pretag: Any
) -> None:
    def life() -> list[str]:
        state = channel(tags=(tag("展会"),))
        pretag("unionid", "oU1", tag("VIP"))
        return [wecom.add("lisi", "wmE1", state, name="小雨", unionid="oU1")]

    assert interrupted(life) == {}


def test_r2_a_known_customer_with_orders_ends_alike_wherever_the_worker_dies(
    interrupted: Any, wecom: Any, channel: Any, known: Any, noted_add: Any, serial: Any
) -> None:
    def life() -> list[str]:
        known("cu_one", unionid="oU1", orders=1)
        known("cu_two", crmid="CRM-7", orders=2)
        return [noted_add(PHONE, state=serial("sc_1", "CRM-7"), unionid="oU1")]

    assert interrupted(life) == {}
