"""Partial batches: what is handed back, what is parked (docs/decisions/0005-lean-workers.md)."""

from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError
from pynamodb.exceptions import PutError

from scrm.batches import each_change, each_message, will_pass
from scrm.telemetry import Log

LOG = Log("test")


def messages(*pairs: tuple[str, str | None]) -> dict[str, Any]:
    return {
        "Records": [
            {"messageId": name, "attributes": {"MessageGroupId": group} if group else {}}
            for name, group in pairs
        ]
    }


def changes(*numbers: str) -> dict[str, Any]:
    return {"Records": [{"dynamodb": {"SequenceNumber": number}} for number in numbers]}


def handed_back(answer: dict[str, list[dict[str, str]]]) -> list[str]:
    return [each["itemIdentifier"] for each in answer["batchItemFailures"]]


def failing(*names: str) -> Any:
    """Return a handler that notes what it handled, and fails for these."""
    handled: list[str] = []

    def handle(record: dict[str, Any]) -> None:
        name = record.get("messageId") or record["dynamodb"]["SequenceNumber"]
        if name in names:
            raise RuntimeError("no")
        handled.append(name)

    handle.handled = handled  # type: ignore[attr-defined]
    return handle


def test_what_follows_a_failed_message_of_its_group_waits_with_it() -> None:
    handle = failing("1")

    answer = each_message(messages(("1", "a"), ("2", "b"), ("3", "a"), ("4", "b")), handle, LOG)

    assert handed_back(answer) == ["1", "3"]
    assert handle.handled == ["2", "4"]


def test_a_standard_queue_hands_back_only_what_failed() -> None:
    answer = each_message(messages(("1", None), ("2", None), ("3", None)), failing("2"), LOG)

    assert handed_back(answer) == ["2"]


def test_a_change_that_can_never_be_handled_is_parked_and_passed_over() -> None:
    handle, parked = failing("2"), failing()

    assert handed_back(each_change(changes("1", "2", "3"), handle, parked, LOG)) == []
    assert handle.handled == ["1", "3"]
    assert parked.handled == ["2"]


def test_a_change_that_cannot_even_be_parked_is_handed_back() -> None:
    handle = failing("2")

    assert handed_back(each_change(changes("1", "2", "3"), handle, failing("2"), LOG)) == ["2"]
    assert handle.handled == ["1"]


def refused(code: str, status: int = 400) -> ClientError:
    return ClientError({"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}, "PutItem")


@pytest.mark.parametrize(
    ("error", "passing"),
    [
        (refused("ThrottlingException"), True),
        (refused("ProvisionedThroughputExceededException"), True),
        (refused("InternalServerError", 500), True),
        (refused("ValidationException"), False),
        (refused("AccessDeniedException"), False),
        (EndpointConnectionError(endpoint_url="x"), True),
        (PutError(cause=refused("ThrottlingException")), True),
        (PutError(cause=refused("ValidationException")), False),
        (KeyError("facts"), False),
    ],
)
def test_only_what_may_succeed_later_is_tried_again(error: Exception, passing: bool) -> None:
    assert will_pass(error) is passing


def test_a_throttled_change_stops_the_batch_where_it_is() -> None:
    def handle(_: dict[str, Any]) -> None:
        raise refused("ThrottlingException")

    parked = failing()

    assert handed_back(each_change(changes("1", "2"), handle, parked, LOG)) == ["1"]
    assert parked.handled == []


def test_a_write_that_was_never_answered_is_tried_again_although_pynamodb_stumbles_over_it():
    unanswered = PutError("no answer", ReadTimeoutError(endpoint_url="https://dynamodb.test"))

    def write(_record: dict[str, Any]) -> None:
        try:
            raise unanswered
        except PutError as error:
            if error.cause_response_code != "ConditionalCheckFailedException":
                raise

    parked: list[Any] = []
    answer = each_change(changes("1", "2"), write, parked.append, LOG)

    assert handed_back(answer) == ["1"]
    assert parked == []


def test_a_programming_error_will_not_pass():
    assert will_pass(AttributeError("no such thing")) is False
