"""Background processes: started detached, found again by a record on disk, stopped by their own id."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from infra.local.stack.places import STACK_DIR

CHILDREN: dict[str, subprocess.Popen[bytes]] = {}
"""What this very process has started: it alone can take note of their end."""


class NotStarted(RuntimeError):
    """A process ended or stayed silent before it served; the text ends with the last lines of its log."""


def start(name: str, command: list[str], environment: dict[str, str], ready: str, cwd: Path) -> None:
    """Start `command` in the background and return once `ready` (an address) answers 200."""
    STACK_DIR.mkdir(parents=True, exist_ok=True)
    log = STACK_DIR / f"{name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    CHILDREN[name] = process
    record(name).write_text(json.dumps({"pid": process.pid, "started": started_at(process.pid)}))
    served = wait_until(lambda: process.poll() is not None or answers(ready), seconds=30)
    if not served or process.poll() is not None:
        stop(name)
        raise NotStarted(f"{name} did not start:\n{tail(log)}")


def running(name: str) -> bool:
    """Return whether the process we started under this name is alive. A stale record is forgotten."""
    pid = pid_of(name)
    if pid is None:
        record(name).unlink(missing_ok=True)
    return pid is not None


def stop(name: str) -> bool:
    """End the process with SIGTERM, which lets it save; return whether there was one. Safe to repeat."""
    pid = pid_of(name)
    if pid is not None:
        os.kill(pid, signal.SIGTERM)
        if not wait_until(lambda: pid_of(name) is None, seconds=30):
            os.kill(pid, signal.SIGKILL)
            wait_until(lambda: pid_of(name) is None, seconds=5)
    record(name).unlink(missing_ok=True)
    if child := CHILDREN.pop(name, None):
        child.wait()
    return pid is not None


def pid_of(name: str) -> int | None:
    """Return the living process's id; a recycled id belongs to someone else and is not returned."""
    try:
        known = json.loads(record(name).read_text())
    except (OSError, ValueError):
        return None
    started = started_at(int(known["pid"]))
    return int(known["pid"]) if started and started == known["started"] else None


def started_at(pid: int) -> str:
    """Return when process `pid` started, in the system's own words; nothing when it is gone or a zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return "" if Path("/proc/self/stat").exists() else started_by_ps(pid)
    return "" if fields[0] == "Z" else fields[19]


def started_by_ps(pid: int) -> str:
    found = subprocess.run(["ps", "-o", "lstart=,state=", "-p", str(pid)], capture_output=True, text=True)
    line = found.stdout.strip()
    return "" if line.endswith("Z") else line


def record(name: str) -> Path:
    return STACK_DIR / f"{name}.pid.json"


def answers(address: str, seconds: float = 2) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=seconds) as response:  # noqa: S310 - our own loopback address
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def wait_until(condition: Callable[[], bool], seconds: float, pause: float = 0.05) -> bool:
    """Return whether `condition` came true within `seconds`."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(pause)
    return True


def tail(log: Path, lines: int = 15) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])


def port_is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def free_port() -> int:
    """Return a free port below those the system hands out by itself: after a restart it is free again."""
    while True:
        port = random.randint(20_000, 32_000)  # noqa: S311 - any will do
        if port_is_free(port):
            return port


def clean_environment(**extra: str) -> dict[str, str]:
    """Return the variables a background process gets: nothing of the caller's but the bare system."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {**kept, **extra}
