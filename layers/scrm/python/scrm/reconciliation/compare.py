"""What WeCom lists of one relation, held against what we have. Pure: decides, stores nothing.

A deletion is never invented: WeCom's list has no deletion flag, so what it no longer lists is only marked.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from scrm.customers.model import ASSIGNED, Intents, Relation
from scrm.customers.recording import noted
from scrm.customers.relation import learn, observe
from scrm.reconciliation.model import Counts

if TYPE_CHECKING:
    from scrm.wecom.customers import Relation as WeComRelation

OBSERVED = "observed-"


@dataclass(frozen=True)
class Origin:
    """What stands behind a state: the channel code with its tags and product, a serial code's CRM id.

    `carried` is what a dynamic code carries.
    """

    channel_id: str = ""
    tag_ids: tuple[str, ...] = ()
    crmid: str | None = None
    product_code: str = ""
    carried: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Finding:
    """One relation after the comparison: `relation` is what it should be, equal to `before` when it is so."""

    before: Relation
    relation: Relation
    added: bool = False
    edited: bool = False
    found_again: bool = False
    crmid: str | None = None
    product_code: str = ""

    @property
    def differs(self) -> bool:
        """Return whether there is anything to store."""
        return self.relation != self.before

    @property
    def counts(self) -> Counts:
        """Return this one relation as counts."""
        return Counts(1, int(self.added), int(self.edited), int(self.found_again))


def compared(
    before: Relation | None,
    external_userid: str,
    row: "WeComRelation",
    origin_of: Callable[[str], Origin],
    asked_at: datetime,
    name: str = "",
) -> Finding:
    """Return what WeCom's row makes of our relation.

    A friendship that no event tells of is added as observed, with the tags of its channel to be marked.
    Remark, tags, origin and the contact's `name` are taken over, unless the relation changed after
    `asked_at`: then the row may be older than what we know.
    """
    stored = before or Relation(external_userid, row.userid)
    relation, origin = stored, Origin()
    fact = observe(stored.facts, row.added_at, "", stored.forgotten_until) if row.added_at else None
    if fact and row.add_way == ASSIGNED:
        fact = replace(fact, kind="inherited")
        facts, forgotten = learn(stored.facts, fact, stored.forgotten_until)
        relation = replace(stored, facts=facts, forgotten_until=forgotten)
    elif fact:
        origin = origin_of(row.state)
        facts, forgotten = learn(stored.facts, replace(fact, about=origin.channel_id), stored.forgotten_until)
        tags = _unmarked(origin.tag_ids, stored, row)
        intents = Intents(fact.event_id, detail=False, tag_ids=tags) if tags else stored.intents
        relation = replace(stored, facts=facts, forgotten_until=forgotten, intents=intents)
        if origin.carried:
            relation = replace(relation, origin={**origin.carried, "event_id": fact.event_id})
    if stored.updated_at and stored.updated_at > asked_at:
        return Finding(
            stored,
            relation,
            added=fact is not None,
            crmid=origin.crmid,
            product_code=origin.product_code,
        )
    told = replace(noted(relation, row, asked_at.replace(microsecond=0), name), missing_since=None)
    edited = replace(told, detail_at=relation.detail_at, missing_since=relation.missing_since) != relation
    found_again = stored.missing_since is not None
    if not (fact or edited or found_again):
        told = relation
    return Finding(
        stored,
        told,
        added=fact is not None,
        edited=edited and fact is None,
        found_again=found_again,
        crmid=origin.crmid,
        product_code=origin.product_code,
    )


def _unmarked(tag_ids: tuple[str, ...], stored: Relation, row: "WeComRelation") -> tuple[str, ...]:
    """Return the channel's tags that WeCom does not show; an event's own open questions keep theirs."""
    if stored.intents:
        return ()
    there = {tag.id for tag in row.tags}
    return tuple(each for each in tag_ids if each not in there)


def may_be_missing(relation: Relation | None) -> bool:
    """Return whether WeCom ought to list the relation: active, and both sides are known to be friends."""
    if relation is None or relation.status != "active":
        return False
    return any(fact.kind in {"add", "observed", "inherited"} for fact in relation.facts)
