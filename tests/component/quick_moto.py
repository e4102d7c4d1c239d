"""What moto does at length for every request, done shortly: what it answers, holds and refuses is the same.

moto's own transactions copy whole tables, its answers look for each of an attribute's ten types under seven
names, and its queries sort all rows of a table before they choose. A test asks hundreds of times.

Requests are answered one after the other: what a transaction of moto's takes back, it takes from under
whatever other threads have written or read meanwhile, which DynamoDB never does.
"""

import base64
import copy
from collections import defaultdict
from functools import cache, wraps
from threading import RLock
from typing import Any

from botocore import useragent
from botocore.auth import SigV4Auth
from moto import backend_index
from moto.core import models, responses
from moto.core.serialize import BaseJSONSerializer
from moto.dynamodb.exceptions import ItemSizeTooLarge
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType, Item, LimitedSizeDict
from moto.dynamodb.models.table import Table
from moto.dynamodb.models.utilities import bytesize
from moto.dynamodb.responses import DynamoHandler

_OURS = {"dynamodb", "sqs", "ssm"}
_LARGEST = 405_000  # bytes: where moto refuses an item


def quicken() -> None:
    """Let moto answer, query, hold and take back quickly. Repeating changes nothing."""
    if "__deepcopy__" in vars(Table):
        return
    Table.__deepcopy__ = _sharing  # type: ignore[attr-defined]  # asked for by copy.deepcopy
    DynamoDBBackend.update_item = _on_a_copy(DynamoDBBackend.update_item)  # type: ignore[method-assign]
    Table.query = _among_few(Table.query)  # type: ignore[method-assign]
    BaseJSONSerializer._serialize_type_structure = _as_they_are(BaseJSONSerializer._serialize_type_structure)  # type: ignore[method-assign]
    Item.__init__ = _sized_once  # type: ignore[method-assign]
    DynamoHandler.call_action = _one_by_one(DynamoHandler.call_action)  # type: ignore[method-assign]
    for name in ("__eq__", "__ne__", "__lt__", "__hash__"):
        setattr(DynamoType, name, _of_strings(name, getattr(DynamoType, name)))
    for name in ("camelcase_to_underscores", "method_names_from_class"):
        setattr(responses, name, cache(getattr(responses, name)))
    useragent.sanitize_user_agent_string_component = cache(useragent.sanitize_user_agent_string_component)
    models.RESPONSES_METHODS = ["POST"]  # of the library requests, with which one test posts a form
    backend_index.backend_url_patterns.sort(key=lambda each: each[0] not in _OURS)
    SigV4Auth.add_auth = _unsigned(SigV4Auth.add_auth)


def _unsigned(add_auth: Any) -> Any:
    """Let a request go without the signature that moto does not look at; an address that is one keeps it.

    The local engine tells services apart by it: what does not go to AWS's own addresses is signed.
    """

    @wraps(add_auth)
    def added(signer: SigV4Auth, request: Any) -> None:
        to_moto = ".amazonaws.com" in request.url
        if not to_moto or type(signer) is not SigV4Auth or signer.credentials is None:
            add_auth(signer, request)

    return added


# ---------------------------------------------------------------- transactions


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


def _one_by_one(call_action: Any) -> Any:
    """Let a request wait for those before it."""
    turn = RLock()

    @wraps(call_action)
    def answered(handler: DynamoHandler) -> Any:
        with turn:
            return call_action(handler)

    return answered


def _on_a_copy(update_item: Any) -> Any:
    """Let an update change a copy of its row: tables that share the row keep it."""

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


# ---------------------------------------------------------------- queries


def _among_few(query: Any) -> Any:
    """Let a query look through the rows of its hash key only."""

    @wraps(query)
    def queried(table: Table, hash_key: Any, *rest: Any, hash_key_conditions: Any = None, **more: Any) -> Any:
        if table.range_key_attr is None:
            return query(table, hash_key, *rest, hash_key_conditions=hash_key_conditions, **more)
        index_name = more.get("index_name") or (rest[6] if len(rest) > 6 else None)
        few = copy.copy(table)
        if index_name is None:
            few.items = {hash_key: table.items[hash_key]} if hash_key in table.items else {}
        else:
            few.items = _indexed(table, hash_key_conditions or [])
        return query(few, hash_key, *rest, hash_key_conditions=hash_key_conditions, **more)

    return queried


def _indexed(table: Table, conditions: list[tuple[str, DynamoType]]) -> Any:
    """Return the rows that hold these values, as a table holds them."""
    found: Any = {}
    for hash_key, rows in table.items.items():
        chosen = {
            key: row
            for key, row in rows.items()
            if all(n in row.attrs and row.attrs[n] == v for n, v in conditions)
        }
        if chosen:
            found[hash_key] = chosen
    return found


def _of_strings(name: str, general: Any) -> Any:
    """Let two strings be compared, or hashed, as such: keys nearly always are."""
    own = getattr(str, name)

    def compared(one: DynamoType, other: DynamoType) -> Any:
        if isinstance(other, DynamoType) and one.type == other.type == "S":
            return own(one.value, other.value)
        return general(one, other)

    def hashed(one: DynamoType) -> int:
        return hash(("S", one.value)) if one.type == "S" else int(general(one))

    return hashed if name == "__hash__" else compared


# ---------------------------------------------------------------- answers and rows


def _as_they_are(serialize: Any) -> Any:
    """Let attributes of rows go into an answer as they are: moto holds them in DynamoDB's own form."""

    @wraps(serialize)
    def serialized(serializer: Any, into: dict[str, Any], value: Any, shape: Any, key: str) -> None:
        if shape.name == "AttributeValue" and key:
            into[serializer.get_serialized_name(shape, key)] = _wired(value)
        else:
            serialize(serializer, into, value, shape, key)

    return serialized


def _wired(value: dict[str, Any]) -> dict[str, Any]:
    ((kind, held),) = value.items()
    if kind == "M":
        return {"M": {name: _wired(each) for name, each in held.items()}}
    if kind == "L":
        return {"L": [_wired(each) for each in held]}
    if kind == "B":
        return {"B": base64.b64encode(held).decode()}
    if kind == "BS":
        return {"BS": [base64.b64encode(each).decode() for each in held]}
    return value


def _sized_once(row: Item, hash_key: DynamoType, range_key: DynamoType | None, attrs: dict[str, Any]) -> None:
    """Make a row whose size is looked at once, not anew for each attribute."""
    row.hash_key = hash_key
    row.range_key = range_key
    row.attrs = LimitedSizeDict()
    typed = {name: DynamoType(value) for name, value in attrs.items()}
    if sum(bytesize(name) + value.size() for name, value in typed.items()) > _LARGEST:
        raise ItemSizeTooLarge
    dict.update(row.attrs, typed)
