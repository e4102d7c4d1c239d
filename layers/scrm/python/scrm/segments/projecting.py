"""Showing a customer's segments as corp tags in WeCom, one way (TAG-10, spec D1).

A message names a customer, no more: the tags of the segments they are in now go on all their friendships,
and those that we had put there for others come off. What staff mark themselves changes no membership, and a
tag of theirs that we did not put stays. Before a tag goes on, a row says that we put it, so that it comes off
again whatever happens in between. Marking only sets (docs/decisions/0002): repeating does no harm.
"""

from collections.abc import Iterable
from datetime import datetime

from scrm import telemetry
from scrm.customers.dynamodb import Customers
from scrm.customers.whole import united
from scrm.segments import projected_dynamodb as kept
from scrm.segments.dynamodb import Definitions
from scrm.segments.members_dynamodb import state
from scrm.segments.model import State
from scrm.segments.queueing import queue_customers
from scrm.sidebar.edits import Edit
from scrm.tagging.marking import mark
from scrm.tagging.pairs import pair_of
from scrm.tags.dynamodb import catalogue
from scrm.wecom.client import WeCom
from scrm.wecom.errors import Busy, Throttled

LOOKS = 5
# WeCom is busy: how long it is left alone, and how often. Some ten hours.
PAUSE = 30
LONGEST_PAUSE = 900
MOST_ATTEMPTS = 50

customers = Customers()
definitions = Definitions()


class KeepsMoving(Exception):
    """The customer's segments changed at every look."""


def show(customer_id: str, attempt: int, wecom: WeCom, now: datetime) -> None:
    """Make a customer's tags show their segments; when WeCom is too busy, ask for it to be done later.

    Safe to repeat, killed at any line, and beside another that shows the same customer: one waits, and
    whoever is done looks whether the segments are still those. Raises KeepsMoving, and what WeCom's unknown
    outcomes raise: then the message comes again.
    """
    try:
        _show(customer_id, wecom, now)
    except (Busy, Throttled, kept.Held) as busy:
        if attempt >= MOST_ATTEMPTS:
            raise
        telemetry.count("segment_tags_postponed")
        pause = int(min(max(getattr(busy, "retry_after", PAUSE), 1), LONGEST_PAUSE))
        queue_customers([customer_id], attempt=attempt + 1, delay=pause)


def _show(customer_id: str, wecom: WeCom, now: datetime) -> None:
    parts = customers.whole(customer_id, consistent=True)
    if not parts:
        return
    root = parts[0].customer_id
    for _ in range(LOOKS):
        seen = state(root, consistent=True)
        wanted = _wanted(seen, now)
        if wanted or kept.projected(root):
            _bring(root, united(parts).external_userids, wanted, wecom, now)
        if state(root, consistent=True).version == seen.version:
            return
    raise KeepsMoving(root)


def _wanted(seen: State, now: datetime) -> frozenset[str]:
    """Return the tags of the segments, as far as WeCom has them."""
    _, segments = definitions.current()
    tags = {segments[each].tag_id for each in seen.entered if each in segments} - {""}
    return frozenset(tags & catalogue(now, tags).tags.keys())


def _bring(
    customer_id: str, contacts: Iterable[str], wanted: frozenset[str], wecom: WeCom, now: datetime
) -> None:
    put, until = kept.hold(customer_id, now)
    gone = put - wanted
    done = False
    try:
        if new := wanted - put:
            kept.add(customer_id, new)
        edit = Edit(add_tags=tuple(sorted(wanted)), remove_tags=tuple(sorted(gone)))
        for external_userid in contacts:
            _mark(external_userid, edit, wecom, now)
        done = True
    finally:
        kept.release(customer_id, until, gone if done else ())


def _mark(external_userid: str, edit: Edit, wecom: WeCom, now: datetime) -> None:
    _, relations = customers.collection(external_userid, consistent=True)
    for each in relations:
        if each.status == "active":
            found = mark(wecom, pair_of(each.userid, external_userid), edit, now)
            telemetry.count("segment_tags_shown", status=found.status, code=found.code or "ok")
