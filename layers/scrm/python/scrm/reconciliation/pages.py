"""Comparing one page of a member's customers with ours, and healing the difference.

What a page comes to is recorded before anything is healed, and each healing is one conditional write: killed
at any line and repeated, a page heals what is left and is counted once.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from scrm import telemetry
from scrm.cards.dynamodb import owned
from scrm.customers.dynamodb import Customers
from scrm.customers.entry import entry_of
from scrm.customers.model import Intents, Relation, VersionConflict
from scrm.customers.person import Brought, People
from scrm.privacy.receipts_dynamodb import is_forgotten
from scrm.reconciliation.compare import OBSERVED, Finding, Origin, compared, may_be_missing
from scrm.reconciliation.dynamodb import Runs
from scrm.reconciliation.model import Counts, Page, Run
from scrm.wecom import customers as wecom_customers
from scrm.wecom import tags as wecom_tags
from scrm.wecom.client import WeCom
from scrm.wecom.customers import Customer as Person
from scrm.wecom.customers import Relation as WeComRelation
from scrm.wecom.errors import (
    CursorExpired,
    NoCustomerContact,
    NotFriend,
    OutOfRange,
    Throttled,
    UnknownCustomer,
    UnknownStaff,
    UnknownTag,
)

_NOT_SHOWN = (UnknownStaff, OutOfRange, NoCustomerContact, NotFriend)
_OWNED_PAGE = 500
_ATTEMPTS = 3
_RESTARTS = 3

log = telemetry.Log("sync_customer_page")


@dataclass(frozen=True)
class Reconciler:
    """Compares pages. `enqueue` queues a page, after so many seconds."""

    wecom: WeCom
    customers: Customers
    people: People
    runs: Runs
    enqueue: Callable[[Page, float], None]

    def reconcile(self, page: Page, now: datetime) -> None:
        """Compare one page, heal it, and queue the next; after the last, look for what is missing.

        Safe to repeat. Throttled by WeCom, the page is queued again for when it may be called.
        """
        run = self.runs.run(page.run_id)
        member = self.runs.member(page.run_id, page.userid)
        if run is None or member is None or member.done:
            return
        try:
            self._compare(run, page, now)
        except Throttled as throttled:
            telemetry.count("sync_page_postponed")
            self.enqueue(page, throttled.retry_after)
        except CursorExpired:
            if page.cursor is None or page.restarts >= _RESTARTS:
                raise
            self.enqueue(Page(page.run_id, page.userid, restarts=page.restarts + 1), 0)
        except _NOT_SHOWN as hidden:
            log.warning("customers_not_shown", userid=page.userid, errcode=hidden.errcode)
            self.runs.finish_member(page.run_id, page.userid, hidden.errcode)

    def _compare(self, run: Run, page: Page, now: datetime) -> None:
        listed = wecom_customers.customer_page(self.wecom, [page.userid], page.cursor)
        every = [(person, row, self._finding(person, row, now)) for person, row in listed.rows]
        found = [each for each in every if not _is_of_erased(*each)]
        counts = sum((each.counts for _, _, each in found), Counts())
        self.runs.put_page(run, page.userid, page.number, counts)
        for person, row, finding in found:
            self._heal(person, row, finding, now)
        telemetry.count("relations_compared", counts.seen)
        telemetry.count("relations_healed", counts.added + counts.edited)
        if listed.next_cursor:
            self.enqueue(replace(page, cursor=listed.next_cursor, number=page.number + 1), 0)
            return
        missing = self._mark_missing(page.userid, now)
        self.runs.put_page(run, page.userid, "missing", Counts(missing=missing))
        self.runs.finish_member(page.run_id, page.userid)

    def _finding(self, person: Person, row: WeComRelation, now: datetime) -> Finding:
        ours = self.customers.relation(person.external_userid, row.userid, consistent=True)
        return compared(ours, person.external_userid, row, _origin, now, person.name)

    def _heal(self, person: Person, row: WeComRelation, finding: Finding, now: datetime) -> None:
        """Bring person and relation to what WeCom shows; a relation changed meanwhile is compared afresh."""
        for _ in range(_ATTEMPTS - 1):
            try:
                return self._heal_once(person, finding, now)
            except VersionConflict:
                finding = self._finding(person, row, now)
        return self._heal_once(person, finding, now)

    def _heal_once(self, person: Person, finding: Finding, now: datetime) -> None:
        fresh = set(finding.relation.mobiles) - set(finding.before.mobiles)
        brought = Brought(finding.crmid, tuple(sorted(fresh)), finding.product_code)
        self.people.record(person.external_userid, person, now, brought)
        relation = finding.relation
        if finding.differs:
            relation = self.customers.save_relation(relation, now)
        self._mark_tags(relation, now)

    def _mark_tags(self, relation: Relation, now: datetime) -> None:
        """Mark the channel's tags on a friendship that reconciliation has found (IDN-14)."""
        intents = relation.intents
        if intents is None or not intents.event_id.startswith(OBSERVED):
            return
        marked = self._marked(relation, intents)
        tags = tuple(dict.fromkeys((*relation.tags, *marked)))
        self.customers.save_relation(replace(relation, tags=tags, intents=None), now)

    def _marked(self, relation: Relation, intents: Intents) -> tuple[str, ...]:
        try:
            wecom_tags.mark(self.wecom, relation.userid, relation.external_userid, add=list(intents.tag_ids))
        except (UnknownTag, UnknownCustomer, *_NOT_SHOWN) as refused:
            log.warning(
                "channel_tags_refused",
                errcode=refused.errcode,
                contact=telemetry.hashed(relation.external_userid),
            )
            return ()
        return intents.tag_ids

    def _mark_missing(self, userid: str, now: datetime) -> int:
        """Mark the active relations of ours that WeCom does not list; return how many there are.

        Ours are read first: whoever is added meanwhile is in WeCom's list, or is not among ours yet. Cards
        only say whom to look for, they may lag behind; what is concluded is so from the relation itself.
        """
        ours = self._active(userid)
        listed = set(wecom_customers.customer_ids(self.wecom, userid)) if ours else set()
        missing = 0
        for external_userid in ours:
            if external_userid in listed:
                continue
            relation = self.customers.relation(external_userid, userid, consistent=True)
            if relation is None or not may_be_missing(relation):
                continue
            if relation.updated_at and relation.updated_at > now:
                continue
            missing += 1
            if relation.missing_since is None:
                marked = replace(relation, missing_since=now.replace(microsecond=0))
                self.customers.save_relation(marked, now)
        telemetry.count("relations_missing", missing)
        return missing

    def _active(self, userid: str) -> list[str]:
        found: list[str] = []
        after: dict[str, Any] | None = None
        while True:
            page = owned(userid, _OWNED_PAGE, after)
            after = page.last_key
            found += [each.external_userid for each in page.cards if each.status == "active"]
            if after is None:
                return found


def _is_of_erased(person: Person, row: WeComRelation, finding: Finding) -> bool:
    """Return whether a friendship we do not know was there when its customer was erased. 0.5 RRU."""
    if finding.relation.version or not is_forgotten(person.external_userid, row.added_at):
        return False
    telemetry.count("relation_of_erased")
    return True


def _origin(state: str) -> Origin:
    if not state:
        return Origin()
    entry = entry_of(state)
    return Origin(entry.channel_id, entry.tag_ids, entry.crmid, entry.product_code, entry.origin)
