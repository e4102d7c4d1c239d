"""What follows from a change of a relation. Pure: two images in, effects out.

Timeline and channel adds are views of the relation's facts: what the new facts show and the old did not is
written, what only the old showed is taken back. So every order of arrival leaves the same rows. While
answers of WeCom are open the customer behind the contact may not be known yet: then only taking back is
done, and the write that settles the relation shows everything anew.

A friendship that came with a handover is no new customer's: nobody is told of one. What a handover of ours
ends and begins is one entry, which its batch makes (scrm.changes.inheritance).
"""

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from scrm.changes.effects import CameThrough, CampaignAnswered, Effect, Recorded, Refreshed, ToDo, Told
from scrm.customers.model import Relation
from scrm.customers.relation import Fact, by_handover, fold, turns
from scrm.notices.model import notice
from scrm.staff.model import key
from scrm.tasks.model import task
from scrm.timeline.model import Entry, EntryKind

FOLLOW_UP_WITHIN = timedelta(hours=24)
# A friendship that reconciliation found is news for so long; a first import of old customers is none.
NEWS = timedelta(days=2)

_ENTRIES: dict[str, EntryKind] = {
    "add": "customer_added",
    "half": "customer_added",
    "observed": "customer_added",
    "inherited": "transferred",
    "deleted_by_customer": "deleted_by_customer",
    "deleted_by_staff": "deleted_by_staff",
    "transferred": "transferred",
}
_View = Recorded | CameThrough | CampaignAnswered


def effects_of(old: Relation | None, new: Relation | None) -> list[Effect]:
    """Return what follows from a relation's change, in order; nothing from its removal."""
    if new is None:
        return []
    return [
        *_views(old, new),
        *_edits(old, new),
        *_deletion_told(old, new),
        *_arrival_told(old, new),
    ]


def _views(old: Relation | None, new: Relation) -> Iterator[Effect]:
    shown = _shown(old) if old else {}
    wanted = _shown(new)
    yield from (replace(view, gone=True) for place, view in shown.items() if place not in wanted)
    if new.intents:
        return
    news = wanted if old is None or old.intents else {p: v for p, v in wanted.items() if p not in shown}
    yield from news.values()
    for view in news.values():
        if isinstance(view, CameThrough):
            yield Refreshed(view.channel_id, "add", view.event_id)


def _shown(relation: Relation) -> Mapping[Hashable, _View]:
    """Return everything the relation's facts show, by the place where it is written."""
    views: dict[Hashable, _View] = {}
    who, userid = relation.external_userid, relation.userid
    for turn in turns(relation.facts):
        fact, handover = turn.fact, by_handover(turn.fact, relation.facts)
        if handover:
            continue
        kind = _ENTRIES[fact.kind] if handover is None else "transferred"
        at = datetime.fromtimestamp(fact.at, UTC)
        through = kind == "customer_added" and bool(fact.about)
        facts = {"channel_id": fact.about} if through else {}
        if handover is not None and turn.status == "active":
            facts = {"to": userid}
        if relation.origin and relation.origin.get("event_id") == fact.event_id:
            facts |= _carried(relation.origin)
            act = f"{who}#{key(userid)}#{fact.event_id}"
            campaign = facts.get("campaign") or facts["cid"]
            views["campaign", fact.at, act] = CampaignAnswered(campaign, "add", act, at)
        views["entry", fact.at, kind] = Recorded(
            who, Entry(f"{who}#{key(userid)}#{kind}", kind, at, userid, who, facts)
        )
        if through:
            views["add", fact.about, fact.at, fact.event_id] = CameThrough(
                fact.about, userid, who, fact.event_id, at
            )
    return views


def _carried(origin: Mapping[str, Any]) -> dict[str, str]:
    """Return what a dynamic code tells: its `cid`, and the campaign where that is a session."""
    campaign = (origin.get("params") or {}).get("campaign")
    return {"cid": origin["cid"], **({"campaign": campaign} if campaign else {})}


def _edits(old: Relation | None, new: Relation) -> Iterator[Effect]:
    """Return entries for tags and remark that differ from what was known; the first detail is no change."""
    if old is None or old.detail_at is None or new.updated_at is None:
        return
    if old.tags != new.tags:
        added = sorted(set(new.tags) - set(old.tags))
        removed = sorted(set(old.tags) - set(new.tags))
        if added or removed:
            yield _edited(new, "tagged", {"added": added, "removed": removed})
    if old.remark != new.remark:
        yield _edited(new, "remark_changed", {})


def _edited(new: Relation, kind: EntryKind, facts: dict[str, list[str]]) -> Recorded:
    identity = f"{new.external_userid}#{key(new.userid)}#{kind}#{new.version}"
    at = new.updated_at or datetime.fromtimestamp(0, UTC)
    return Recorded(new.external_userid, Entry(identity, kind, at, new.userid, new.external_userid, facts))


def _deletion_told(old: Relation | None, new: Relation) -> Iterator[Effect]:
    """Tell the member whom the customer deleted, once: by the event that ended the friendship."""
    if new.status != "deleted_by_customer":
        return
    ended = turns(new.facts)[-1].fact
    if old is not None and ended in old.facts:
        return
    at = datetime.fromtimestamp(ended.at, UTC)
    subject = {"external_userid": new.external_userid}
    source = f"{new.external_userid}#{ended.event_id}"
    yield Told(notice("deleted_by_customer", new.userid, at, source, subject=subject))


def _arrival_told(old: Relation | None, new: Relation) -> Iterator[Effect]:
    """Tell the member of a new customer and have them followed up, by the event that made them friends."""
    opened = _opened_by(old, new)
    if opened is None:
        return
    at = datetime.fromtimestamp(opened.at, UTC)
    source = f"{new.external_userid}#{opened.event_id}"
    facts = {"channel_id": opened.about} if opened.about else {}
    late = opened.kind == "observed"
    if late and new.updated_at and new.updated_at - at > NEWS:
        return
    to_do = task(
        "follow",
        new.userid,
        at + FOLLOW_UP_WITHIN,
        source,
        created_at=at,
        external_userid=new.external_userid,
        payload={"reason": "new_customer"},
    )
    yield ToDo(to_do)
    # The notice opens the to-do, so that is there first (NTF-06).
    subject = {"external_userid": new.external_userid, "task_id": to_do.id}
    yield Told(notice("new_customer", new.userid, at, source, subject=subject, facts=facts, late=late))


def _opened_by(old: Relation | None, new: Relation) -> Fact | None:
    """Return the event that made the members friends in this change, None when they were or are not.

    Asked without the event just taken in: a half add that comes after its add, or an add older than the
    present friendship, begins nothing that was not known.
    """
    if new.intents or new.status != "active" or new.periods[-1].inherited:
        return None
    if old is not None and old.intents:
        before = [each for each in new.facts if each.event_id != old.intents.event_id]
    else:
        before = list(old.facts) if old else []
    if fold(before).status == "active":
        return None
    start = new.periods[-1].opened_by
    return next((each for each in new.facts if each.event_id == start), None)
