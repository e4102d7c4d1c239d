"""The base of every row: one table for the domain, one for what may be lost (docs/data-model.md)."""

from datetime import datetime
from typing import Any, ClassVar

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.models import Model

from scrm.config import optional, required


class Row(Model):
    """A row of the domain's table, found by the item collection `pk` and its place `sk` therein."""

    class Meta:
        table_name = required("TABLE_NAME")
        region = optional("AWS_REGION") or required("AWS_DEFAULT_REGION")
        connect_timeout_seconds = 1
        read_timeout_seconds = 2
        max_retry_attempts = 2

    pk = UnicodeAttribute(hash_key=True, attr_name="PK")
    sk = UnicodeAttribute(range_key=True, attr_name="SK")


class VolatileRow(Model):
    """A row that may be lost: a token, lease, rate window, replay mark or first answer.

    Deletion by TTL is late or never; readers compare `expires_at` (unix seconds) with the time.
    """

    class Meta:
        table_name = required("VOLATILE_TABLE_NAME")
        region = optional("AWS_REGION") or required("AWS_DEFAULT_REGION")
        connect_timeout_seconds = 1
        read_timeout_seconds = 2
        max_retry_attempts = 2

    key = UnicodeAttribute(hash_key=True)
    expires_at = NumberAttribute()


class Raw:
    """Helpers for attribute maps as a stream delivers them."""

    _READERS: ClassVar[dict[str, Any]] = {
        "S": str,
        "N": lambda n: int(n) if n.lstrip("-").isdigit() else float(n),
        "BOOL": bool,
        "NULL": lambda _: None,
    }

    @classmethod
    def plain(cls, image: dict[str, Any]) -> dict[str, Any]:
        """Return a stream image as plain values; numbers become int where whole."""
        return {name: cls._value(value) for name, value in image.items()}

    @classmethod
    def _value(cls, typed: dict[str, Any]) -> Any:
        ((kind, value),) = typed.items()
        if kind == "M":
            return cls.plain(value)
        if kind == "L":
            return [cls._value(each) for each in value]
        if kind in {"SS", "NS"}:
            return set(value)
        return cls._READERS[kind](value)


def rfc3339(at: datetime) -> str:
    """Return `at` as stored and sent: UTC, whole seconds, sorting as text, e.g. 2026-03-02T02:15:00Z."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
