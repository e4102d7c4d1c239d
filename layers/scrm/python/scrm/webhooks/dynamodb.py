"""Rows of webhooks: `WEBHOOKS` / `WEBHOOK#<webhook_id>`."""

from collections.abc import Callable
from datetime import datetime

from pynamodb.attributes import BooleanAttribute, JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.transactions import TransactWrite

from scrm.kept import Kept
from scrm.table import Row
from scrm.webhooks.model import Webhook

WEBHOOKS = "WEBHOOKS"
_SK = "WEBHOOK#"


class WebhookRow(Row):
    """One webhook."""

    name = UnicodeAttribute()
    url = UnicodeAttribute()
    events: JSONAttribute = JSONAttribute()
    secret = UnicodeAttribute()
    active = BooleanAttribute()
    version = NumberAttribute()
    created_by = UnicodeAttribute()
    created_at = UnicodeAttribute()
    updated_at = UnicodeAttribute()

    def entity(self) -> Webhook:
        """Return the row as the rest of the product knows it."""
        return Webhook(
            self.sk.removeprefix(_SK),
            self.name,
            self.url,
            tuple(self.events),
            self.secret,
            bool(self.active),
            int(self.version),
            self.created_by,
            self.created_at,
            self.updated_at,
        )


def put_step(webhook: Webhook) -> Callable[[TransactWrite], None]:
    """Return the transaction step that stores a webhook over the version before; version 1 is a new one."""
    values = {name: value for name, value in webhook.__dict__.items() if name != "webhook_id"}
    row = WebhookRow(WEBHOOKS, _SK + webhook.webhook_id, **{**values, "events": list(webhook.events)})
    unchanged: Condition = WebhookRow.version == webhook.version - 1
    if webhook.version == 1:
        unchanged = WebhookRow.version.does_not_exist()
    return lambda transaction: transaction.save(row, condition=unchanged)


def remove_step(webhook: Webhook) -> Callable[[TransactWrite], None]:
    """Return the transaction step that removes a webhook of the version that was read."""
    row = WebhookRow(WEBHOOKS, _SK + webhook.webhook_id)
    return lambda transaction: transaction.delete(row, condition=WebhookRow.version == webhook.version)


def webhook(webhook_id: str) -> Webhook | None:
    """Return a webhook, strongly read, or None. 1 RRU."""
    try:
        return WebhookRow.get(WEBHOOKS, _SK + webhook_id, consistent_read=True).entity()
    except WebhookRow.DoesNotExist:
        return None


def load() -> list[Webhook]:
    """Return every webhook as stored now: one query, by bytes."""
    return [row.entity() for row in WebhookRow.query(WEBHOOKS, consistent_read=True)]


_known: Kept[list[Webhook]] = Kept(load)


def known(now: datetime) -> list[Webhook]:
    """Return every webhook, at most a minute old."""
    return _known.get(now)
