"""P3: consent withdrawn, every sender of the bundle runs; nothing is marketed, service replies work."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.bench.scenarios import with_channel
from tests.doubles.bundle import Bundle, template

# What puts something before a customer. A welcome answers the customer's own add: a service reply.
SERVICE = "externalcontact/send_welcome_msg"
MARKETING = (
    "externalcontact/add_msg_template",
    "externalcontact/add_moment_task",
    "externalcontact/groupchat/add_join_way",
)


@pytest.fixture
def bundle() -> Iterator[Bundle]:
    made = Bundle(seed="privacy")
    with made.running():
        yield made


def scheduled() -> list[str]:
    """Return the function folder of every schedule of the template."""
    return [
        resource["Properties"]["CodeUri"].rpartition("/")[2]
        for resource in template()["Resources"].values()
        if resource["Type"] == "AWS::Serverless::Function"
        and any(event["Type"] == "ScheduleV2" for event in resource["Properties"].get("Events", {}).values())
    ]


def opted_out(bundle: Bundle, external_userid: str) -> None:
    from scrm.customers.dynamodb import Customers
    from scrm.privacy.consent import Change, told

    rows = Customers()
    contact = rows.contact(external_userid)
    customer = rows.customer(contact.customer_id) if contact else None
    assert customer is not None
    now = bundle.time.now()
    rows.save_customer(told(customer, [Change("marketing", False, now, "会话", "zhangsan")]), now)


def run_everything(bundle: Bundle, days: int = 3) -> None:
    for _ in range(days):
        for function in scheduled():
            bundle.invoke(function, {"time": bundle.time.now().isoformat()})
        bundle.settle()
        bundle.time.sleep(86_400)


def calls(bundle: Bundle, path: str) -> list[Any]:
    return list(bundle.wecom.calls.listed(path))


def test_p3_who_has_opted_out_gets_no_marketing_and_still_gets_service_replies(bundle):
    state = with_channel(bundle)
    added = bundle.wecom.people.scan(userid="zhangsan", state=state)
    bundle.arrive()
    bundle.settle()
    opted_out(bundle, added["external_userid"])
    welcomed = len(calls(bundle, SERVICE))

    run_everything(bundle)

    assert [len(calls(bundle, path)) for path in MARKETING] == [0] * len(MARKETING)

    bundle.wecom.people.scan(userid="lisi", state=state, external_userid=added["external_userid"])
    bundle.arrive()
    bundle.settle()

    assert len(calls(bundle, SERVICE)) == welcomed + 1
