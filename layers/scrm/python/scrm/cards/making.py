"""Making a customer's cards from everything that is known of them. Pure (docs/decisions/0010)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from scrm.cards.model import Card
from scrm.customers.model import Contact, Customer, Relation
from scrm.customers.stays import stays_of, taken_over, text_of, told_apart
from scrm.facts.model import Facts, Score, energy
from scrm.moments import BEIJING
from scrm.staff.model import key

ORDERS_WINDOW = timedelta(days=365)
ACTS_WINDOW = timedelta(days=90)
_LONGEST_TEXT = 200


def cards_of(
    customer: Customer,
    contacts: Iterable[Contact],
    relations: Sequence[Relation],
    facts: Facts,
    filterable: Iterable[str],
    segments: Iterable[str],
    now: datetime,
) -> list[Card]:
    """Return the cards of a customer as of `now`: one for each member who knows them, else a bare one.

    `customer` and `facts` are put together from the root and all it absorbed, `relations` are those of all
    `contacts`. `filterable` are the keys of custom fields that cards carry, `segments` where the customer
    is. Nobody has a card who was merged away or erased.
    """
    if customer.merged_into or customer.erased_at:
        return []
    known = {each.external_userid: each for each in contacts}
    relations = [each for each in relations if not each.is_hearsay]
    shared = {
        **_who(customer, relations, filterable),
        **_what(facts, now),
        "segments": tuple(sorted(segments)),
    }
    talks = {key(each.userid): each for each in facts.talks}
    moved = _moved(relations)
    if not relations:
        name = customer.name or next((each.name for each in known.values() if each.name), "")
        return [Card(customer.customer_id, name=name, first=True, **shared)]
    return [
        Card(
            customer.customer_id,
            first=not number,
            **_how(each, known.get(each.external_userid), moved.get(each.external_userid, ())),
            **_talked(each, talks),
            **shared,
        )
        for number, each in enumerate(
            sorted(relations, key=lambda each: (each.external_userid, key(each.userid)))
        )
    ]


def _how(relation: Relation, contact: Contact | None, moved: Iterable[int]) -> dict[str, Any]:
    """Return how one member knows them."""
    return {
        "external_userid": relation.external_userid,
        "userid": relation.userid,
        "name": (contact.name if contact else "") or relation.name,
        "remark": relation.remark,
        "status": relation.status,
        "added_at": relation.added_at,
        "add_way": relation.add_way,
        "channel_id": relation.channel_id,
        "deleted_at": relation.deleted_at,
        "stays": _stays(relation, moved),
        "tags": tuple(sorted(relation.tags)),
    }


def _stays(relation: Relation, moved: Iterable[int]) -> tuple[str, ...]:
    """Return the stretches of a relation, where its times and status say less."""
    stays = taken_over(stays_of(relation.facts, relation.add_way), moved)
    return tuple(text_of(each) for each in stays) if told_apart(stays, relation.add_way) else ()


def _moved(relations: Iterable[Relation]) -> dict[str, list[int]]:
    """Return when friendships of each contact were handed over."""
    found: dict[str, list[int]] = {}
    for each in relations:
        moves = [fact.at for fact in each.facts if fact.kind == "transferred"]
        if moves:
            found.setdefault(each.external_userid, []).extend(moves)
    return found


def _talked(relation: Relation, talks: Mapping[str, Any]) -> dict[str, Any]:
    talk = talks.get(key(relation.userid))
    if talk is None:
        return {}
    return {
        "customer_message_at": talk.customer_at,
        "staff_message_at": talk.staff_at,
        "followed_at": talk.followed_at,
    }


def _who(customer: Customer, relations: Sequence[Relation], filterable: Iterable[str]) -> dict[str, Any]:
    active = [each for each in relations if each.status == "active"]
    starts = [each.periods[0].start for each in relations if each.periods]
    return {
        "created_at": customer.created_at,
        "kind": customer.kind,
        "identified": customer.identified,
        "stage": customer.stage,
        "stage_at": customer.stage_at,
        "interests": customer.interests,
        "opted_out": customer.opted_out_at is not None,
        "fields": dict(_fields(customer.custom_fields, filterable)),
        "first_added_at": min((each for each in starts if each), default=None),
        "friends": len({key(each.userid) for each in active}),
        "all_tags": tuple(sorted({tag for each in active for tag in each.tags})),
    }


def _fields(values: Mapping[str, Any], filterable: Iterable[str]) -> Iterator[tuple[str, Any]]:
    for name in sorted(filterable):
        value = values.get(name)
        if isinstance(value, str):
            value = value[:_LONGEST_TEXT]
        if value not in (None, "", [], ()):
            yield name, value


def _what(facts: Facts, now: datetime) -> dict[str, Any]:
    today = now.astimezone(BEIJING).date()
    orders = [day for day in facts.orders.window if _inside(day[0], ORDERS_WINDOW, today)]
    acts = facts.interaction.acts
    valid = [each for each in facts.scores if each.expires_at is None or each.expires_at > now]
    return {
        "official_account": facts.follows_official_account,
        "order_count": facts.orders.count,
        "order_amount": facts.orders.amount_fen,
        "first_order_at": facts.orders.first_at,
        "last_order_at": facts.orders.last_at,
        "orders_365d": sum(count for _, count, _ in orders),
        "amount_365d": sum(net for _, _, net in orders),
        "products": facts.orders.products,
        "is_member": facts.member_since is not None,
        "energy": energy(facts.interaction),
        "inbound_at": facts.interaction.inbound_at,
        "sessions": facts.sessions.count if facts.sessions else None,
        "session_seconds": facts.sessions.seconds if facts.sessions else None,
        "last_session_at": facts.sessions.last_at if facts.sessions else None,
        "shares_90d": _acts(acts.get("share", ()), today),
        "referrals_90d": _acts(acts.get("referral", ()), today),
        "feedback_90d": _acts(acts.get("feedback", ()), today),
        "scores": {each.name: each.value for each in valid},
        "window_until": _window_until(facts, valid, today),
    }


def _acts(days: Iterable[tuple[str, int]], today: date) -> int:
    return sum(count for day, count in days if _inside(day, ACTS_WINDOW, today))


def _inside(day: str, window: timedelta, today: date) -> bool:
    """Return whether a Beijing day is among the last ones, today included; days to come are not left out."""
    return date.fromisoformat(day) > today - window


def _window_until(facts: Facts, scores: Iterable[Score], today: date) -> datetime | None:
    """Return the first moment at which a day leaves its window, or a score expires."""
    windows = [
        *((day, ORDERS_WINDOW) for day, _, _ in facts.orders.window),
        *((day, ACTS_WINDOW) for days in facts.interaction.acts.values() for day, _ in days),
    ]
    leaving = [_midnight(day) + window for day, window in windows if _inside(day, window, today)]
    expiring = [each.expires_at for each in scores if each.expires_at]
    return min((*leaving, *expiring), default=None)


def _midnight(day: str) -> datetime:
    return datetime.combine(date.fromisoformat(day), datetime.min.time(), BEIJING)
