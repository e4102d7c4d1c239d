"""What tests of SOPs share: SOPs in force, customers who enter, the clock, and what came of it."""

import hashlib
import hmac
import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from scrm.moments import BEIJING
from scrm.sops.enrollment import Enrollment, bar_of
from scrm.sops.model import Sop, Version
from tests.component.conftest import http_event_of
from tests.component.http_world import Answered
from tests.doubles.bundle import CORP_ID, STACK, Bundle

KEY_ID, SECRET = "ik_test0000000001", "test-integration-secret-0123456789"


def at(text: str) -> datetime:
    """Return a time of March 2026, e.g. "02 10:15", in Beijing; "04-01 10:00" names the month."""
    day, clock = text.split()
    return datetime.fromisoformat(f"2026-{day if '-' in day else f'03-{day}'}T{clock}:00+08:00")


def shown(moment: datetime | None) -> str:
    """Return a time the way `at` reads it."""
    return moment.astimezone(BEIJING).strftime("%m-%d %H:%M") if moment else ""


class Sops:
    """SOPs of a corp whose clock a test moves; all happens through functions, queues and the stream."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle

    # ---------------------------------------------------------------- the clock and the functions

    def clock(self, text: str) -> None:
        """Move the clock."""
        self.bundle.time.seconds = at(text).timestamp()

    def tick(self, text: str = "", *, times: int = 1) -> int:
        """Run the tick at a time, so many times at once, and let everything follow; return what it queued."""
        if text:
            self.clock(text)
        event = {"time": self.bundle.time.now().isoformat()}
        queued = sum(self.bundle.invoke("start_due_steps", event)["queued"] for _ in range(times))
        self.bundle.settle()
        return queued

    def ticks(self, start: str, end: str, minutes: int = 30) -> None:
        """Run the tick again and again until a time, inclusive."""
        moment, last = at(start), at(end)
        while moment <= last:
            self.bundle.time.seconds = moment.timestamp()
            self.tick()
            moment += timedelta(minutes=minutes)

    def ask(self, method: str, path: str, body: Any = None, *, caller: Any = None, **query: str) -> Answered:
        """Ask the console as the administrator, or as somebody else; nothing follows until it is let."""
        from scrm.http.caller import Caller

        who = caller or Caller("admin", "operations_admin", "all")
        event = http_event_of(method, path, body, caller=who, query=query or None)
        return Answered(self.bundle.invoke("admin_api", event))

    def done(self, method: str, path: str, body: Any = None, **query: str) -> Any:
        """Ask the console for what it does, let everything follow, jobs to their ends; return the answer."""
        answered = self.ask(method, path, body, **query)
        assert answered.status < 300, (method, path, answered.status, answered.text)
        self.bundle.settle()
        return answered.json

    def later(self, seconds: float = 61) -> None:
        """Let so much time pass, and what waited for it follow."""
        self.bundle.time.seconds += seconds
        self.bundle.settle()

    # ---------------------------------------------------------------- what there is

    def put(self, version: Version, contents: Any = None) -> Version:
        """Store a SOP, published and running."""
        from scrm.sops import sops_dynamodb as stored
        from scrm.table import in_transaction

        now = self.bundle.time.now()
        there = stored.sop(version.sop_id)
        sop = there or Sop(version.sop_id, version.name)
        sop = replace(sop, status="running", published=version.number, draft=version.number)
        with in_transaction() as transaction:
            for step in stored.sop_steps(sop, now, new=there is None):
                step(transaction)
            stored.version_step(version, "admin", now)(transaction)
            stored.content_step(version.sop_id, version.number, contents or {}, 0)(transaction)
        return version

    def switch(self, sop_id: str, status: str) -> None:
        """Pause, stop or start a SOP as its row says."""
        from scrm.sops import sops_dynamodb as stored
        from scrm.table import in_transaction

        there = stored.sop(sop_id)
        assert there
        with in_transaction() as transaction:
            for step in stored.sop_steps(replace(there, status=status), self.bundle.time.now()):  # type: ignore[arg-type]
                step(transaction)

    def friend(self, name: str, userid: str = "zhangsan", **more: Any) -> tuple[str, str]:
        """Make a customer the member's friend; return their external_userid and customer_id."""
        from scrm.customers.model import customer_id_of

        added = self.bundle.wecom.people.scan(userid=userid, name=name, **more)
        there = str(added["external_userid"])
        self.bundle.arrive()
        self.bundle.settle()
        return there, customer_id_of(CORP_ID, there)

    def deleted(self, userid: str, there: str) -> None:
        """Let the customer delete the member."""
        from wecom_simulator.acts import customer_deletes

        customer_deletes(self.bundle.wecom, userid=userid, external_userid=there)
        self.bundle.arrive()
        self.bundle.settle()

    def added_again(self, userid: str, there: str) -> None:
        """Let the customer add the member anew."""
        self.bundle.wecom.people.scan(userid=userid, external_userid=there)
        self.bundle.arrive()
        self.bundle.settle()

    def handover(self, customer_id: str, there: str, text: str, phase: str, *, mode: str = "onjob") -> None:
        """Tell, at a time, how the handover of zhangsan's chat with a customer to lisi goes."""
        from scrm.sops.queueing import tell

        self.clock(text)
        facts = {"handover": "zhangsan", "takeover": "lisi", "external_userid": there, "mode": mode}
        told = {**facts, "phase": phase, "at": self.bundle.time.now().isoformat()}
        tell(customer_id, "transfer", phase, told)
        self.bundle.settle()

    def ordered(self, there: str, order_no: str = "O1", fen: int = 19900) -> None:
        """Let the customer pay an order now, as the shop tells it."""
        at = self.bundle.time.now().isoformat()
        answered = self.tell(
            "POST",
            "/integrations/orders",
            {
                "source": "shop",
                "order_no": order_no,
                "external_userid": there,
                "version": 1,
                "status": "paid",
                "amount_fen": fen,
                "paid_fen": fen,
                "at": at,
                "paid_at": at,
            },
        )
        assert answered.status in {200, 201}, answered.text
        self.bundle.settle()

    def tell(self, method: str, path: str, body: Any) -> Answered:
        """Ask as another system, signed."""
        self.bundle.cloud.parameters.values[f"/{STACK}/integrations/{KEY_ID}"] = json.dumps(
            {"secret": SECRET}
        )
        text = json.dumps(body).encode()
        stamp = str(int(self.bundle.time.seconds))
        signed = "\n".join([stamp, method, path, hashlib.sha256(text).hexdigest()])
        signature = hmac.new(SECRET.encode(), signed.encode(), "sha256").hexdigest()
        headers = {"x-scrm-key": KEY_ID, "x-scrm-timestamp": stamp, "x-scrm-signature": signature}
        event = http_event_of(method, path, None, headers=headers)
        event["body"] = text.decode()
        return Answered(self.bundle.invoke("integrations_api", event))

    def enter(self, customer_id: str, version: Version, **more: Any) -> str:
        """Let a customer enter by hand; return why not, or ""."""
        from scrm.sops.entering import Occasion, enter

        now = self.bundle.time.now()
        refusal = enter(customer_id, version, Occasion("manual", now, **more), now)[1]
        self.bundle.settle()
        return refusal

    def staff(self) -> None:
        """Know the members and their leaders, as the night's look at WeCom does."""
        self.bundle.invoke("sync_organisation", {"time": self.bundle.time.now().isoformat()})
        self.bundle.settle()

    def tag(self, name: str) -> str:
        """Make a corp tag; return its id."""
        from wecom_simulator.acts import tag_created

        made = tag_created(self.bundle.wecom, group_name="SOP", names=[name])
        self.bundle.arrive()
        self.bundle.settle()
        return str(made["tags"][name])

    def untag(self, userid: str, there: str, tag_id: str) -> None:
        """Let a member take a tag off a customer."""
        from wecom_simulator.acts import member_edits

        member_edits(self.bundle.wecom, userid=userid, external_userid=there, remove_tag=[tag_id])
        self.bundle.arrive()
        self.bundle.settle()

    def pool(self, pool_id: str, members: tuple[str, ...], nurture: tuple[str, ...]) -> None:
        """Put a pool in force whose members get leads in turn."""
        from scrm.leads import rules_dynamodb
        from scrm.leads.policy import Member, Pool, RuleOfPool, RuleSet

        pools = (Pool(pool_id, "公海", tuple(map(Member, members)), nurture=nurture),)
        rules = RuleSet(rules=(RuleOfPool("R", pool_id),), pools=pools, default_pool=pool_id)
        rules_dynamodb.add(rules, "admin", self.bundle.time.now())

    def lead(self, lead_id: str, *, phone: str, **more: Any) -> None:
        """Store a lead that was taken back three times, and let everything follow."""
        from scrm.leads import dynamodb as stored
        from scrm.leads.model import Lead

        now = self.bundle.time.now()
        told: dict[str, Any] = {"status": "NURTURE", "recycle_count": 3, "trigger": "recycle"}
        told |= {"pool_id": "P", "keys": (("phone", phone),), "created_at": now, "updated_at": now}
        told |= more
        lead = Lead(lead_id, source="website", **told)
        stored.create(lead, {}, None)
        self.bundle.settle()

    def stored_lead(self, lead_id: str) -> Any:
        """Return a lead as it is stored."""
        from scrm.leads import dynamodb as stored

        return stored.lead(lead_id)

    def listed(self, phone: str) -> set[str]:
        """Return on which lists a number is now."""
        from scrm.leads.lists_dynamodb import colours

        return set(colours([("phone", phone)], self.bundle.time.now()))

    def known(self, customer_id: str, **identities: str) -> None:
        """Let another system say by what else a customer is known."""
        answered = self.tell("POST", "/integrations/identities", {"customer_id": customer_id, **identities})
        assert answered.status in {200, 201}, answered.text
        self.bundle.settle()

    def did(self, there: str, kind: str, text: str, **more: str) -> None:
        """Let another system tell what a customer did at a time, which is now."""
        self.clock(text)
        at = self.bundle.time.now().isoformat()
        event = {"kind": kind, "source_id": f"{kind}-{at}", "external_userid": there, "at": at, **more}
        answered = self.tell("POST", "/integrations/conversation-events", {"events": [event]})
        assert answered.status == 200, answered.text
        self.bundle.settle()

    def again(self) -> None:
        """Hand every record of the stream to its consumer once more, and let everything follow."""
        records = self.bundle.cloud.store.stream
        for start in range(0, len(records), 100):
            answer = self.bundle.invoke("react_to_changes", {"Records": records[start : start + 100]})
            assert answer == {"batchItemFailures": []}
        self.bundle.settle()

    def told(self, kind: str) -> list[tuple[str, str]]:
        """Return (member, title) of the notices of a kind."""
        rows = [each for each in self.bundle.rows("MEMBER#") if str(each["SK"]).startswith("NOTICE#")]
        held = [each["notice"] for each in rows]
        told = [json.loads(each) if isinstance(each, str) else each for each in held]
        return sorted(
            (each["userid"], str(each["facts"].get("title", ""))) for each in told if each["kind"] == kind
        )

    # ---------------------------------------------------------------- what came of it

    def bar(self, customer_id: str, sop_id: str) -> str:
        """Return a progress bar and what comes next: `2/5 A3 03-07 20:00`."""
        from scrm.sops.sops_dynamodb import version

        it = self.enrollment(customer_id, sop_id)
        parts = [str(bar_of(it, version(sop_id, it.version))), it.cursor, shown(it.due_at)]
        return " ".join(each for each in parts if each)

    def enrollment(self, customer_id: str, sop_id: str) -> Enrollment:
        """Return where a customer stands."""
        from scrm.sops.dynamodb import enrollment

        it = enrollment(customer_id, sop_id)
        assert it
        return it

    def to_dos(self, userid: str, status: str | None = "open") -> list[Any]:
        """Return a member's to-dos of SOPs."""
        from scrm.tasks.dynamodb import DynamoTasks

        found, _ = DynamoTasks().of_member(userid, status=status)  # type: ignore[arg-type]
        return [each for each in found if "step_key" in each.payload]

    def do(self, userid: str, step_key: str, text: str = "", *, result: str = "") -> None:
        """Let a member do the open to-do of a step at a time."""
        from scrm.tasks.dynamodb import DynamoTasks

        if text:
            self.clock(text)
        (one,) = [each for each in self.to_dos(userid) if each.payload["step_key"] == step_key]
        now = self.bundle.time.now()
        DynamoTasks().close(one.id, one.version, "done", by=userid, at=now, result=result or None)
        self.bundle.settle()
