"""What the specification's words say of one card, written down once more without the product's own rules.

A card is read as it is; everything derived from it is worked out here. An answer is "yes", "no" or "unknown".
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

BEIJING = timezone(timedelta(hours=8))
DAY = timedelta(days=1)
PLAIN = {
    "relation_state": "status", "channel": "channel_id", "known_at": "created_at",
}  # fmt: skip
SETS = {"tags", "all_tags", "interests", "products", "segments"}
TIMES = {
    "added_at", "deleted_at", "last_contact_at", "customer_message_at", "staff_message_at", "followed_at",
    "known_at", "stage_at", "first_added_at", "first_order_at", "last_order_at", "inbound_at",
    "last_session_at",
}  # fmt: skip


def answer(condition: dict[str, Any], card: Any, now: datetime) -> str:
    """Return what a condition, as JSON, says of a card."""
    if "all" in condition:
        answers = [answer(part, card, now) for part in condition["all"]]
        if "no" in answers:
            return "no"
        return "unknown" if "unknown" in answers else "yes"
    if "any" in condition:
        answers = [answer(part, card, now) for part in condition["any"]]
        if "yes" in answers:
            return "yes"
        return "unknown" if "unknown" in answers else "no"
    if "not" in condition:
        return {"yes": "no", "no": "yes", "unknown": "unknown"}[answer(condition["not"], card, now)]
    return question(condition["field"], condition["op"], condition["value"], card, now)


def question(  # noqa: C901  # one line a word of the language
    name: str, op: str, value: Any, card: Any, now: datetime
) -> str:
    """Return what one question says of a card."""
    known = value_of(name, card, now)
    if op == "known":
        return yes((known is not None and known != "" and known != ()) == value)
    if name in SETS or isinstance(known, list):
        held = list(known or [])
        hits = [each in held for each in value]
        return yes({"any": any(hits), "all": all(hits), "none": not any(hits)}[op])
    if op in {"any", "all", "none"}:
        return yes(op == "none")
    if known is None:
        return "unknown"
    if name in TIMES or name == "field.day":
        return time_question(op, known, value, now)
    if op == "in":
        return yes(known in value)
    if op == "not_in":
        return yes(known not in value)
    if op == "contains":
        return yes(value.lower() in known.lower())
    if op == "is":
        return yes(known == value)
    if not isinstance(known, (int, float)):
        return "unknown"
    if op == "between":
        return yes(known >= value[0] and known < value[1])
    return yes(
        {
            "eq": known == value,
            "ne": known != value,
            "lt": known < value,
            "lte": known <= value,
            "gt": known > value,
            "gte": known >= value,
        }[op]
    )


def yes(truth: bool) -> str:  # what it is all about
    return "yes" if truth else "no"


def time_question(op: str, known: datetime, value: Any, now: datetime) -> str:
    if op == "before":
        return yes(known < datetime.fromisoformat(value))
    if op == "from":
        return yes(known >= datetime.fromisoformat(value))
    if op == "between":
        low, high = (datetime.fromisoformat(each) for each in value)
        return yes(low <= known < high)
    if op == "within_days":
        return yes(known > now - value * DAY)
    if op == "older_than_days":
        return yes(known <= now - value * DAY)
    today = now.astimezone(BEIJING).date()
    midnight = datetime(today.year, today.month, today.day, tzinfo=BEIJING) - value * DAY
    return yes(known >= midnight)


def value_of(name: str, card: Any, now: datetime) -> Any:
    """Return what is known of a card; None for what is not."""
    if name.startswith("field."):
        held = card.fields.get(name.partition(".")[2])
        if name == "field.day" and held:
            return datetime.fromisoformat(held).replace(tzinfo=BEIJING)
        return held
    if name.startswith("score."):
        return card.scores.get(name.partition(".")[2])
    if name in DERIVED:
        return DERIVED[name](card, now)
    return getattr(card, PLAIN.get(name, name))


def last_contact(card: Any, _now: Any = None) -> datetime | None:
    customer, staff = card.customer_message_at, card.staff_message_at
    if customer and staff:
        return max(customer, staff)
    return customer or staff


def unreplied(card: Any, _now: Any) -> bool | None:
    """The customer's last message is later than the member's (SEG-06); null without a feed (D5)."""
    customer, staff = card.customer_message_at, card.staff_message_at
    if not customer and not staff:
        return None
    if not customer:
        return False
    return not staff or customer > staff


def followed(card: Any, _now: Any) -> bool | None:
    """Any follow record at or after the add (SEG-08)."""
    if not card.added_at:
        return None
    return bool(card.followed_at) and not card.followed_at < card.added_at


def lifecycle(card: Any, now: datetime) -> str | None:
    """lost: no friendship and no follow; new: 0 to 7 days; else by whole days since the last act: 30, 59."""
    if not card.first_added_at:
        return None
    if card.friends == 0 and not card.official_account:
        return "lost"
    if (now - card.first_added_at).days <= 7:
        return "new"
    quiet = (now - (card.inbound_at or card.first_added_at)).days
    if quiet <= 30:
        return "active"
    return "cooling" if quiet <= 59 else "silent"


def index(card: Any, now: datetime) -> float:
    return 0.0 if card.energy is None else 2 ** (card.energy - now.timestamp() / (14 * 24 * 3600))


def brand(card: Any, now: datetime) -> str:
    score = index(card, now)
    if score >= 15 or card.referrals_90d >= 1:
        return "advocate"
    return "interactor" if score >= 5 else "follower" if score >= 1 else "indifferent"


def loyalty(card: Any, _now: Any) -> str:
    if card.orders_365d == 0:
        return "potential"
    if card.orders_365d >= 2 and card.amount_365d >= 200_000:
        return "member" if card.is_member else "loyal"
    return "ordinary"


def rfm(card: Any, now: datetime) -> tuple[int, int, int] | None:
    if card.orders_365d == 0 or card.last_order_at is None:
        return None
    days = (now - card.last_order_at).days
    r = 5 if days <= 30 else 4 if days <= 60 else 3 if days <= 90 else 2 if days <= 180 else 1
    n, yuan = card.orders_365d, card.amount_365d / 100
    f = 5 if n >= 10 else 4 if n >= 6 else 3 if n >= 3 else 2 if n >= 2 else 1
    m = 5 if yuan >= 10_000 else 4 if yuan >= 5_000 else 3 if yuan >= 2_000 else 2 if yuan >= 500 else 1
    return r, f, m


def group(card: Any, now: datetime) -> str | None:
    scores = rfm(card, now)
    if scores is None:
        return None
    recent, frequent, rich = (each >= 3 for each in scores)
    second = {
        (True, True): "价值", (True, False): "发展", (False, True): "保持", (False, False): "挽留"
    }[recent, frequent]  # fmt: skip
    return ("重要" if rich else "一般") + second


def part(place: int) -> Any:
    return lambda card, now: (rfm(card, now) or (None, None, None))[place]


DERIVED: dict[str, Any] = {
    "staff": lambda card, _now: card.userid.lower() or None,
    "stage": lambda card, _now: card.stage or None,
    "last_contact_at": last_contact,
    "unreplied": unreplied,
    "followed_since_add": followed,
    "lifecycle": lifecycle,
    "interaction_index": index,
    "brand_group": brand,
    "loyalty": loyalty,
    "rfm_group": group,
    "rfm_r": part(0),
    "rfm_f": part(1),
    "rfm_m": part(2),
}


def in_scope(card: Any, scope: frozenset[str] | None) -> bool:
    return scope is None or (card.userid != "" and card.userid.lower() in scope)


def listed(
    condition: dict[str, Any], cards: list[Any], scope: frozenset[str] | None, sort: str, now: datetime
) -> list[str]:
    """Return the ids of the selected cards in the order that `sort` names."""
    chosen = [card for card in cards if in_scope(card, scope) and answer(condition, card, now) == "yes"]
    newest_first = sorted(chosen, key=by_add, reverse=True)
    if sort.endswith("added_at"):
        ordered = newest_first if sort.startswith("-") else newest_first[::-1]
    else:
        fed = sorted((card for card in chosen if last_contact(card)), key=by_contact)
        fed = fed[::-1] if sort.startswith("-") else fed
        ordered = fed + [card for card in newest_first if not last_contact(card)]
    return [f"{card.customer_id}/{identity(card)}" for card in ordered]


def identity(card: Any) -> str:
    return f"{card.userid.lower()}#{card.external_userid or card.customer_id}"


def by_add(card: Any) -> Any:
    at = card.added_at or card.created_at or datetime(1970, 1, 1, tzinfo=UTC)
    return at, f"{card.customer_id}#{identity(card)}"


def by_contact(card: Any) -> Any:
    """By the hour: within one, and between customers of the same, by their ids."""
    at = last_contact(card)
    return at.replace(minute=0, second=0), f"{card.customer_id}#{identity(card)}"
