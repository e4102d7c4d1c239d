"""How cards and questions look to callers, and what a caller may ask."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from scrm.cards.model import Card
from scrm.conditions.fields import CUSTOM, FIELDS, KIND_OF_CUSTOM, OPS, Field
from scrm.conditions.language import WrongCondition, checked, plain
from scrm.fields.dynamodb import known as known_fields
from scrm.fields.model import CustomField
from scrm.http import problems
from scrm.http.caller import Role
from scrm.moments import is_kept
from scrm.queries.models import AskableOut, CardOut, CustomersQuery
from scrm.sidebar import masking

_DELETED = ["deleted_by_customer", "deleted_by_staff", "both_deleted"]


def custom_for(role: Role, now: datetime) -> Mapping[str, CustomField]:
    """Return the custom fields that a role may ask about and see in lists: none whose values are masked."""
    return {key: each for key, each in known_fields(now).items() if each.askable_by(role)}


def types_of(custom: Mapping[str, CustomField]) -> dict[str, str]:
    """Return the fields' types by key, as conditions take them."""
    return {key: each.type for key, each in custom.items()}


def asked_for(condition: Any, custom: Mapping[str, CustomField]) -> dict[str, Any]:
    """Return a parsed condition as it is stored; raises a 422 problem that names each wrong place."""
    try:
        checked(condition, types_of(custom))
    except WrongCondition as wrong:
        raise problems.invalid(*wrong.errors) from None
    return plain(condition)


def of_query(asked: CustomersQuery) -> dict[str, Any]:
    """Return the condition that a list's query parameters stand for."""
    return {"all": [{"field": name, "op": op, "value": value} for name, op, value in _questions(asked)]}


def _questions(asked: CustomersQuery) -> Iterator[tuple[str, str, Any]]:
    if asked.status:
        yield "relation_state", "in", _DELETED if asked.status == "deleted" else [asked.status]
    _refuse_unkept(asked)
    for name, start, end in (
        ("added_at", asked.add_from, asked.add_to),
        ("deleted_at", asked.deleted_from, asked.deleted_to),
    ):
        if start:
            yield name, "from", start.isoformat()
        if end:
            yield name, "before", end.isoformat()
    if asked.add_way:
        yield "add_way", "in", [int(each) for each in asked.add_way.split(",")]
    if asked.channel:
        yield "channel", "in", asked.channel.split(",")
    if asked.tags:
        yield "tags", "any", asked.tags.split(",")


def _refuse_unkept(asked: CustomersQuery) -> None:
    times = {name: getattr(asked, name) for name in ("add_from", "add_to", "deleted_from", "deleted_to")}
    wrong = [name for name, at in times.items() if at is not None and not is_kept(at)]
    if wrong:
        raise problems.invalid(
            *(problems.FieldError(name, "应为 1900 到 2999 年之间的时间") for name in wrong)
        )


def card_out(card: Card, custom: Mapping[str, CustomField], now: datetime) -> CardOut:
    """Return a card as a line of a list, with the custom fields the caller may see and no number bare."""
    fields = {key: value for key, value in card.fields.items() if key in custom}
    return CardOut(
        **{name: getattr(card, name) for name in _AS_THEY_ARE},
        external_userid=card.external_userid or None,
        userid=card.userid or None,
        name=masking.text(card.name),
        remark=masking.text(card.remark),
        tags=list(card.tags),
        stage=card.stage or None,
        lifecycle=card.lifecycle(now),
        brand_group=card.brand_group(now),
        rfm_group=card.rfm_group(now),
        interaction_index=round(card.interaction_index(now), 2),
        order_amount_fen=card.order_amount,
        segments=list(card.segments),
        fields=masking.fields(fields),
    )


_AS_THEY_ARE = (
    "customer_id", "status", "added_at", "add_way", "channel_id", "deleted_at", "last_contact_at",
    "unreplied", "followed_at", "kind", "identified", "loyalty", "opted_out", "order_count", "last_order_at",
)  # fmt: skip


def askable(custom: Mapping[str, CustomField]) -> list[AskableOut]:
    """Return every field that a caller may ask about."""
    own = [_askable(each, each.title, each.choices) for each in FIELDS.values()]
    theirs = [_custom(key, each) for key, each in custom.items()]
    return own + theirs


def _custom(key: str, custom: CustomField) -> AskableOut:
    kind = KIND_OF_CUSTOM[custom.type]
    return AskableOut(
        name=f"{CUSTOM}{key}",
        title=custom.title,
        kind=kind,
        level="customer",
        ops=list(OPS[kind]),
        choices=list(custom.options),
    )


def _askable(asked: Field, title: str, choices: tuple[str, ...]) -> AskableOut:
    return AskableOut(
        name=asked.name,
        title=title,
        kind=asked.kind,
        level=asked.level,
        ops=list(OPS[asked.kind]),
        choices=list(choices),
    )
