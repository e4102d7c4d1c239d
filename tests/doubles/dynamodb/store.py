"""An in-memory DynamoDB for the expressions, conditions and transactions the product uses.

It refuses what AWS refuses even where emulators do not (key filters in a query, overlapping update paths,
unused placeholders, numbers added to a list). Checked against moto by one contract suite (test_contract.py).
Every request is atomic; safe to use from many threads.
"""

from __future__ import annotations

import hashlib
import json
import threading
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from tests.capacity import calculator
from tests.doubles.dynamodb import expressions, queries, syntax
from tests.doubles.dynamodb.expressions import Scope, lookup
from tests.doubles.dynamodb.tables import Key, Schema, Table, schemas_of_template
from tests.doubles.dynamodb.values import Item, Refused, equal, invalid, normal

Request = dict[str, Any]
STREAMS = "arn:aws:dynamodb:us-east-1:000000000000:table/"
WRITES = {"PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems", "BatchWriteItem"}


@dataclass(frozen=True)
class Use:
    """What one request did to one table: requests are counted by operation, units by the calculator."""

    operation: str
    table: str
    index: str = ""
    read_units: float = 0.0
    write_units: float = 0.0
    refused: bool = False


@dataclass(frozen=True)
class Change:
    """A write worked out and not yet made."""

    table: Table
    key: Key
    before: Item | None
    after: Item | None


@dataclass
class Store:
    """The tables of one account and region."""

    tables: dict[str, Table] = field(default_factory=dict)
    stream: list[dict[str, Any]] = field(default_factory=list)
    observers: list[Callable[[Use], None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._lock = threading.RLock()
        self._tokens: dict[str, tuple[str, dict[str, Any]]] = {}
        self._sequence = 0

    @classmethod
    def with_tables(cls, schemas: Iterable[Schema] | None = None) -> Store:
        """Return a store with these tables, by default those of template.yaml under their logical names."""
        return cls({schema.name: Table(schema) for schema in schemas or schemas_of_template()})

    def handle(self, operation: str, request: Request) -> dict[str, Any]:
        """Return the answer to one request. Raises Refused as AWS would answer with an error."""
        handler = getattr(self, f"_{operation}", None)
        if handler is None:
            raise Refused("UnknownOperationException", f"this double does not know {operation}")
        with self._lock:
            answer: dict[str, Any] = handler(request)
        return answer

    def rows(self, table: str) -> list[Item]:
        """Return every item of a table in key order, for judging what is left."""
        with self._lock:
            held = self.tables[table].items
            return [held[key] for key in sorted(held)]

    # one item
    def _GetItem(self, request: Request) -> dict[str, Any]:
        table, scope = self._table(request), self._scope(request)
        paths = _projection(request, scope)
        scope.finish()
        item = table.items.get(table.key(request["Key"]))
        self._used("GetItem", table, read=calculator.get_units, args=(item,), strong=_strong(request))
        if item is None:
            return {}
        return {"Item": expressions.projected(item, paths) if paths else item}

    def _PutItem(self, request: Request) -> dict[str, Any]:
        return self._write("PutItem", request, self._put(request))

    def _DeleteItem(self, request: Request) -> dict[str, Any]:
        return self._write("DeleteItem", request, self._delete(request))

    def _UpdateItem(self, request: Request) -> dict[str, Any]:
        return self._write("UpdateItem", request, self._update(request))

    def _write(self, operation: str, request: Request, attempt: tuple[Change, bool]) -> dict[str, Any]:
        change, allowed = attempt
        if not allowed:
            self._used(
                operation,
                change.table,
                write=calculator.failed_write_units,
                args=(change.before,),
                refused=True,
            )
            raise _failed(request, change.before)
        self._make(change)
        priced = (change.before, change.after, change.table.schema.indexes)
        self._used(operation, change.table, write=calculator.write_units, args=priced)
        return _returned(request, change)

    def _put(self, request: Request) -> tuple[Change, bool]:
        table, scope = self._table(request), self._scope(request)
        item = {name: normal(value) for name, value in request["Item"].items()}
        table.check(item)
        key = table.key(item, exact=False)
        return self._conditional(request, scope, Change(table, key, table.items.get(key), item))

    def _delete(self, request: Request) -> tuple[Change, bool]:
        table, scope = self._table(request), self._scope(request)
        key = table.key(request["Key"])
        return self._conditional(request, scope, Change(table, key, table.items.get(key), None))

    def _check(self, request: Request) -> tuple[Change, bool]:
        table, scope = self._table(request), self._scope(request)
        key = table.key(request["Key"])
        before = table.items.get(key)
        return self._conditional(request, scope, Change(table, key, before, before))

    def _update(self, request: Request) -> tuple[Change, bool]:
        table, scope = self._table(request), self._scope(request)
        key = table.key(request["Key"])
        before = table.items.get(key)
        actions = [scope.bind(action) for action in _actions(request)]
        targets = [action[1][1] for action in actions]
        expressions.refuse_overlap(targets)
        for target in targets:
            if target[0] in table.schema.keys:
                raise invalid(f"Cannot update attribute {target[0]}. This attribute is part of the key")
        undecided, allowed = self._conditional(request, scope, Change(table, key, before, before))
        if not allowed:
            return undecided, False
        after = expressions.updated(before, {name: normal(v) for name, v in request["Key"].items()}, actions)
        table.check(after)
        return Change(table, key, before, after), True

    def _conditional(self, request: Request, scope: Scope, change: Change) -> tuple[Change, bool]:
        text = request.get("ConditionExpression")
        tree = scope.bind(syntax.condition(text)) if text is not None else None
        scope.finish()
        return change, tree is None or expressions.holds(tree, change.before or {})

    # many items
    def _TransactWriteItems(self, request: Request) -> dict[str, Any]:
        entries = request["TransactItems"]
        token = request.get("ClientRequestToken")
        digest = hashlib.sha256(json.dumps(entries, sort_keys=True).encode()).hexdigest()
        if token in self._tokens:
            if self._tokens[token][0] != digest:
                raise Refused("IdempotentParameterMismatchException", "another request used this token")
            return self._tokens[token][1]
        attempts = self._attempts(entries)
        refused = [not allowed for _, allowed in attempts]
        for (change, _), entry in zip(attempts, entries, strict=True):
            failed = any(refused)
            priced: tuple[Any, ...] = (change.before,)
            if not failed:
                priced = (change.before, change.after, change.table.schema.indexes)
            price = calculator.failed_write_units if failed else calculator.write_units
            name = f"TransactWriteItems.{next(iter(entry))}"
            self._used(name, change.table, write=price, args=priced, transactional=True, refused=failed)
        if any(refused):
            raise _cancelled(entries, attempts)
        for change, _ in attempts:
            self._make(change)
        if token:
            self._tokens[token] = (digest, {})
        return {}

    def _attempts(self, entries: list[dict[str, Any]]) -> list[tuple[Change, bool]]:
        if not 1 <= len(entries) <= 100:
            raise invalid("Member must have length less than or equal to 100")
        ways = {
            "Put": self._put,
            "Update": self._update,
            "Delete": self._delete,
            "ConditionCheck": self._check,
        }
        attempts = []
        for entry in entries:
            ((way, inner),) = entry.items()
            attempts.append(ways[way](inner))
        places = [(change.table.schema.name, change.key) for change, _ in attempts]
        if len(set(places)) != len(places):
            raise invalid("Transaction request cannot include multiple operations on one item")
        return attempts

    def _TransactGetItems(self, request: Request) -> dict[str, Any]:
        found = []
        for entry in request["TransactItems"]:
            table = self._table(entry["Get"])
            item = table.items.get(table.key(entry["Get"]["Key"]))
            self._used("TransactGetItems", table, read=calculator.get_units, args=(item,), transactional=True)
            found.append({"Item": item} if item is not None else {})
        return {"Responses": found}

    def _BatchGetItem(self, request: Request) -> dict[str, Any]:
        if sum(len(wanted["Keys"]) for wanted in request["RequestItems"].values()) > 100:
            raise invalid("Too many items requested for the BatchGetItem call")
        # A table of which nothing is found is answered with no items, as AWS does.
        found: dict[str, list[Item]] = {name: [] for name in request["RequestItems"]}
        for name, wanted in request["RequestItems"].items():
            table, scope = self._table({"TableName": name}), self._scope(wanted)
            paths = _projection(wanted, scope)
            found[name] = []
            keys = [table.key(key) for key in wanted["Keys"]]
            if len(set(keys)) != len(keys):
                raise invalid("Provided list of item keys contains duplicates")
            for key in keys:
                item = table.items.get(key)
                self._used(
                    "BatchGetItem", table, read=calculator.get_units, args=(item,), strong=_strong(wanted)
                )
                if item is not None:
                    found[name].append(expressions.projected(item, paths) if paths else item)
        return {"Responses": found, "UnprocessedKeys": {}}

    def _BatchWriteItem(self, request: Request) -> dict[str, Any]:
        if sum(map(len, request["RequestItems"].values())) > 25:
            raise invalid("Too many items requested for the BatchWriteItem call")
        changes = []
        for name, entries in request["RequestItems"].items():
            for entry in entries:
                ((way, inner),) = entry.items()
                handler = self._put if way == "PutRequest" else self._delete
                changes.append(handler({"TableName": name, **inner})[0])
        places = [(change.table.schema.name, change.key) for change in changes]
        if len(set(places)) != len(places):
            raise invalid("Provided list of item keys contains duplicates")
        for change in changes:
            self._make(change)
            priced = (change.before, change.after, change.table.schema.indexes)
            self._used("BatchWriteItem", change.table, write=calculator.write_units, args=priced)
        return {"UnprocessedItems": {}}

    def _Query(self, request: Request) -> dict[str, Any]:
        return self._page(
            "Query", request, queries.query(self._table(request), request, self._scope(request))
        )

    def _Scan(self, request: Request) -> dict[str, Any]:
        return self._page("Scan", request, queries.scan(self._table(request), request, self._scope(request)))

    def _page(self, operation: str, request: Request, page: queries.Page) -> dict[str, Any]:
        sizes = [calculator.item_size(item) for item in page.read] if self.observers else []
        table, index = self._table(request), request.get("IndexName", "")
        self._used(
            operation, table, index, read=calculator.page_units, args=(sizes,), strong=_strong(request)
        )
        return page.answer(request)

    # tables
    def _CreateTable(self, request: Request) -> dict[str, Any]:
        if request["TableName"] in self.tables:
            raise Refused("ResourceInUseException", "Table already exists")
        schema = Schema.of(request["TableName"], request)
        self.tables[schema.name] = Table(schema)
        return {"TableDescription": {"TableName": schema.name, "TableStatus": "ACTIVE"}}

    def _DescribeTable(self, request: Request) -> dict[str, Any]:
        schema = self._table(request).schema
        keys = [
            {"AttributeName": name, "KeyType": kind}
            for name, kind in zip(schema.keys, ("HASH", "RANGE"), strict=False)
        ]
        types = [{"AttributeName": name, "AttributeType": kind} for name, kind in schema.types.items()]
        described = {"TableName": schema.name, "TableStatus": "ACTIVE", "KeySchema": keys}
        return {"Table": {**described, "AttributeDefinitions": types}}

    # shared
    def _table(self, request: Request) -> Table:
        name = request["TableName"].rpartition("/")[2]
        if name not in self.tables:
            raise Refused(
                "ResourceNotFoundException", f"Requested resource not found: Table: {name} not found"
            )
        return self.tables[name]

    @staticmethod
    def _scope(request: Request) -> Scope:
        return Scope(request.get("ExpressionAttributeNames"), request.get("ExpressionAttributeValues"))

    def _make(self, change: Change) -> None:
        change.table.write(change.key, change.after)
        if change.table.schema.streamed and not _same(change.before, change.after):
            self._sequence += 1
            self.stream.append(_record(change, self._sequence))

    def _used(
        self,
        operation: str,
        table: Table,
        index: str = "",
        *,
        args: tuple[Any, ...],
        read: Callable[..., float] | None = None,
        write: Callable[..., float] | None = None,
        refused: bool = False,
        **how: bool,
    ) -> None:
        if not self.observers:
            return
        units = (read or write or (lambda *_: 0.0))(*args, **how)
        reads, writes = (units, 0.0) if read else (0.0, units)
        use = Use(operation, table.schema.name, index, reads, writes, refused)
        for observe in self.observers:
            observe(use)


def _strong(request: Request) -> bool:
    return bool(request.get("ConsistentRead"))


def _actions(request: Request) -> tuple[syntax.Node, ...]:
    text = request.get("UpdateExpression")
    return syntax.update(text) if text is not None else ()


def _projection(request: Request, scope: Scope) -> list[expressions.Path]:
    text = request.get("ProjectionExpression")
    return [scope.path(path) for path in syntax.projection(text)] if text else []


def _failed(request: Request, before: Item | None) -> Refused:
    members: dict[str, Any] = {}
    if request.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD" and before is not None:
        members["Item"] = before
    return Refused("ConditionalCheckFailedException", "The conditional request failed", **members)


def _cancelled(entries: list[dict[str, Any]], attempts: list[tuple[Change, bool]]) -> Refused:
    reasons: list[dict[str, Any]] = []
    for entry, (change, allowed) in zip(entries, attempts, strict=True):
        if allowed:
            reasons.append({"Code": "None"})
            continue
        (inner,) = entry.values()
        reason: dict[str, Any] = {
            "Code": "ConditionalCheckFailed",
            "Message": "The conditional request failed",
        }
        if inner.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD" and change.before is not None:
            reason["Item"] = change.before
        reasons.append(reason)
    codes = ", ".join(reason["Code"] for reason in reasons)
    text = f"Transaction cancelled, please refer to the cancellation reasons [{codes}]"
    return Refused("TransactionCanceledException", text, CancellationReasons=reasons)


def _returned(request: Request, change: Change) -> dict[str, Any]:
    wanted = request.get("ReturnValues", "NONE")
    if wanted == "ALL_OLD" and change.before is not None:
        return {"Attributes": change.before}
    if wanted == "ALL_NEW" and change.after is not None:
        return {"Attributes": change.after}
    if wanted in {"UPDATED_OLD", "UPDATED_NEW"}:
        image = change.before if wanted == "UPDATED_OLD" else change.after
        scope = Scope(request.get("ExpressionAttributeNames"), None)
        names = {scope.path(action[1][1])[0] for action in _actions(request)}
        found = {str(name): lookup(image or {}, (name,)) for name in names}
        return {"Attributes": {name: value for name, value in found.items() if value is not None}}
    return {}


def _same(before: Item | None, after: Item | None) -> bool:
    if before is None or after is None:
        return before is after
    return before.keys() == after.keys() and all(equal(before[name], after[name]) for name in before)


def _record(change: Change, sequence: int) -> dict[str, Any]:
    kind = "INSERT" if change.before is None else "REMOVE" if change.after is None else "MODIFY"
    image = change.after or change.before or {}
    body: dict[str, Any] = {
        "Keys": {name: image[name] for name in change.table.schema.keys},
        "SequenceNumber": f"{sequence:021d}",
        "StreamViewType": "NEW_AND_OLD_IMAGES",
    }
    if change.before is not None:
        body["OldImage"] = change.before
    if change.after is not None:
        body["NewImage"] = change.after
    return {
        "eventID": uuid.uuid5(uuid.NAMESPACE_OID, body["SequenceNumber"]).hex,
        "eventName": kind,
        "eventSource": "aws:dynamodb",
        "eventSourceARN": f"{STREAMS}{change.table.schema.name}/stream/1",
        "eventVersion": "1.1",
        "awsRegion": "us-east-1",
        "dynamodb": body,
    }
