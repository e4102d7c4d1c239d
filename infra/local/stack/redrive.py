"""Send a queue's dead letters back to it, on the local stack, through the bundle's own function."""

from __future__ import annotations

import json
import sys

from infra.local.stack import aws
from infra.local.stack.description import Description, read
from infra.local.stack.places import say


def main(queue: str) -> None:
    """Run `make redrive QUEUE=…`; the queue is named by its logical name, such as CustomerEvents."""
    stack = read()
    choices = sorted(name.removesuffix("Dead") for name in stack.dead_letter_queues)
    if queue.removesuffix("Dead") not in choices:
        sys.exit(f"QUEUE must be one of {', '.join(choices)}.")
    moved = 0
    while True:
        done = redriven(stack, queue.removesuffix("Dead"))
        moved += done["moved"]
        if not done["left"] or not done["moved"]:
            say(f"{moved} messages returned to {queue.removesuffix('Dead')}, {done['left']} left.")
            return


def redriven(stack: Description, queue: str) -> dict[str, int]:
    """Return how many messages one run of the function has moved and left."""
    functions = aws.client("lambda", stack.aws_endpoint_url)
    name = stack.functions["RedriveDeadLetters"]
    answer = functions.invoke(FunctionName=name, Payload=json.dumps({"queue": queue}).encode())
    body: dict[str, int] = json.load(answer["Payload"])
    if answer.get("FunctionError") or "moved" not in body:
        sys.exit(f"The function failed: {json.dumps(body)[:300]}")
    return body
