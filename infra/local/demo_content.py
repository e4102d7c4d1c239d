"""The third scene of `make demo`: a script of a spreadsheet is found, sent, opened, and sells.

What the salesperson sends is what the simulated WeCom client takes, to the letter; what the customer opens is
the short link in it; the shop's order carries the share id that the link led to.
"""

from __future__ import annotations

import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from infra.local.acting import content, step
from infra.local.demo_crm import OtherSystems
from infra.local.stack import clock
from infra.local.stack.places import say

if TYPE_CHECKING:
    from infra.local.demo import Demo

SCRIPTS = Path(__file__).with_name("demo_scripts.csv")
SERVICE = "sunqi"
PRICE_FEN = 59_900


def play(demo: Demo, others: OtherSystems, admin: dict[str, str], seller: dict[str, str], there: str) -> None:
    """Play the scene with the customer `there`, and say what can be seen of it."""
    name = f"春季班 {uuid.uuid4().hex[:4]}"
    with step("Operations put a product into the library, with a link that carries the share id"):
        product = product_of(name)
        demo.created("/admin/products", product, admin)
    with step("… and import a spreadsheet of scripts"):
        report = imported(demo, admin, name)
    say(f"     {report['created']} created, {report['unchanged']} unchanged, {report['failed']} failed.")
    with step("The salesperson finds one by pinyin initials: jgb"):
        found = demo.awaited(lambda: searched(demo, seller, "jgb", name))
    say(f"     {found['title']}")
    with step(f"{SERVICE}, of the service staff, sees none of what is marketing's"):
        seen = titles(demo, service(demo, admin))
    say(f"     sees {'、'.join(seen)}")
    if any("价格" in each or "活动" in each for each in seen):
        raise SystemExit("\nThe service person sees what is not theirs.")
    uploads = demo.uploads()
    with step("One tap: the payloads are ready, and WeCom's client takes them"):
        prepared = demo.created(
            f"/sidebar/scripts/{found['item_id']}:prepare", {"external_userid": there}, seller
        )
        for payload in prepared["payloads"]:
            taken = demo.act("member-sends", userid=demo.seller, external_userid=there, message=payload)
            if taken["err_msg"] != "sendChatMessage:ok":
                raise SystemExit(f"\n{taken['err_msg']}: {payload}")
        demo.created("/sidebar/sends", {"send_id": prepared["send_id"], "ok": True}, seller)
    received = content(demo.wecom.get("chat-messages", params={"external_userid": there}))["chat_messages"]
    if [each["message"] for each in received][-len(prepared["payloads"]) :] != prepared["payloads"]:
        raise SystemExit("\nWeCom's client did not receive what was prepared.")
    say(f"     {prepared['payloads'][0]['text']['content']}")
    say(f"     {demo.uploads() - uploads} files were uploaded at the tap.")
    with step("The customer opens the link"):
        target = opened(demo, prepared["payloads"][-1])
    say(f"     leads to {target}")
    with step(f"… and buys: the shop tells of an order of ¥{PRICE_FEN // 100}.00 with the share id"):
        number = bought(others, there, product["code"], parse_qs(urlsplit(target).query)["share"][0])
    paid_at = time.monotonic()
    with step("The sale is attributed"):
        sale = demo.awaited(lambda: attributed(demo, admin, number))
    say(f"     {time.monotonic() - paid_at:.1f} s after the order: {sale}")


def product_of(name: str) -> dict[str, Any]:
    return {
        "type": "standard",
        "code": f"SP-{uuid.uuid4().hex[:6]}",
        "name": name,
        "category": "课程",
        "price_fen": PRICE_FEN,
        "link": "https://shop.example.com/p/1?share={share_id}",
        "description": "12 课时，小班授课",
    }


def imported(demo: Demo, admin: dict[str, str], product: str) -> dict[str, Any]:
    """Return the report of the import; the first script ends in the product."""
    table = SCRIPTS.read_text(encoding="utf-8").replace("{product}", product)
    headers = {**admin, "Content-Type": "text/csv", "Idempotency-Key": str(uuid.uuid4())}
    report = content(demo.api.post("/admin/scripts:import", content=table.encode(), headers=headers))
    if report["failed"]:
        raise SystemExit(f"\n{[each for each in report['rows'] if each['errors']]}")
    return report


def searched(demo: Demo, seller: dict[str, str], text: str, product: str) -> dict[str, Any] | None:
    """Return the newest script that a search finds and that ends in the product."""
    items = content(demo.api.get("/sidebar/scripts", params={"q": text}, headers=seller))["items"]
    for each in items:
        shown = content(demo.api.get(f"/sidebar/scripts/{each['item_id']}", headers=seller))
        if product in str(shown):
            return dict(each)
    return None


def service(demo: Demo, admin: dict[str, str]) -> dict[str, str]:
    """Return the session of somebody with the role of the service staff."""
    before = content(demo.api.get(f"/admin/staff/{SERVICE}", headers=admin))
    if before["role"] != "service":
        wish = {"role": "service", "data_scope": "own", "version": before["version"]}
        content(demo.api.put(f"/admin/staff/{SERVICE}", json=wish, headers=admin))
    return demo.session(SERVICE)


def titles(demo: Demo, session: dict[str, str]) -> list[str]:
    items = content(demo.api.get("/sidebar/scripts", headers=session))["items"]
    return list(dict.fromkeys(str(each["title"]) for each in items))


def opened(demo: Demo, payload: dict[str, Any]) -> str:
    """Return where the link of a message leads; its opening is recorded."""
    text = payload["news"]["link"] if payload["msgtype"] == "news" else payload["text"]["content"]
    path = "/h5/r/" + text.rpartition("/h5/r/")[2].split()[0]
    agent = {"User-Agent": "Mozilla/5.0 (iPhone) MicroMessenger/8.0.50"}
    answer = demo.api.get(path, headers=agent, follow_redirects=False)
    if answer.status_code != 302:
        raise SystemExit(f"\n{path}: {answer.status_code} {answer.text[:300]}")
    return str(answer.headers["Location"])


def bought(others: OtherSystems, there: str, code: str, share_id: str) -> str:
    """Return the number of the order that the shop tells of."""
    number = f"T{uuid.uuid4().hex[:12]}"
    order = {
        "source": "shop",
        "order_no": number,
        "version": 1,
        "at": clock.now().isoformat(timespec="seconds"),
        "external_userid": there,
        "status": "paid",
        "amount_fen": PRICE_FEN,
        "lines": [{"product_code": code, "title": "春季班", "amount_fen": PRICE_FEN}],
        "share_id": share_id,
    }
    others.ask("POST", "/integrations/orders", {"orders": [order]})
    return number


def attributed(demo: Demo, admin: dict[str, str], number: str) -> str | None:
    """Return whose sale an order is and why, in a sentence; None while that is not known."""
    answer = demo.api.get(f"/admin/orders/shop/{number}/attribution", headers=admin)
    if answer.status_code == 404:
        return None
    told = content(answer)
    shares = [f"{each['userid']} ¥{each['fen'] / 100:.2f}" for each in told["members"] if each["userid"]]
    return f"{'、'.join(shares)} (rule: {told['rule']})" if shares else None
