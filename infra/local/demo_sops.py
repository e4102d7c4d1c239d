"""The fifth scene of `make demo`: seven days of SOP-A for three customers who entered on different days.

One SOP, one set of contents, three clocks. On the way operations pause the SOP, a customer deletes the
salesperson, another one buys. What each bar has to say at the end follows by hand from the dates printed.
"""

from __future__ import annotations

import time
import uuid
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from infra.local.acting import content, step
from infra.local.demo_crm import OtherSystems
from infra.local.stack import clock, tick
from infra.local.stack.places import say

if TYPE_CHECKING:
    from infra.local.demo import Demo

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
TEMPLATE = "new_customer"
WRITTEN = frozenset({"key", "title", "mode", "schedule", "requires", "marketing", "parts"})
STARTS = ("StartDueSteps",)
EVERY_SECONDS = 5


class Week:
    """The week of the scene: its Monday, what the stack's clock reads, and who is logged in since."""

    def __init__(self, demo: Demo, others: OtherSystems) -> None:
        self.demo, self.others = demo, others
        today = clock.now().astimezone(clock.BEIJING)
        ahead = timedelta(days=7 - today.weekday())
        self.monday = (today + ahead).replace(hour=0, minute=0, second=0, microsecond=0)

    def at(self, day: str, when: str) -> None:
        """Move the clock to a time of the week, let what is due happen, and say the time."""
        hour, minute = (int(each) for each in when.split(":"))
        moment = self.monday + timedelta(days=DAYS.index(day), hours=hour, minutes=minute)
        clock.move(moment.isoformat())
        tick.tick(self.demo.stack, only=STARTS)
        self.now = moment

    def session(self, userid: str) -> dict[str, str]:
        """Return a session of now: earlier ones have ended."""
        return self.demo.session(userid)


def play(demo: Demo, others: OtherSystems) -> None:
    """Play the week, and say what can be seen of it."""
    week = Week(demo, others)
    try:
        _week(demo, week)
    finally:
        clock.move("real")


def _week(demo: Demo, week: Week) -> None:
    week.at("Mon", "10:00")
    with step("Operations make SOP-A of the template 新客培育, for one channel code, and publish it"):
        admin = week.session("admin")
        channel = demo.create_channel(admin)
        sop_id = published(demo, admin, channel)
    week.at("Mon", "10:15")
    with step("Mon 10:15 X scans the code: welcome, and A1 for the salesperson"):
        x = _scans(demo, week, channel, "林悦")
    _does(demo, week, "Mon", "10:40", x, "A1", {"area": 89})
    week.at("Tue", "10:00")
    _does(demo, week, "Tue", "10:20", x, "A2")
    week.at("Wed", "16:00")
    with step("Wed 16:00 Y scans the code: the same A1, two days later"):
        y = _scans(demo, week, channel, "周航")
    _does(demo, week, "Wed", "16:30", y, "A1", {"area": 120})
    week.at("Thu", "10:00")
    _does(demo, week, "Thu", "10:30", y, "A2")
    week.at("Thu", "12:00")
    with step("Thu 12:00 Z scans the code"):
        z = _scans(demo, week, channel, "顾然")
    _does(demo, week, "Thu", "12:10", z, "A1", {"area": 76})
    with step("Thu 14:00 operations pause the SOP; X's A3 of Thu 20:00 does not go out"):
        week.at("Thu", "14:00")
        _switch(demo, week, sop_id, "pause")
        week.at("Thu", "20:00")
        _nothing_open(demo, week, x)
    with step("Fri 09:00 … and let it go on: A3 is due at once"):
        week.at("Fri", "09:00")
        _switch(demo, week, sop_id, "resume")
        _given(demo, week, x, "A3")
    _does(demo, week, "Fri", "09:30", x, "A3")
    week.at("Fri", "10:00")
    with step("Fri 11:00 Z deletes the salesperson: Z's A2 is cancelled"):
        _given(demo, week, z, "A2")
        week.at("Fri", "11:00")
        demo.act("customer-deletes", userid=demo.seller, external_userid=z)
        demo.awaited(lambda: _left(demo, week, sop_id, z, "lost_relation"))
    with step("Sat 12:00 Y buys: the goal is reached, Y's A3 of Sat 20:00 does not go out"):
        week.at("Sat", "12:00")
        _buys(week, y)
        demo.awaited(lambda: _left(demo, week, sop_id, y, "goal"))
    week.at("Sun", "12:00")
    with step("Sun 12:00 three bars"):
        bars = {name: _bar(demo, week, sop_id, there) for name, there in (("X", x), ("Y", y), ("Z", z))}
    for name, told in bars.items():
        say(f"     {name} {told}")


def published(demo: Demo, admin: dict[str, str], channel: dict[str, Any]) -> str:
    """Return the SOP of the template that whoever comes through a channel code enters, in force."""
    known = content(demo.api.get("/admin/fields", headers=admin))["items"]
    if not any(each["key"] == "area" for each in known):
        area = {"key": "area", "title": "面积", "type": "number", "group": "房屋"}
        demo.created("/admin/fields", area, admin)
    name = f"新客七日 {uuid.uuid4().hex[:4]}"
    made = demo.created("/admin/sops", {"template": TEMPLATE, "name": name}, admin)
    sop_id = str(made["sop_id"])
    there = content(demo.api.get(f"/admin/sops/{sop_id}", headers=admin))["definition"]
    wish: dict[str, Any] = {name: each for name, each in there.items() if name not in {"number", "state"}}
    wish["steps"] = [{name: each for name, each in one.items() if name in WRITTEN} for one in there["steps"]]
    wish["triggers"] = [{"kind": "added", "ids": [channel["channel_id"]]}]
    changed = demo.api.put(f"/admin/sops/{sop_id}", json={**wish, "version": made["version"]}, headers=admin)
    version = content(changed)["version"]
    content(demo.api.post(f"/admin/sops/{sop_id}:publish", json={"version": version}, headers=admin))
    return sop_id


def _scans(demo: Demo, week: Week, channel: dict[str, Any], name: str) -> str:
    """Return the external_userid of a stranger who scans the code, once A1 is with the salesperson."""
    there = str(demo.act("scan", state=channel["state"], name=name)["external_userid"])
    _given(demo, week, there, "A1")
    return there


def _does(
    demo: Demo, week: Week, day: str, when: str, there: str, key: str, fields: dict[str, Any] | None = None
) -> None:
    """Let the salesperson send a step from the sidebar, as the simulated client takes it."""
    with step(f"{day} {when} {key} is sent from the sidebar"):
        found = _given(demo, week, there, key)
        week.at(day, when)
        seller = week.session(demo.seller)
        if fields:
            path = f"/sidebar/tasks/{found['task_id']}:done"
            content(demo.api.post(path, json={"fields": fields, "note": "已发送"}, headers=seller))
        else:
            prepared = demo.created(f"/sidebar/tasks/{found['task_id']}:prepare", {}, seller)
            for payload in prepared["payloads"]:
                taken = demo.act("member-sends", userid=demo.seller, external_userid=there, message=payload)
                if taken["err_msg"] != "sendChatMessage:ok":
                    raise SystemExit(f"\n{taken['err_msg']}: {payload}")
            demo.created("/sidebar/sends", {"send_id": prepared["send_id"], "ok": True}, seller)
        demo.awaited(lambda: _open(demo, seller, there, key) is None or None)


def _given(demo: Demo, week: Week, there: str, key: str) -> dict[str, Any]:
    """Return the open to-do of a step once the salesperson has it; the tick starts what is due meanwhile."""
    seller, ticked = week.session(demo.seller), [0.0]

    def look() -> dict[str, Any] | None:
        found = _open(demo, seller, there, key)
        if found is None and time.monotonic() - ticked[0] > EVERY_SECONDS:
            tick.tick(demo.stack, only=STARTS)
            ticked[0] = time.monotonic()
        return found

    return dict(demo.awaited(look))


def _open(demo: Demo, seller: dict[str, str], there: str, key: str) -> dict[str, Any] | None:
    """Return the open to-do of a step, or None."""
    answer = demo.api.get(f"/sidebar/customers/{there}/tasks", headers=seller)
    rows = [] if answer.status_code in {403, 404} else content(answer)["items"]
    return next((each for each in rows if each["payload"].get("step_key") == key), None)


def _nothing_open(demo: Demo, week: Week, there: str) -> None:
    if _open(demo, week.session(demo.seller), there, "A3"):
        raise SystemExit("\nA3 went out although the SOP is paused.")


def _switch(demo: Demo, week: Week, sop_id: str, act: str) -> None:
    content(demo.api.post(f"/admin/sops/{sop_id}:{act}", headers=week.session("admin")))


def _buys(week: Week, there: str) -> None:
    order = {
        "source": "shop",
        "order_no": f"S{uuid.uuid4().hex[:12]}",
        "version": 1,
        "at": week.now.isoformat(),
        "external_userid": there,
        "status": "paid",
        "amount_fen": 1_280_000,
    }
    week.others.ask("POST", "/integrations/orders", {"orders": [order]})


def _enrolled(demo: Demo, week: Week, sop_id: str, there: str) -> dict[str, Any]:
    rows = content(demo.api.get(f"/admin/sops/{sop_id}/enrollments", headers=week.session("admin")))["items"]
    return next(each for each in rows if each["external_userid"] == there)


def _left(demo: Demo, week: Week, sop_id: str, there: str, why: str) -> bool | None:
    it = _enrolled(demo, week, sop_id, there)
    return (it["status"], it["why"]) == ("EXITED", why) or None


def _bar(demo: Demo, week: Week, sop_id: str, there: str) -> str:
    it = _enrolled(demo, week, sop_id, there)
    entered = datetime.fromisoformat(it["entered_at"]).astimezone(clock.BEIJING)
    if it["next_due"]:
        due = datetime.fromisoformat(it["next_due"]).astimezone(clock.BEIJING)
        comes = f"{it['step']} due {DAYS[due.weekday()]} {due:%m-%d %H:%M}"
    else:
        comes = f"{it['status']} ({it['why']})"
    return f"{it['progress']}  entered {DAYS[entered.weekday()]} {entered:%H:%M}, {comes}"
