"""Carrying out what follows from orders, products, sends, tags and acts; imported when the first comes."""

from collections.abc import Callable, Mapping
from typing import Any

from scrm import clock
from scrm.attribution.attributing import attribute, reconsider
from scrm.changes.carrying_out import Consequences
from scrm.changes.effects import Acted, FollowedUp, PhonesNoted, TagsUsed
from scrm.changes.outside_consequences import tell_outside
from scrm.changes.sale_effects import (
    OrderChanged,
    OrdersChanged,
    ProductKnown,
    ProductNamed,
    ProductsMissing,
    SendSent,
    SendUsed,
    Shared,
)
from scrm.facts.recording import followed_up
from scrm.intentions.judging import judge
from scrm.leads.owning import of_leads_at
from scrm.migrations import noted_dynamodb
from scrm.orders.recounting import recount
from scrm.products import dynamodb as products
from scrm.products import linking
from scrm.products.claiming import claim_code
from scrm.sends.following import was_sent, was_used
from scrm.staff.model import key
from scrm.tagging.use_dynamodb import note_marked
from scrm.telemetry import count
from scrm.timeline.model import Entry


def done_by(_: Consequences) -> Mapping[type[Any], Callable[[Any, Any], None]]:
    """Return how each effect is carried out."""
    return {
        OrderChanged: lambda effect, _: attribute(effect.source, effect.order_no, clock.now(), of_leads_at),
        OrdersChanged: lambda effect, _: recount(effect.customer_id, clock.now()),
        ProductsMissing: lambda effect, _: linking.missing(
            effect.source, effect.order_no, effect.codes, clock.now()
        ),
        ProductKnown: lambda effect, _: linking.known(effect.code, clock.now()),
        ProductNamed: lambda effect, _: _name_product(effect),
        Shared: lambda effect, _: reconsider(effect.customer_id, effect.at, clock.now()),
        Acted: lambda effect, _: judge(effect.customer_id, effect.entry, clock.now()),
        FollowedUp: lambda effect, _: _followed_up(effect),
        TagsUsed: lambda effect, _: note_marked(effect.tag_ids, effect.at, clock.now()),
        PhonesNoted: lambda effect, _: _index(effect),
        SendSent: lambda effect, _: was_sent(effect.send_id),
        SendUsed: lambda effect, _: was_used(effect.send_id, effect.place, clock.now()),
    }


def _index(effect: PhonesNoted) -> None:
    for number in effect.numbers:
        noted_dynamodb.note(number, effect.relation)
    for number in effect.gone:
        noted_dynamodb.forget(number, [effect.relation])


def _name_product(effect: ProductNamed) -> None:
    if effect.gone:
        products.release(effect.code, effect.item_id)
    elif not claim_code(effect.code, effect.item_id, effect.name, effect.price_fen, clock.now()):
        count("product_code_taken")


def _followed_up(effect: FollowedUp) -> None:
    followed_up(effect.customer_id, effect.userid, effect.at)
    identity = f"followed_up#{key(effect.userid)}"
    tell_outside(effect.customer_id, Entry(identity, "follow_up", effect.at, effect.userid))
