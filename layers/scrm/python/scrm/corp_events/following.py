"""What each event that is not about one customer brings about (docs/events.md, CorpEvents.fifo).

Tag and staff events say that something changed, not how it is now: each reads the present state from
WeCom, so that order, repetition and delay do not matter. An event of a group is applied where it fits.
Whatever nothing here understands yet is kept 30 days: acquisition links, menu clicks, kinds WeCom adds.
"""

from datetime import datetime

from scrm.callbacks.dynamodb import keep
from scrm.callbacks.queued import Queued
from scrm.corp_events import probe
from scrm.staff import sync as staff
from scrm.tags import sync as tags
from scrm.wecom.client import WeCom
from scrm.wecom.contact_events import DepartmentChanged, StaffChanged
from scrm.wecom.events import CustomerChatChanged, CustomerTagChanged, typed


def follow(message: Queued, wecom: WeCom, now: datetime) -> str:
    """Bring everything to where the event leaves it; return what was followed, for the count.

    Safe to repeat, in any order. Raises the WeComError after which asking later may help.
    """
    if probe.is_probe(message.event):
        probe.arrived(message.event, now)
        return "probe"
    probe.heard(now)
    event = typed(message.event)
    if isinstance(event, CustomerTagChanged) and not event.strategy_id:
        _follow_tag(event, wecom)
        return "tag"
    if isinstance(event, CustomerChatChanged) and event.chat_id:
        _follow_group(event, wecom, now)
        return "group"
    if isinstance(event, StaffChanged) and event.userid:
        staff.follow_member(wecom, event.userid, event.new_userid, now)
        return "staff"
    if isinstance(event, DepartmentChanged) and event.id:
        staff.follow_department(wecom, event.id)
        return "department"
    keep(message, now)
    return "kept"


def _follow_group(event: CustomerChatChanged, wecom: WeCom, now: datetime) -> None:
    from scrm.groups.following import follow as follow_group  # imported late: most events are of no group

    follow_group(event, wecom, now)


def _follow_tag(event: CustomerTagChanged, wecom: WeCom) -> None:
    if not event.id:
        # A shuffle of all groups names none.
        tags.pull(wecom)
    elif event.is_group:
        tags.follow_tags(wecom, group_ids=[event.id])
    else:
        tags.follow_tags(wecom, tag_ids=[event.id])
