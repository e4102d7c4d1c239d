"""The base of every row: one table for the domain, one for what may be lost (docs/data-model.md)."""

from typing import Any, ClassVar

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.connection.base import MetaTable
from pynamodb.connection.table import TableConnection
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite

from scrm.config import optional, required
from scrm.moments import rfc3339 as rfc3339

_KEYS = {"PK": "HASH", "SK": "RANGE"}
_INDEXES = {
    "by_owner": {"owner_pk": "HASH", "owner_sk": "RANGE"},
    "by_added": {"added_pk": "HASH", "added_sk": "RANGE"},
    "by_due": {"due_pk": "HASH", "due_sk": "RANGE"},
}


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


class DueRow(Row):
    """What the index `by_due` holds: the keys of what has something due."""

    class DueIndex(GlobalSecondaryIndex["DueRow"]):  # type: ignore[no-untyped-call]  # PynamoDB's own
        """What is due, by time."""

        class Meta:
            index_name = "by_due"
            projection = KeysOnlyProjection()

        due_pk = UnicodeAttribute(hash_key=True)
        due_sk = UnicodeAttribute(range_key=True)

    by_due = DueIndex()
    due_pk = UnicodeAttribute(null=True)
    due_sk = UnicodeAttribute(null=True)


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


def _connected(
    meta: Any, keys: dict[str, str], indexes: dict[str, dict[str, str]], other: TableConnection | None = None
) -> TableConnection:
    """Return a table's connection, over the client of `other` where given."""
    names = [*keys, *(name for index in indexes.values() for name in index)]
    described = MetaTable(
        {
            "TableName": meta.table_name,
            "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in names],
            "KeySchema": _key_schema(keys),
            "GlobalSecondaryIndexes": [
                {"IndexName": name, "KeySchema": _key_schema(index)} for name, index in indexes.items()
            ],
            "LocalSecondaryIndexes": [],
        }
    )
    connection = TableConnection(
        meta.table_name,
        region=meta.region,
        connect_timeout_seconds=meta.connect_timeout_seconds,
        read_timeout_seconds=meta.read_timeout_seconds,
        max_retry_attempts=meta.max_retry_attempts,
    )
    if other is not None:
        connection.connection = other.connection
    connection.connection.add_meta_table(described)
    return connection


def _key_schema(keys: dict[str, str]) -> list[dict[str, str]]:
    return [{"AttributeName": name, "KeyType": kind} for name, kind in keys.items()]


# One client for every row of both tables. PynamoDB would build one for each class, at its first use, with a
# TLS handshake each; and a class whose base already has one inherits it without the class's own indexes.
Row._connection = _connected(Row.Meta, _KEYS, _INDEXES)  # noqa: SLF001
VolatileRow._connection = _connected(VolatileRow.Meta, {"key": "HASH"}, {}, Row._connection)  # noqa: SLF001


def in_transaction() -> TransactWrite:
    """Return a transaction over the model's own client: another one would be built at every cold start."""
    return TransactWrite(connection=Row._get_connection().connection)  # noqa: SLF001


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
