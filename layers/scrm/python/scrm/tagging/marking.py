"""Putting tags on one relation and taking others off, at WeCom and here, whoever may die on the way.

Marking only sets, so asking WeCom again does no harm (docs/decisions/0002): nothing is written beforehand.
Whoever comes again after a kill between WeCom's answer and our row sees tags missing here and asks again.
"""

from dataclasses import replace
from datetime import datetime

from scrm.customers.dynamodb import Customers
from scrm.customers.model import Relation, VersionConflict
from scrm.jobs.model import Result
from scrm.sidebar.edits import Edit, needed
from scrm.tagging.pairs import split
from scrm.wecom import tags as wecom_tags
from scrm.wecom.client import WeCom
from scrm.wecom.errors import (
    NoCustomerContact,
    NotFriend,
    OutOfRange,
    QuotaUsedUp,
    UnknownCustomer,
    UnknownStaff,
    UnknownTag,
    WeComError,
)

SAVES = 5

# What WeCom says of this one relation; anything else concerns all of them and is raised.
_CODES: dict[type[WeComError], str] = {
    NotFriend: "not_friend",
    UnknownCustomer: "customer_gone",
    UnknownStaff: "member_gone",
    OutOfRange: "member_out_of_range",
    NoCustomerContact: "member_out_of_range",
    UnknownTag: "unknown_tag",
    QuotaUsedUp: "quota_used_up",
}

customers = Customers()


def mark(wecom: WeCom, pair: str, wanted: Edit, now: datetime) -> Result:
    """Bring one relation's tags to what is wanted, at WeCom and here, and return what became of it.

    A relation that is over is skipped. Safe to repeat. Raises Throttled, Busy and UnknownOutcome, after which
    asking later helps; VersionConflict when others kept changing the relation; WeComError for what no other
    relation would fare better with.
    """
    userid, external_userid = split(pair)
    relation = customers.relation(external_userid, userid, consistent=True) if userid else None
    if relation is None:
        return Result(pair, "skipped", "no_relation")
    if relation.status != "active":
        return Result(pair, "skipped", "not_active")
    edit = needed(relation, wanted)
    if edit.is_empty:
        return Result(pair, "done")
    try:
        wecom_tags.mark(wecom, relation.userid, external_userid, add=edit.add_tags, remove=edit.remove_tags)
    except tuple(_CODES) as refused:
        return Result(pair, "failed", _CODES[type(refused)])
    _record(relation, edit, now)
    return Result(pair, "done")


def _record(relation: Relation, edit: Edit, now: datetime) -> None:
    """Write what WeCom took over what others may have changed meanwhile; it tells nobody else (spec D6)."""
    for _ in range(SAVES):
        try:
            customers.save_relation(tagged(relation, edit), now)
        except VersionConflict:
            fresh = customers.relation(relation.external_userid, relation.userid, consistent=True)
            if fresh is None:
                return
            relation = fresh
        else:
            return
    raise VersionConflict


def tagged(relation: Relation, edit: Edit) -> Relation:
    """Return the relation with the tags of an edit; whatever else is open on it stays open."""
    kept = tuple(each for each in relation.tags if each not in edit.remove_tags)
    return replace(relation, tags=(*kept, *(each for each in edit.add_tags if each not in kept)))
