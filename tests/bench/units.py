"""U1-U4, U8-U10: requests, units and calls of each scenario, exact and the same on every machine."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from tests.bench.bars import Options, Result, at_most, exactly
from tests.bench.scenarios import get, warmed, with_channel
from tests.capacity.calculator import item_size
from tests.capacity.recording import Recorded, recording
from tests.doubles.bundle import Bundle
from tests.doubles.dynamodb import WRITES, template
from tests.doubles.sqs import Queues, lambda_event

GOLDEN = Path(__file__).parent / "golden"
WELCOME = "/cgi-bin/externalcontact/send_welcome_msg"
DETAIL = "/cgi-bin/externalcontact/get"
PAGE = 50


def units(options: Options) -> list[Result]:
    """U1-U4, U8-U10: what each scenario asks of tables, queues and WeCom."""
    results: list[Result] = []
    kept: dict[str, Recorded] = {}
    for name, scenario in SCENARIOS.items():
        found, recorded = scenario()
        kept[name] = recorded
        results += found
        results.append(golden(name, recorded, update=options.update))
    results += no_scans(kept)
    return sorted(results, key=lambda each: (int(each.key[1:]), each.name))


def golden(name: str, recorded: Recorded, *, update: bool) -> Result:
    """Return in how many parts a run differs from the golden file of its name, which begins with its bar."""
    place = GOLDEN / f"{name}.json"
    found = recorded.golden()
    if update:
        place.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    known = json.loads(place.read_text(encoding="utf-8")) if place.exists() else {}
    differing = [part for part in found if found[part] != known.get(part)]
    key = name.partition("_")[0].upper()
    return exactly(
        key, f"{name.partition('_')[2]}_golden", len(differing), 0, " parts changed", parts=differing
    )


def _bundle(stack: ExitStack, **channel: Any) -> tuple[Bundle, str]:
    bundle = Bundle()
    stack.enter_context(bundle.running())
    state = with_channel(bundle, **channel)
    warmed(bundle, state)
    # Half a minute on: tokens and directory are still in memory, what is kept for less is not.
    bundle.time.sleep(30)
    return bundle, state


def acknowledged() -> tuple[list[Result], Recorded]:
    """One callback is taken in."""
    with ExitStack() as stack:
        bundle, state = _bundle(stack)
        bundle.wecom.people.scan(userid="zhangsan", state=state)
        (sealed,) = bundle.callbacks()
        with recording(bundle.cloud) as used:
            bundle.post(sealed)
    moved = used.read_units() + used.write_units()
    return [
        exactly("U1", "callback_units", moved, 0),
        exactly("U1", "callback_sends", used.sends(), 1),
    ], used


def repeated() -> tuple[list[Result], Recorded]:
    """The same event reaches the worker again, past the queue's own deduplication."""
    with ExitStack() as stack:
        bundle, state = _bundle(stack)
        event = _event_of_add(bundle, state)
        bundle.invoke("handle_customer_event", event)
        with recording(bundle.cloud) as used:
            bundle.invoke("handle_customer_event", event)
    return [
        at_most("U2", "duplicate_wru", used.write_units(), 1, " WRU", rru=used.read_units()),
        exactly("U2", "duplicate_wecom_calls", len(used.wecom()), 0),
    ], used


def _event_of_add(bundle: Bundle, state: str) -> dict[str, Any]:
    bundle.wecom.people.scan(userid="zhangsan", state=state)
    bundle.arrive()
    request = {"QueueUrl": Queues.url("CustomerEvents")}
    return lambda_event("CustomerEvents", bundle.cloud.queues.handle("ReceiveMessage", request)["Messages"])


def new_customer() -> tuple[list[Result], Recorded]:
    """A stranger adds a member through a tagged channel: everything that is written for the customer."""
    with ExitStack() as stack:
        bundle, state = _bundle(stack)
        event = _event_of_add(bundle, state)
        with recording(bundle.cloud) as used:
            bundle.invoke("handle_customer_event", event)
            while bundle.react():
                pass
    calls = used.wecom()
    return [
        at_most("U3", "new_customer_wru", used.write_units(), 12, " WRU", rru=used.read_units()),
        at_most("U3", "new_customer_wecom_calls", len(calls), 3, " calls", calls=calls),
    ], used


def told() -> tuple[list[Result], Recorded]:
    """The same customer, up to the last effect: the member has been told."""
    with ExitStack() as stack:
        bundle, state = _bundle(stack)
        bundle.wecom.people.scan(userid="zhangsan", state=state)
        with recording(bundle.cloud) as used:
            bundle.arrive()
            bundle.settle()
    return [], used


def welcome() -> tuple[list[Result], Recorded]:
    """What happens before the welcome is asked for."""
    with ExitStack() as stack:
        bundle, state = _bundle(stack)
        event = _event_of_add(bundle, state)
        with recording(bundle.cloud) as used:
            bundle.invoke("handle_customer_event", event)
    first = next(index for index, call in enumerate(used.calls) if call.service == "wecom")
    writes = sum(call.operation in WRITES for call in used.calls[:first])
    return [
        exactly("U4", "first_call_is_welcome", int(used.calls[first].operation == WELCOME), 1),
        at_most("U4", "writes_before_welcome", writes, 1),
    ], used


def detail() -> tuple[list[Result], Recorded]:
    """The sidebar shows a customer whom three colleagues have."""
    with ExitStack() as stack:
        bundle, state = _bundle(stack)
        there = bundle.wecom.people.scan(userid="zhangsan", state=state)["external_userid"]
        for colleague in ("lisi", "wangwu"):
            bundle.wecom.people.scan(userid=colleague, external_userid=there)
        bundle.arrive()
        bundle.settle()
        path = f"/sidebar/customers/{there}"
        get(bundle, "sidebar_api", path, "zhangsan")
        with recording(bundle.cloud) as used:
            answer = get(bundle, "sidebar_api", path, "zhangsan")
    _expect(answer)
    return [
        at_most("U8", "sidebar_detail_requests", _without_who(used), 2),
        at_most("U8", "sidebar_detail_rru", used.read_units() - WHO, 3, " RRU"),
    ], used


WHO = 0.5
"""What `get` itself reads to play the authorizer: the member's row."""


def _without_who(used: Recorded) -> int:
    return used.requests() - 1


def _expect(answer: dict[str, Any]) -> None:
    if answer["statusCode"] != 200:
        raise AssertionError(f"{answer['statusCode']}: {answer['body']}")


def page() -> tuple[list[Result], Recorded]:
    """A member's own customers, 50 on a page."""
    with ExitStack() as stack:
        bundle, state = _bundle(stack)
        for _ in range(PAGE + 5):
            bundle.wecom.people.scan(userid="zhangsan", state=state)
        bundle.arrive()
        bundle.settle()
        get(bundle, "workbench_api", "/workbench/customers", "zhangsan", f"limit={PAGE}")
        with recording(bundle.cloud) as used:
            answer = get(bundle, "workbench_api", "/workbench/customers", "zhangsan", f"limit={PAGE}")
    _expect(answer)
    shown = {each["external_userid"] for each in json.loads(answer["body"])["items"]}
    if len(shown) != PAGE:
        raise AssertionError("the page is not full")
    stored = _stored_bytes(bundle, shown)
    return [
        at_most("U9", "customers_page_requests", _without_who(used), 1),
        at_most(
            "U9",
            "customers_page_rru",
            used.read_units() - WHO,
            -(-stored // 4096) * 0.5,
            " RRU",
            bytes=stored,
        ),
    ], used


def _stored_bytes(bundle: Bundle, shown: set[str]) -> int:
    """Return the bytes that the index by_owner holds of these customers."""
    table = bundle.cloud.store.tables["ScrmTable"]
    rows = (row for row in table.items.values() if row["PK"]["S"].startswith("CARD#"))
    of_page = [row for row in rows if row["SK"]["S"].partition("#")[2] in shown]
    return sum(item_size(table.view("by_owner", row)) for row in of_page)


def edited() -> tuple[list[Result], Recorded]:
    """A member changes a remark in WeCom: one callback, to its last effect."""
    from wecom_simulator.acts import member_edits

    with ExitStack() as stack:
        bundle, state = _bundle(stack)
        there = bundle.wecom.people.scan(userid="zhangsan", state=state)["external_userid"]
        bundle.arrive()
        bundle.settle()
        bundle.time.sleep(60)
        member_edits(bundle.wecom, userid="zhangsan", external_userid=there, remark="改过")
        with recording(bundle.cloud) as used:
            bundle.arrive()
            bundle.settle()
    return [], used


def reconciled() -> tuple[list[Result], Recorded]:
    """A night finds nothing wrong with a page of 100 customers of one member."""
    with ExitStack() as stack:
        bundle, state = _bundle(stack)
        for _ in range(99):
            bundle.wecom.people.scan(userid="zhangsan", state=state)
        bundle.arrive()
        bundle.settle()
        bundle.time.sleep(3600)
        bundle.invoke("reconcile_customers", {"time": bundle.time.now().isoformat()})
        with recording(bundle.cloud) as used:
            bundle.settle()
    return [], used


def no_scans(kept: dict[str, Recorded]) -> list[Result]:
    """Return whether anything scanned, and whether any function of a request or tick may."""
    recorded = sum(each.scans() for each in kept.values())
    allowed = [
        name
        for name, resource in template()["Resources"].items()
        if resource["Type"] == "AWS::Serverless::Function" and "dynamodb:Scan" in json.dumps(resource)
    ]
    return [
        exactly("U10", "scans_recorded", recorded, 0),
        exactly("U10", "scans_permitted", len(allowed), 0, " functions", functions=allowed),
    ]


Scenario = Callable[[], tuple[list[Result], Recorded]]
SCENARIOS: dict[str, Scenario] = {
    "u1_callback": acknowledged,
    "u2_duplicate": repeated,
    "u3_new_customer": new_customer,
    "u3_new_customer_and_notice": told,
    "u4_welcome": welcome,
    "u8_sidebar_detail": detail,
    "u9_customers_page": page,
    "u14_edit": edited,
    "u14_reconciled_page": reconciled,
}
