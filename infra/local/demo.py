"""`make demo`: a stranger scans a channel code and seconds later is in the salesperson's sidebar.

In the second scene (infra/local/demo_crm.py) another turns out to be a customer of the CRM, and buys. In the
third (infra/local/demo_content.py) a script of a spreadsheet is found, sent, opened, and sells. In the
fourth (infra/local/demo_leads.py) two hundred leads come from outside. In the fifth
(infra/local/demo_sops.py) three customers go through seven days of a SOP, each on their own clock. In the
sixth (infra/local/demo_inheritance.py) a member leaves, and their customers go to three colleagues.

Everything travels as in a deployment: the simulated WeCom encrypts its callbacks, the stack answers over
HTTP. Nothing here reads a table or calls a function directly. DEMO_EXIT=1 ends after printing.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
import uuid
from collections.abc import Callable
from typing import Any

import httpx

from infra.local import demo_content, demo_crm, demo_inheritance, demo_leads, demo_sops
from infra.local.acting import content, step
from infra.local.stack import processes, up
from infra.local.stack.description import Description
from infra.local.stack.places import say

PATIENCE_SECONDS = 60
SELLER = "zhangsan"


class Demo:
    """The people of the story: the administrator, a customer and a salesperson, each over HTTP."""

    def __init__(self, stack: Description) -> None:
        self.stack = stack
        self.wecom = httpx.Client(base_url=f"{stack.wecom_url}/_control/", timeout=40)
        self.api = httpx.Client(base_url=stack.api_url, timeout=40)
        self.seller = SELLER

    def play(self) -> None:
        with step("The administrator logs in with a WeCom OAuth code"):
            admin = self.session("admin")
        with step(f"… and creates a channel code for {SELLER}"):
            channel = self.create_channel(admin)
        with step(f"{SELLER} logs in and opens the sidebar"):
            seller = self.session(SELLER)
        scanned_at = time.monotonic()
        with step("A stranger scans the code; WeCom reports it in an encrypted callback"):
            customer = self.act("scan", state=channel["state"], name="韩梅梅")["external_userid"]
        with step("The sidebar shows them"):
            shown = self.awaited(lambda: self.sidebar(seller, customer))
        say(f"     {time.monotonic() - scanned_at:.1f} s after the scan.")
        with step("The welcome message has reached them"):
            welcome = self.awaited(lambda: self.welcome_of(customer))
        say(f"     {welcome:.1f} s after the scan, by WeCom's clock; the code would have died after 20 s.")
        with step(f"{SELLER} is notified"):
            notice = self.awaited(lambda: self.notice_to(SELLER))
        say(f"     {notice}")
        others = demo_crm.OtherSystems(self, self.stack)
        known = demo_crm.play(self, others, admin, seller, SELLER)
        demo_content.play(self, others, admin, seller, known)
        demo_leads.play(self, others, admin)
        demo_sops.play(self, others)
        demo_inheritance.play(self)
        say(f"\nGET /sidebar/customers/{customer}, the stranger of the first scene")
        say(json.dumps(shown, ensure_ascii=False, indent=2))
        say(f"\nGET /sidebar/customers/{known}, the CRM's customer")
        say(json.dumps(self.sidebar(seller, known), ensure_ascii=False, indent=2))

    def session(self, userid: str) -> dict[str, str]:
        """Return the headers of a member's session."""
        code = self.act("login", userid=userid)["code"]
        answer = self.api.post("/auth/session", json={"code": code})
        return {"Authorization": f"Bearer {content(answer)['token']}"}

    def create_channel(self, admin: dict[str, str]) -> dict[str, Any]:
        wish = {
            "name": "春季展会 A 区",
            "kind": "offline_exhibition",
            "staff": [{"userid": SELLER}],
            "welcome": {"text": "您好，很高兴认识您！需要资料随时找我。"},
        }
        return self.created("/admin/channels", wish, admin)

    def created(self, path: str, wish: dict[str, Any], session: dict[str, str]) -> dict[str, Any]:
        """Return what a request created."""
        headers = {**session, "Idempotency-Key": str(uuid.uuid4())}
        return content(self.api.post(path, json=wish, headers=headers))

    def act(self, act: str, **arguments: Any) -> dict[str, Any]:
        """Play a person in the simulated WeCom."""
        return content(self.wecom.post(f"people/{act}", json=arguments))

    def sidebar(self, seller: dict[str, str], customer: str) -> dict[str, Any] | None:
        """Return what the sidebar shows, once the customer's profile is there."""
        answer = self.api.get(f"/sidebar/customers/{customer}", headers=seller)
        shown = None if answer.status_code in {403, 404} else content(answer)
        return shown if shown and shown["name"] else None

    def welcome_of(self, customer: str) -> float | None:
        """Return the seconds between the scan and the welcome message, by the simulator's clock."""
        for row in content(self.wecom.get("welcomes"))["welcomes"]:
            if row["external_userid"] == customer and row["sent_at"]:
                return float(row["sent_at"] - row["made_at"])
        return None

    def uploads(self) -> int:
        """Return how many files were uploaded to WeCom so far."""
        return len(content(self.wecom.get("calls", params={"path": "media/*"}))["calls"])

    def notice_to(self, userid: str) -> str | None:
        rows = content(self.wecom.get("messages", params={"userid": userid}))["messages"]
        shown = rows[-1]["content"] if rows else {}
        return (
            " ".join(str(shown[key]) for key in ("title", "description", "content") if key in shown) or None
        )

    def awaited(self, look: Callable[[], Any]) -> Any:
        """Return what `look` finds, looking again until it does."""
        end = time.monotonic() + PATIENCE_SECONDS
        while (found := look()) is None:
            if time.monotonic() > end:
                sys.exit(f"\nStill nothing after {PATIENCE_SECONDS} s; see .local/engine.log and make drain.")
            time.sleep(0.1)
        return found


def addresses(stack: Description) -> str:
    return "\n".join(
        (
            "",
            f"API            {stack.api_url}  (its description: {stack.api_url}/openapi.json)",
            f"Log in as      {stack.api_url}/auth/login?next=/openapi.json",
            f"WeCom          {stack.wecom_url}  (people and faults: docs/simulator.md)",
            f"AWS engine     {stack.aws_endpoint_url}",
            "Everything else stands in .local/stack.json.",
        )
    )


def main() -> None:
    try:
        stack = up.up()
    except processes.NotStarted as failed:
        sys.exit(str(failed))
    Demo(stack).play()
    say(addresses(stack))
    if os.environ.get("DEMO_EXIT"):
        return
    say("The stack stays up until Ctrl-C.")
    try:
        signal.pause()
    except KeyboardInterrupt:
        say("")
        up.down()


if __name__ == "__main__":
    main()
