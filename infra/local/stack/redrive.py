"""Send a queue's dead letters back to it, on the local stack, through the bundle's own function."""

from __future__ import annotations

import json
import sys

from infra.local.stack import aws
from infra.local.stack.description import read
from infra.local.stack.places import say


def main(queue: str) -> None:
    """Run `make redrive QUEUE=…`; the queue is named by its logical name, such as CustomerEvents."""
    stack = read()
    choices = sorted(name.removesuffix("Dead") for name in stack.dead_letter_queues)
    if queue.removesuffix("Dead") not in choices:
        sys.exit(f"QUEUE must be one of {', '.join(choices)}.")
    functions = aws.client("lambda", stack.aws_endpoint_url)
    event = {"queue": queue.removesuffix("Dead")}
    answer = functions.invoke(
        FunctionName=stack.functions["RedriveDeadLetters"], Payload=json.dumps(event).encode()
    )
    body = answer["Payload"].read().decode()
    if answer.get("FunctionError"):
        sys.exit(f"The function failed: {body[:300]}")
    say(body)
