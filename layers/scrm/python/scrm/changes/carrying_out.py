"""Carrying out what follows from a change: rows and messages. Repeating writes the same rows and messages."""

import importlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any

from scrm import aws, clock
from scrm.changes.effects import (
    AccountOpened,
    Acted,
    CameThrough,
    CampaignAnswered,
    CardMoved,
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
    LeadScored,
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
    SegmentsMoved,
    SendSent,
    SendUsed,
    Shared,
    Signalled,
    SopHappened,
    TagsToShow,
    TagsUsed,
    ToDo,
    ToDoOver,
    Told,
)
from scrm.channel_codes.dynamodb import channel, forget_add, record_add
from scrm.channel_codes.model import Channel
from scrm.channel_codes.roster import needs_counting
from scrm.config import required
from scrm.customers.dynamodb import Customers
from scrm.jobs.queueing import queue_chunks, queue_files, queue_rule
from scrm.notices.model import Notice, group_of, notice_message
from scrm.segments.queueing import queue_customers
from scrm.tasks.dynamodb import DynamoTasks
from scrm.telemetry import count
from scrm.timeline.dynamodb import Timeline
from scrm.timeline.model import Entry
from scrm.webhooks.dynamodb import known as webhooks
from scrm.webhooks.model import happened

_SALES, _LEADS = "scrm.changes.sale_consequences", "scrm.changes.lead_consequences"
_LATER: Mapping[type[Any], str] = {
    **dict.fromkeys((OrderChanged, OrdersChanged, Shared, SendSent, SendUsed, Acted, FollowedUp), _SALES),
    **dict.fromkeys((ProductsMissing, ProductKnown, ProductNamed, TagsUsed, PhonesNoted), _SALES),
    **dict.fromkeys((LeadToDecide, LeadStep, NobodyFree, LeadToDo, ToDoOver, LeadJoined), _LEADS),
    **dict.fromkeys((LeadFollowed, LeadActivity, LeadsOfGone, RelationLost, LeadSigned, LeadReached), _LEADS),
    **dict.fromkeys((HandoverWentOn, OrderPaid, AccountOpened, Signalled, LeadScored), _LEADS),
    CampaignAnswered: _LEADS,
    **dict.fromkeys((SopHappened, CardMoved, SegmentsMoved), "scrm.changes.sop_consequences"),
}
"""The module that carries out what not every change brings: a cold process does without until it comes."""


@dataclass
class _Known:
    """What one record's effects have looked up, so that each is read once."""

    customers: dict[str, str | None] = field(default_factory=dict)
    channels: dict[str, Channel | None] = field(default_factory=dict)


class Consequences:
    """Writes rows and sends messages. One per process."""

    def __init__(self) -> None:
        self._customers = Customers()
        self.timeline = Timeline()
        self.tasks = DynamoTasks()
        self._does: dict[type[Any], Callable[[Any, _Known], None]] = {
            Recorded: self._record,
            Noted: lambda effect, _: self.timeline.append(effect.customer_id, effect.entry),
            CameThrough: _place,
            Told: lambda effect, known: tell(_named(effect.notice, known)),
            ToDo: self._open,
            Refreshed: _refresh,
            ChunksToDo: lambda effect, _: queue_chunks(effect.job_id, effect.chunk_ids, effect.delay),
            Happening: lambda effect, _: tell_outside(effect.customer_id, effect.entry),
            TagsToShow: lambda effect, _: queue_customers(effect.customer_ids),
            FriendshipBegan: self._show_tags,
            RuleMet: lambda effect, _: queue_rule(effect.rule_id, effect.customer_id),
            FileDue: lambda effect, _: queue_files([effect.file_id]),
        }

    def carry_out(self, effects: Iterable[Effect]) -> None:
        """Carry out the effects of one change, in order."""
        known = _Known()
        for effect in effects:
            count("effect", kind=type(effect).__name__)
            self._how(type(effect))(effect, known)

    def _how(self, kind: type[Any]) -> Callable[[Any, _Known], None]:
        """Return how a kind of effect is carried out; what is rare is imported when it comes."""
        if kind not in self._does:
            self._does |= importlib.import_module(_LATER[kind]).done_by(self)
        return self._does[kind]

    def _record(self, effect: Recorded, known: _Known) -> None:
        customer_id = self._customer_of(effect.external_userid, known)
        if customer_id is None:
            count("timeline_without_customer")
        elif effect.gone:
            self.timeline.remove(customer_id, effect.entry)
        else:
            self.timeline.append(customer_id, effect.entry)

    def _open(self, effect: ToDo, known: _Known) -> None:
        customer_id = self._customer_of(effect.task.external_userid or "", known)
        self.tasks.open(replace(effect.task, customer_id=customer_id))

    def _show_tags(self, effect: FriendshipBegan, known: _Known) -> None:
        customer_id = self._customer_of(effect.external_userid, known)
        queue_customers([customer_id] if customer_id else [])

    def _customer_of(self, external_userid: str, known: _Known) -> str | None:
        if external_userid not in known.customers:
            contact = self._customers.contact(external_userid, consistent=True)
            known.customers[external_userid] = contact.customer_id if contact else None
        return known.customers[external_userid]


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


def tell(notice: Notice) -> None:
    _send("NOTIFICATIONS_URL", notice_message(notice), group_of(notice.userid), notice.id)


def _refresh(effect: Refreshed, known: _Known) -> None:
    """Ask for a channel's refresh; an add matters only where adds are counted."""
    if effect.reason == "add":
        found = _channel(effect.channel_id, known)
        if found is None or not needs_counting(found):
            return
    cause = sha256(f"{effect.reason}#{effect.channel_id}#{effect.cause}".encode()).hexdigest()
    message = {"channel_id": effect.channel_id, "reason": effect.reason}
    _send("CHANNEL_REFRESHES_URL", message, effect.channel_id, cause)


def tell_outside(customer_id: str, entry: Entry) -> None:
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
