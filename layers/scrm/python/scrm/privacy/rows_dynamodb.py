"""Rows of whatever kind, as DynamoDB holds them: to find, rewrite, move and delete what is a person's."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from scrm.privacy.person import Person, mentions, without
from scrm.table import Raw, Row

Image = dict[str, Any]
_AT_ONCE = 25


class RowMoved(RuntimeError):
    """The row changed since it was read; nothing was written. Doing it again helps."""


@dataclass(frozen=True)
class Found:
    """One row as stored."""

    image: Image

    @property
    def pk(self) -> str:
        """Return its item collection."""
        return str(self.image["PK"]["S"])

    @property
    def sk(self) -> str:
        """Return its place therein."""
        return str(self.image["SK"]["S"])

    @property
    def plain(self) -> dict[str, Any]:
        """Return its values; JSON kept as text is read."""
        return {name: _read(value) for name, value in Raw.plain(self.image).items()}

    def mentions(self, words: Iterable[str]) -> bool:
        """Return whether any of the words stands in it, keys included."""
        return mentions(json.dumps(self.image, ensure_ascii=False), words)


def collection(pk: str, begins: str = "", since: str = "") -> Iterator[Found]:
    """Yield the rows of an item collection, strongly read: those that begin with a text, or from one on."""
    values: Image = {":pk": {"S": pk}}
    where = "PK = :pk"
    if begins:
        where, values = f"{where} AND begins_with(SK, :sk)", {**values, ":sk": {"S": begins}}
    elif since:
        where, values = f"{where} AND SK >= :sk", {**values, ":sk": {"S": since}}
    asked: Image = {
        "TableName": _table(),
        "KeyConditionExpression": where,
        "ExpressionAttributeValues": values,
        "ConsistentRead": True,
    }
    while True:
        answer = _client().query(**asked)
        yield from map(Found, answer["Items"])
        if "LastEvaluatedKey" not in answer:
            return
        asked["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def row(pk: str, sk: str) -> Iterator[Found]:
    """Yield the row of a key when there is one. 1 RRU."""
    answer = _client().get_item(TableName=_table(), Key=_key(pk, sk), ConsistentRead=True)
    if "Item" in answer:
        yield Found(answer["Item"])


def delete(rows: Iterable[Found]) -> int:
    """Delete rows; return how many. Repeating is safe. 1 WRU for each KB of each."""
    requests = [{"DeleteRequest": {"Key": _key(each.pk, each.sk)}} for each in rows]
    for start in range(0, len(requests), _AT_ONCE):
        left = {_table(): requests[start : start + _AT_ONCE]}
        while left:
            left = _client().batch_write_item(RequestItems=left).get("UnprocessedItems") or {}
    return len(requests)


def move(found: Found, pk: str, sk: str, person: Person) -> None:
    """Put a row, rewritten, under another key, both or neither. Repeating is safe. 4 WRU."""
    image = {**_rewritten(found.image, person), **_key(pk, sk)}
    puts = {"Put": {"TableName": _table(), "Item": image}}
    gone = {"Delete": {"TableName": _table(), "Key": _key(found.pk, found.sk)}}
    _client().transact_write_items(TransactItems=[puts, gone])


def rewrite(found: Found, person: Person, changes: Mapping[str, Any] | None = None) -> None:
    """Store a row without the person's ids, names and numbers, and with `changes` (None removes).

    Over the version it was read with, where it has one; raises RowMoved. Repeating is safe.
    """
    image = _rewritten(found.image, person)
    for name, value in (changes or {}).items():
        image.pop(name, None)
        if value is not None:
            image[name] = value
    asked: Image = {"TableName": _table(), "Item": image, "ConditionExpression": "attribute_exists(PK)"}
    if "version" in image:
        asked["ConditionExpression"] = "version = :read"
        asked["ExpressionAttributeValues"] = {":read": found.image["version"]}
        image["version"] = {"N": str(int(found.image["version"]["N"]) + 1)}
    try:
        _client().put_item(**asked)
    except ClientError as error:
        if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
            raise RowMoved(found.pk) from None
        raise


def _rewritten(image: Image, person: Person) -> Image:
    return {name: value if name in {"PK", "SK"} else _without(value, person) for name, value in image.items()}


def _without(value: Any, person: Person) -> Any:
    ((kind, content),) = value.items()
    if kind == "S":
        return {kind: without(content, person)}
    if kind == "L":
        return {kind: [_without(each, person) for each in content]}
    if kind == "M":
        return {kind: {name: _without(each, person) for name, each in content.items()}}
    return {kind: [without(each, person) for each in content]} if kind == "SS" else value


def _read(value: Any) -> Any:
    if isinstance(value, str) and value[:1] in {"{", "["}:
        try:
            return json.loads(value)
        except ValueError:
            return value
    return sorted(value) if isinstance(value, set) else value


def _key(pk: str, sk: str) -> Image:
    return {"PK": {"S": pk}, "SK": {"S": sk}}


def _table() -> str:
    return Row.Meta.table_name


def _client() -> Any:
    # The model's own: another one would be another client, with a handshake of its own.
    return Row._get_connection().connection.client  # noqa: SLF001
