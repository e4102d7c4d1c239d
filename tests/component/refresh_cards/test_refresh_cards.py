"""Changes of what is known of a customer go in; cards, memberships and postings come out."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from tests.component.refresh_cards.world import (
    AT,
    cards,
    contact,
    customer,
    expected_postings,
    friend,
    members,
    postings,
    relation,
    segment,
    tally,
)

Play = Callable[[], None]
BUYERS = {"field": "order_count", "op": "gte", "value": 1}


def inside(*segments: str) -> dict[str, Any]:
    return {"field": "segments", "op": "any", "value": list(segments)}


def test_a_friend_has_a_card_with_its_postings(tables: Any, at: Any, refreshed: Play) -> None:
    friend(tags=("et1",), remark="王总")
    refreshed()

    (card,) = cards()
    assert (card.userid, card.external_userid, card.name, card.remark) == ("LiSi", "wmE1", "张三", "王总")
    assert (card.status, card.added_at, card.first_added_at, card.friends) == ("active", AT, AT, 1)
    assert ("HAS#tags#et1", f"2026-03-02T02:15:00Z#cu_1#{card.card_id}") in postings(tables)
    assert postings(tables) == expected_postings("cu_1")


def test_a_stranger_without_segments_has_no_state(tables: Any, at: Any, refreshed: Play) -> None:
    friend()
    refreshed()

    assert tables.rows("CARD#cu_1", "STATE") == []


def test_a_customer_whom_nobody_added_has_one_bare_card(tables: Any, at: Any, refreshed: Play) -> None:
    customer("cu_crm", identities=(("crmid", "C-1"),), name="李四", kind="existing")
    refreshed()

    (card,) = cards("cu_crm")
    assert (card.card_id, card.name, card.kind, card.identified) == ("#cu_crm", "李四", "existing", True)
    assert card.first_added_at is None


def test_the_bare_card_goes_when_a_member_adds_the_customer(tables: Any, at: Any, refreshed: Play) -> None:
    customer("cu_1", name="李四", interests=("P1",))
    refreshed()
    friend()
    refreshed()

    assert [each.card_id for each in cards()] == ["lisi#wmE1"]
    assert postings(tables) == expected_postings("cu_1") != set()
    (gone,) = [row for row in tables.rows("CARD#cu_1") if row["SK"] == "#cu_1"]
    assert "card" not in gone
    assert "added_pk" not in gone
    assert gone["expires_at"] > AT.timestamp()


def test_while_answers_of_wecom_are_open_a_new_friendship_has_no_card(
    tables: Any, at: Any, refreshed: Play
) -> None:
    from scrm.customers.model import Intents

    friend(intents=Intents("event"))
    refreshed()
    assert cards() == []

    relation(intents=None, tags=("et1",))
    refreshed()
    assert [each.tags for each in cards()] == [("et1",)]

    relation(intents=Intents("later"))
    refreshed()
    assert len(cards()) == 1


def test_nothing_is_written_when_nothing_changed(tables: Any, at: Any, refreshed: Play, queues: Any) -> None:
    from scrm.cards.asking import ask

    segment("buyers", BUYERS)
    friend(tags=("et1",))
    tally(orders=1)
    refreshed()
    before = tables.typed()
    ask(["cu_1", "cu_nobody"], AT, anew=True)
    refreshed()

    assert tables.typed() == before


def test_each_member_has_a_card_and_the_customer_is_the_same_on_all(
    tables: Any, at: Any, refreshed: Play
) -> None:
    friend(tags=("et1",))
    relation(userid="wangwu", tags=("et2",), at=AT + timedelta(days=1))
    tally(orders=1)
    refreshed()

    mine, theirs = cards()
    assert (mine.tags, theirs.tags) == (("et1",), ("et2",))
    assert mine.all_tags == theirs.all_tags == ("et1", "et2")
    assert mine.friends == theirs.friends == 2
    assert mine.first_added_at == theirs.first_added_at == AT
    assert mine.order_count == theirs.order_count == 1


def test_seg_11_an_order_lets_the_customer_enter_one_segment_and_leave_another_once(
    tables: Any, at: Any, refreshed: Play
) -> None:
    segment("bought", BUYERS)
    segment("unbought", {"not": BUYERS})
    friend()
    refreshed()
    assert (members("bought"), members("unbought")) == ([], ["cu_1"])

    tables.stream("events")
    tally(orders=1)
    refreshed()
    assert (members("bought"), members("unbought")) == (["cu_1"], [])
    assert cards()[0].segments == ("bought",)
    moved = [each for each in tables.stream("events") if each["dynamodb"]["Keys"]["SK"]["S"] == "MEMBER#cu_1"]
    assert sorted(each["eventName"] for each in moved) == ["INSERT", "REMOVE"]


def test_segments_may_ask_of_segments(tables: Any, at: Any, refreshed: Play) -> None:
    segment("a_both", {"all": [inside("z_buyers"), inside("list")]})
    listed = segment("list", kind="static")
    segment("z_buyers", BUYERS)
    friend()
    tally(orders=1)
    refreshed()
    assert (members("a_both"), members("z_buyers")) == ([], ["cu_1"])

    from scrm.segments.members_dynamodb import pin, unpin

    assert pin(listed, "cu_1", AT)
    assert not pin(listed, "cu_1", AT)
    assert members("list") == ["cu_1"]
    refreshed()
    assert members("a_both") == ["cu_1"]
    assert cards()[0].segments == ("a_both", "list", "z_buyers")

    assert unpin("list", "cu_1", AT)
    assert not unpin("list", "cu_1", AT)
    refreshed()
    assert members("a_both") == members("list") == []


def test_an_archived_segment_keeps_nobody_once_they_are_looked_at(
    tables: Any, at: Any, refreshed: Play, queues: Any
) -> None:
    from scrm.cards.asking import ask

    segment("buyers", BUYERS)
    friend()
    tally(orders=1)
    refreshed()
    segment("buyers", BUYERS, status="archived")
    ask(["cu_1"], AT)
    refreshed()

    assert members("buyers") == []
    assert postings(tables) == expected_postings("cu_1")


def test_a_merged_customer_is_one_with_the_other_and_can_be_parted_again(
    tables: Any, at: Any, refreshed: Play
) -> None:
    from scrm.segments.members_dynamodb import pin

    listed = segment("list", kind="static")
    segment("buyers", BUYERS)
    friend("cu_1", "wmE1")
    friend("cu_2", "wmE2", "wangwu", tags=("et2",))
    tally("cu_2", orders=1)
    pin(listed, "cu_2", AT)
    refreshed()
    apart = tables.rows("CARD#"), members("buyers"), members("list")

    customer("cu_2", merged_into="cu_1")
    customer("cu_1", absorbed=("cu_2",))
    refreshed()
    assert cards("cu_2") == []
    assert [each.card_id for each in cards("cu_1")] == ["lisi#wmE1", "wangwu#wmE2"]
    assert members("buyers") == members("list") == ["cu_1"]
    assert postings(tables) == expected_postings("cu_1")

    customer("cu_2", merged_into=None)
    customer("cu_1", absorbed=())
    refreshed()
    assert [[each.card_id for each in cards(name)] for name in ("cu_1", "cu_2")] == [
        ["lisi#wmE1"],
        ["wangwu#wmE2"],
    ]
    assert (members("buyers"), members("list")) == apart[1:]
    assert postings(tables) == expected_postings("cu_1", "cu_2")


def test_an_erased_customer_has_no_card_no_posting_and_is_nowhere(
    tables: Any, at: Any, refreshed: Play
) -> None:
    from scrm.segments.members_dynamodb import pin, state

    listed = segment("list", kind="static")
    segment("buyers", BUYERS)
    friend(tags=("et1",))
    tally(orders=1)
    pin(listed, "cu_1", AT)
    refreshed()
    customer("cu_1", erased_at=AT)
    refreshed()

    assert cards() == []
    assert postings(tables) == set()
    assert members("buyers") == members("list") == []
    assert state("cu_1").pinned == ()


def test_the_months_that_have_cards_are_recorded(tables: Any, at: Any, refreshed: Play) -> None:
    from scrm.cards.dynamodb import months

    friend("cu_1", "wmE1")
    refreshed()
    friend("cu_2", "wmE2", at=AT - timedelta(days=40))
    friend("cu_3", "wmE3")
    refreshed()

    assert months() == ["2026-01", "2026-03"]


def test_an_older_picture_never_replaces_a_newer_one(tables: Any, at: Any, refreshed: Play) -> None:
    from scrm.cards.dynamodb import CardRow

    friend(tags=("new",))
    refreshed()
    (card,) = cards()
    (row,) = tables.rows("CARD#cu_1")
    older = replace(card, tags=("old",))
    assert not CardRow.of(older, row["basis"] - 1, AT + timedelta(days=1)).put()
    assert not CardRow.of(older, row["basis"], AT - timedelta(seconds=1)).put()
    assert not CardRow.gone("cu_1", card.card_id, row["basis"] - 1, AT).put()
    assert cards() == [card]


def test_a_name_that_comes_later_is_on_the_card(tables: Any, at: Any, refreshed: Play) -> None:
    friend()
    refreshed()
    from scrm.customers.dynamodb import Customers

    there = Customers().contact("wmE1", consistent=True)
    assert there is not None
    Customers().save_contact(replace(there, name="张三丰"), AT)
    refreshed()

    assert cards()[0].name == "张三丰"


def test_a_contact_of_another_customer_makes_no_card(tables: Any, at: Any, refreshed: Play) -> None:
    friend("cu_1", "wmE1")
    customer("cu_2", external_userids=("wmE1",), name="别人")
    refreshed()

    assert [each.card_id for each in cards("cu_1")] == ["lisi#wmE1"]
    assert [each for each in cards("cu_2") if each.userid] == []


def test_what_cannot_be_read_is_parked_and_the_rest_is_done(
    tables: Any, at: Any, queues: Any, function: Any, lambda_context: Any
) -> None:
    friend()
    broken = {
        "eventName": "INSERT",
        "dynamodb": {
            "SequenceNumber": "0",
            "Keys": {"PK": {"S": "CARD#cu_9"}, "SK": {"S": "lisi#wmE9"}},
            "NewImage": {"card": {"S": "no json"}},
        },
    }
    event = {"Records": [broken, *tables.stream()]}
    assert function("refresh_cards").handler(event, lambda_context) == {"batchItemFailures": []}

    assert len(cards()) == 1
    assert len(queues.messages("RefreshCardsDead")) == 1


def test_a_contact_recorded_before_its_customer_waits_for_it(tables: Any, at: Any, refreshed: Play) -> None:
    relation()
    contact()
    refreshed()
    assert cards() == []
    customer(external_userids=("wmE1",))
    refreshed()
    assert len(cards()) == 1
