"""The automatic tag of customers who were handed over (TAG-06, INH-06): put on by the takeover, once.

It holds up nothing: where WeCom does not take it now the item is settled all the same and keeps TAG_OPEN,
until it is taken or a day has passed. What WeCom refuses for good is counted, and told to who made the plan.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from scrm.customers.model import VersionConflict
from scrm.inheritance.model import TAG_FAILED, TAG_OPEN, Item
from scrm.inheritance.plan import Plan, PlanBatch
from scrm.settings.dynamodb import load as load_settings
from scrm.sidebar.edits import Edit
from scrm.tagging.marking import mark
from scrm.tagging.pairs import pair_of
from scrm.tags.dynamodb import catalogue
from scrm.telemetry import count
from scrm.wecom.deployed import wecom
from scrm.wecom.errors import WeComError

TRIED_FOR = timedelta(hours=24)


class Tagging:
    """Puts the tags of a plan on its customers. After WeCom once takes none the rest is left for later."""

    def __init__(self, plan: Plan, now: datetime) -> None:
        self._now = now
        self._tag_ids = _tags_of(plan, now)
        self._broken = False

    def put(self, item: Item) -> Item:
        """Return an item whose customer has moved, with what became of its tags. Safe to repeat.

        1 RRU; a call and 1 WRU for each KB where the tags are not there.
        """
        if self._tag_ids is None:
            return replace(item, code=f"{TAG_FAILED}unknown_tag")
        if not self._tag_ids:
            return replace(item, code="")
        if self._broken:
            return _later(item, self._now)
        pair, wanted = pair_of(item.takeover, item.external_userid), Edit(add_tags=tuple(self._tag_ids))
        try:
            result = mark(wecom(), pair, wanted, self._now)
        except (WeComError, VersionConflict) as error:
            self._broken = isinstance(error, WeComError)
            count("inheritance_tag_put_off", errcode=getattr(error, "errcode", 0))
            return _later(item, self._now)
        if result.status == "failed":
            count("inheritance_tag_failed", why=result.code)
            return replace(item, code=f"{TAG_FAILED}{result.code}")
        count("inheritance_tagged", why=result.status)
        return replace(item, code="")


def tagged(plan: Plan, batch: PlanBatch, now: datetime) -> PlanBatch:
    """Return a batch after another try of the tags that are open on it; it is not stored yet."""
    waiting = batch.untagged
    if not waiting:
        return batch
    tagging = Tagging(plan, now)
    return batch.with_items([tagging.put(each) for each in waiting])


def _later(item: Item, now: datetime) -> Item:
    if item.status == "SETTLED" and item.at and now - item.at > TRIED_FOR:
        count("inheritance_tag_failed", why="given_up")
        return replace(item, code=f"{TAG_FAILED}given_up")
    return replace(item, code=TAG_OPEN)


def _tags_of(plan: Plan, now: datetime) -> Sequence[str] | None:
    """Return the tags that a plan puts on: its own, or the corp's by name; None where its own are gone."""
    wanted = plan.terms.get("tag_ids")
    if wanted is None:
        name = load_settings().inheritance_tag
        known = catalogue(now).tags if name else {}
        return sorted(tag_id for tag_id, tag in known.items() if tag.name == name)[:1]
    known = catalogue(now, holding=wanted).tags
    there = [each for each in wanted if each in known]
    return there if there or not wanted else None
