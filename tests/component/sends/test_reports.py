"""spec RPT-10, M11 and CON-16: what came of what was sent."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from scrm.library.model import Uses
from tests.component.http_world import Browser, logged_in
from tests.component.identities.conftest import BEGAN

REPORT = "/admin/reports/content"


@pytest.fixture
def sent(send: Any, tables: Any) -> Any:
    """Let something be sent, opened and forwarded, and counted."""
    from scrm.sends import dynamodb as stored
    from scrm.sends.counting_dynamodb import count_event, count_send

    made = send(99)

    def make(number: int, opens: int = 0, forwards: int = 0, **fields: Any) -> None:
        one = replace(made, send_id=f"{number + 1000:024d}".translate(DIGITS), status="sent", sent_at=BEGAN)
        one = replace(one, links=(), expires_at=None, customer_id=f"cu_{number}")
        one = replace(one, **fields)
        assert stored.put(one, {})
        assert count_send(one)
        for kind, many in (("open", opens), ("forward", forwards)):
            for place in range(many):
                at = (one.sent_at or BEGAN) + timedelta(minutes=place)
                stored.happened(one.send_id, kind, str(place), at, "link")  # type: ignore[arg-type]  # both are
                event = stored.event(one.send_id, f"{kind.upper()}#{place}")
                assert event is not None
                assert count_event(event, stored.send(one.send_id) or one) == "counted"

    return make


DIGITS = str.maketrans("0123456789", "abcdefghij")


def report(caller: Browser, query: str = "") -> Any:
    answered = caller.send("GET", f"{REPORT}?from=2026-03-01&to=2026-03-31{query}")
    assert answered.status == 200, answered.text
    return answered.json


def test_m11_reach_148_open_37_share_5_is_25_and_13_5_percent(sent: Any, admin: Browser) -> None:
    for number in range(148):
        sent(number, opens=int(number < 37), forwards=int(number < 5))

    total = report(admin)["total"]

    assert (total["reach"], total["openers"], total["sharers"]) == (148, 37, 5)
    assert (total["open_rate"], total["forward_rate"]) == (0.25, 0.1351)
    assert [round(100 * total[name], 1) for name in ("open_rate", "forward_rate")] == [25.0, 13.5]


def test_m11_customers_count_once_and_rates_of_nothing_are_null(sent: Any, admin: Browser) -> None:
    assert report(admin)["total"]["open_rate"] is None
    for number in range(3):
        sent(number, opens=2 * (number < 2), customer_id="cu_1")
    sent(3, customer_id="cu_2")

    total = report(admin)["total"]

    assert (total["sends"], total["reach"], total["opens"], total["openers"]) == (4, 2, 4, 1)
    assert (total["open_rate"], total["forward_rate"]) == (0.5, 0.0)
    sent(4, sent_at=BEGAN - timedelta(days=40))
    february = admin.send("GET", f"{REPORT}?from=2026-01-01&to=2026-02-28").json["total"]
    assert (february["sends"], february["open_rate"], february["forward_rate"]) == (1, 0.0, None)


def test_rpt_10_by_item_group_and_staff_with_what_was_bought(sent: Any, admin: Browser, tables: Any) -> None:
    from scrm.sends.model import Place
    from scrm.sends.uses_dynamodb import used_step
    from scrm.table import in_transaction

    sent(1, opens=1)
    sent(2, userid="WangWu", item_id="ma_2", title="夏季价目", groups=(Place("gr_9", "活动"),))
    sent(3, userid="wangwu", kind="product", item_id="pr_1", title="安心保", groups=())
    for orders, fen in ((1, 5000), (0, -1000)):
        with in_transaction() as transaction:
            used_step("product", "pr_1", "wangwu", BEGAN.date(), Uses(orders=orders, fen=fen))(transaction)

    def lines(query: str) -> list[tuple[Any, ...]]:
        found = report(admin, query)["lines"]
        return [(each["id"], each["title"], each["sends"], each["orders"], each["fen"]) for each in found]

    assert sorted(lines("")) == [
        ("ma_1", "春季价目", 1, 0, 0),
        ("ma_2", "夏季价目", 1, 0, 0),
        ("pr_1", "安心保", 1, 1, 4000),
    ]
    assert sorted(lines("&group_by=group")) == [
        ("", "未分组", 1, 1, 4000),
        ("gr_2", "价格", 1, 0, 0),
        ("gr_9", "活动", 1, 0, 0),
    ]
    names = {each["id"]: each for each in report(admin, "&group_by=staff")["lines"]}
    assert {name: each["sends"] for name, each in names.items()} == {"lisi": 1, "wangwu": 2}
    assert names["wangwu"]["fen"] == 4000
    assert [each[0] for each in lines("&kind=product")] == ["pr_1"]


def test_rpt_10_a_team_leader_sees_their_team_alone(sent: Any, corp: Any, admin: Browser) -> None:
    sent(1)
    sent(2, userid="chenmei")

    leader = report(logged_in(corp, "zhangsan"), "&group_by=staff")

    assert [each["id"] for each in leader["lines"]] == ["lisi"]
    assert leader["total"]["sends"] == 1
    assert report(admin)["total"]["sends"] == 2


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("from=2026-03-02&to=2026-03-01", "from"),
        ("from=2024-01-01&to=2026-03-01", "from"),
        ("from=x", "from"),
        ("kind=article", "kind"),
        ("group_by=day", "group_by"),
        ("start=2026-01-01", "start"),
    ],
)
def test_rpt_10_a_wrong_question_is_named(admin: Browser, query: str, field: str) -> None:
    answered = admin.send("GET", f"{REPORT}?{query}")
    assert (answered.status, answered.json["errors"][0]["field"]) == (422, field)


def test_con_16_after_three_sends_the_usage_of_the_item_is_three(sent: Any, admin: Browser) -> None:
    from scrm.sends.uses_dynamodb import uses

    made = admin.send("POST", "/admin/materials", {"kind": "text", "name": "价格", "text": "您好"})
    item_id = made.json["item_id"]
    for number in range(3):
        sent(number, opens=int(number == 0), item_id=item_id)

    stats = admin.send("GET", f"/admin/materials/{item_id}/stats?from=2026-03-01&to=2026-03-31").json

    assert stats["uses"] == {"sends": 3, "opens": 1, "forwards": 0, "orders": 0, "fen": 0}
    assert [(each["id"], each["sends"]) for each in stats["staff"]] == [("lisi", 3)]
    assert uses("material") == {item_id: Uses(sends=3, opens=1)}
