"""Segments as corp tags in WeCom, one way (TAG-10, D1, D6): put on, taken off, never doubled, never lost."""

from typing import Any

import pytest

from tests.component.http_world import befriended, corp_tag
from tests.component.segments.conftest import friend, tags_of
from tests.doubles.bundle import Bundle
from tests.faults.crashing import survived

MARK = "externalcontact/mark_tag"


def marks(bundle: Bundle) -> list[tuple[list[str], list[str]]]:
    bodies = [row["body"] for row in bundle.wecom.calls.listed(MARK)]
    return [(each.get("add_tag") or [], each.get("remove_tag") or []) for each in bodies]


@pytest.fixture
def tag(bundle):
    return corp_tag(bundle.wecom, "高价值", "分层")


def put(ask, segment_id, customer_id, action="add"):
    answered = ask("POST", f"/admin/segments/{segment_id}/members:{action}", {"customer_ids": [customer_id]})
    assert (answered.status, answered.json["changed"]) == (200, 1), answered.text


def test_tag_10_enter_puts_the_tag_on_and_leave_takes_it_off(bundle, ask, make, tag):
    there, customer_id = friend(bundle)
    segment_id = make("高价值", tag_id=tag)
    bundle.callbacks()

    put(ask, segment_id, customer_id)
    bundle.settle()
    assert tags_of(bundle, there) == [tag]
    put(ask, segment_id, customer_id, "remove")
    bundle.settle()
    assert tags_of(bundle, there) == []

    assert marks(bundle) == [([tag], []), ([], [tag])]
    assert bundle.callbacks() == [], "our own edits cause no callback"


def test_a_repeated_message_asks_wecom_nothing_more(bundle, ask, make, tag):
    there, customer_id = friend(bundle)
    put(ask, make("高价值", tag_id=tag), customer_id)
    bundle.settle()

    for _ in range(3):
        bundle.invoke("run_job", _event(customer_id))

    assert (tags_of(bundle, there), len(marks(bundle))) == ([tag], 1)


def _event(customer_id: str) -> dict[str, Any]:
    from tests.component.conftest import sqs_event_of

    return sqs_event_of({"customer_id": customer_id, "attempt": 1}, queue="Jobs")


def test_every_friendship_gets_it_and_one_that_begins_later_too(bundle, ask, make, tag):
    there, customer_id = friend(bundle)
    befriended(bundle.wecom, "wangwu", external_userid=there)
    put(ask, make("高价值", tag_id=tag), customer_id)
    bundle.settle()
    assert [tags_of(bundle, there, each) for each in ("lisi", "wangwu")] == [[tag], [tag]]

    befriended(bundle.wecom, "ChenMei", external_userid=there)
    bundle.settle()

    assert tags_of(bundle, there, "ChenMei") == [tag]


def test_what_staff_mark_changes_no_membership_and_stays(bundle, ask, make, tag):
    from dataclasses import replace

    from scrm.customers.dynamodb import Customers

    there, _ = friend(bundle)
    segment_id = make("高价值", tag_id=tag)
    bundle.wecom.people.relation("lisi", there).tags.append(tag)
    relation = Customers().relation(there, "lisi", consistent=True)
    assert relation
    Customers().save_relation(replace(relation, tags=(tag,)), bundle.time.now())
    bundle.settle()

    assert ask("GET", f"/admin/segments/{segment_id}/count").json["count"] == 0
    assert (tags_of(bundle, there), marks(bundle)) == ([tag], [])


def test_another_tag_for_the_segment_takes_the_place_of_the_first(bundle, ask, make, tag):
    there, customer_id = friend(bundle)
    segment_id = make("高价值", tag_id=tag)
    put(ask, segment_id, customer_id)
    bundle.settle()
    other = corp_tag(bundle.wecom, "贵宾", "分层")

    edited = ask("PUT", f"/admin/segments/{segment_id}", {"version": 1, "tag_id": other})
    bundle.settle()
    assert (edited.status, tags_of(bundle, there)) == (200, [other])
    ask("PUT", f"/admin/segments/{segment_id}", {"version": 2, "tag_id": ""})
    bundle.settle()

    assert tags_of(bundle, there) == []


def test_two_segments_with_one_tag_both_have_to_be_left(bundle, ask, make, tag):
    there, customer_id = friend(bundle)
    one, two = make("一", tag_id=tag), make("二", tag_id=tag)
    put(ask, one, customer_id)
    put(ask, two, customer_id)
    put(ask, one, customer_id, "remove")
    bundle.settle()

    assert tags_of(bundle, there) == [tag]
    put(ask, two, customer_id, "remove")
    bundle.settle()
    assert tags_of(bundle, there) == []


def test_when_wecom_is_too_busy_the_tag_comes_later(bundle, ask, make, tag):
    there, customer_id = friend(bundle)
    bundle.wecom.faults.add({"endpoint": MARK, "what": "errcode", "errcode": 45009, "count": 1})
    put(ask, make("高价值", tag_id=tag), customer_id)

    bundle.settle()
    assert tags_of(bundle, there) == []
    bundle.time.sleep(900)
    bundle.settle()

    assert (tags_of(bundle, there), bundle.waiting()) == ([tag], {})


def test_a_friendship_that_wecom_does_not_know_any_more_keeps_nobody_else_from_it(bundle, ask, make, tag):
    there, customer_id = friend(bundle)
    befriended(bundle.wecom, "wangwu", external_userid=there)
    fault = {"endpoint": MARK, "what": "errcode", "errcode": 84061, "count": 0, "body": {"userid": "lisi"}}
    bundle.wecom.faults.add(fault)
    put(ask, make("高价值", tag_id=tag), customer_id)

    bundle.settle()

    assert [tags_of(bundle, there, each) for each in ("lisi", "wangwu")] == [[], [tag]]
    assert bundle.waiting() == {}


def test_killed_at_any_step_the_tag_is_put_on_and_taken_off_all_the_same():
    from scrm.segments.members_dynamodb import pin, unpin
    from scrm.segments.model import Segment

    def scenario(bundle: Bundle):
        tag = corp_tag(bundle.wecom, "高价值", "分层")
        _, one = friend(bundle)
        _, two = friend(bundle, name="小雪")
        segment = Segment("seg_vip", "高价值", "static", status="active", tag_id=tag)
        _stored(segment, bundle)
        bundle.settle()
        pin(segment, two, bundle.time.now())
        bundle.settle()
        pin(segment, one, bundle.time.now())
        unpin("seg_vip", two, bundle.time.now())

        def act():
            for _ in range(4):
                bundle.settle()
                bundle.time.sleep(91)

        return act

    steps, different = survived("segment tags", scenario)

    assert steps > 10
    assert different == {}


def _stored(segment: Any, bundle: Bundle) -> None:
    from pynamodb.transactions import TransactWrite

    from scrm.segments.dynamodb import head, put_step, tell_step
    from scrm.table import Row

    _, step = put_step(segment, bundle.time.now())
    with TransactWrite(connection=Row._get_connection().connection) as transaction:
        step(transaction)
        tell_step(head())(transaction)
