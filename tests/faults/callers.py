"""One process of a stampede: 50 threads that want a token or ticket at the same moment.

    python -m tests.faults.callers <what> <threads>

Waits for a line on stdin, asks, and prints each thread's value and wait as JSON. For tests.faults.tokens.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time


def main(what: str, threads: int) -> None:
    from scrm.config import corp
    from scrm.wecom.client import WeCom, WeComSettings
    from scrm.wecom.dynamodb import DynamoShared

    settings = WeComSettings(
        base_url=corp().base_url,
        corp_id=corp().corp_id,
        agent_id=corp().agent_id,
        # The process's id, so that the server knows whom to kill.
        secret=lambda: f"secret-{os.getpid()}",
    )
    shared = DynamoShared()
    wecom = WeCom(settings, shared, shared)
    ask = {"access": lambda: wecom.token.get().value, "corp": wecom.corp_ticket, "app": wecom.app_ticket}[
        what
    ]
    if os.environ.get("WARM"):
        ask()
    start, answers = threading.Barrier(threads), []

    def caller() -> None:
        start.wait()
        began = time.monotonic()
        try:
            value = ask()
        except Exception as error:  # noqa: BLE001  # told to the parent, which judges it
            value = f"error: {type(error).__name__}"
        answers.append((value, time.monotonic() - began))

    print("ready", flush=True)
    sys.stdin.readline()
    started = [threading.Thread(target=caller) for _ in range(threads)]
    for each in started:
        each.start()
    for each in started:
        each.join()
    until = time.monotonic() + float(os.environ.get("LINGER", "0"))
    while time.monotonic() < until:
        time.sleep(0.2)
        ask()
    print(json.dumps(answers), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
