"""What a customer's cards say, made of all that is known (spec 6; CUS-20, M14, SEG-21)."""

from datetime import UTC, datetime, timedelta

from scrm.cards.making import cards_of
from scrm.customers.model import Contact, Customer, Relation
from scrm.customers.relation import Fact
from scrm.facts.model import Facts, Interaction, Orders, Score, Talk

NOW = datetime(2026, 3, 2, 2, 15, tzinfo=UTC)
BEIJING_MIDNIGHT = datetime(2026, 3, 1, 16, tzinfo=UTC)


def relation(userid="LiSi", days=10, external_userid="wmE1", **what):
    at = int((NOW - timedelta(days=days)).timestamp())
    return Relation(external_userid, userid, (Fact("add", at, f"a-{userid}", "ch_1"),), **what)


def made(customer=None, *, relations=(), facts=None, contacts=None, filterable=(), segments=(), now=NOW):
    known = [Contact("wmE1", "cu_1", "张三")] if contacts is None else contacts
    who = customer or Customer("cu_1", external_userids=("wmE1",), created_at=NOW)
    return cards_of(who, known, list(relations), facts or Facts(), filterable, segments, now)


def test_each_member_has_a_card_of_their_own_and_shared_knowledge():
    ended = Fact("deleted_by_customer", int(NOW.timestamp()) - 60, "d", "")
    gone = relation("wangwu", days=40, tags=("et2",))
    gone = Relation("wmE1", "wangwu", (*gone.facts, ended), tags=("et2",))
    first, second = made(relations=[relation(tags=("et1",), remark="王总"), gone], segments=("s2", "s1"))

    assert (first.card_id, second.card_id) == ("lisi#wmE1", "wangwu#wmE1")
    assert (first.name, first.remark, first.channel_id) == ("张三", "王总", "ch_1")
    assert (first.tags, second.tags) == (("et1",), ("et2",))
    for card in (first, second):
        assert card.friends == 1
        assert card.all_tags == ("et1",)
        assert card.first_added_at == NOW - timedelta(days=40)
        assert card.segments == ("s1", "s2")
    assert second.status == "deleted_by_customer"
    assert second.deleted_at == NOW - timedelta(seconds=60)


def test_a_friend_twice_over_two_contacts_is_one_member():
    cards = made(relations=[relation(), relation(external_userid="wmE2")])

    assert [each.friends for each in cards] == [1, 1]


def test_talk_is_each_members_own():
    talk = Talk("lisi", NOW - timedelta(hours=2), NOW - timedelta(hours=3), NOW - timedelta(days=1))
    first, second = made(relations=[relation(), relation("wangwu")], facts=Facts(talks=(talk,)))

    assert (first.unreplied, first.last_contact_at) == (True, talk.customer_at)
    assert (second.unreplied, second.last_contact_at, second.followed_at) == (None, None, None)


def test_without_a_relation_there_is_one_bare_card_by_the_companys_name():
    (card,) = made(Customer("cu_1", name="李四", created_at=NOW), contacts=[])

    assert (card.card_id, card.name, card.status, card.lifecycle(NOW)) == ("#cu_1", "李四", "none", None)


def test_a_takeover_whom_a_customer_refused_has_no_card_of_them():
    refused = Relation("wmE1", "wangwu", (Fact("transfer_failed", 1772446500, "f-1", "customer_refused"),))
    edited = Relation("wmE1", "zhaoliu", (Fact("edit", 1772446500, "e-1"),))

    found = made(relations=[relation(), refused, edited])
    assert [each.userid for each in found] == ["LiSi", "zhaoliu"]
    assert (refused.gives_access, edited.gives_access) == (False, True)


def test_nobody_has_a_card_who_was_merged_away_or_erased():
    assert made(Customer("cu_1", merged_into="cu_2"), relations=[relation()]) == []
    assert made(Customer("cu_1", erased_at=NOW), relations=[relation()]) == []


def test_only_filterable_fields_are_on_cards_and_long_texts_are_cut():
    customer = Customer("cu_1", custom_fields={"city": "上海", "note": "x", "long": "长" * 500, "empty": ""})
    (card,) = made(customer, filterable=["city", "long", "empty", "none"])

    assert card.fields == {"city": "上海", "long": "长" * 200}


def test_windows_count_beijing_days_and_end_at_midnight():
    window = (("2025-03-02", 1, 100), ("2025-03-03", 2, 200), ("2026-03-02", 3, 300))
    acts = {"share": (("2025-12-02", 1), ("2025-12-03", 2)), "referral": (("2026-03-02", 1),)}
    facts = Facts(orders=Orders(6, 600, NOW, NOW, window), interaction=Interaction(acts=acts))
    (card,) = made(relations=[relation()], facts=facts)

    assert (card.orders_365d, card.amount_365d) == (5, 500)
    assert (card.shares_90d, card.referrals_90d, card.feedback_90d) == (2, 1, 0)
    assert card.window_until == BEIJING_MIDNIGHT + timedelta(days=1)

    (later,) = made(relations=[relation()], facts=facts, now=card.window_until)
    assert (later.orders_365d, later.shares_90d) == (3, 0)
    (just_before,) = made(relations=[relation()], facts=facts, now=card.window_until - timedelta(seconds=1))
    assert just_before == card


def test_scores_are_there_until_they_expire_and_that_moment_is_told():
    until = NOW + timedelta(hours=1)
    scores = (
        Score("intent", "high", "m", NOW, "", until),
        Score("old", 1.0, "m", NOW, "", NOW),
        Score("ever", 2.0, "m", NOW),
    )
    (card,) = made(relations=[relation()], facts=Facts(scores=scores))

    assert card.scores == {"intent": "high", "ever": 2.0}
    assert card.window_until == until
    (later,) = made(relations=[relation()], facts=Facts(scores=scores), now=until)
    assert (later.scores, later.window_until) == ({"ever": 2.0}, None)


def test_tags_in_another_order_make_the_same_card():
    assert made(relations=[relation(tags=("a", "b"))]) == made(relations=[relation(tags=("b", "a"))])
