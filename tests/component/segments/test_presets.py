"""Ready-made segments on the worked examples of spec 6 (SEG-13, SEG-14, SEG-15, SEG-21, SEG-22)."""

from datetime import timedelta
from typing import Any

import pytest

from tests.component.segments.conftest import friend, traced

OWN: dict[str, dict[str, Any]] = {
    "message": {"direction": "inbound"},
    "share": {"target": "/a"},
    "link_open": {"target": "/a"},
    "comment": {"target": "/a"},
}


@pytest.fixture
def installed(bundle, ask):
    assert ask("POST", "/admin/segments:install-presets").json["installed"] == 21
    bundle.settle()


@pytest.fixture
def events(bundle, tell):
    """Tell of events of a customer, as (kind, days ago), some kinds several times."""

    def told(customer_id: str, *happened: tuple[str, float]) -> None:
        rows = [
            {
                "source_id": f"{customer_id}-{number}",
                "at": (bundle.time.now() - timedelta(days=days)).isoformat(),
                "kind": kind,
                "customer_id": customer_id,
                **OWN.get(kind, {}),
            }
            for number, (kind, days) in enumerate(happened)
        ]
        answered = tell("POST", "/integrations/conversation-events", {"events": rows})
        assert {each["status"] for each in answered.json["results"]} == {"recorded"}, answered.text

    return told


@pytest.fixture
def orders(bundle, tell):
    """Tell of paid orders of a customer: how many, worth how much in all, the last so many days ago."""

    def told(customer_id: str, count: int, yuan: int, days_ago: float) -> None:
        at = (bundle.time.now() - timedelta(days=days_ago)).isoformat()
        each = yuan * 100 // count
        amounts = [each] * (count - 1) + [yuan * 100 - each * (count - 1)]
        rows = [
            {
                "order_no": f"{customer_id}-{number}-{days_ago}",
                "version": 1,
                "at": at,
                "amount_fen": amount,
                "status": "paid",
                "paid_at": at,
                "customer_id": customer_id,
            }
            for number, amount in enumerate(amounts)
        ]
        answered = tell("POST", "/integrations/orders", {"orders": rows})
        assert answered.status == 200, answered.text

    return told


def groups(ask: Any, name: str) -> dict[str, set[str]]:
    items = ask("GET", f"/admin/segments/{name}").json["items"]
    found = {each["title"]: {one["customer_id"] for one in each["customers"]} for each in items}
    assert {each["title"]: each["count"] for each in items} == {name: len(ids) for name, ids in found.items()}
    return found


def test_seg_13_x_is_an_interactor_and_y_an_advocate(bundle, ask, installed, events, orders):
    (_, x), (_, y), (_, nobody) = (friend(bundle, name=each) for each in ("X", "Y", "Z"))
    events(x, ("message", 10), ("message", 8), ("link_open", 1))
    events(y, ("share", 5), ("message", 2))
    orders(y, 1, 100, 0)
    bundle.settle()

    found = groups(ask, "brand")

    assert found == {"品牌无感者": {nobody}, "品牌关注者": set(), "品牌互动者": {x}, "品牌追随者": {y}}


def test_seg_14_the_ladder_is_climbed_with_the_orders(bundle, ask, tell, installed, orders):
    (_, potential), (_, ordinary), (_, loyal), (_, member) = (
        friend(bundle, name=f"客户{n}") for n in range(4)
    )
    orders(ordinary, 1, 5000, 3)
    orders(loyal, 2, 2000, 3)
    orders(member, 2, 2000, 3)
    row = {"crmid": "C-1", "customer_id": member, "version": 1, "member_since": "2026-01-01T00:00:00+08:00"}
    assert tell("POST", "/integrations/customers", {"customers": [row]}).status == 200
    bundle.settle()
    assert groups(ask, "loyalty") == {
        "潜在客户": {potential},
        "一般客户": {ordinary},
        "忠实客户": {loyal},
        "会员客户": {member},
    }

    orders(potential, 1, 10, 0)
    bundle.settle()

    assert groups(ask, "loyalty")["一般客户"] == {ordinary, potential}
    assert [each for each in traced(potential) if each[1] in {"潜在客户", "一般客户"}] == [
        ("entered", "潜在客户"),
        ("left", "潜在客户"),
        ("entered", "一般客户"),
    ]


def test_seg_15_the_finders_find_the_expected_of_ten_customers(bundle, ask, installed, events, orders):
    c = [friend(bundle, name=f"客户{n}")[1] for n in range(10)]
    events(c[0], ("referral", 1), ("referral", 2), ("referral", 3))
    events(c[1], ("share", 1), ("share", 2), ("share", 3))
    events(c[2], ("share", 30), ("share", 60), ("share", 80))
    events(c[3], ("share", 1), ("share", 2), ("share", 91))
    events(c[4], ("feedback", 1), ("feedback", 50))
    events(c[5], ("feedback", 1), ("feedback", 95))
    orders(c[6], 2, 300, 1)
    orders(c[7], 2, 300, 200)
    orders(c[8], 1, 900, 1)
    events(c[8], ("referral", 1), ("referral", 2))
    bundle.settle()

    found = {
        each: {one["customer_id"] for one in ask("GET", f"/admin/segments/presets/{each}").json["items"]}
        for each in ("kol", "repeat_active", "cocreator", "sharer")
    }

    assert found == {
        "kol": {c[0], c[1]},
        "repeat_active": {c[6]},
        "cocreator": {c[4]},
        "sharer": {c[1], c[2]},
    }
    assert ask("GET", "/admin/segments/presets/nobody").status == 404


def test_seg_21_the_four_customers_of_spec_6_are_in_their_rfm_groups(bundle, ask, installed, orders):
    c1, c2, c3, c4 = (friend(bundle, name=f"c{n}")[1] for n in range(1, 5))
    orders(c1, 7, 6200, 10)
    orders(c2, 6, 5000, 95)
    orders(c3, 1, 300, 12)
    orders(c4, 1, 8000, 200)
    bundle.settle()

    found = {title: ids for title, ids in groups(ask, "rfm").items() if ids}

    assert found == {"重要价值": {c1}, "重要保持": {c2}, "一般发展": {c3}, "重要挽留": {c4}}


def test_seg_22_silent_is_who_was_last_heard_sixty_days_ago_not_fifty_nine(bundle, ask, installed, events):
    long_ago = int(bundle.time.seconds) - 100 * 86400
    from scrm.customers.relation import Fact

    (_, active), (_, silent) = (
        friend(bundle, name=f"客户{n}", facts=(Fact("add", long_ago, f"add-{n}"),)) for n in range(2)
    )
    events(active, ("message", 59))
    events(silent, ("message", 60))
    bundle.settle()

    found = ask("GET", "/admin/segments/presets/silent").json

    assert (found["count"], [each["customer_id"] for each in found["items"]]) == (1, [silent])


def test_before_the_installation_the_groups_are_empty(ask):
    items = ask("GET", "/admin/segments/rfm").json["items"]

    assert [(each["segment_id"], each["count"]) for each in items] == [(None, 0)] * 8
    assert ask("GET", "/admin/segments/presets/kol").status == 404
