"""`make crowd`: made-up customers on the local stack, and a segment over all of them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from infra.local.stack import aws
from infra.local.stack.description import Description
from infra.local.stack.places import ROOT
from tests.local.conftest import STACK_DIR
from tests.local.test_commands import unread


def crowd(number: str, seed: str) -> str:
    given = os.environ.get("STACK_JSON")
    folder = str(Path(given).parent) if given else str(STACK_DIR)
    done = subprocess.run(
        [sys.executable, "-m", "infra.local.crowd", number, seed],
        cwd=ROOT,
        env={**os.environ, "STACK_DIR": folder},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_members_of_a_segment_over_a_crowd_are_those_that_were_drawn(
    stack: Description, drain: Callable[..., None]
) -> None:
    first = crowd("200", "7")
    again = crowd("200", "7")

    for printed in (first, again):
        assert "by what was drawn; 0 wrong" in printed
        assert "units a customer asked" in printed
    assert "rows in" in first
    assert "the customers of crowd-200-7 are there" in again
    drain()


def test_what_is_written_unheard_is_there_and_no_stream_tells_of_it(stack: Description) -> None:
    functions = aws.client("lambda", stack.aws_endpoint_url)
    heard = aws.client("dynamodb", stack.aws_endpoint_url)
    table, name = stack.tables["ScrmTable"], stack.functions["ReactToChanges"]
    key: dict[str, Any] = {"PK": {"S": "NOTHING#crowd"}, "SK": {"S": "NOTHING"}}
    # The consumer is held back: whatever a stream told would stay unread.
    functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    try:
        written = httpx.post(
            f"{stack.aws_endpoint_url}/_local/unheard",
            json={"RequestItems": {table: [{"PutRequest": {"Item": key}}]}},
        )
        assert written.json() == {"UnprocessedItems": {}}
        assert heard.get_item(TableName=table, Key=key)["Item"] == key
        assert unread(stack) == []
        heard.delete_item(TableName=table, Key=key)
        assert unread(stack)
    finally:
        functions.delete_function_concurrency(FunctionName=name)
