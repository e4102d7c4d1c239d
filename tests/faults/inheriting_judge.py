"""What must hold after 10,000 handovers, judged by WeCom's own record and the rows, not by our rules."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.doubles.bundle import Bundle

DONE, WAITING, REFUSED, FULL = 1, 2, 3, 4
"""How WeCom says that a handover stands."""
APPLIED = frozenset({"ok", "unknown_outcome after ok"})
FINAL = {"SETTLED", "REFUSED", "LIMIT_EXCEEDED", "NO_RECORD", "REJECTED", "SKIPPED"}
ENDS = {DONE: "SETTLED", REFUSED: "REFUSED", FULL: "LIMIT_EXCEEDED"}
Handed = tuple[str, str, str]
"""A customer on the way: handover, takeover, external_userid."""
JUDGED = (
    "submitted_twice", "asked_for_twice", "calls_without_a_reason", "items_not_final", "plan_not_completed",
    "items_lost", "ends_otherwise_than_at_wecom", "relations_otherwise_than_at_wecom", "leads_of_another",
    "bars_of_another", "to_dos_of_another", "marks_left", "dead_letters", "messages_left",
)  # fmt: skip


@dataclass
class Person:
    """One customer, whom they are taken from, and who had them as a friend before."""

    customer_id: str
    handovers: list[str]
    friends: list[str]


@dataclass
class Known:
    """What the calls until now have come to: batches that were sent, who was named, whom WeCom took."""

    sent: set[str] = field(default_factory=set)
    named: set[Handed] = field(default_factory=set)
    taken: set[Handed] = field(default_factory=set)


@dataclass
class Judge:
    """Knows everybody, reads the end, and counts wrongs."""

    bundle: Bundle
    mode: str
    plan_ids: list[str] = field(default_factory=list)
    people: dict[str, Person] = field(default_factory=dict)
    leads: dict[str, str] = field(default_factory=dict)
    bars: dict[str, str] = field(default_factory=dict)
    wrong: Counter[str] = field(default_factory=Counter)
    seen: list[str] = field(default_factory=list)
    told: dict[str, Any] = field(default_factory=dict)

    def know(self, there: str, customer_id: str, handovers: list[str], friends: list[str]) -> None:
        """Know a customer."""
        self.people[there] = Person(customer_id, handovers, friends)

    def figures(self) -> str:
        """Return what was found, in words; before the end how many WeCom has accepted."""
        if self.told:
            return ", ".join(f"{name} {value}" for name, value in self.told.items())
        states = Counter(row.status for row in self.bundle.wecom.world.transfers.values())
        return f"accepted {sum(states.values()):,} {dict(states)}"

    def blame(self, what: str, text: str) -> None:
        """Count a wrong."""
        self.wrong[what] += 1
        if self.wrong[what] <= 5:
            self.seen.append(f"{what}: {text}")

    # ---------------------------------------------------------------- at the end

    def judge(self) -> None:
        """Judge everything there is."""
        self.batches = self._batches()
        self.last = self._last_items()
        self.accepted = self._accepted()
        self._once()
        self._calls()
        self._ended()
        self._owners()
        self._leads()
        self._bars()
        self._to_dos()
        self._left()

    def _batches(self) -> list[Any]:
        from scrm.inheritance.plans_dynamodb import batches_of

        return [batch for each in self.plan_ids for batch in batches_of(each)]

    def _last_items(self) -> dict[tuple[str, str], Any]:
        """Return the last item of each handover of a customer."""
        found = {}
        for batch in self.batches:
            for item in batch.items:
                if not item.next:
                    found[item.handover, item.external_userid] = item
        return found

    def _accepted(self) -> dict[tuple[str, str], list[Any]]:
        """Return what WeCom accepted of each handover of a customer, in order."""
        found = defaultdict(list)
        for row in self.bundle.wecom.world.transfers.values():
            found[row.handover, row.external_userid].append(row)
        return found

    def _once(self) -> None:
        for (handover, there), rows in self.accepted.items():
            for before, after in pairwise(rows):
                if before.status != FULL or before.takeover == after.takeover:
                    self.blame("submitted_twice", f"{there} of {handover}: {before} {after}")

    def _calls(self) -> None:
        """Each batch is one call; more than that only for a call that did nothing, or whoever had to wait."""
        batch_of, kinds, known = self._batch_of(), Counter[str](), Known()
        for call in self.bundle.wecom.calls.listed():
            if not call["path"].endswith("/transfer_customer"):
                continue
            body = call["body"]
            pair = body["handover_userid"], body["takeover_userid"]
            items = [(*pair, there) for there in body["external_userid"]]
            numbers = {batch_of.get(each, "?") for each in items}
            if len(numbers) != 1 or "?" in numbers:
                self.blame("calls_without_a_reason", f"of batches {numbers}")
            kinds[self._kind(min(numbers), items, call, known)] += 1
        for batch in self.batches:
            if _name(batch) not in known.sent and any(i.status != "SKIPPED" for i in batch.items):
                self.blame("calls_without_a_reason", f"batch {_name(batch)} was never sent")
        replanned = sum("." in each.number for each in self.batches)
        self.told |= {"batches": len(self.batches), "replanned": replanned, "calls": dict(kinds)}

    def _kind(self, number: str, items: list[Handed], call: dict[str, Any], known: Known) -> str:
        """Return why there was a call; it must not name anybody whom WeCom had taken of this batch before."""
        earlier = set(known.named)
        known.named |= set(items)
        if call["outcome"] not in APPLIED:
            return "in vain"
        for each in items:
            if each in known.taken:
                self.blame("asked_for_twice", f"{each} at {call['at']}")
            if self._took(each, call["at"]):
                known.taken.add(each)
        if number not in known.sent:
            known.sent.add(number)
            return "of a batch"
        without = [each for each in items if each not in earlier and not self._had_to_wait(each)]
        if without:
            self.blame("calls_without_a_reason", f"{number} for {without[:3]}")
        return "for who waited"

    def _batch_of(self) -> dict[Handed, str]:
        return {
            (item.handover, item.takeover, item.external_userid): _name(batch)
            for batch in self.batches
            for item in batch.items
        }

    def _had_to_wait(self, item: Handed) -> bool:
        return len(self.people[item[2]].handovers) > 1

    def _took(self, item: Handed, at: float) -> bool:
        handover, takeover, there = item
        rows = self.accepted.get((handover, there), ())
        return any(row.takeover == takeover and row.accepted_at <= at for row in rows)

    def _ended(self) -> None:
        wanted = {(h, there) for there, each in self.people.items() for h in each.handovers}
        for batch in self.batches:
            for item in batch.items:
                if item.status not in FINAL:
                    self.blame("items_not_final", f"{batch.number} {item}")
        for which in wanted ^ self.last.keys():
            self.blame("items_lost", str(which))
        for which, item in self.last.items():
            rows = self.accepted.get(which)
            if rows and item.takeover != rows[-1].takeover:
                # The next takeover's turn came to nothing before WeCom had it.
                continue
            expected = ENDS.get(rows[-1].status) if rows else None
            if expected != (item.status if item.status in ENDS.values() else None):
                self.blame("ends_otherwise_than_at_wecom", f"{item}, there {expected}")
        self.told["ends"] = dict(Counter(item.status for item in self.last.values()))
        self._plans(len(wanted))

    def _plans(self, wanted: int) -> None:
        from scrm.inheritance.plans_dynamodb import plan_of

        plans = [plan_of(each) for each in self.plan_ids]
        for each in plans:
            if each is None or each.status != "COMPLETED":
                self.blame("plan_not_completed", str(each and each.status))
        counted = sum(sum(each.outcome.values()) for each in plans if each)
        if counted != wanted:
            self.blame("items_lost", f"the plans count {counted}")

    def moved_to(self, handover: str, there: str) -> str:
        """Return who has a handover's customer in the end, by WeCom's record."""
        rows = self.accepted.get((handover, there), ())
        return next((row.takeover for row in rows if row.status == DONE), handover)

    def _owners(self) -> None:
        ours = {}
        for row in self.bundle.rows("CONTACT#"):
            if str(row["SK"]).startswith("RELATION#"):
                ours[row["PK"].partition("#")[2], row["SK"].partition("#")[2]] = row["status"]
        for relation in self.bundle.wecom.world.relations.values():
            there, userid = relation.external_userid, relation.userid
            status = ours.get((there, userid), "none")
            if self.mode == "resigned" and userid in self.people[there].handovers and relation.known:
                continue  # who has left is nobody's friend any more, whoever WeCom still lists
            if relation.known != (status == "active"):
                self.blame(
                    "relations_otherwise_than_at_wecom", f"{there} {userid} {status}, there {relation.known}"
                )

    def _leads(self) -> None:
        from scrm.leads import dynamodb as stored

        for there, lead_id in self.leads.items():
            lead, first = stored.lead(lead_id), self.people[there].handovers[0]
            owner = self.moved_to(first, there)
            if self.mode == "resigned" and owner == first:
                continue
            if lead is None or lead.owner != owner:
                self.blame(
                    "leads_of_another", f"{there} {lead and (lead.owner, lead.status)}, it is {owner}'s"
                )

    def _bars(self) -> None:
        from scrm.sops.dynamodb import enrollment

        for there, customer_id in self.bars.items():
            it, first = enrollment(customer_id, "S"), self.people[there].handovers[0]
            owner = self.moved_to(first, there)
            if self.mode == "resigned" and owner == first:
                continue
            if it is None or it.owner != owner or it.status != "ACTIVE":
                found = it and (it.owner, it.status, it.why)
                self.blame("bars_of_another", f"{there} {found}, it is {owner}'s")

    def _to_dos(self) -> None:
        for row in self.bundle.rows("TASK#"):
            there = row.get("external_userid")
            if row.get("status") != "open" or there not in self.people:
                continue
            first = self.people[there].handovers[0]
            owner = self.moved_to(first, there)
            if self.mode == "resigned" and owner == first:
                continue
            if row["owner"] != owner:
                self.blame("to_dos_of_another", f"{there} {row['owner']}, it is {owner}'s")

    def _left(self) -> None:
        for row in self.bundle.rows("CONTACT#"):
            if row["SK"] == "TRANSFERS" and row.get("pending"):
                self.blame("marks_left", f"{row['PK']} {row['pending']}")
        for queue, number in self.bundle.waiting().items():
            what = "dead_letters" if queue.endswith("Dead") else "messages_left"
            bodies = self.bundle.cloud.queues.bodies(queue)
            for _ in range(number):
                self.blame(what, f"{queue} {bodies[0][:200]}")


def _name(batch: Any) -> str:
    return f"{batch.plan_id}/{batch.number}"
