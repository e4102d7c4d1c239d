"""`python -m infra.local.stack <command>`: what the Makefile's targets for the local stack run."""

from __future__ import annotations

import fcntl
import sys
from collections.abc import Callable

from infra.local.stack import clock, drain, processes, redrive, tick, up
from infra.local.stack.places import STACK_DIR


def main() -> None:
    command, argument = [*sys.argv[1:], "", ""][:2]
    try:
        run(command, argument)
    except processes.NotStarted as failed:
        sys.exit(str(failed))


def run(command: str, argument: str) -> None:
    match command:
        case "up":
            alone(up.up)
        case "down":
            alone(up.down)
        case "forget":
            alone(up.forget)
        case "clock":
            clock.main(argument)
        case "tick":
            tick.main()
        case "drain":
            drain.main(argument)
        case "redrive":
            redrive.main(argument)
        case _:
            sys.exit("usage: python -m infra.local.stack up|down|forget|clock|tick|drain|redrive [argument]")


def alone(work: Callable[[], object]) -> None:
    """Run `work` while no other command starts or stops this stack."""
    STACK_DIR.mkdir(parents=True, exist_ok=True)
    with (STACK_DIR / "stack.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        work()


if __name__ == "__main__":
    main()
