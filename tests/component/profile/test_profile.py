"""What a member sees of a customer beside the relation: CUS-05, 06, 08, 09, 10, 13, 20."""

from datetime import datetime, timedelta

import pytest

from tests.component.conftest import START, app_of, http_event_of
from tests.component.http_world import Answered, befriended, caller_of, change_member, logged_in
from tests.component.profile.known import counted, custom_field, id_of, know, talked

BEGAN = datetime.fromisoformat(START)
DAY = timedelta(days=1)
NO_TALK = dict.fromkeys(
    ("last_contact_at", "customer_message_at", "staff_message_at", "unreplied", "followed_at")
)


def event(who, external_userid):
    return http_event_of("GET", f"/sidebar/customers/{external_userid}", caller=caller_of(who))


def detail(who, external_userid):
    shown = Answered(app_of("sidebar_api").handler(event(who, external_userid), None))
    assert shown.status == 200, shown.text
    return shown.json


def test_cus_05_a_stranger_is_not_identified(corp):
    shown = detail("lisi", befriended(corp, "lisi"))

    assert shown["identity"] == {
        "identified": False,
        "name": "",
        "crmid": None,
        "identities": [],
        "fields": [],
    }
    assert (shown["location"], shown["family"], shown["groups"]) == ([], [], [])


def test_cus_05_a_bound_crm_record_shows_identity_location_and_family_masked(corp):
    there = befriended(corp, "lisi")
    custom_field("id_type", group="identity", title="证件类型")
    custom_field("city", group="location", title="城市", mastered_by_crm=True)
    custom_field("spouse_phone", group="family", title="配偶电话")
    know(
        there,
        name="王小雨",
        identities=(("crmid", "c-1"), ("phone", "13800008000"), ("id_card", "110101199003078888")),
        custom_fields={"id_type": "身份证", "city": "杭州", "spouse_phone": "13900009000"},
    )

    shown = detail("lisi", there)

    field = {"key": "id_type", "title": "证件类型", "type": "text", "value": "身份证"}
    assert shown["identity"] == {
        "identified": True,
        "name": "王小雨",
        "crmid": "c-1",
        "identities": [
            {"kind": "crmid", "value": "c-1"},
            {"kind": "phone", "value": "138****8000"},
            {"kind": "id_card", "value": "110101********8888"},
        ],
        "fields": [{**field, "mastered_by_crm": False}],
    }
    assert [(each["key"], each["value"], each["mastered_by_crm"]) for each in shown["location"]] == [
        ("city", "杭州", True)
    ]
    assert [(each["title"], each["value"]) for each in shown["family"]] == [("配偶电话", "139****9000")]


def groups(shown):
    return {each["group"]: {one["key"]: one["value"] for one in each["fields"]} for each in shown["groups"]}


def test_cus_13_groups_are_shown_and_what_the_role_may_not_see_is_not_there(corp):
    there = befriended(corp, "lisi")
    custom_field("likes", group="interest", type="options", options=("茶", "酒"))
    custom_field("income", group="other", type="number", roles=("finance",))
    custom_field("secret", group="other", masked=True)
    know(there, custom_fields={"likes": ["茶"], "income": 5, "secret": "甲", "plain": "乙"})
    change_member("zhengshi", role="finance", data_scope="all")

    as_staff, as_finance = detail("lisi", there), detail("zhengshi", there)

    assert groups(as_staff) == {"interest": {"likes": ["茶"]}, "other": {"secret": "***"}}
    assert groups(as_finance)["other"] == {"income": 5, "secret": "***"}
    assert as_staff["customer"]["custom_fields"] == {"likes": ["茶"], "secret": "***", "plain": "乙"}
    assert [each["title"] for each in as_staff["groups"]] == ["兴趣属性", "其他"]


def test_a_hidden_field_is_not_in_an_edits_answer_and_a_reveal_shows_what_the_role_may_see(corp):
    there = befriended(corp, "lisi")
    custom_field("income", roles=("finance",))
    custom_field("secret", masked=True)
    know(there, custom_fields={"income": "高", "secret": "甲"})
    path = f"/sidebar/customers/{there}"

    edited = logged_in(corp, "lisi").send("PATCH", path, {"custom_fields": {"note": "x"}})
    revealed = logged_in(corp, "admin").send("POST", f"{path}/phones:reveal", {"reason": "核对"})

    assert edited.json["customer"]["custom_fields"] == {"note": "x", "secret": "***"}
    assert revealed.json["custom_fields"] == {"note": "x", "secret": "甲"}


def test_cus_06_the_next_look_shows_the_new_stage_and_since_when(corp, at):
    there, lisi = befriended(corp, "lisi"), logged_in(corp, "lisi")
    before = detail("lisi", there)["stage"]
    now = at((BEGAN + timedelta(minutes=5)).isoformat())

    lisi.send("POST", f"/sidebar/customers/{there}/stage", {"to": "need"})

    assert before == {"stage": "", "stage_name": "", "definition": "", "stage_at": None}
    assert detail("lisi", there)["stage"] == {
        "stage": "need",
        "stage_name": "需求",
        "definition": "客户说明了想解决的问题或想买的东西",
        "stage_at": now.astimezone(BEGAN.tzinfo).isoformat(),
    }


def test_cus_08_products_bought_are_shown_with_their_amounts(corp):
    from scrm.facts.model import Bought, Orders

    there = befriended(corp, "lisi")
    bought = (Bought("P", "绿茶", 1, 19_900, BEGAN),)
    window = (("2026-03-02", 1, 19_900),)
    counted(there, orders=Orders(1, 19_900, BEGAN, BEGAN, window, products=("P",), bought=bought))

    shown = detail("lisi", there)

    product = {"product_code": "P", "title": "绿茶", "quantity": 1, "amount_fen": 19_900, "last_at": START}
    assert shown["purchases"] == {
        "order_count": 1,
        "amount_fen": 19_900,
        "first_order_at": START,
        "last_order_at": START,
        "products": [product],
    }
    assert shown["standing"]["loyalty"] == "ordinary"
    assert shown["standing"]["rfm"] == {"recency": 5, "frequency": 1, "money": 1, "group": "一般发展"}


def test_cus_09_a_score_is_shown_with_its_model_reason_and_time_until_it_expires(corp, at):
    from scrm.facts.model import Score

    there, later = befriended(corp, "lisi"), BEGAN + timedelta(hours=1)
    lasting = Score("friendliness", 0.8, "llm-2", BEGAN, "常主动问候")
    counted(there, scores=(Score("intention", "high", "rule:ir_1", BEGAN, "看过价格", later), lasting))

    shown = detail("lisi", there)["scores"]
    at(later.isoformat())

    assert shown[0] == {
        "name": "friendliness",
        "value": 0.8,
        "model": "llm-2",
        "reason": "常主动问候",
        "at": START,
        "expires_at": None,
    }
    assert [(each["name"], each["value"], each["expires_at"]) for each in shown[1:]] == [
        ("intention", "high", later.isoformat())
    ]
    assert [each["name"] for each in detail("lisi", there)["scores"]] == ["friendliness"]


def test_cus_10_without_a_feed_nothing_is_said_of_sessions_and_talks(corp):
    shown = detail("lisi", befriended(corp, "lisi"))

    assert shown["sessions"] == {"count": None, "seconds": None, "last_at": None}
    assert shown["talk"] == NO_TALK
    assert shown["standing"]["official_account"] is None


def test_cus_10_a_feed_gives_sessions_and_the_callers_own_talk(corp):
    from scrm.facts.tally import Tally, chatted

    there = befriended(corp, "lisi")
    befriended(corp, "ChenMei", external_userid=there)
    counted(there, chats=chatted(Tally(), BEGAN, BEGAN + timedelta(seconds=90)).chats)
    asked, answered = BEGAN + timedelta(minutes=2), BEGAN + timedelta(minutes=1)
    talked(there, "ChenMei", customer_at=asked, staff_at=answered)

    as_lisi, as_chenmei = detail("lisi", there), detail("ChenMei", there)

    for shown in (as_lisi, as_chenmei):
        assert shown["sessions"] == {"count": 1, "seconds": 90, "last_at": START}
    assert as_lisi["talk"] == NO_TALK
    assert as_chenmei["talk"] == {
        "last_contact_at": asked.isoformat(),
        "customer_message_at": asked.isoformat(),
        "staff_message_at": answered.isoformat(),
        "unreplied": True,
        "followed_at": None,
    }


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (0, "new"),
        (7, "new"),
        (8, "active"),
        (30, "active"),
        (31, "cooling"),
        (59, "cooling"),
        (60, "silent"),
    ],
)
def test_cus_20_the_lifecycle_follows_the_days_since_the_add(corp, at, days, expected):
    there = befriended(corp, "lisi")
    at((BEGAN + days * DAY).isoformat())

    assert detail("lisi", there)["standing"]["lifecycle"] == expected


def test_cus_20_who_deleted_everybody_is_lost_also_when_new(corp):
    from scrm.customers.relation import Fact

    began = int(BEGAN.timestamp())
    gone = (Fact("add", began - 9, "e1"), Fact("deleted_by_customer", began - 5, "e2"))

    assert detail("lisi", befriended(corp, "lisi", facts=gone))["standing"]["lifecycle"] == "lost"


def test_the_segments_are_named_latest_first(corp):
    from scrm import clock
    from scrm.segments.dynamodb import SegmentRow
    from scrm.segments.members_dynamodb import StateRow
    from scrm.segments.model import Segment, State

    there = befriended(corp, "lisi")
    for segment_id, name in (("sg_a", "高价值"), ("sg_b", "沉默")):
        SegmentRow.of(Segment(segment_id, name, status="active"), clock.now()).save()
    second = "2026-03-02T00:00:00Z"
    entered = {"sg_a": "2026-03-01T00:00:00Z", "sg_b": second, "sg_gone": second}
    StateRow.of(id_of(there), State(entered, version=1), clock.now()).save()

    assert detail("lisi", there)["segments"] == [
        {"segment_id": "sg_b", "name": "沉默", "since": "2026-03-02T08:00:00+08:00"},
        {"segment_id": "sg_a", "name": "高价值", "since": "2026-03-01T08:00:00+08:00"},
    ]


def test_u8_a_long_history_of_moves_does_not_cost_the_detail_more(corp, monkeypatch):
    from pynamodb.connection.base import Connection

    from scrm.stages.dynamodb import MoveRow

    there, sent = befriended(corp, "lisi"), []
    for n in range(60):
        place = f"STAGE#2026-03-02T02:15:00Z#{n:08d}"
        MoveRow(f"CUSTOMER#{id_of(there)}", place, to="need", by="lisi", reason="很长的原因" * 30).save()
    asked, dispatch = event("lisi", there), Connection.dispatch

    def counting(self, operation, arguments):
        answer = dispatch(self, operation, arguments)
        found = [answer.get("Items", []), *answer.get("Responses", {}).values()]
        sent.append((operation, sum(map(len, found))))
        return answer

    monkeypatch.setattr(Connection, "dispatch", counting)

    assert app_of("sidebar_api").handler(asked, None)["statusCode"] == 200
    assert sent == [("Query", 2), ("BatchGetItem", 1)]


def test_a_merged_customer_shows_what_is_known_of_all_of_them(corp):
    from scrm.facts.model import Orders

    one, other = befriended(corp, "lisi"), befriended(corp, "ChenMei")
    counted(one, orders=Orders(1, 100, BEGAN, BEGAN))
    counted(other, orders=Orders(2, 200, BEGAN, BEGAN))
    know(one, absorbed=(id_of(other),))
    know(other, merged_into=id_of(one), name="小云")

    for who, there in (("lisi", one), ("ChenMei", other)):
        shown = detail(who, there)
        assert shown["customer"]["customer_id"] == id_of(one)
        assert shown["purchases"]["order_count"] == 3
        assert shown["identity"]["name"] == "小云"
