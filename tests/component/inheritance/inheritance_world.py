"""What tests of inheritance share: customers to hand over, plans, the clock, and what came of it."""

from collections.abc import Sequence
from typing import Any

from scrm.inheritance.batching import batches
from scrm.inheritance.model import Item
from scrm.inheritance.plan import Plan, PlanBatch, numbered
from tests.component.sops.sops_world import Sops

TRANSFER = "/cgi-bin/externalcontact/transfer_customer"
RESULT = "/cgi-bin/externalcontact/transfer_result"


class Inheritance(Sops):
    """Customers who are handed over; all happens through functions, queues, the stream and the simulator."""

    def plan(
        self,
        given: Sequence[tuple[tuple[str, str], str]],
        *,
        handover: str = "zhangsan",
        mode: str = "onjob",
        notice: str = "",
        plan_id: str = "p1",
        held: bool = False,
        **terms: Any,
    ) -> Plan:
        """Start a plan that gives customers to members, as a confirmation does; `held`: only draft it."""
        from scrm.inheritance import plans_dynamodb as stored
        from scrm.table import in_transaction

        now = self.bundle.time.now()
        takeovers = list(dict.fromkeys(userid for _, userid in given))
        asked = {"mode": mode, "handovers": [handover], "takeovers": [{"userid": each} for each in takeovers]}
        items = [
            (Item(customer_id, there, handover, userid), notice) for (there, customer_id), userid in given
        ]
        parts = [
            PlanBatch(
                plan_id,
                numbered(each.number),
                mode,  # type: ignore[arg-type]  # one of two
                each.handover,
                each.takeover,
                each.notice,
                each.items,
                now,
            )
            for each in batches(items)
        ]
        plan = Plan(
            plan_id,
            asked | terms,
            "岗位调整",
            "admin",
            now,
            status="DRAFT" if held else "RUNNING",
            batches=frozenset(each.number for each in parts),
            version=1,
        )
        stored.put_batches(parts)
        with in_transaction() as transaction:
            for step in stored.plan_steps(plan, is_new=True):
                step(transaction)
        return plan

    def poll(self, text: str = "") -> int:
        """Let the schedule look for what is due, at a time, and everything follow; return what it queued."""
        if text:
            self.clock(text)
        queued = self.bundle.invoke("poll_transfers", {"time": self.bundle.time.now().isoformat()})["queued"]
        self.bundle.wecom.transfers.settle(self.bundle.time.seconds)
        self.bundle.arrive()
        self.bundle.settle()
        return int(queued)

    def items(self, plan_id: str = "p1") -> dict[str, Any]:
        """Return each item's status by external_userid, the last attempt's."""
        from scrm.inheritance.plans_dynamodb import batches_of

        return {
            item.external_userid: item.status
            for batch in batches_of(plan_id)
            for item in batch.items
            if not item.next
        }

    def codes(self, plan_id: str = "p1") -> dict[str, str]:
        """Return each item's code by external_userid."""
        from scrm.inheritance.plans_dynamodb import batches_of

        return {item.external_userid: item.code for batch in batches_of(plan_id) for item in batch.items}

    def cancel(self, plan_id: str) -> None:
        """Call a plan off, as the console does."""
        from scrm.inheritance.plans_dynamodb import status_step
        from scrm.table import in_transaction

        step = status_step(self.stored_plan(plan_id), "CANCELLED", self.bundle.time.now())
        with in_transaction() as transaction:
            step(transaction)

    def leaves(self, userid: str) -> None:
        """Let a member leave the corp."""
        from wecom_simulator.acts import member_leaves

        member_leaves(self.bundle.wecom, userid=userid)
        self.bundle.arrive()
        self.bundle.settle()

    def stored_plan(self, plan_id: str = "p1") -> Plan:
        """Return a plan as it is stored."""
        from scrm.inheritance.plans_dynamodb import plan_of

        found = plan_of(plan_id)
        assert found
        return found

    def asked(self, path: str = TRANSFER) -> list[dict[str, Any]]:
        """Return the bodies of the calls of a path, as WeCom got them."""
        return [each["body"] for each in self.bundle.wecom.calls.listed(path)]

    def ends(self, there: str, how: str, handover: str = "zhangsan", *, told: bool = True) -> None:
        """Let a handover end before its time: completed, refused or limit; its callback may be lost."""
        from wecom_simulator.acts import transfer_ends

        transfer_ends(self.bundle.wecom, handover_userid=handover, external_userid=there, result=how)
        if not told:
            self.bundle.callbacks()
        self.bundle.arrive()
        self.bundle.settle()

    def status(self, there: str, userid: str) -> str:
        """Return a relation's status."""
        from scrm.customers.dynamodb import Customers

        found = Customers().relation(there, userid)
        return found.status if found else "none"
