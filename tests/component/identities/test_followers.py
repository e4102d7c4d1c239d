"""spec IDN-24: a follower of the official account and an external contact are one customer by unionid."""

from datetime import timedelta
from typing import Any

import pytest

from tests.component.conftest import app_of, sqs_event_of
from tests.component.handle_customer_event.conftest import message
from tests.component.identities.conftest import BEGAN


def oa(told: Any, kind: str = "subscribe", minutes: int = 0, **more: Any) -> Any:
    at = (BEGAN - timedelta(minutes=60 - minutes)).isoformat()
    body = {"kind": kind, "openid": "oA1", "unionid": "uU1", "at": at, "source_id": "s1", **more}
    return told("/integrations/oa-events", body)


def added(corp: Any, lambda_context: Any) -> str:
    """Play the add of the contact with the unionid, as WeCom reports it; return whose the contact is."""
    from scrm.customers.dynamodb import Customers

    there = corp.people.scan(userid="lisi", name="小雨", unionid="uU1", welcome=False)["external_userid"]
    event = sqs_event_of(message(corp.world.deliveries[-1].xml))
    assert app_of("handle_customer_event").handler(event, lambda_context) == {"batchItemFailures": []}
    contact = Customers().contact(there, consistent=True)
    assert contact
    return contact.customer_id


@pytest.mark.parametrize("first", ["follower", "friend"])
def test_idn_24_in_either_order_they_are_the_same_customer(
    corp: Any, told: Any, lambda_context: Any, tables: Any, first: str
) -> None:
    if first == "follower":
        followed, customer_id = oa(told), added(corp, lambda_context)
    else:
        customer_id, followed = added(corp, lambda_context), oa(told)

    assert followed.json == {"customer_id": customer_id, "follows": True}
    (customer,) = [row for row in tables.rows("CUSTOMER#") if row["SK"] == "CUSTOMER"]
    assert '"oA1"' in customer["contact_methods"]
    (facts,) = tables.rows("CUSTOMER#", "FACTS")
    assert facts["follows_official_account"] is True


def test_idn_24_the_latest_news_counts_however_it_arrives(told: Any, tables: Any) -> None:
    assert oa(told, "unsubscribe", 20).json["follows"] is False
    assert oa(told, "subscribe", 10).json["follows"] is False
    before = tables.rows("CUSTOMER#")
    assert oa(told, "unsubscribe", 20).json["follows"] is False
    assert tables.rows("CUSTOMER#") == before
    assert oa(told, "subscribe", 30).json["follows"] is True


@pytest.mark.parametrize(
    ("field", "value"), [("kind", "scan"), ("openid", "a b"), ("unionid", ""), ("at", "2099-01-01T00:00:00Z")]
)
def test_idn_24_wrong_news_is_named(told: Any, field: str, value: str) -> None:
    answered = oa(told, **{field: value}) if field != "kind" else oa(told, value)

    assert (answered.status, answered.json["errors"][0]["field"]) == (422, field)
