"""How a customer's profile looks to a role. What is hidden from the role is not there."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from scrm.cards.model import Card
from scrm.customers.model import Customer
from scrm.fields import dynamodb as fields
from scrm.fields.showing import ShownField, grouped, visible
from scrm.http.caller import Role
from scrm.kept import Kept
from scrm.profile.known import Profile
from scrm.profile.models import (
    FieldOut,
    GroupOut,
    KnownAsOut,
    ProductOut,
    PurchasesOut,
    RfmOut,
    ScoreOut,
    SegmentOut,
    SessionsOut,
    StageBlock,
    StandingOut,
    TalkOut,
    WhoOut,
)
from scrm.segments import dynamodb as segments
from scrm.sidebar import masking
from scrm.stages import dynamodb as stages

OWN_BLOCKS = ("identity", "location", "family")
"""Groups of custom fields that have a block of their own."""

_segments = Kept(segments.segments)


def blocks(profile: Profile, role: Role, now: datetime) -> dict[str, Any]:
    """Return the blocks of ProfileOut as `role` may see them at `now`.

    Names of fields, stages and segments are at most a minute old, and read only when there is something to
    name.
    """
    customer, card = profile.customer, profile.card(now)
    by_group = _by_group(customer, role, now)
    own = {group: found for (group, _), found in by_group.items() if group in OWN_BLOCKS}
    return {
        "identity": _who(customer, own.get("identity", [])),
        "location": own.get("location", []),
        "family": own.get("family", []),
        "groups": [
            GroupOut(group=group, title=title, fields=found)
            for (group, title), found in by_group.items()
            if group not in OWN_BLOCKS
        ],
        "stage": _stage(customer, now),
        "standing": _standing(card, now),
        "scores": [ScoreOut.model_validate(each) for each in profile.scores(now)],
        "sessions": SessionsOut(
            count=card.sessions, seconds=card.session_seconds, last_at=card.last_session_at
        ),
        "talk": _talk(profile, card),
        "purchases": _purchases(profile),
        "interests": list(customer.interests),
        "segments": _memberships(profile, now),
    }


def custom_fields(customer: Customer, role: Role, now: datetime) -> dict[str, Any]:
    """Return the custom fields that a role may see, numbers hidden in their texts."""
    if not customer.custom_fields:
        return {}
    return masking.fields(visible(customer.custom_fields, fields.known(now), role))


def _by_group(customer: Customer, role: Role, now: datetime) -> dict[tuple[str, str], list[FieldOut]]:
    """Return the fields that have a value, by group and its title."""
    if not customer.custom_fields:
        return {}
    found: dict[tuple[str, str], list[FieldOut]] = {}
    for each in grouped(customer.custom_fields, fields.known(now), role):
        if each.value is not None:
            found.setdefault((each.group, each.group_title), []).append(_field(each))
    return found


def _field(shown: ShownField) -> FieldOut:
    masked: Mapping[str, Any] = masking.fields({shown.key: shown.value})
    value = shown.value if isinstance(shown.value, list) else masked[shown.key]
    return FieldOut(
        key=shown.key,
        title=shown.title,
        type=shown.type,
        value=value,
        mastered_by_crm=shown.mastered_by_crm,
    )


def _who(customer: Customer, found: list[FieldOut]) -> WhoOut:
    return WhoOut(
        identified=customer.identified,
        name=masking.text(customer.name),
        crmid=customer.crmid,
        identities=[
            KnownAsOut(kind=kind, value=masking.of_kind(kind, value)) for kind, value in customer.identities
        ],
        fields=found,
    )


def _stage(customer: Customer, now: datetime) -> StageBlock:
    known = stages.kept.get(now).named(customer.stage) if customer.stage else None
    return StageBlock(
        stage=customer.stage,
        stage_name=known.name if known else customer.stage,
        definition=known.definition if known else "",
        stage_at=customer.stage_at,
    )


def _rfm(card: Card, now: datetime) -> RfmOut | None:
    scores, group = card.rfm(now), card.rfm_group(now)
    if scores is None or group is None:
        return None
    return RfmOut(recency=scores[0], frequency=scores[1], money=scores[2], group=group)


def _standing(card: Card, now: datetime) -> StandingOut:
    return StandingOut(
        lifecycle=card.lifecycle(now),
        loyalty=card.loyalty,
        brand_group=card.brand_group(now),
        interaction_index=round(card.interaction_index(now), 4),
        rfm=_rfm(card, now),
        is_member=card.is_member,
        official_account=card.official_account,
        opted_out=card.opted_out,
    )


def _talk(profile: Profile, card: Card) -> TalkOut:
    talk = profile.talk
    if talk is None:
        return TalkOut(
            last_contact_at=None,
            customer_message_at=None,
            staff_message_at=None,
            unreplied=None,
            followed_at=None,
        )
    return TalkOut(
        last_contact_at=card.last_contact_at,
        customer_message_at=talk.customer_at,
        staff_message_at=talk.staff_at,
        unreplied=card.unreplied,
        followed_at=talk.followed_at,
    )


def _purchases(profile: Profile) -> PurchasesOut:
    orders = profile.facts.orders
    return PurchasesOut(
        order_count=orders.count,
        amount_fen=orders.amount_fen,
        first_order_at=orders.first_at,
        last_order_at=orders.last_at,
        products=[ProductOut.model_validate(each) for each in orders.bought],
    )


def _memberships(profile: Profile, now: datetime) -> list[SegmentOut]:
    entered = profile.state.entered
    if not entered:
        return []
    names = _segments.get(now)
    return [
        SegmentOut(
            segment_id=each,
            name=names[each].name,
            since=datetime.fromisoformat(since) if since else None,
        )
        for each, since in sorted(entered.items(), key=lambda item: item[1], reverse=True)
        if each in names
    ]
