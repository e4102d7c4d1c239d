"""Random customers in the table: cards, postings, contacts and adds, written without the product's stream."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

NOW = datetime(2026, 3, 2, 2, 15, tzinfo=UTC)
MEMBERS = ("LiSi", "wangwu", "ChenMei", "zhaoliu")
CHANNELS = ("ch_1", "ch_2", "ch_3")
TAGS = ("a", "b", "c", "d")
CUSTOM = {
    "text": "text", "num": "number", "flag": "bool", "day": "date", "opt": "option", "opts": "options"
}  # fmt: skip
STATUSES = ("active", "active", "active", "deleted_by_customer", "deleted_by_staff", "both_deleted")


class Maker:
    """Makes customers; the same seed makes the same ones. `spread` is over how many days things happened."""

    def __init__(self, rng: random.Random, spread: int = 90) -> None:
        self.rng = rng
        self.spread = spread
        self._made = 0

    def customers(self, count: int) -> list[Any]:
        """Return the cards of this many customers."""
        return [card for _ in range(count) for card in self.customer()]

    def customer(self) -> list[Any]:
        """Return the cards of one more customer: one for each member who knows them, else a bare one."""
        self._made += 1
        whole = self._whole(f"cu_{self.rng.randrange(16**6):06x}{self._made:05d}")
        members = self.rng.sample(MEMBERS, self.rng.choice((0, 1, 1, 1, 2, 3)))
        if not members:
            return [whole]
        external = f"wm{self._made:05d}"
        cards = [self._known_to(whole, external, member) for member in members]
        added = [card.added_at for card in cards if card.added_at]
        first = min(added) if added else None
        friends = sum(card.status == "active" for card in cards)
        tags = tuple(sorted({tag for card in cards for tag in card.tags}))
        return [replace(card, first_added_at=first, friends=friends, all_tags=tags) for card in cards]

    def moment(self, *, often: float = 0.8) -> datetime | None:
        """Return a time gone by, sometimes the same as another, sometimes none."""
        if self.rng.random() > often:
            return None
        if self.rng.random() < 0.4:
            return NOW - timedelta(hours=12 * self.rng.randrange(2 * self.spread))
        return NOW - timedelta(seconds=self.rng.randrange(self.spread * 86400))

    def some(self, values: Iterable[str], likely: float = 0.3) -> tuple[str, ...]:
        """Return some of these."""
        return tuple(each for each in values if self.rng.random() < likely)

    def _whole(self, customer_id: str) -> Any:
        from scrm.cards.model import Card

        rng, orders = self.rng, self.rng.choice((0, 0, 1, 2, 5, 12))
        return Card(
            customer_id,
            created_at=self.moment(often=0.95),
            kind=rng.choice(("prospect", "existing")),
            identified=rng.random() < 0.5,
            stage=rng.choice(("", "需求", "意向")),
            stage_at=self.moment(often=0.5),
            interests=self.some(("p1", "p2")),
            opted_out=rng.random() < 0.2,
            fields=self._fields(),
            official_account=rng.choice((None, True, False)),
            order_count=orders,
            order_amount=orders * rng.choice((50_000, 100_050, 250_000)),
            last_order_at=self.moment() if orders else None,
            first_order_at=self.moment() if orders else None,
            orders_365d=max(orders - 1, 0),
            amount_365d=max(orders - 1, 0) * rng.choice((50_000, 100_000)),
            products=self.some(("p1", "p2", "p3")),
            is_member=rng.random() < 0.2,
            energy=rng.choice((None, self._energy())),
            inbound_at=self.moment(often=0.6),
            sessions=rng.choice((None, 0, 3)),
            last_session_at=self.moment(often=0.4),
            referrals_90d=rng.choice((0, 0, 0, 1)),
            scores={
                name: value
                for name, value in (("s", rng.choice((1, 2.5, 7, "high", "low"))),)
                if rng.random() < 0.6
            },
            segments=self.some(("sg_1", "sg_2")),
        )

    def _energy(self) -> float:
        from math import log2

        return log2(self.rng.choice((0.3, 1.0, 2.0, 5.0, 9.0, 15.0, 40.0))) + NOW.timestamp() / (14 * 86400)

    def _fields(self) -> dict[str, Any]:
        rng = self.rng
        given = {
            "text": rng.choice(("x", "y", "20260101", "很长")),
            "num": rng.choice((-3, 0, 2.5, 100)),
            "flag": rng.random() < 0.5,
            "day": rng.choice(("2026-03-01", "2026-02-01", "2026-01-15")),
            "opt": rng.choice(("甲", "乙")),
            "opts": ["甲", "丙"] if rng.random() < 0.5 else ["乙"],
        }
        return {name: value for name, value in given.items() if rng.random() < 0.5}

    def _known_to(self, whole: Any, external_userid: str, member: str) -> Any:
        rng, status = self.rng, self.rng.choice(STATUSES)
        added = self.moment(often=0.95)
        return replace(
            whole,
            external_userid=external_userid,
            userid=member,
            name=rng.choice(("小雨", "Tom", "")),
            remark=rng.choice(("", "老客户", "展会")),
            status=status,
            added_at=added,
            add_way=rng.choice((None, 1, 2, 3)),
            channel_id=rng.choice((None, *CHANNELS)) if added else None,
            deleted_at=None if status == "active" else self.moment(often=1),
            tags=self.some(TAGS),
            customer_message_at=self.moment(often=0.5),
            staff_message_at=self.moment(often=0.5),
            followed_at=self.moment(often=0.5),
        )


def put(cards: Iterable[Any]) -> None:
    """Write cards as `refresh_cards` does, with their postings, and what the adds leave."""
    from scrm.cards.dynamodb import CardRow, add_month, month_of
    from scrm.cards.postings import postings
    from scrm.channel_codes.dynamodb import record_add
    from scrm.conditions.dynamodb import KeyRow
    from scrm.customers.dynamodb import Customers
    from scrm.customers.model import Contact

    every = list(cards)
    for month in {month_of(card) for card in every}:
        add_month(month)
    for card in every:
        CardRow.of(card, 1).save()
        if card.channel_id:
            record_add(card.channel_id, card.userid, card.external_userid, f"e{card.userid}", card.added_at)
    for posting in {each for card in every for each in postings(card)}:
        KeyRow(posting.pk, posting.sk).save()
    rows = Customers()
    for external, customer_id in {each.external_userid: each.customer_id for each in every}.items():
        if external and rows.contact(external) is None:
            rows.save_contact(Contact(external, customer_id), NOW)


def put_stale(cards: Iterable[Any], rng: random.Random) -> None:
    """Leave postings and adds of how these cards were before: keys too many, which must do no harm."""
    from scrm.cards.postings import postings
    from scrm.channel_codes.dynamodb import record_add
    from scrm.conditions.dynamodb import KeyRow

    for card in cards:
        earlier = timedelta(hours=rng.randrange(1, 400))
        moved = {
            name: getattr(card, name) and getattr(card, name) - earlier
            for name in ("added_at", "customer_message_at", "staff_message_at", "last_order_at")
        }
        before = replace(card, tags=TAGS, order_amount=card.order_amount + 70_000, **moved)
        for posting in postings(before) - postings(card):
            KeyRow(posting.pk, posting.sk).save()
        if card.added_at and card.userid:
            channel = rng.choice(CHANNELS)
            record_add(channel, card.userid, card.external_userid, "before", card.added_at - earlier)
