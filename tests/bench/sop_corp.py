"""A corp with customers and SOPs, put into the table at once: what the bars of SOPs are measured on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tests.capacity.recording import Recorded, recording
from tests.doubles.bundle import Bundle
from tests.doubles.sqs import Queues, lambda_event

if TYPE_CHECKING:
    from scrm.sops.enrollment import Enrollment
    from scrm.sops.model import Version

QUEUE = "SopSteps"


class SopCorp:
    """Customers `cu_<number>`, each a friend of one member; SOPs in force; the clock is the bundle's."""

    def __init__(self, bundle: Bundle, members: int = 10, *, named: Sequence[str] = ()) -> None:
        from scrm.staff.dynamodb import StaffRow
        from scrm.staff.model import Member

        self.bundle = bundle
        self.members = list(named) or [f"member{number:03}" for number in range(members)]
        for each in self.members:
            StaffRow.of(Member(each, each)).save()

    # ---------------------------------------------------------------- what there is

    def people(self, number: int, **facts: Any) -> list[str]:
        """Put so many customers with their contact, friendship and card; return their ids."""
        return [self.person(f"cu_{place:07}", place, **facts) for place in range(number)]

    def person(self, customer_id: str, place: int, *, remark: str = "", **facts: Any) -> str:
        """Put one customer, since now the friend of the member whose turn it is; nothing follows from it."""
        from scrm.cards.dynamodb import CardRow
        from scrm.cards.making import cards_of
        from scrm.customers.model import Contact, Customer, Relation
        from scrm.customers.relation import Fact
        from scrm.customers.rows_dynamodb import ContactRow, CustomerRow, RelationRow
        from scrm.facts.tally import Tally

        now = self.bundle.time.now()
        at = now.replace(microsecond=0)
        there, known = self.chat_of(customer_id), {"version": 1, "created_at": at, "updated_at": at}
        name = f"客户{place}"
        contact = Contact(there, customer_id, name=name, **known)  # type: ignore[arg-type]  # as the row has it
        met = (Fact("add", int(at.timestamp()), f"add-{place}"),)
        owner = self.members[place % len(self.members)]
        relation = Relation(
            there,
            owner,
            facts=met,
            name=name,
            remark=remark,
            detail_at=at,
            **known,  # type: ignore[arg-type]
        )
        customer = Customer(
            customer_id,
            external_userids=(there,),
            name=name,
            version=1,
            created_at=at,
            updated_at=at,
            **facts,
        )
        (card,) = cards_of(customer, [contact], [relation], Tally().facts((), 1), (), (), now)
        rows: list[Any] = [CustomerRow.of(customer), ContactRow.of(contact), RelationRow.of(relation)]
        for row in (*rows, CardRow.of(card, 1, now)):
            self.put(row.serialize())
        return customer_id

    def owner(self, place: int) -> str:
        """Return whose friend the customer of a place is."""
        return self.members[place % len(self.members)]

    @staticmethod
    def chat_of(customer_id: str) -> str:
        """Return the external_userid of a customer."""
        return f"wm{customer_id.removeprefix('cu_')}"

    def put(self, item: Any) -> None:
        """Put a row into the table past everything that follows from it."""
        table = self.bundle.cloud.store.tables["ScrmTable"]
        table.write(table.key(item, exact=False), item)

    def define(self, *versions: Version, contents: Any = None) -> None:
        """Store SOPs, published and running."""
        for each in versions:
            self._stored(each, contents or {})

    def _stored(self, version: Version, contents: Any) -> None:
        from scrm.sops import sops_dynamodb as stored
        from scrm.sops.model import Sop
        from scrm.table import in_transaction

        now = self.bundle.time.now()
        sop = Sop(version.sop_id, version.name, "running", version.number, version.number)
        with in_transaction() as transaction:
            for step in stored.sop_steps(sop, now, new=True):
                step(transaction)
            stored.version_step(version, "admin", now)(transaction)
            stored.content_step(version.sop_id, version.number, contents, 0)(transaction)

    def switch(self, sop_id: str, status: str) -> None:
        """Pause, stop or start a SOP."""
        from scrm.sops import sops_dynamodb as stored
        from scrm.table import in_transaction

        there = stored.sop(sop_id)
        if there is None:
            raise LookupError(sop_id)
        with in_transaction() as transaction:
            for step in stored.sop_steps(replace(there, status=status), self.bundle.time.now()):  # type: ignore[arg-type]
                step(transaction)

    def enrolled(self, customer_ids: Iterable[str], version: Version, at: datetime) -> list[Enrollment]:
        """Put bars of customers who enter a SOP at a time, past everything that follows."""
        from scrm.settings.model import Settings
        from scrm.sops.dynamodb import EnrollmentRow
        from scrm.sops.enrollment import Enrollment
        from scrm.sops.moving import entered

        found = []
        for each in customer_ids:
            owner, there = self.owner(int(each.removeprefix("cu_"))), self.chat_of(each)
            start = Enrollment(
                version.sop_id, each, version.number, at, at, owner=owner, external_userid=there
            )
            it = replace(entered(start, version, Settings()), trigger="manual", revision=1)
            self.put(EnrollmentRow.of(it).serialize())
            found.append(it)
        return found

    # ---------------------------------------------------------------- what happens

    def tick(self) -> Any:
        """Run the tick at this moment; return its answer, None where it died."""
        return self.bundle.invoke("start_due_steps", {"time": self.bundle.time.now().isoformat()})

    def messages(self, most: int = 10) -> dict[str, Any]:
        """Return the event of the next messages of the queue, as Lambda hands them on."""
        request = {"QueueUrl": Queues.url(QUEUE), "MaxNumberOfMessages": most}
        return lambda_event(QUEUE, self.bundle.cloud.queues.handle("ReceiveMessage", request)["Messages"])

    def happens(self, *messages: dict[str, Any]) -> dict[str, Any]:
        """Return the event of messages of our own making."""
        from json import dumps

        return {
            "Records": [
                {
                    "messageId": f"m-{number}",
                    "body": dumps(each),
                    "attributes": {"MessageGroupId": f"PROGRESS#{each.get('subject', '')}"},
                }
                for number, each in enumerate(messages)
            ]
        }

    def works(self, most: int = 10) -> Recorded:
        """Let the worker do the next messages; return what that took."""
        queues, url = self.bundle.cloud.queues, Queues.url(QUEUE)
        event = self.messages(most)
        with recording(self.bundle.cloud) as used:
            failed = self.bundle.invoke("run_sop_step", event)
        if failed != {"batchItemFailures": []}:
            raise AssertionError(failed)
        for each in event["Records"]:
            queues.handle("DeleteMessage", {"QueueUrl": url, "ReceiptHandle": each["receiptHandle"]})
        return used

    def reacts(self) -> Recorded:
        """Let everything follow from the stream; return what that took."""
        with recording(self.bundle.cloud) as used:
            while self.bundle.react():
                pass
        return used

    def do(self, userid: str, result: str | None = None) -> int:
        """Let a member do all open to-dos; return how many."""
        from scrm.tasks.dynamodb import DynamoTasks

        tasks, now = DynamoTasks(), self.bundle.time.now()
        found, _ = tasks.of_member(userid, limit=1000)
        for each in found:
            tasks.close(each.id, each.version, "done", by=userid, at=now, result=result)
        return len(found)

    def bars(self, customer_ids: Sequence[str], sop_id: str) -> list[Enrollment]:
        """Return where customers stand in a SOP."""
        from scrm.sops.dynamodb import enrollment

        return [it for each in customer_ids if (it := enrollment(each, sop_id))]
