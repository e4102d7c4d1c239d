"""The in-memory DynamoDB and moto answer alike; where AWS is stricter than moto, the double is too."""

from __future__ import annotations

import os
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from moto import mock_aws

from tests.doubles.cloud import Cloud
from tests.doubles.dynamodb import Schema, Store

KEYS = [{"AttributeName": "PK", "KeyType": "HASH"}, {"AttributeName": "SK", "KeyType": "RANGE"}]
DUE = [{"AttributeName": "due_pk", "KeyType": "HASH"}, {"AttributeName": "due_sk", "KeyType": "RANGE"}]
TABLE: dict[str, Any] = {
    "TableName": "Rows",
    "KeySchema": KEYS,
    "AttributeDefinitions": [
        {"AttributeName": name, "AttributeType": "S"} for name in ("PK", "SK", "due_pk", "due_sk")
    ],
    "GlobalSecondaryIndexes": [
        {"IndexName": "by_due", "KeySchema": DUE, "Projection": {"ProjectionType": "KEYS_ONLY"}}
    ],
    "BillingMode": "PAY_PER_REQUEST",
}
os.environ.setdefault("AWS_ACCESS_KEY_ID", "test")
os.environ.setdefault("AWS_SECRET_ACCESS_KEY", "test")


def fresh_double() -> Any:
    return Cloud(store=Store.with_tables([Schema.of("Rows", TABLE)]))


@pytest.fixture(scope="module")
def client() -> Any:
    return boto3.client("dynamodb", region_name="us-east-1")


keys = st.builds(lambda p, s: {"PK": {"S": p}, "SK": {"S": s}}, st.sampled_from("ab"), st.sampled_from("123"))
scalars = st.one_of(
    st.sampled_from(["", "x", "xy", "z", "中"]).map(lambda s: {"S": s}),
    st.integers(-3, 12).map(lambda n: {"N": str(n)}),
    st.sampled_from(["1.50", "0.25", "-0.5"]).map(lambda n: {"N": n}),
    st.booleans().map(lambda b: {"BOOL": b}),
)
values = st.one_of(
    scalars,
    st.lists(scalars, max_size=2).map(lambda v: {"L": v}),
    st.dictionaries(st.sampled_from(["k", "n"]), scalars, max_size=2).map(lambda v: {"M": v}),
    st.sets(st.sampled_from("xyz"), min_size=1).map(lambda v: {"SS": sorted(v)}),
)
numbers = st.integers(-3, 12).map(lambda n: {"N": str(n)})
attributes = st.fixed_dictionaries(
    {},
    optional={
        "a": values,
        "n": numbers,
        "due_pk": st.sampled_from("de").map(lambda s: {"S": s}),
        "due_sk": st.sampled_from("12").map(lambda s: {"S": s}),
    },
)
CONDITIONS = (
    "attribute_exists(#a)",
    "attribute_not_exists(PK)",
    "#a = :v",
    "#a <> :v",
    "#a < :n OR #a >= :n",
    "#a BETWEEN :n AND :m",
    "#a IN (:v, :n)",
    "NOT (contains(#a, :x))",
    "begins_with(#a, :x) AND attribute_exists(PK)",
    "size(#a) > :n",
    "attribute_type(#a, :t)",
    "#a.#k = :v",
)
UPDATES = (
    "SET #a = :v",
    "SET #n = if_not_exists(#n, :n) + :m",
    "SET #l = list_append(if_not_exists(#l, :l), :l)",
    "REMOVE #a",
    "REMOVE #l[0], #a",
    "ADD #n :n",
    "ADD #set :set",
    "DELETE #set :set",
    "SET due_pk = :x, due_sk = :x REMOVE #a",
    "SET #a.#k = :v",
)


def placeholders(text: str, data: st.DataObject) -> dict[str, Any]:
    """Only what the expression mentions: anything else is refused."""
    names = {"#a": "a", "#k": "k", "#n": "n", "#l": "l", "#set": "set"}
    ready = {":x": {"S": "x"}, ":t": {"S": "N"}, ":l": {"L": [{"S": "i"}]}, ":set": {"SS": ["p", "q"]}}
    used = {word.strip("(),").split(".")[0].split("[")[0] for word in text.replace("(", " ").split()}
    used |= {part for word in text.split() for part in word.strip("(),").split(".")}
    given_values = {}
    for name in sorted(word for word in used if word.startswith(":")):
        drawn = {":v": values, ":n": numbers, ":m": numbers}
        given_values[name] = data.draw(drawn[name]) if name in drawn else ready[name]
    result: dict[str, Any] = {}
    if found := {name: names[name] for name in sorted(used) if name in names}:
        result["ExpressionAttributeNames"] = found
    if given_values:
        result["ExpressionAttributeValues"] = given_values
    return result


def merged(*parts: dict[str, Any]) -> dict[str, Any]:
    joined: dict[str, Any] = {}
    for part in parts:
        for name, members in part.items():
            joined.setdefault(name, {}).update(members)
    return joined


def draw_write(data: st.DataObject) -> tuple[str, dict[str, Any]]:
    condition = data.draw(st.none() | st.sampled_from(CONDITIONS))
    guarded = {"ConditionExpression": condition} if condition else {}
    filled = placeholders(condition, data) if condition else {}
    key = data.draw(keys)
    way = data.draw(st.sampled_from(["Put", "Update", "Update", "Delete"]))
    if way == "Put":
        return way, {"Item": {**key, **data.draw(attributes)}, **guarded, **filled}
    if way == "Delete":
        return way, {"Key": key, **guarded, **filled}
    text = data.draw(st.sampled_from(UPDATES))
    return way, {"Key": key, "UpdateExpression": text, **guarded, **merged(placeholders(text, data), filled)}


def draw_request(data: st.DataObject) -> tuple[str, dict[str, Any]]:
    sort = data.draw(st.sampled_from(["write", "write", "write", "query", "get", "transact"]))
    if sort == "get":
        return "GetItem", {"TableName": "Rows", "Key": data.draw(keys)}
    if sort == "query":
        return "Query", draw_query(data)
    if sort == "transact":
        drawn = [draw_write(data) for _ in range(data.draw(st.integers(1, 3)))]
        return "TransactWriteItems", {
            "TransactItems": [{way: {"TableName": "Rows", **inner}} for way, inner in drawn]
        }
    way, inner = draw_write(data)
    wanted = data.draw(st.sampled_from(["NONE", "ALL_OLD"]))
    return f"{way}Item", {"TableName": "Rows", "ReturnValues": wanted, **inner}


def draw_query(data: st.DataObject) -> dict[str, Any]:
    where = data.draw(
        st.sampled_from(["PK = :p", "PK = :p AND SK > :s", "PK = :p AND begins_with(SK, :s)", "by_due"])
    )
    request: dict[str, Any] = {"TableName": "Rows", "ScanIndexForward": data.draw(st.booleans())}
    if where == "by_due":
        request |= {"IndexName": "by_due", "KeyConditionExpression": "due_pk = :p"}
        request["ExpressionAttributeValues"] = {":p": {"S": data.draw(st.sampled_from("de"))}}
        return request
    request["KeyConditionExpression"] = where
    request["ExpressionAttributeValues"] = {":p": {"S": data.draw(st.sampled_from("ab"))}}
    if ":s" in where:
        request["ExpressionAttributeValues"][":s"] = {"S": data.draw(st.sampled_from("12"))}
    if data.draw(st.booleans()):
        request["Limit"] = data.draw(st.integers(1, 2))
    return request


def outcome(client: Any, operation: str, request: dict[str, Any]) -> Any:
    try:
        answer = client._make_api_call(operation, request)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        reasons = [reason["Code"] for reason in error.response.get("CancellationReasons", [])]
        # moto's word for a function of an absent attribute
        return (code, ["ConditionalCheckFailed" if reason == "ValueError" else reason for reason in reasons])
    kept = {name: answer[name] for name in ("Item", "Items", "Attributes") if name in answer}
    return canonical(kept)


def canonical(value: Any) -> Any:
    """Sets in order, numbers in one spelling; an empty answer and an absent one are the same."""
    if isinstance(value, dict):
        if set(value) == {"N"} and isinstance(value["N"], str):
            return {"N": Decimal(value["N"]).normalize()}
        return {
            name: sorted(each) if name in {"SS", "NS"} else canonical(each)
            for name, each in value.items()
            if each != {} or name in {"M"}
        }
    return [canonical(each) for each in value] if isinstance(value, list) else value


def in_moto(requests: list[tuple[str, dict[str, Any]]]) -> list[Any]:
    with mock_aws():
        moto = boto3.client("dynamodb", region_name="us-east-1")
        moto.create_table(**TABLE)
        found: list[Any] = []
        for operation, request in requests:
            try:
                found.append(outcome(moto, operation, request))
            except (ValueError, TypeError, AttributeError, KeyError, AssertionError):
                # moto falls over mismatched types where AWS answers; what came before is compared.
                return found
        return [*found, contents(moto)]


def in_double(client: Any, requests: list[tuple[str, dict[str, Any]]]) -> list[Any]:
    with fresh_double().active():
        return [*(outcome(client, *each) for each in requests), contents(client)]


def contents(client: Any) -> Any:
    items = client.scan(TableName="Rows")["Items"]
    return sorted((canonical(item) for item in items), key=lambda item: (item["PK"]["S"], item["SK"]["S"]))


# No shrinking: each example asks moto a dozen times, and the sequences are short as they are.
@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(data=st.data())
def test_the_double_answers_as_moto_does(client, data):
    requests = [draw_request(data) for _ in range(data.draw(st.integers(3, 12)))]

    compared = zip([*requests, "contents"], in_moto(requests), in_double(client, requests), strict=False)
    for request, expected, found in compared:
        assert found == expected, request


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with fresh_double().active() as cloud:
        yield cloud


ROW: dict[str, Any] = {"PK": {"S": "a"}, "SK": {"S": "1"}}
REFUSED: dict[str, tuple[str, dict[str, Any]]] = {
    "a filter on a key": (
        "Query",
        {
            "KeyConditionExpression": "PK = :p",
            "FilterExpression": "SK = :p",
            "ExpressionAttributeValues": {":p": {"S": "a"}},
        },
    ),
    "two hash conditions": (
        "Query",
        {"KeyConditionExpression": "PK = :p AND PK = :p", "ExpressionAttributeValues": {":p": {"S": "a"}}},
    ),
    "overlapping paths": (
        "UpdateItem",
        {
            "Key": ROW,
            "UpdateExpression": "SET b = :v, b.c = :v",
            "ExpressionAttributeValues": {":v": {"S": "x"}},
        },
    ),
    "a changed key": (
        "UpdateItem",
        {"Key": ROW, "UpdateExpression": "SET SK = :v", "ExpressionAttributeValues": {":v": {"S": "2"}}},
    ),
    "a number added to a list": (
        "UpdateItem",
        {"Key": ROW, "UpdateExpression": "ADD listed :v", "ExpressionAttributeValues": {":v": {"N": "1"}}},
    ),
    "a placeholder nobody uses": (
        "UpdateItem",
        {"Key": ROW, "UpdateExpression": "REMOVE b", "ExpressionAttributeValues": {":v": {"N": "1"}}},
    ),
    "a reserved word": ("UpdateItem", {"Key": ROW, "UpdateExpression": "REMOVE status"}),
    "an index key of another type": ("PutItem", {"Item": {**ROW, "due_pk": {"N": "1"}}}),
    "an empty index key": ("PutItem", {"Item": {**ROW, "due_pk": {"S": ""}}}),
    "a number of 39 digits": ("PutItem", {"Item": {**ROW, "n": {"N": "1" * 39}}}),
    "an item over 400 KB": ("PutItem", {"Item": {**ROW, "b": {"S": "x" * 410_000}}}),
    "a key that is not the table's": ("GetItem", {"Key": {"PK": {"S": "a"}}}),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_aws_refuses_is_refused(client, cloud, case):
    client.put_item(TableName="Rows", Item={**ROW, "listed": {"L": []}, "b": {"M": {}}})
    operation, request = REFUSED[case]

    with pytest.raises(ClientError) as refused:
        client._make_api_call(operation, {"TableName": "Rows", **request})

    assert refused.value.response["Error"]["Code"] == "ValidationException"


def test_a_batch_above_the_limit_and_a_doubled_item_are_refused(client, cloud):
    puts = [{"PutRequest": {"Item": {"PK": {"S": "a"}, "SK": {"S": str(n)}}}} for n in range(26)]
    for batch in (puts, [puts[0], puts[0]]):
        with pytest.raises(ClientError) as refused:
            client.batch_write_item(RequestItems={"Rows": batch})
        assert refused.value.response["Error"]["Code"] == "ValidationException"


def test_a_repeated_transaction_token_takes_effect_once(client, cloud):
    update = {"Key": ROW, "UpdateExpression": "ADD n :v", "ExpressionAttributeValues": {":v": {"N": "1"}}}
    request = {"TransactItems": [{"Update": {"TableName": "Rows", **update}}], "ClientRequestToken": "t" * 36}

    client.transact_write_items(**request)
    client.transact_write_items(**request)

    assert client.get_item(TableName="Rows", Key=ROW)["Item"]["n"] == {"N": "1"}


def test_a_failed_condition_in_a_transaction_leaves_nothing_behind(client, cloud):
    other = {"PK": {"S": "b"}, "SK": {"S": "1"}}
    with pytest.raises(client.exceptions.TransactionCanceledException):
        client.transact_write_items(
            TransactItems=[
                {"Put": {"TableName": "Rows", "Item": other}},
                {"Put": {"TableName": "Rows", "Item": ROW, "ConditionExpression": "attribute_exists(PK)"}},
            ]
        )

    assert cloud.store.rows("Rows") == []


def test_pages_follow_each_other_without_a_gap_in_both_directions(client, cloud):
    for number in range(7):
        client.put_item(TableName="Rows", Item={"PK": {"S": "a"}, "SK": {"S": str(number)}})

    for forward in (True, False):
        found: list[str] = []
        start: dict[str, Any] = {}
        while True:
            page = client.query(
                TableName="Rows",
                KeyConditionExpression="PK = :p",
                ExpressionAttributeValues={":p": {"S": "a"}},
                Limit=3,
                ScanIndexForward=forward,
                **start,
            )
            found += [item["SK"]["S"] for item in page["Items"]]
            if "LastEvaluatedKey" not in page:
                break
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
        assert found == sorted("0123456", reverse=not forward)
