"""Reading what a plan is about: the handovers' customers, the takeovers' loads and friends, what keeps back.

A member's cards are read in the order of their adds, only those that the condition's times leave. Nothing is
written.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from scrm.accounts.dynamodb import names_of
from scrm.cards.dynamodb import held_by, owned
from scrm.cards.model import Card
from scrm.conditions.plan import plan as planned
from scrm.conditions.tree import AllOf, Node, of_plain, selects
from scrm.config import required
from scrm.customers.dynamodb import Customers
from scrm.customers.model import customer_id_of
from scrm.fields.dynamodb import fields
from scrm.groups.dynamodb import groups_of_contacts
from scrm.inheritance.guards import Person, Relation
from scrm.inheritance.marks_dynamodb import Transfers, transfers_of
from scrm.inheritance.planning import MOST, Candidate, Preview, Taker, worked_out
from scrm.offboarding.departures_dynamodb import left_at_of
from scrm.staff.dynamodb import directory
from scrm.staff.model import Directory, key

PAGE = 1000
FIELD = "field."
customers = Customers()


class TooMany(Exception):
    """More relations are selected than one plan hands over."""


def preview(terms: Mapping[str, Any], now: datetime) -> Preview:
    """Return what a plan of these terms would do now. Raises TooMany.

    Reads the cards of handovers and takeovers by their bytes, and a batch for each 100 of the selected.
    """
    staff = directory(now)
    held = {each["userid"]: list(held_by(each["userid"])) for each in terms["takeovers"]}
    takers = [Taker(userid, len(theirs), _person(staff, userid)) for userid, theirs in held.items()]
    friends = {key(userid): frozenset(theirs) for userid, theirs in held.items()}
    return worked_out(terms, candidates(terms, friends, now), takers, now)


def candidates(
    terms: Mapping[str, Any], friends: Mapping[str, frozenset[str]], now: datetime
) -> list[Candidate]:
    """Return the relations that are selected, with all that decides about each. Raises TooMany.

    `friends` are the customers of each takeover, by key.
    """
    cards = _selected(terms, now)
    custom, theirs = fields(now), friends.items()
    told = transfers_of([each.external_userid for each in cards], consistent=False)
    blocks = _blocks(terms.get("blocks") or "", cards)
    left = left_at_of(terms["handovers"]) if terms["mode"] == "resigned" else {}
    rules = [_node(each, custom) for each in terms.get("rules", ())]
    notices = [(_node(each, custom), str(each["text"])) for each in terms.get("notices", ())]
    found = []
    for card, handover in zip(cards, _handovers(terms, cards), strict=True):
        text = next((text for node, text in notices if selects(node, card, now)), terms.get("notice") or "")
        found.append(
            Candidate(
                card.customer_id,
                card.external_userid,
                handover,
                card.added_at,
                card.name,
                _relation(card, told[card.external_userid]),
                left.get(key(handover)),
                friend_of=frozenset(userid for userid, ids in theirs if card.customer_id in ids),
                block=blocks.get(card.external_userid, ""),
                part=next((str(at) for at, node in enumerate(rules) if selects(node, card, now)), ""),
                notice=text,
            )
        )
    return found


def _selected(terms: Mapping[str, Any], now: datetime) -> list[Card]:
    """Return the cards that are selected; of whom is named, but no customer of theirs, one made up."""
    named = frozenset(terms.get("external_userids") or ())
    ids = _roots(terms.get("customer_ids") or ())
    found: list[Card] = []
    for card in _cards(terms, now):
        if (named or ids) and card.external_userid not in named and card.customer_id not in ids:
            continue
        found.append(card)
        if len(found) > MOST:
            raise TooMany
    missing = sorted(named - {each.external_userid for each in found})
    if len(found) + len(missing) > MOST:
        raise TooMany
    corp = required("WECOM_CORP_ID")
    handover = terms["handovers"][0]
    return found + [Card(customer_id_of(corp, each), each, handover) for each in missing]


def _cards(terms: Mapping[str, Any], now: datetime) -> Iterator[Card]:
    """Yield the handovers' cards that the condition selects, each handover's latest add first."""
    node = _node(terms, fields(now))
    for userid in terms["handovers"]:
        added = planned(node, frozenset({key(userid)}), now).added
        start: dict[str, Any] | None = None
        while not added.is_empty:
            page = owned(
                userid,
                PAGE,
                start,
                before=added.low or None,
                until=added.high if added.high != "~" else None,
            )
            yield from (card for card in page.cards if card.external_userid and selects(node, card, now))
            if not (start := page.last_key):
                break


def _handovers(terms: Mapping[str, Any], cards: Sequence[Card]) -> list[str]:
    spelt = {key(each): each for each in terms["handovers"]}
    return [spelt[key(card.userid)] for card in cards]


def _node(asked: Mapping[str, Any], custom: Mapping[str, str]) -> Node:
    return of_plain(asked["condition"], custom) if asked.get("condition") else AllOf()


def _relation(card: Card, told: Transfers) -> Relation:
    """Return what decides about a relation: WeCom takes nobody whom any member is handing over already."""
    return Relation(card.status == "active", bool(told.pending), told.accepted)


def _person(staff: Directory, userid: str) -> Person:
    member = staff.get(userid)
    if member is None:
        return Person(active=False)
    return Person(visible=member.can_contact, active=member.status == "active")


def _roots(customer_ids: Sequence[str]) -> frozenset[str]:
    """Return who these ids mean today: one that was merged into another means that one."""
    if not customer_ids:
        return frozenset()
    found = customers.several(customer_ids)
    merged = {each.customer_id for each in found.values() if each.merged_into}
    roots = {each: customers.root(each) for each in merged}
    return frozenset(root.customer_id if (root := roots.get(each)) else each for each in customer_ids)


def _blocks(how: str, cards: Sequence[Card]) -> dict[str, str]:
    """Return what each contact has to stay together with: a customer group, a company, a field's value."""
    if how == "group":
        groups = groups_of_contacts(each.external_userid for each in cards)
        return {there: chat_ids[0] for there, chat_ids in groups.items()}
    if how == "account":
        names = names_of(each.customer_id for each in cards)
        return {each.external_userid: names.get(each.customer_id, "") for each in cards}
    if how.startswith(FIELD):
        name = how.removeprefix(FIELD)
        values = {each.external_userid: each.fields.get(name) for each in cards}
        return {there: str(value) for there, value in values.items() if value not in (None, "")}
    return {}
