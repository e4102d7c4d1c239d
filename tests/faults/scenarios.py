"""What the handlers are put through: each scenario prepares a bundle and returns the act to be disturbed."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.bench.scenarios import with_channel, with_staff
from tests.doubles.bundle import Bundle, http_event

Act = Callable[[], None]
Scenario = Callable[[Bundle], Act]
SCENARIOS: dict[str, Scenario] = {}


def scenario(function: Scenario) -> Scenario:
    """Register a scenario under its name."""
    SCENARIOS[function.__name__] = function
    return function


def until_answered(bundle: Bundle, function: str, event: dict[str, Any]) -> Any:
    """Invoke a function again as long as it dies or cannot answer now, as its caller or schedule would."""
    while True:
        answer = bundle.invoke(function, event)
        if answer is not None and answer.get("statusCode") != 503:
            return answer


def everything_arrives(bundle: Bundle) -> None:
    """Deliver what WeCom sends, and work until nothing is left."""
    bundle.arrive()
    bundle.settle()


def befriended(bundle: Bundle, state: str = "") -> str:
    """Return a customer whom zhangsan has, known to both sides."""
    made = bundle.wecom.people.scan(userid="zhangsan", state=state)
    everything_arrives(bundle)
    bundle.time.sleep(60)
    return str(made["external_userid"])


@scenario
def customer_added_through_a_channel(bundle: Bundle) -> Act:
    state = with_channel(bundle)
    bundle.wecom.people.scan(userid="zhangsan", state=state)
    return lambda: everything_arrives(bundle)


@scenario
def customer_added_half(bundle: Bundle) -> Act:
    with_staff(bundle)
    made = bundle.wecom.people.scan(userid="zhangsan", half=True)
    bundle.time.sleep(3)
    bundle.wecom.people.accept(userid="zhangsan", external_userid=made["external_userid"])
    return lambda: everything_arrives(bundle)


@scenario
def customer_edited(bundle: Bundle) -> Act:
    from wecom_simulator.acts import member_edits

    there = befriended(bundle, with_channel(bundle))
    member_edits(bundle.wecom, userid="zhangsan", external_userid=there, remark="王总 采购")
    return lambda: everything_arrives(bundle)


@scenario
def customer_deletes_member_and_returns(bundle: Bundle) -> Act:
    from wecom_simulator.acts import customer_deletes

    state = with_channel(bundle)
    there = befriended(bundle, state)
    customer_deletes(bundle.wecom, userid="zhangsan", external_userid=there)
    bundle.time.sleep(5)
    bundle.wecom.people.scan(userid="zhangsan", state=state, external_userid=there)
    return lambda: everything_arrives(bundle)


@scenario
def member_deletes_customer(bundle: Bundle) -> Act:
    from wecom_simulator.acts import member_deletes

    there = befriended(bundle, with_channel(bundle))
    member_deletes(bundle.wecom, userid="zhangsan", external_userid=there)
    return lambda: everything_arrives(bundle)


@scenario
def corp_tags_change(bundle: Bundle) -> Act:
    from wecom_simulator.acts import tag_changed, tag_created, tag_deleted

    with_staff(bundle)
    made = tag_created(bundle.wecom, group_name="意向", names=["高", "低"])
    tag_changed(bundle.wecom, tag_id=made["tags"]["高"], name="很高")
    tag_deleted(bundle.wecom, tag_id=made["tags"]["低"])
    return lambda: everything_arrives(bundle)


@scenario
def organisation_is_synced(bundle: Bundle) -> Act:
    event = {"time": bundle.time.now().isoformat()}

    def act() -> None:
        until_answered(bundle, "sync_organisation", event)
        bundle.settle()

    return act


@scenario
def lost_callbacks_are_healed(bundle: Bundle) -> Act:
    state = with_channel(bundle)
    known = befriended(bundle, state)
    bundle.wecom.people.scan(userid="zhangsan", state=state)
    bundle.wecom.people.scan(userid="lisi", external_userid=known)
    bundle.callbacks()  # lost for good
    bundle.time.sleep(3600)
    event = {"time": bundle.time.now().isoformat()}

    def act() -> None:
        until_answered(bundle, "reconcile_customers", event)
        bundle.settle()

    return act


@scenario
def channel_codes_are_refreshed(bundle: Bundle) -> Act:
    from scrm.staff.dynamodb import StaffRow, member

    with_channel(bundle, members=("zhangsan", "lisi"))
    gone = member("lisi")
    assert gone is not None
    from dataclasses import replace

    StaffRow.of(replace(gone, can_contact=False)).save()
    bundle.forget()
    event = {"time": bundle.time.now().isoformat()}

    def act() -> None:
        until_answered(bundle, "refresh_channel_codes", event)
        bundle.settle()

    return act


@scenario
def notices_of_the_night_are_released(bundle: Bundle) -> Act:
    from wecom_simulator.acts import customer_deletes

    state = with_channel(bundle)
    there = [befriended(bundle, state) for _ in range(3)]
    bundle.time.seconds += 14 * 3600  # past midnight in Beijing: members are not disturbed
    for each in there:
        customer_deletes(bundle.wecom, userid="zhangsan", external_userid=each)
    everything_arrives(bundle)
    bundle.time.seconds += 10 * 3600
    event = {"time": bundle.time.now().isoformat()}

    def act() -> None:
        until_answered(bundle, "release_notices", event)
        bundle.settle()

    return act


@scenario
def dead_letters_are_redriven(bundle: Bundle) -> Act:
    state = with_channel(bundle)
    bundle.wecom.people.scan(userid="zhangsan", state=state)
    bundle.arrive()
    _bury_all(bundle, "CustomerEvents")

    def act() -> None:
        until_answered(bundle, "redrive_dead_letters", {"queue": "CustomerEvents"})
        bundle.time.sleep(400)  # what a killed redrive had in hand becomes visible again
        until_answered(bundle, "redrive_dead_letters", {"queue": "CustomerEvents"})
        bundle.settle()

    return act


def _bury_all(bundle: Bundle, queue: str) -> None:
    """Move a queue's messages to its dead-letter queue, as five failures would."""
    queues = bundle.cloud.queues.queues
    live, dead = queues[queue], queues[queues[queue].dead]
    dead.messages |= live.messages
    live.messages.clear()


def asked(
    bundle: Bundle, function: str, method: str, path: str, userid: str, body: dict[str, Any]
) -> dict[str, Any]:
    """Return the HTTP event of a member's request, with one Idempotency-Key for all its repetitions."""
    from scrm.http.caller import Caller
    from scrm.staff.dynamodb import member

    known = member(userid)
    assert known is not None
    caller = Caller(known.userid, known.role, known.data_scope, known.departments, known.leads)
    headers = {"content-type": "application/json", "idempotency-key": f"{function}-1"}
    event = http_event(method, path, json.dumps(body), headers)
    event["requestContext"]["authorizer"] = {"lambda": caller.context()}
    return event


@scenario
def channel_is_created(bundle: Bundle) -> Act:
    with_staff(bundle)
    body = {"name": "官网", "kind": "website", "staff": [{"userid": "zhangsan"}], "welcome": {"text": "您好"}}
    event = asked(bundle, "admin_api", "POST", "/admin/channels", "admin", body)

    def act() -> None:
        answer = until_answered(bundle, "admin_api", event)
        assert answer["statusCode"] == 201, answer["body"]
        bundle.settle()

    return act


@scenario
def remark_and_tag_are_changed_in_the_sidebar(bundle: Bundle) -> Act:
    from tests.bench.scenarios import with_tag

    there = befriended(bundle, with_channel(bundle))
    tag = with_tag(bundle, "重点", "意向")
    path = f"/sidebar/customers/{there}/tags"
    event = asked(bundle, "sidebar_api", "POST", path, "zhangsan", {"add": [tag], "remove": []})

    def act() -> None:
        answer = until_answered(bundle, "sidebar_api", event)
        assert answer["statusCode"] == 200, answer["body"]
        bundle.settle()

    return act


@scenario
def an_edit_moves_tags_segments_and_cards(bundle: Bundle) -> Act:
    from tests.bench.scenarios import with_tag
    from wecom_simulator.acts import member_edits

    tag = with_tag(bundle, "重点", "意向")
    _segment("tagged", {"field": "tags", "op": "any", "value": [tag]})
    _segment("untagged", {"not": {"field": "tags", "op": "any", "value": [tag]}})
    there = befriended(bundle, with_channel(bundle))
    member_edits(bundle.wecom, userid="zhangsan", external_userid=there, add_tag=[tag], remark="改过")
    return lambda: everything_arrives(bundle)


@scenario
def time_moves_a_boundary(bundle: Bundle) -> Act:
    _segment("new", {"field": "lifecycle", "op": "in", "value": ["new"]})
    befriended(bundle, with_channel(bundle))
    bundle.time.seconds += 8 * 86_400
    event = {"time": bundle.time.now().isoformat()}

    def act() -> None:
        until_answered(bundle, "move_boundaries", event)
        bundle.settle()

    return act


@scenario
def a_step_is_sent_and_lacks_a_field(bundle: Bundle) -> Act:
    """One tap in the sidebar, then the field that the step asks for."""
    from scrm.http.caller import Caller
    from tests.component.conftest import http_event_of
    from tests.component.sops.sops_world import Sops
    from tests.unit.sops.journeys import SOP_A

    sops, member = Sops(bundle), Caller("zhangsan", "staff", "own")
    sops.put(SOP_A, {"A1": {"parts": [{"kind": "text", "text": "您好"}]}})
    there, customer_id = sops.friend("X")
    sops.enter(customer_id, SOP_A)
    sops.tick()
    (to_do,) = sops.to_dos("zhangsan")

    def ask(method: str, path: str, body: Any, key: str = "") -> Any:
        headers = {"Idempotency-Key": key} if key else {}
        event = http_event_of(method, path, body, caller=member, headers=headers)
        return json.loads(until_answered(bundle, "sidebar_api", event)["body"])

    def act() -> None:
        made = ask("POST", f"/sidebar/tasks/{to_do.id}:prepare", {}, "tap-1")
        ask("POST", "/sidebar/sends", {"send_id": made["send_id"], "ok": True})
        bundle.settle()
        ask("PATCH", f"/sidebar/customers/{there}", {"custom_fields": {"area": 98}})
        bundle.settle()

    return act


def _segment(segment_id: str, condition: dict[str, Any]) -> None:
    """Store an active segment."""
    from scrm import clock
    from scrm.segments.dynamodb import SegmentRow
    from scrm.segments.model import Segment

    now = clock.now()
    SegmentRow.of(Segment(segment_id, segment_id, condition=condition, status="active"), now).save()
