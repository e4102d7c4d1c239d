"""Carrying out what follows from a change: rows and messages. Repeating writes the same rows and messages."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any

from scrm import aws, clock
from scrm.attribution.attributing import attribute, reconsider
from scrm.changes.effects import (
    AccountOpened,
    Acted,
    CameThrough,
    ChunksToDo,
    Effect,
    FileDue,
    FollowedUp,
    FriendshipBegan,
    HandoverWentOn,
    Happening,
    LeadActivity,
    LeadFollowed,
    LeadJoined,
    LeadReached,
    LeadSigned,
    LeadsOfGone,
    LeadStep,
    LeadToDecide,
    LeadToDo,
    NobodyFree,
    Noted,
    OrderChanged,
    OrderPaid,
    OrdersChanged,
    PhonesNoted,
    ProductKnown,
    ProductNamed,
    ProductsMissing,
    Recorded,
    Refreshed,
    RelationLost,
    RuleMet,
    SendSent,
    SendUsed,
    Shared,
    Signalled,
    TagsToShow,
    TagsUsed,
    ToDo,
    ToDoOver,
    Told,
)
from scrm.changes.lead_work import step_entry
from scrm.channel_codes.dynamodb import channel, forget_add, record_add
from scrm.channel_codes.model import Channel
from scrm.channel_codes.roster import needs_counting
from scrm.config import required
from scrm.customers.dynamodb import Customers
from scrm.facts.recording import followed_up
from scrm.intentions.judging import judge
from scrm.jobs.queueing import queue_chunks, queue_files, queue_rule
from scrm.leads import followed_dynamodb, history_dynamodb
from scrm.leads import following as leads
from scrm.leads.dynamodb import lead as lead_as_stored
from scrm.leads.earning import settle_account, settle_lead, settle_order
from scrm.leads.handing import go_on, hand_over
from scrm.leads.owning import owner_of_lead_at
from scrm.leads.queueing import ask
from scrm.leads.signalling import consider
from scrm.migrations import noted_dynamodb
from scrm.notices.model import Notice, group_of, notice_message
from scrm.orders.recounting import recount
from scrm.products import dynamodb as products
from scrm.products import linking
from scrm.products.claiming import claim_code
from scrm.segments.queueing import queue_customers
from scrm.sends.following import was_sent, was_used
from scrm.staff.model import key
from scrm.tagging.use_dynamodb import note_marked
from scrm.tasks.dynamodb import DynamoTasks
from scrm.tasks.model import TaskClosed
from scrm.telemetry import count
from scrm.timeline.dynamodb import Timeline
from scrm.timeline.model import Entry
from scrm.webhooks.dynamodb import known as webhooks
from scrm.webhooks.model import happened


@dataclass
class _Known:
    """What one record's effects have looked up, so that each is read once."""

    customers: dict[str, str | None] = field(default_factory=dict)
    channels: dict[str, Channel | None] = field(default_factory=dict)


class Consequences:
    """Writes rows and sends messages. One per process."""

    def __init__(self) -> None:
        self._customers = Customers()
        self._timeline = Timeline()
        self._tasks = DynamoTasks()
        self._does: Mapping[type[Any], Callable[[Any, _Known], None]] = {
            Recorded: self._record,
            Noted: lambda effect, _: self._timeline.append(effect.customer_id, effect.entry),
            CameThrough: _place,
            Told: lambda effect, known: _tell(_named(effect.notice, known)),
            ToDo: self._open,
            Refreshed: _refresh,
            ChunksToDo: lambda effect, _: queue_chunks(effect.job_id, effect.chunk_ids, effect.delay),
            Happening: lambda effect, _: _tell_outside(effect.customer_id, effect.entry),
            OrderChanged: lambda effect, _: attribute(
                effect.source, effect.order_no, clock.now(), owner_of_lead_at
            ),
            ProductsMissing: lambda effect, _: linking.missing(
                effect.source, effect.order_no, effect.codes, clock.now()
            ),
            ProductKnown: lambda effect, _: linking.known(effect.code, clock.now()),
            ProductNamed: lambda effect, _: _name_product(effect),
            Shared: lambda effect, _: reconsider(effect.customer_id, effect.at, clock.now()),
            OrdersChanged: lambda effect, _: recount(effect.customer_id, clock.now()),
            Acted: lambda effect, _: judge(effect.customer_id, effect.entry, clock.now()),
            Signalled: lambda effect, _: consider(effect.customer_id, effect.entry, clock.now()),
            FollowedUp: lambda effect, _: _followed_up(effect),
            TagsToShow: lambda effect, _: queue_customers(effect.customer_ids),
            FriendshipBegan: self._show_tags,
            TagsUsed: lambda effect, _: note_marked(effect.tag_ids, effect.at, clock.now()),
            RuleMet: lambda effect, _: queue_rule(effect.rule_id, effect.customer_id),
            PhonesNoted: lambda effect, _: _index(effect),
            SendSent: lambda effect, _: was_sent(effect.send_id),
            SendUsed: lambda effect, _: was_used(effect.send_id, effect.place, clock.now()),
            LeadToDecide: lambda effect, _: ask(effect.lead_id, effect.epoch),
            LeadStep: lambda effect, _: history_dynamodb.put(effect.lead_id, effect.version, effect.step),
            NobodyFree: lambda effect, _: _alert(effect),
            LeadToDo: lambda effect, _: self._plan(effect),
            ToDoOver: lambda effect, _: self._end(effect),
            LeadJoined: lambda effect, _: self._join(effect),
            LeadFollowed: lambda effect, _: self._follow(effect),
            LeadActivity: lambda effect, _: leads.customer_acted(
                effect.customer_id, effect.external_userid, effect.at, clock.now()
            ),
            LeadsOfGone: lambda effect, _: _leave(effect),
            RelationLost: lambda effect, _: leads.relation_lost(effect.external_userid, clock.now()),
            LeadSigned: lambda effect, _: settle_lead(effect.lead_id, clock.now()),
            LeadReached: lambda effect, _: hand_over(effect.lead_id, effect.event, effect.at, clock.now()),
            HandoverWentOn: lambda effect, _: go_on(effect.lead_id, effect.number, effect.at),
            OrderPaid: lambda effect, _: settle_order(effect.source, effect.order_no, clock.now()),
            AccountOpened: lambda effect, _: settle_account(effect.crmid, clock.now()),
            FileDue: lambda effect, _: queue_files([effect.file_id]),
        }

    def carry_out(self, effects: Iterable[Effect]) -> None:
        """Carry out the effects of one change, in order."""
        known = _Known()
        for effect in effects:
            count("effect", kind=type(effect).__name__)
            self._does[type(effect)](effect, known)

    def _record(self, effect: Recorded, known: _Known) -> None:
        customer_id = self._customer_of(effect.external_userid, known)
        if customer_id is None:
            count("timeline_without_customer")
        elif effect.gone:
            self._timeline.remove(customer_id, effect.entry)
        else:
            self._timeline.append(customer_id, effect.entry)

    def _open(self, effect: ToDo, known: _Known) -> None:
        customer_id = self._customer_of(effect.task.external_userid or "", known)
        self._tasks.open(replace(effect.task, customer_id=customer_id))

    def _plan(self, effect: LeadToDo) -> None:
        self._tasks.open(effect.task)

    def _end(self, effect: ToDoOver) -> None:
        """Close a to-do, unless somebody has."""
        there = self._tasks.get(effect.task_id)
        if there is None or there.status != "open":
            return
        try:
            self._tasks.close(there.id, there.version, effect.status, by=effect.by, at=effect.at)
        except TaskClosed:
            return

    def _join(self, effect: LeadJoined) -> None:
        for step in leads.steps_of(effect.lead_id):
            self._timeline.append(effect.customer_id, step_entry(effect.lead_id, **step))

    def _follow(self, effect: LeadFollowed) -> None:
        lead, told = lead_as_stored(effect.lead_id), effect.entry
        if told.userid:
            followed_dynamodb.note(told.userid, effect.lead_id, told.entry_id, told.at)
        if lead and lead.customer_id and effect.entry.userid:
            self._timeline.append(lead.customer_id, effect.entry)
            followed_up(lead.customer_id, effect.entry.userid, effect.entry.at)

    def _show_tags(self, effect: FriendshipBegan, known: _Known) -> None:
        customer_id = self._customer_of(effect.external_userid, known)
        queue_customers([customer_id] if customer_id else [])

    def _customer_of(self, external_userid: str, known: _Known) -> str | None:
        if external_userid not in known.customers:
            contact = self._customers.contact(external_userid, consistent=True)
            known.customers[external_userid] = contact.customer_id if contact else None
        return known.customers[external_userid]


def _leave(effect: LeadsOfGone) -> None:
    leads.owner_left(effect.userid, clock.now())


def _place(effect: CameThrough, _: _Known) -> None:
    place = forget_add if effect.gone else record_add
    place(effect.channel_id, effect.userid, effect.external_userid, effect.event_id, effect.at)


def _channel(channel_id: str, known: _Known) -> Channel | None:
    if channel_id not in known.channels:
        known.channels[channel_id] = channel(channel_id)
    return known.channels[channel_id]


def _named(notice: Notice, known: _Known) -> Notice:
    """Return the notice with the channel's name, which its sentence shows."""
    channel_id = str(notice.facts.get("channel_id", ""))
    found = _channel(channel_id, known) if channel_id else None
    return replace(notice, facts={**notice.facts, "channel": found.name}) if found else notice


def _tell(notice: Notice) -> None:
    _send("NOTIFICATIONS_URL", notice_message(notice), group_of(notice.userid), notice.id)


def _alert(effect: NobodyFree) -> None:
    from scrm.leads.alerting import alerts

    for each in alerts(effect.pool_id, effect.why, effect.source, effect.at, clock.now()):
        _tell(each)


def _refresh(effect: Refreshed, known: _Known) -> None:
    """Ask for a channel's refresh; an add matters only where adds are counted."""
    if effect.reason == "add":
        found = _channel(effect.channel_id, known)
        if found is None or not needs_counting(found):
            return
    cause = sha256(f"{effect.reason}#{effect.channel_id}#{effect.cause}".encode()).hexdigest()
    message = {"channel_id": effect.channel_id, "reason": effect.reason}
    _send("CHANNEL_REFRESHES_URL", message, effect.channel_id, cause)


def _index(effect: PhonesNoted) -> None:
    for number in effect.numbers:
        noted_dynamodb.note(number, effect.relation)
    for number in effect.gone:
        noted_dynamodb.forget(number, [effect.relation])


def _name_product(effect: ProductNamed) -> None:
    if effect.gone:
        products.release(effect.code, effect.item_id)
    elif not claim_code(effect.code, effect.item_id, effect.name, effect.price_fen, clock.now()):
        count("product_code_taken")


def _followed_up(effect: FollowedUp) -> None:
    followed_up(effect.customer_id, effect.userid, effect.at)
    identity = f"followed_up#{key(effect.userid)}"
    _tell_outside(effect.customer_id, Entry(identity, "follow_up", effect.at, effect.userid))


def _tell_outside(customer_id: str, entry: Entry) -> None:
    """Queue the event for each webhook that wants it; which there are is at most a minute old."""
    for each in happened(customer_id, entry, webhooks(clock.now())):
        cause = sha256(f"{each.webhook_id}#{each.event_id}".encode()).hexdigest()
        message = {"webhook_id": each.webhook_id, "body": dict(each.body)}
        _send("OUTGOING_EVENTS_URL", message, f"{each.webhook_id}#{each.about}", cause)


def _send(queue: str, message: dict[str, Any], group: str, deduplication_id: str) -> None:
    aws.client("sqs").send_message(
        QueueUrl=required(queue),
        MessageBody=json.dumps(message, ensure_ascii=False),
        MessageGroupId=group,
        MessageDeduplicationId=deduplication_id,
    )
