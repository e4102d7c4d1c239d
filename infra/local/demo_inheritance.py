"""The sixth scene of `make demo`: a member leaves, and a day later their customers are with three colleagues.

One command starts the plan. WeCom gives the customers a day to refuse: one does, and for another the new
colleague turns out to be full; the plan's policy handles both. The SOP that was going on for each customer
goes on under the new colleague.
"""

from __future__ import annotations

import time
import uuid
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from infra.local.acting import content, step
from infra.local.demo_sops import published
from infra.local.stack import clock, tick
from infra.local.stack.places import say

if TYPE_CHECKING:
    from infra.local.demo import Demo

CUSTOMERS = ("沈佳", "陆川", "何静", "宋阳", "唐宁", "许诺", "邓辉", "冯雪", "曹磊")
COLLEAGUES = ("ChenMei", "LiuYang", "zhaoliu")
POLLS = ("PollTransfers",)
SYNCS = ("SyncOrganisation",)
"""An ordinary app learns of members by looking: WeCom tells the contacts' own receiver alone."""
A_DAY = timedelta(hours=24, minutes=5)
EVERY_SECONDS = 5


def play(demo: Demo) -> None:
    """Play the scene, and say what can be seen of it."""
    leaver = f"zhouyu{uuid.uuid4().hex[:4]}"
    try:
        _scene(demo, leaver)
    finally:
        clock.move("real")


def _scene(demo: Demo, leaver: str) -> None:
    admin = demo.session("admin")
    with step(f"A new salesperson, {leaver}, gets a channel code and a SOP for who comes through it"):
        sop_id, state = _at_work(demo, admin, leaver)
    with step(f"{len(CUSTOMERS)} strangers scan the code; each has a progress bar"):
        people = {_scans(demo, state, name): name for name in CUSTOMERS}
        demo.awaited(lambda: len(_bars(demo, admin, sop_id, leaver)) == len(people) or None)
    with step(f"{leaver} leaves the company; operations see what is left behind"):
        demo.act("member-leaves", userid=leaver)
        tick.tick(demo.stack, only=SYNCS)
        left = demo.awaited(lambda: _left_behind(demo, admin, leaver, len(people)))
    say(f"     {left}")
    with step("One command hands them to three colleagues"):
        takeovers = [{"userid": each} for each in COLLEAGUES]
        wish = {"takeovers": takeovers, "allocation": "even"}
        made = demo.created(f"/admin/offboarding/{leaver}", wish, admin)
    plan_id = made["plan"]["plan_id"]
    _say_matrix(made["plan"]["preview"]["matrix"])
    with step("WeCom has taken every one, in a call for each colleague"):
        _until(demo, admin, plan_id, WAITING=len(people))
        items = _items(demo, admin, plan_id)
    refuses, no_room = items[0], items[1]
    with step(
        f"{people[refuses]} refuses, and the colleague of {people[no_room]} can take no more customers"
    ):
        demo.act("transfer-ends", handover_userid=leaver, external_userid=refuses, result="refused")
        demo.act("transfer-ends", handover_userid=leaver, external_userid=no_room, result="limit")
        _until(demo, admin, plan_id, REFUSED=1, WAITING=len(people) - 1)
    say(f"     {people[refuses]} stays with {leaver}'s; {people[no_room]} goes to the next colleague.")
    with step("A day later all others have moved, with their to-dos and bars, and the plan is over"):
        clock.move((clock.now() + A_DAY).isoformat())
        admin = demo.session("admin")
        _until(demo, admin, plan_id, REFUSED=1, SETTLED=len(people) - 1)
        demo.awaited(lambda: _plan(demo, admin, plan_id)["status"] == "COMPLETED" or None)
    bars = demo.awaited(lambda: _moved(demo, admin, sop_id, len(people) - 1))
    say("     bars: " + "、".join(f"{owner} {number}" for owner, number in sorted(bars.items())))
    report = content(demo.api.get(f"/admin/inheritance/plans/{plan_id}/report", headers=admin))
    say(
        f"     {report['submitted']} handed over, {report['succeeded']} with a new colleague "
        f"({report['success_percent']:.2f} %), {report['refused']} refused"
    )


def _at_work(demo: Demo, admin: dict[str, str], leaver: str) -> tuple[str, str]:
    """Return the SOP and the state of the channel code of a member who has just joined."""
    demo.act("member-joins", userid=leaver, name="周宇", department=[2])
    tick.tick(demo.stack, only=SYNCS)
    demo.awaited(lambda: _is_known(demo, admin, leaver))
    name = f"周宇的活码 {leaver[-4:]}"
    wish = {"name": name, "kind": "offline_exhibition", "staff": [{"userid": leaver}]}
    channel = demo.created("/admin/channels", wish, admin)
    return published(demo, admin, channel), str(channel["state"])


def _is_known(demo: Demo, admin: dict[str, str], userid: str) -> bool | None:
    answer = demo.api.get(f"/admin/staff/{userid}", headers=admin)
    return (answer.status_code == 200 and answer.json()["can_contact"]) or None


def _scans(demo: Demo, state: str, name: str) -> str:
    return str(demo.act("scan", state=state, name=name)["external_userid"])


def _bars(demo: Demo, admin: dict[str, str], sop_id: str, owner: str) -> list[dict[str, Any]]:
    """Return the bars of the SOP that go on, of one owner."""
    rows = content(demo.api.get(f"/admin/sops/{sop_id}/enrollments", headers=admin))["items"]
    return [each for each in rows if each["status"] == "ACTIVE" and each["owner"] == owner]


def _moved(demo: Demo, admin: dict[str, str], sop_id: str, wanted: int) -> dict[str, int] | None:
    """Return how many bars go on with each colleague, once all do."""
    found = {each: len(_bars(demo, admin, sop_id, each)) for each in COLLEAGUES}
    return found if sum(found.values()) == wanted else None


def _left_behind(demo: Demo, admin: dict[str, str], leaver: str, wanted: int) -> str | None:
    answer = demo.api.get(f"/admin/offboarding/{leaver}", headers=admin)
    if answer.status_code == 404:
        return None
    told = content(answer)
    remains = told["remains"]
    if told["status"] != "left" or not remains or remains["customers"] < wanted:
        return None
    counted = "、".join(f"{number} {name}" for name, number in remains.items() if number)
    return f"{counted}; WeCom hands over until {told['handed_over_until']}"


def _plan(demo: Demo, admin: dict[str, str], plan_id: str) -> dict[str, Any]:
    return content(demo.api.get(f"/admin/inheritance/plans/{plan_id}", headers=admin))


def _items(demo: Demo, admin: dict[str, str], plan_id: str) -> list[str]:
    path = f"/admin/inheritance/plans/{plan_id}/items"
    return [each["external_userid"] for each in content(demo.api.get(path, headers=admin))["items"]]


def _until(demo: Demo, admin: dict[str, str], plan_id: str, **wanted: int) -> None:
    """Wait until so many items have each status; what is due is asked for meanwhile."""
    ticked = [0.0]

    def look() -> bool | None:
        there = Counter(_plan(demo, admin, plan_id)["progress"]["by_status"])
        if all(there[status] == number for status, number in wanted.items()):
            return True
        if time.monotonic() - ticked[0] > EVERY_SECONDS:
            tick.tick(demo.stack, only=POLLS)
            ticked[0] = time.monotonic()
        return None

    demo.awaited(look)


def _say_matrix(matrix: dict[str, Any]) -> None:
    say("     " + " ".join(f"{each:>10}" for each in ("", *matrix["takeovers"])))
    for handover, row in zip(matrix["handovers"], matrix["counts"], strict=True):
        say("     " + " ".join(f"{each:>10}" for each in (handover, *row)))
