"""Taking in what WeCom reports of a relation: welcome, record, ask, tag, record the answers.

Killed at any line and delivered again, it reaches the same end state: what is to be asked of WeCom stands
on the relation, in the same write as the event, before anything is asked, and goes with the write that
records the answers (docs/decisions/0005-customer-intake.md).
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from scrm import telemetry
from scrm.customers.arrival import WELCOME_SECONDS, Arrival, believed_now, wanted
from scrm.customers.dynamodb import Customers
from scrm.customers.entry import Entry, entry_of
from scrm.customers.model import ASSIGNED, Intents, Relation, VersionConflict, Welcome, WelcomeOutcome
from scrm.customers.person import Brought, People
from scrm.customers.recording import noted
from scrm.customers.relation import Fact, knows, learn, one_handover
from scrm.customers.welcoming import Message, Outcome, code_id, deliver
from scrm.pretags.dynamodb import UseUp, waiting_for
from scrm.privacy.receipts_dynamodb import is_forgotten
from scrm.staff.model import key
from scrm.tags.dynamodb import catalogue
from scrm.wecom import customers as wecom_customers
from scrm.wecom import tags as wecom_tags
from scrm.wecom.client import WeCom
from scrm.wecom.errors import (
    BadCredentials,
    NotFriend,
    OutOfRange,
    Refused,
    UnknownCustomer,
    UnknownTag,
    UntrustedIp,
    WeComError,
)
from scrm.wecom.welcome import send_welcome

ATTEMPTS = 3
# After so slow a welcome the function may not live to record it with the rest.
SLOW_SECONDS = 5.0
_GONE = (UnknownCustomer, NotFriend, OutOfRange)
_NOT_FRIEND = 84061
_COUNTED: dict[WelcomeOutcome, str] = {
    "delivered": "welcome_sent",
    "expired": "welcome_late",
    "unknown": "welcome_failed",
    "throttled": "welcome_failed",
    "refused": "welcome_failed",
}

log = telemetry.Log("handle_customer_event")


@dataclass(frozen=True)
class _Case:
    """One event in hand: what stands behind its state, what may be said, and the time.

    `readings` is what its sender may honestly believe the time to be, `started` our stopwatch's.
    `resumed`: an earlier handling of this very event was interrupted.
    """

    arrival: Arrival
    entry: Entry
    message: Message | None
    resumed: bool
    now: datetime
    readings: Sequence[datetime]
    started: float

    @property
    def seconds_left(self) -> float:
        """Return how long the welcome code lives on, by the clock that stamped the event."""
        at = self.arrival.fact.at
        age = believed_now(self.readings, at).timestamp() - at
        return WELCOME_SECONDS - age - (time.monotonic() - self.started)


class Intake:
    """Handles the events of relations. One per process."""

    def __init__(self, wecom: WeCom, customers: Customers, people: People) -> None:
        self._wecom = wecom
        self._customers = customers
        self._people = people

    def take_in(self, arrival: Arrival, now: datetime, readings: Sequence[datetime]) -> bool:
        """Bring everything to where this event leaves it; return whether there was anything to do.

        A repeated event costs one read. Of somebody erased only a later friendship is taken in. Raises
        VersionConflict when others keep changing the relation, and the WeComError after which asking later
        may help; the welcome's outcome is recorded by then.
        """
        started = time.monotonic()
        for attempt in range(ATTEMPTS):
            try:
                return self._once(arrival, now, readings, started)
            except VersionConflict:
                telemetry.count("relation_changed_meanwhile")
                if attempt == ATTEMPTS - 1:
                    raise
        return False

    def _once(self, arrival: Arrival, now: datetime, readings: Sequence[datetime], started: float) -> bool:
        stored = self._customers.relation(arrival.external_userid, arrival.userid, consistent=True)
        relation = stored or Relation(arrival.external_userid, arrival.userid)
        resumed = relation.intents is not None and relation.intents.event_id == arrival.fact.event_id
        if not resumed and _is_known(relation, arrival):
            telemetry.count("event_repeated")
            return False
        if stored is None and is_forgotten(arrival.external_userid, arrival.fact.at, opens=arrival.opens):
            telemetry.count("event_of_erased")
            return False
        entry = _entry(relation, arrival)
        message = entry.welcome(relation.userid, now) if arrival.welcome_code else None
        case = _Case(arrival, entry, message, resumed, now, readings, started)
        if not resumed:
            relation = self._promised(relation, case)
        if relation.intents:
            self._settled(relation, case)
        return True

    def _promised(self, before: Relation, case: _Case) -> Relation:
        """Return the relation with the event and with what it makes us ask of WeCom.

        Stored, unless an edit only makes us read: reading again after a crash costs nothing.
        """
        arrival = case.arrival
        fact = replace(arrival.fact, about=case.entry.channel_id) if arrival.opens else arrival.fact
        facts, forgotten = learn(before.facts, fact, before.forgotten_until)
        relation = replace(
            before,
            facts=facts,
            forgotten_until=forgotten,
            state=arrival.state or before.state,
            origin=_origin(before, fact, case.entry),
            intents=wanted(arrival, before.intents, case.entry.tag_ids if arrival.opens else ()),
        )
        if outcome := _hopeless(relation, case):
            relation = _welcomed(relation, Outcome(outcome), case.now)
        if fact.kind == "edit":
            return relation
        return self._customers.save_relation(relation, case.now)

    def _settled(self, promised: Relation, case: _Case) -> None:
        """Ask what is open, welcome first, and record the answers in one write."""
        relation = self._with_welcome(promised, case)
        if time.monotonic() - case.started > SLOW_SECONDS:
            relation = promised = self._customers.save_relation(relation, case.now)
        try:
            relation = self._with_detail(relation, case)
            relation = self._with_tags(relation, case.now)
        except WeComError:
            self._keep_welcome(promised, relation, case.now)
            raise
        self._customers.save_relation(replace(relation, intents=None), case.now)

    def _with_welcome(self, relation: Relation, case: _Case) -> Relation:
        intents = relation.intents
        if intents is None or not intents.welcome_code:
            return relation
        if case.message is None:
            return _welcomed(relation, Outcome("nothing_to_send"), case.now)
        outcome = deliver(
            case.message,
            intents.welcome_code,
            case.seconds_left,
            partial(send_welcome, self._wecom),
            asked_before=case.resumed,
            monotonic=time.monotonic,
            sleep=time.sleep,
        )
        return _welcomed(relation, outcome, case.now)

    def _with_detail(self, relation: Relation, case: _Case) -> Relation:
        if relation.intents is None or not relation.intents.detail:
            return relation
        external_userid, crmid = relation.external_userid, case.entry.crmid
        try:
            detail = wecom_customers.customer(self._wecom, external_userid)
        except _GONE as gone:
            telemetry.count("detail_unavailable", errcode=gone.errcode)
            self._people.record(external_userid, None, case.now, Brought(crmid))
            return replace(relation, detail_unavailable=gone.errcode)
        row = next((each for each in detail.relations if key(each.userid) == key(relation.userid)), None)
        fresh = tuple(each for each in row.phones if each not in relation.mobiles) if row else ()
        brought = Brought(crmid, fresh, case.entry.product_code)
        self._people.record(external_userid, detail.customer, case.now, brought)
        if row is None:
            return replace(relation, detail_unavailable=_NOT_FRIEND)
        if case.arrival.opens:
            relation = self._with_pretags(relation, detail.customer.unionid, row.phones, case)
        return _inherited(noted(relation, row, case.now, detail.customer.name), case.arrival)

    def _with_pretags(
        self, relation: Relation, unionid: str | None, phones: Sequence[str], case: _Case
    ) -> Relation:
        """Promise the tags that wait for this person, and use them up in the same write.

        What is promised stands on the relation, so that they are marked once wherever this is interrupted.
        """
        waiting = waiting_for(unionid, phones)
        if not waiting or relation.intents is None:
            return relation
        tag_ids = (*relation.intents.tag_ids, *(tag for each in waiting for tag in each.tag_ids))
        intents = replace(relation.intents, tag_ids=tuple(dict.fromkeys(tag_ids)))
        steps = [UseUp(each, relation.external_userid, case.now) for each in waiting]
        telemetry.count("pretags_used", len(waiting))
        return self._customers.save_relation(replace(relation, intents=intents), case.now, steps)

    def _with_tags(self, relation: Relation, now: datetime) -> Relation:
        """Mark the channel's tags that exist and are not there yet (IDN-14); count what cannot be marked."""
        if relation.intents is None or not relation.intents.tag_ids or relation.detail_unavailable:
            return relation
        missing = [each for each in relation.intents.tag_ids if each not in relation.tags]
        known = catalogue(now, holding=missing).tags
        marked = self._mark(relation, [each for each in missing if each in known or not known])
        telemetry.count("channel_tags_marked", len(marked))
        if dropped := len(missing) - len(marked):
            telemetry.count("channel_tags_dropped", dropped)
        return replace(relation, tags=(*relation.tags, *marked))

    def _mark(self, relation: Relation, tag_ids: list[str]) -> list[str]:
        """Mark the tags and return those WeCom took: an unknown one must not cost the others."""
        try:
            wecom_tags.mark(self._wecom, relation.userid, relation.external_userid, add=tag_ids)
        except UnknownTag:
            if len(tag_ids) == 1:
                return []
            return [each for tag_id in tag_ids for each in self._mark(relation, [tag_id])]
        except (BadCredentials, UntrustedIp):
            raise
        except Refused as refused:
            log.warning("channel_tags_refused", errcode=refused.errcode)
            return []
        return tag_ids

    def _keep_welcome(self, promised: Relation, relation: Relation, now: datetime) -> None:
        """Record the welcome's outcome before the event is handed back: its code is dead on redelivery.

        A write of the relation in between has recorded it already.
        """
        if promised.version == relation.version and promised.welcome != relation.welcome:
            kept = replace(promised, welcome=relation.welcome, intents=relation.intents)
            self._customers.save_relation(kept, now)


def _inherited(relation: Relation, arrival: Arrival) -> Relation:
    """Return the relation with the fact that it came with a handover, where WeCom says so of this add."""
    if relation.add_way != ASSIGNED or not arrival.opens or relation.status != "active":
        return relation
    if not one_handover(arrival.fact.at, relation.periods[-1].start):
        return relation
    fact = Fact("inherited", arrival.fact.at, f"inherited-{arrival.fact.at}")
    facts, forgotten = learn(relation.facts, fact, relation.forgotten_until)
    return replace(relation, facts=facts, forgotten_until=forgotten)


def _origin(before: Relation, fact: Fact, entry: Entry) -> Mapping[str, Any] | None:
    """Return what the latest dynamic code carried, with the add that brought it."""
    if fact.kind not in {"add", "half"} or entry.origin is None:
        return before.origin
    return {**entry.origin, "event_id": fact.event_id}


def _entry(relation: Relation, arrival: Arrival) -> Entry:
    """Return how the customer came, where the event or what is still open makes it matter.

    Who comes by a handover came through no code, whatever brought them to the member years ago.
    """
    if arrival.opens or arrival.welcome_code or relation.intents:
        if arrival.opens and relation.state and not arrival.state and _is_handed_over(arrival):
            return Entry()
        return entry_of(arrival.state or relation.state or "")
    return Entry()


def _is_handed_over(arrival: Arrival) -> bool:
    from scrm.inheritance.marks_dynamodb import took_over  # imported late: few come back without a state

    return took_over(arrival.external_userid, arrival.userid, datetime.fromtimestamp(arrival.fact.at, UTC))


def _hopeless(relation: Relation, case: _Case) -> WelcomeOutcome | None:
    """Return why the event's welcome is not even tried, None when it is to be tried (or has no code)."""
    if not case.arrival.welcome_code:
        return None
    if relation.status != "active":
        return "not_friends"
    if case.seconds_left <= 0:
        return "expired"
    return "nothing_to_send" if case.message is None else None


def _is_known(relation: Relation, arrival: Arrival) -> bool:
    """Return whether the event is folded in already, under its id or as another receiver's copy."""
    fact = arrival.fact
    if knows(relation.facts, fact, relation.forgotten_until):
        return True
    copied = any(each.kind == fact.kind and each.at == fact.at for each in relation.facts)
    code = code_id(arrival.welcome_code) if arrival.welcome_code else ""
    used = relation.welcome.code_id if relation.welcome else ""
    return copied and relation.intents is None and code in {"", used}


def _welcomed(relation: Relation, outcome: Outcome, now: datetime) -> Relation:
    """Return the relation with the outcome of its open welcome, which is open no longer."""
    intents: Intents | None = relation.intents
    if intents is None:
        return relation
    telemetry.count(_COUNTED.get(outcome.outcome, f"welcome_{outcome.outcome}"))
    log.info(
        "welcome_settled",
        outcome=outcome.outcome,
        errcode=outcome.errcode,
        contact=telemetry.hashed(relation.external_userid),
        userid=relation.userid,
    )
    code = code_id(intents.welcome_code)
    at = now.replace(microsecond=0)
    welcome = Welcome(outcome.outcome, at, intents.event_id, code, outcome.errcode)
    return replace(relation, welcome=welcome, intents=replace(intents, welcome_code=""))
