"""The fourth scene of `make demo`: two hundred leads come from outside, and each has one owner and a story.

Among them are people told of twice, people on the black list, leads for a pool that is closed just now, and
leads from nobody knows where. One is worked on until a payment wins it; one lies idle until its time is over.
"""

from __future__ import annotations

import uuid
from collections import Counter
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from infra.local.acting import content, step
from infra.local.demo_crm import OtherSystems
from infra.local.stack import clock, tick
from infra.local.stack.places import say

if TYPE_CHECKING:
    from infra.local.demo import Demo

LEADS = 200
AT_ONCE = 50
DUPLICATES, BLACKLISTED, OUT_OF_HOURS, FROM_NOWHERE = 20, 5, 15, 10
HANGZHOU, SHANGHAI, CHENGDU = "330106", "310104", "510104"
CONTRACT_FEN = 880_000
IDLE_DAYS = 3


def play(demo: Demo, others: OtherSystems, admin: dict[str, str]) -> None:
    """Play the scene, and say what can be seen of it."""
    run = uuid.uuid4().hex[:6]
    with step("Operations define two pools, one of them closed just now, and the rules"):
        define(demo, admin)
    leads = mixed(run)
    with step(f"… and put {BLACKLISTED} phones on the black list"):
        for each in leads[:BLACKLISTED]:
            wish = {"kind": "phone", "value": each["phone"], "colour": "black", "reason": "演示黑名单"}
            content(demo.api.post("/admin/lead-lists", json=wish, headers=admin))
    with step(f"A website, a campaign and a partner tell of {LEADS} people"):
        told = [
            row for start in range(0, LEADS, AT_ONCE) for row in sent(others, leads[start : start + AT_ONCE])
        ]
    say("     " + counted(each["status"] for each in told))
    with step("Each lead is given to somebody, waits for its pool to open, or has a reason"):
        pages = demo.awaited(lambda: decided(demo, admin, told))
    say("     " + counted(each["lead"]["status"] for each in pages.values()))
    for title, sentence in stories(leads, told, pages):
        say(f"     {title}: {sentence}")
    with step("One is followed up, wanted and signed"):
        owner, lead_id, crmid = worked_on(demo, leads, told, pages)
    with step("… and a payment wins it"):
        number = paid(others, crmid)
        demo.awaited(lambda: (status_of(demo, admin, lead_id) == "WON") or None)
        sale = demo.awaited(lambda: sold_by(demo, admin, number))
    say(f"     the sale is {sale}'s, who owned the lead ({owner}).")
    with step("One lies idle until its time is over; then it is in its pool again"):
        reason = returned(demo, told, pages, lead_id)
    say(f"     {reason}")


def define(demo: Demo, admin: dict[str, str]) -> None:
    """Put the pools and the rules in force; a second demo on the same stack finds them there."""
    now = clock.now().astimezone(clock.BEIJING)
    opens, closes = now + timedelta(hours=2), now + timedelta(hours=3)
    shift = {"start": f"{opens:%H:%M}", "end": f"{closes:%H:%M}"}
    terms = {"default_days": IDLE_DAYS, "idle_days": IDLE_DAYS, "max_days": 60, "remind_days": 1}
    region = {"ChenMei": ["330000"], "LiuYang": ["310000"], "zhaoliu": []}
    members: list[dict[str, Any]] = [{"userid": name, "regions": regions} for name, regions in region.items()]
    evening: list[dict[str, Any]] = [{"userid": "wangwu", "shifts": [shift]}]
    for pool_id, name, who in (("demo", "演示公海", members), ("demo-evening", "演示晚班", evening)):
        wish: dict[str, Any] = {
            "pool_id": pool_id,
            "name": name,
            "members": who,
            "admins": ["admin"],
            "protection": terms,
        }
        there = demo.api.get(f"/admin/pools/{pool_id}", headers=admin)
        if there.status_code == 404:
            demo.created("/admin/pools", wish, admin)
            continue
        version = content(there)["version"]
        del wish["pool_id"]
        content(demo.api.put(f"/admin/pools/{pool_id}", json={**wish, "version": version}, headers=admin))
    in_force = content(demo.api.get("/admin/lead-rules", headers=admin))
    evening_only = {"rule_id": "evening", "pool_id": "demo-evening", "priority": 10}
    rules = [
        {**evening_only, "fits": {"products": ["夜校"]}, "off_hours": "queue_until_open"},
        {"rule_id": "by-region", "pool_id": "demo", "by_region": True},
    ]
    wish = {"rules": rules, "default_pool": "demo", "version": in_force["version"]}
    content(demo.api.put("/admin/lead-rules", json=wish, headers=admin))


def mixed(run: str) -> list[dict[str, Any]]:
    """Return the rows of the feed: first the blacklisted ones, last the duplicates."""
    start = int(run, 16) % 10_000_000
    kinds = ("website", "campaign", "partner")
    regions = (HANGZHOU, SHANGHAI, CHENGDU)
    rows: list[dict[str, Any]] = []
    for place in range(LEADS - DUPLICATES):
        row = {
            "kind": kinds[place % 3],
            "source_id": f"{run}-{place}",
            "name": f"潜客{place:03}",
            "phone": f"138{(start + place) % 100_000_000:08}",
            "region": regions[place % 3],
            "crmid": f"L-{run}-{place}",
        }
        if BLACKLISTED <= place < BLACKLISTED + OUT_OF_HOURS:
            row["product"] = "夜校"
        elif place < BLACKLISTED + OUT_OF_HOURS + FROM_NOWHERE:
            del row["region"]
        rows.append(row)
    again = rows[-DUPLICATES:]
    return [
        *rows,
        *({**each, "source_id": f"{each['source_id']}-again", "kind": "partner"} for each in again),
    ]


def sent(others: OtherSystems, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return list(others.ask("POST", "/integrations/leads", {"leads": rows})["results"])


def decided(demo: Demo, admin: dict[str, str], told: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Return the page of each lead, once all of them are decided on."""
    pages = {}
    for each in told:
        if each["status"] in {"created", "blacklisted"}:
            page = content(demo.api.get(f"/workbench/leads/{each['lead_id']}", headers=admin))
            if page["lead"]["status"] == "NEW" and not page["decision"]:
                return None
            pages[each["lead_id"]] = page
    return pages


def stories(
    leads: list[dict[str, Any]], told: list[dict[str, Any]], pages: dict[str, Any]
) -> list[tuple[str, str]]:
    """Return what the pages of some leads say of why they are where they are."""
    first_nowhere = BLACKLISTED + OUT_OF_HOURS
    chosen = {
        "blacklisted": 0,
        "out of hours": BLACKLISTED,
        "from nowhere": first_nowhere,
        "from Hangzhou": next(n for n, each in enumerate(leads) if each.get("region") == HANGZHOU and n > 40),
        "told of twice": LEADS - DUPLICATES - 1,
    }
    found = []
    for title, place in chosen.items():
        page = pages[told[place]["lead_id"]]
        said = page["decision"]["sentence"] if page["decision"] else page["timeline"][-1]["title"]
        if title == "told of twice":
            said = page["timeline"][0]["title"]
        found.append((title, said))
    return found


def worked_on(
    demo: Demo, leads: list[dict[str, Any]], told: list[dict[str, Any]], pages: dict[str, Any]
) -> tuple[str, str, str]:
    """Let the owner of one lead work on it up to the contract; return the owner, the lead and its crmid."""
    place = next(
        n for n, row in enumerate(told) if n > 40 and pages[row["lead_id"]]["lead"]["status"] == "ASSIGNED"
    )
    lead_id = told[place]["lead_id"]
    owner = str(pages[lead_id]["lead"]["owner"]["userid"])
    session = demo.session(owner)
    followed = {"method": "call", "content": "想了解春季班", "demand": "孩子三年级，周末上课"}
    demo.created(f"/workbench/leads/{lead_id}/follow-ups", followed, session)
    moved(demo, session, lead_id, {"to": "QUALIFIED"})
    quoted = {"kind": "quote", "note": "报价 8800 元"}
    moved(demo, session, lead_id, {"to": "INTENT", "evidence": [quoted]})
    today = clock.now().astimezone(clock.BEIJING).date()
    contract = {
        "amount_fen": CONTRACT_FEN,
        "signed_at": clock.now().isoformat(timespec="seconds"),
        "start_date": today.isoformat(),
        "end_date": (today + timedelta(days=180)).isoformat(),
    }
    demo.created(f"/workbench/leads/{lead_id}/contracts", contract, session)
    return owner, lead_id, leads[place]["crmid"]


def moved(demo: Demo, session: dict[str, str], lead_id: str, wish: dict[str, Any]) -> None:
    content(demo.api.post(f"/workbench/leads/{lead_id}:transition", json=wish, headers=session))


def paid(others: OtherSystems, crmid: str) -> str:
    """Return the number of the order that the shop tells of."""
    number = f"T{uuid.uuid4().hex[:12]}"
    order = {
        "source": "shop",
        "order_no": number,
        "version": 1,
        "at": clock.now().isoformat(timespec="seconds"),
        "crmid": crmid,
        "status": "paid",
        "amount_fen": CONTRACT_FEN,
    }
    others.ask("POST", "/integrations/orders", {"orders": [order]})
    return number


def status_of(demo: Demo, admin: dict[str, str], lead_id: str) -> str:
    return str(content(demo.api.get(f"/workbench/leads/{lead_id}", headers=admin))["lead"]["status"])


def sold_by(demo: Demo, admin: dict[str, str], number: str) -> str | None:
    told = content(demo.api.get(f"/admin/orders/shop/{number}/attribution", headers=admin))
    return next((each["userid"] for each in told["members"] if each["userid"]), None)


def returned(demo: Demo, told: list[dict[str, Any]], pages: dict[str, Any], but: str) -> str:
    """Move the stack's clock to when one lead's time is over, and return what its page says then."""
    lead_id = next(
        each["lead_id"]
        for each in told
        if each["lead_id"] != but and pages[each["lead_id"]]["lead"]["status"] == "ASSIGNED"
    )
    over = datetime.fromisoformat(pages[lead_id]["lead"]["protect_until"])
    try:
        clock.move((over + timedelta(seconds=1)).isoformat())
        tick.tick(demo.stack)
        admin = demo.session("admin")
        page = demo.awaited(lambda: pooled(demo, admin, lead_id))
    finally:
        clock.move("real")
    when = f"{over.astimezone(clock.BEIJING):%m-%d %H:%M}"
    return f"{page['lead']['status']} at {when}: {page['timeline'][0]['title']}"


def pooled(demo: Demo, admin: dict[str, str], lead_id: str) -> dict[str, Any] | None:
    page = content(demo.api.get(f"/workbench/leads/{lead_id}", headers=admin))
    return page if page["lead"]["status"] == "POOLED" else None


def counted(words: Any) -> str:
    return "、".join(f"{count} {word}" for word, count in sorted(Counter(words).items()))
