"""What tests of the console of inheritance share: cards laid down by the hundred, plans asked for."""

from datetime import datetime, timedelta
from typing import Any

from scrm.http.caller import Caller
from tests.component.http_world import Answered
from tests.component.inheritance.inheritance_world import Inheritance

PLANS = "/admin/inheritance/plans"
FIRST = datetime.fromisoformat("2026-01-05T10:00:00+08:00")
CHECKER = Caller("lilei", "operations_admin", "all")
"""A second operations administrator."""


class Console:
    """The console of inheritance, over customers whose cards were laid down at once."""

    def __init__(self, inheritance: Inheritance) -> None:
        self.at = inheritance
        self.bundle = inheritance.bundle

    def member(self, *userids: str, **more: Any) -> None:
        """Let members be known, with the customer-contact feature."""
        from scrm.staff import dynamodb as staff
        from scrm.staff.model import Member

        for userid in userids:
            staff.StaffRow.of(Member(userid, f"成员{userid}", can_contact=True, **more)).save()
        staff.forget_directory()

    def holds(self, userid: str, *names: str, **more: Any) -> list[str]:
        """Let a member have customers of these names, added minute after minute; return their contacts."""
        from scrm.cards.dynamodb import CardRow
        from scrm.cards.model import Card
        from scrm.customers.model import customer_id_of
        from tests.doubles.bundle import CORP_ID

        there = [f"wm{name}" for name in names]
        for place, external_userid in enumerate(there):
            values: dict[str, Any] = {
                "name": names[place],
                "status": "active",
                "added_at": FIRST + timedelta(minutes=place),
                **more,
            }
            card = Card(customer_id_of(CORP_ID, external_userid), external_userid, userid, **values)
            CardRow.of(card, 1).save()
        return there

    def many(self, userid: str, number: int, prefix: str = "", **more: Any) -> list[str]:
        """Let a member have so many customers: c001 and on, after a prefix."""
        return self.holds(userid, *(f"{prefix or userid}c{each:03}" for each in range(1, number + 1)), **more)

    def ask(
        self, path: str, body: Any = None, method: str = "POST", *, caller: Any = None, **query: str
    ) -> Answered:
        """Ask the console; nothing follows until it is let."""
        return self.at.ask(method, f"{PLANS}{path}", body, caller=caller, **query)

    def preview(self, handovers: list[str], takeovers: list[Any], **more: Any) -> dict[str, Any]:
        """Return what a plan would do."""
        answered = self.ask(":preview", terms(handovers, takeovers, **more))
        assert answered.status == 200, answered.text
        found: dict[str, Any] = answered.json
        return found

    def drafted(self, handovers: list[str], takeovers: list[Any], **more: Any) -> dict[str, Any]:
        """Draft a plan and return it."""
        answered = self.ask("", {"reason": "position_change", **terms(handovers, takeovers, **more)})
        assert answered.status == 201, answered.text
        found: dict[str, Any] = answered.json
        return found

    def confirmed(self, plan: dict[str, Any], **more: Any) -> dict[str, Any]:
        """Confirm a draft as it was shown and let everything follow; return the plan."""
        told = {"selection_hash": plan["selection_hash"], "version": plan["version"], **more}
        answered = self.ask(f"/{plan['plan_id']}:confirm", told)
        assert answered.status == 200, answered.text
        self.bundle.settle()
        found: dict[str, Any] = answered.json
        return found

    def get(self, path: str, **query: str) -> dict[str, Any]:
        """Return what a page of plans holds."""
        answered = self.ask(path, method="GET", **query)
        assert answered.status == 200, answered.text
        found: dict[str, Any] = answered.json
        return found


def terms(handovers: list[str], takeovers: list[Any], **more: Any) -> dict[str, Any]:
    """Return the terms of a plan on the job; a takeover is a userid, or all that is said of one."""
    named = [each if isinstance(each, dict) else {"userid": each} for each in takeovers]
    return {"mode": "onjob", "handovers": handovers, "takeovers": named, **more}
