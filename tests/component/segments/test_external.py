"""Membership that other systems decide (SEG-12), and target lists frozen from elsewhere (SEG-23)."""

from typing import Any

import pytest
from pynamodb.transactions import TransactWrite

from scrm.table import Row
from tests.component.segments.conftest import friend, traced
from tests.doubles.bundle import Bundle
from tests.faults.crashing import survived


@pytest.fixture
def vip(make):
    return make("VIP", kind="external")


@pytest.fixture
def people(bundle):
    return [friend(bundle, name=f"客户{n}")[1] for n in range(4)]


def rows(ids):
    return [{"customer_id": each} for each in ids]


def in_segment(ask, segment_id):
    items = ask("GET", f"/admin/segments/{segment_id}/members").json["items"]
    return {each["customer_id"] for each in items}


def test_seg_12_put_replaces_the_membership(bundle, ask, tell, vip, people):
    path = f"/integrations/segments/{vip}/members"

    first = tell("PUT", path, {"generation": 1, "members": rows(people[:3])})
    bundle.settle()
    assert (first.status, first.json["accepted"], first.json["complete"]) == (200, 3, True)
    assert in_segment(ask, vip) == set(people[:3])
    tell("PUT", path, {"generation": 2, "members": rows(people[2:])})
    bundle.settle()

    assert in_segment(ask, vip) == set(people[2:])
    assert traced(people[0]) == [("entered", "VIP"), ("left", "VIP")]
    assert traced(people[2]) == [("entered", "VIP")]
    shown = tell("GET", path).json
    assert (shown["generation"], shown["status"]) == (2, "done")


def test_rows_of_nobody_are_reported_and_the_others_count(bundle, ask, tell, vip, people):
    members = [*rows(people[:1]), {"crmid": "C-404"}, {"phone": "12"}, {"customer_id": "a", "crmid": "b"}, {}]

    answered = tell(
        "PUT", f"/integrations/segments/{vip}/members", {"generation": 1, "members": members}
    ).json
    bundle.settle()

    assert [(each["row"], each["status"]) for each in answered["problems"]] == [
        (1, "unknown_customer"),
        (2, "invalid"),
        (3, "invalid"),
        (4, "invalid"),
    ]
    assert (answered["accepted"], answered["created"]) == (1, 0)
    assert in_segment(ask, vip) == {people[0]}


def test_an_unknown_identity_may_make_a_customer_nobody_has_added(bundle, ask, tell, vip):
    body = {"generation": 1, "members": [{"crmid": "C-1"}], "create_unknown": True}

    answered = tell("PUT", f"/integrations/segments/{vip}/members", body).json
    bundle.settle()

    assert (answered["created"], len(in_segment(ask, vip))) == (1, 1)


def test_a_long_list_comes_in_several_requests_and_counts_when_it_is_complete(bundle, ask, tell, vip, people):
    path = f"/integrations/segments/{vip}/members"
    tell("PUT", path, {"generation": 1, "members": rows(people[3:])})
    bundle.settle()

    tell("PUT", path, {"generation": 2, "members": rows(people[:1]), "last": False})
    tell("PUT", path, {"generation": 2, "members": rows(people[:1]), "last": False})
    bundle.settle()
    assert in_segment(ask, vip) == {people[3]}, "half a list changes nothing"
    tell("PUT", path, {"generation": 2, "members": rows(people[1:2])})
    bundle.settle()

    assert in_segment(ask, vip) == set(people[:2])


def test_an_older_list_is_refused_and_a_repeated_one_changes_nothing(bundle, ask, tell, vip, people):
    path = f"/integrations/segments/{vip}/members"
    tell("PUT", path, {"generation": 5, "members": rows(people[:2])})
    bundle.settle()

    old = tell("PUT", path, {"generation": 4, "members": rows(people[2:])})
    again = tell("PUT", path, {"generation": 5, "members": rows(people[:2])})
    bundle.settle()

    assert (old.status, old.code, old.json["latest_generation"]) == (409, "stale_generation", 5)
    assert (again.status, in_segment(ask, vip)) == (200, set(people[:2]))
    assert (
        len([row for row in bundle.rows("JOB#") if row["SK"] == "JOB" and row["kind"] == "segment_hold"]) == 1
    )


def test_a_list_overtaken_while_it_is_carried_out_stops(bundle, ask, tell, vip, people):
    path = f"/integrations/segments/{vip}/members"
    tell("PUT", path, {"generation": 1, "members": rows(people)})
    tell("PUT", path, {"generation": 2, "members": []})

    bundle.settle()

    assert in_segment(ask, vip) == set()


def test_what_is_no_list_of_another_system_is_refused(bundle, ask, tell, make, vip):
    listed = make("清单")
    body = {"generation": 1, "members": []}

    assert tell("PUT", f"/integrations/segments/{listed}/members", body).code == "not_external"
    assert tell("PUT", "/integrations/segments/seg_none/members", body).status == 404
    wrong = tell(
        "PUT", f"/integrations/segments/{vip}/members", {"generation": 0, "members": rows(["a"] * 1001)}
    )
    assert {each["field"] for each in wrong.json["errors"]} == {"generation", "members"}
    ask("DELETE", f"/admin/segments/{vip}")
    assert tell("PUT", f"/integrations/segments/{vip}/members", body).code == "segment_not_active"


def test_a_merged_customer_stays_in_the_list_that_named_them_before(bundle, ask, tell, vip, people):
    from dataclasses import replace

    from scrm.customers.dynamodb import Customers

    path, customers, now = f"/integrations/segments/{vip}/members", Customers(), bundle.time.now()
    tell("PUT", path, {"generation": 1, "members": rows(people[:1])})
    gone, root = (customers.customer(each, consistent=True) for each in people[:2])
    assert gone
    assert root
    customers.save_customer(replace(gone, merged_into=people[1]), now)
    customers.save_customer(replace(root, absorbed=(people[0],)), now)

    bundle.settle()

    assert people[1] in in_segment(ask, vip)


def test_seg_23_a_target_list_is_frozen_from_another_segment_and_stays_as_it_was(bundle, ask, make, people):
    source, frozen = make("来源"), make("清单")
    ask("POST", f"/admin/segments/{source}/members:add", {"customer_ids": people[:2]})

    begun = ask("POST", f"/admin/segments/{frozen}/members:freeze", {"segment_id": source})
    bundle.settle()
    ask("POST", f"/admin/segments/{source}/members:remove", {"customer_ids": people[:1]})
    bundle.settle()

    assert begun.status == 202
    assert in_segment(ask, frozen) == set(people[:2])
    for body in (
        {},
        {"segment_id": source, "condition": {"all": []}},
        {"segment_id": "none"},
        {"segment_id": frozen},
    ):
        refused = ask("POST", f"/admin/segments/{frozen}/members:freeze", body)
        assert (refused.status, refused.json["errors"][0]["field"]) == (422, "segment_id")


def test_killed_at_any_step_a_list_is_carried_out_all_the_same():
    from scrm.jobs.dynamodb import Jobs
    from scrm.jobs.model import NewJob
    from scrm.segments import external_dynamodb as external
    from scrm.segments.computation import HOLD, place_text
    from scrm.segments.members_dynamodb import pin
    from scrm.segments.model import Segment
    from tests.component.segments.test_projection import _stored

    def scenario(bundle: Bundle) -> Any:
        (_, stays), (_, comes), (_, goes) = (friend(bundle, name=f"客户{n}") for n in range(3))
        vip, now = Segment("seg_vip", "VIP", "external", status="active"), bundle.time.now()
        _stored(vip, bundle)
        for each in (stays, goes):
            pin(vip, each, now)
        bundle.settle()
        external.name("seg_vip", 7, [stays, comes], now)
        step = external.complete_step("seg_vip", 7, "job_1", now)
        with TransactWrite(connection=Row._get_connection().connection) as transaction:
            step(transaction)
        places = [place_text(named=7), place_text(not_named=7)]
        params = {"segment_id": "seg_vip", "generation": 7}
        Jobs().start(NewJob("job_1", HOLD, "key:crm", params=params, starts=places), now)
        return bundle.settle

    steps, different = survived("a list of another system", scenario)

    assert steps > 20
    assert {at: lines for at, lines in different.items() if not _only_counts(lines)} == {}


def _only_counts(lines: list[str]) -> bool:
    """A chunk done again after its effects finds them done: it counts fewer, and nothing else differs."""
    return all(line.startswith("/rows/JOB#") for line in lines)
