"""moto copies whole tables for each transaction, in case it has to be taken back: a third of a second.

Here that copy shares the rows, and an update changes a copy of its row instead of the row itself. What a
transaction leaves, or takes back, is the same.
"""

import copy
from collections import defaultdict
from functools import wraps
from typing import Any

from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table


def quicken() -> None:
    """Let moto's transactions share rows. Repeating changes nothing."""
    if "__deepcopy__" in vars(Table):
        return
    Table.__deepcopy__ = _sharing  # type: ignore[attr-defined]  # asked for by copy.deepcopy
    DynamoDBBackend.update_item = _on_a_copy(DynamoDBBackend.update_item)  # type: ignore[method-assign]


def _sharing(table: Table, _: Any) -> Table:
    """Return a table of its own that holds the same rows and stream records."""
    found = copy.copy(table)
    found.items = defaultdict(dict)
    for hash_key, rows in table.items.items():
        found.items[hash_key] = dict(rows) if isinstance(rows, dict) else rows
    if table.stream_shard is not None:
        found.stream_shard = copy.copy(table.stream_shard)
        found.stream_shard.items = list(table.stream_shard.items)
        found.stream_shard.table = found
    return found


def _on_a_copy(update_item: Any) -> Any:
    @wraps(update_item)
    def updated(
        backend: DynamoDBBackend, table_name: str, key: dict[str, Any], *rest: Any, **more: Any
    ) -> Any:
        table = backend.get_table(table_name)
        hash_key = DynamoType(key[table.hash_key_attr])
        if table.range_key_attr is None:
            rows, name = table.items, hash_key
        else:
            rows, name = table.items.get(hash_key, {}), DynamoType(key[table.range_key_attr])
        if name in rows:
            rows[name] = copy.deepcopy(rows[name])
        return update_item(backend, table_name, key, *rest, **more)

    return updated
