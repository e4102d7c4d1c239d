"""Carrying out what follows from a change: rows and messages. Repeating writes the same rows and messages."""

import importlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from scrm import aws
from scrm.changes.effects import (
    Acted,
    CameThrough,
    CampaignAnswered,
    ChunksToDo,
    CustomerFollowed,
    Effect,
    FileDue,
    FollowedUp,
    FriendshipBegan,
    HandoverWentOn,
    Happening,
    LeadActivity,
    LeadsOfGone,
    Noted,
    PhonesNoted,
    Recorded,
    Refreshed,
    RelationLost,
    RuleMet,
    Signalled,
    TagsToShow,
    TagsUsed,
    ToDo,
    Told,
)
from scrm.config import required
from scrm.customers.dynamodb import Customers
from scrm.notices.model import Notice, group_of, notice_message
from scrm.segments.queueing import queue_customers
from scrm.tasks.dynamodb import DynamoTasks
from scrm.telemetry import count
from scrm.timeline.dynamodb import Timeline

if TYPE_CHECKING:
    from scrm.channel_codes.model import Channel

_OF_KINDS: Mapping[type[Any], str] = {
    **dict.fromkeys((CameThrough, Refreshed), "channel_consequences"),
    **dict.fromkeys((ChunksToDo, RuleMet, FileDue), "job_consequences"),
    **dict.fromkeys((Acted, FollowedUp, TagsUsed, PhonesNoted), "sale_consequences"),
    **dict.fromkeys(
        (Signalled, LeadActivity, LeadsOfGone, RelationLost, HandoverWentOn),
        "lead_consequences",
    ),
    **dict.fromkeys((CampaignAnswered, CustomerFollowed), "lead_consequences"),
    Happening: "outside_consequences",
}
_OF_MODULES = {
    "scrm.changes.sale_effects": "sale_consequences",
    "scrm.changes.lead_effects": "lead_consequences",
    "scrm.changes.sop_effects": "sop_consequences",
    "scrm.changes.inheritance_effects": "inheritance_consequences",
    "scrm.changes.offboarding_effects": "offboarding_consequences",
}
"""The module that carries out what not every change brings: a cold process does without until it comes."""


@dataclass
class Known:
    """What one record's effects have looked up, so that each is read once."""

    customers: dict[str, str | None] = field(default_factory=dict)
    channels: dict[str, "Channel | None"] = field(default_factory=dict)


class Consequences:
    """Writes rows and sends messages. One per process."""

    def __init__(self) -> None:
        self._customers = Customers()
        self.timeline = Timeline()
        self.tasks = DynamoTasks()
        self._does: dict[type[Any], Callable[[Any, Known], None]] = {
            Recorded: self._record,
            Noted: lambda effect, _: self.timeline.append(effect.customer_id, effect.entry),
            Told: lambda effect, known: tell(_named(effect.notice, known)),
            ToDo: self._open,
            TagsToShow: lambda effect, _: queue_customers(effect.customer_ids),
            FriendshipBegan: self._show_tags,
        }

    def carry_out(self, effects: Iterable[Effect]) -> None:
        """Carry out the effects of one change, in order."""
        known = Known()
        for effect in effects:
            count("effect", kind=type(effect).__name__)
            self._how(type(effect))(effect, known)

    def _how(self, kind: type[Any]) -> Callable[[Any, Known], None]:
        """Return how a kind of effect is carried out; what is rare is imported when it comes."""
        if kind not in self._does:
            name = _OF_KINDS.get(kind) or _OF_MODULES[kind.__module__]
            self._does |= importlib.import_module(f"scrm.changes.{name}").done_by(self)
        return self._does[kind]

    def _record(self, effect: Recorded, known: Known) -> None:
        customer_id = self._customer_of(effect.external_userid, known)
        if customer_id is None:
            count("timeline_without_customer")
        elif _told_by_plan(effect):
            count("timeline_left_to_plan")
        elif effect.gone:
            self.timeline.remove(customer_id, effect.entry)
        else:
            self.timeline.append(customer_id, effect.entry)

    def _open(self, effect: ToDo, known: Known) -> None:
        customer_id = self._customer_of(effect.task.external_userid or "", known)
        self.tasks.open(replace(effect.task, customer_id=customer_id))

    def _show_tags(self, effect: FriendshipBegan, known: Known) -> None:
        customer_id = self._customer_of(effect.external_userid, known)
        queue_customers([customer_id] if customer_id else [])

    def _customer_of(self, external_userid: str, known: Known) -> str | None:
        if external_userid not in known.customers:
            contact = self._customers.contact(external_userid, consistent=True)
            known.customers[external_userid] = contact.customer_id if contact else None
        return known.customers[external_userid]


def _told_by_plan(effect: Recorded) -> bool:
    """Return whether a handover of ours is under way, whose batch tells of it once all has moved. 1 RRU."""
    if effect.gone or effect.entry.kind != "transferred" or effect.entry.userid is None:
        return False
    from scrm.inheritance.marks_dynamodb import concerns  # imported late: handovers are rare

    return concerns(effect.external_userid, effect.entry.userid)


def _named(notice: Notice, known: Known) -> Notice:
    """Return the notice with the channel's name, which its sentence shows."""
    channel_id = str(notice.facts.get("channel_id", ""))
    if not channel_id:
        return notice
    from scrm.changes.channel_consequences import channel_of  # imported late: most changes name none

    found = channel_of(channel_id, known)
    return replace(notice, facts={**notice.facts, "channel": found.name}) if found else notice


def tell(notice: Notice) -> None:
    send("NOTIFICATIONS_URL", notice_message(notice), group_of(notice.userid), notice.id)


def send(queue: str, message: dict[str, Any], group: str, deduplication_id: str) -> None:
    aws.client("sqs").send_message(
        QueueUrl=required(queue),
        MessageBody=json.dumps(message, ensure_ascii=False),
        MessageGroupId=group,
        MessageDeduplicationId=deduplication_id,
    )
