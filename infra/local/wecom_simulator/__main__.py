"""Start the simulator as a process; it runs until SIGTERM or Ctrl-C and saves its state then."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from .clock import stack_clock
from .model import Receiver
from .server import Service
from .simulator import Simulator


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Return the command line. Every default may come from the environment, so that `ps` shows no secret."""
    env = os.environ.get
    path = _path_in_environment
    parser = argparse.ArgumentParser(prog="wecom_simulator", description=__doc__)
    parser.add_argument("--port", type=int, default=int(env("WECOM_PORT") or 0), help="0 takes a free one")
    parser.add_argument(
        "--state", type=Path, default=path("WECOM_STATE_FILE"), help="file to go on from and to save to"
    )
    parser.add_argument(
        "--clock-file", type=Path, default=path("WECOM_CLOCK_FILE"), help='JSON {"offset_seconds": 0.0}'
    )
    parser.add_argument("--seed", default="wecom")
    parser.add_argument("--corp-id", default=env("WECOM_CORP_ID", "wwsim0000000000001"))
    parser.add_argument("--agent-id", type=int, default=int(env("WECOM_AGENT_ID") or 1000002))
    parser.add_argument("--secret", default=env("WECOM_SECRET", "simulated-app-secret"))
    parser.add_argument(
        "--contacts-secret", default=env("WECOM_CONTACTS_SECRET", "simulated-contacts-secret")
    )
    parser.add_argument(
        "--callback-url", default=env("WECOM_CALLBACK_URL", "http://127.0.0.1/wecom/callbacks/app")
    )
    parser.add_argument("--callback-token", default=env("WECOM_CALLBACK_TOKEN", "SimulatedCallbackToken"))
    parser.add_argument(
        "--callback-aes-key",
        default=env("WECOM_CALLBACK_AES_KEY", "SimulatedAESKeyForCallbacksOfTheLocalStackx"),
    )
    parser.add_argument("--receiver", action="append", default=[], metavar="NAME,TOKEN,AES_KEY,URL")
    parser.add_argument("--retry-seconds", type=float, default=1.0, help="between the tries of one callback")
    parser.add_argument("--callback-workers", type=int, default=1, help="more than one gives up the order")
    parser.add_argument("--public-url", action="store_true", help="pictures of codes point to this process")
    return parser.parse_args(argv)


def _path_in_environment(name: str) -> Path | None:
    text = os.environ.get(name)
    return Path(text) if text else None


def built(options: argparse.Namespace) -> Simulator:
    """Return the simulator that the options describe."""
    simulator = Simulator(
        stack_clock(options.clock_file),
        options.seed,
        state=options.state,
        corp_id=options.corp_id,
        agent_id=options.agent_id,
        secret=options.secret,
        contacts_secret=options.contacts_secret,
        callback_url=options.callback_url,
        callback_token=options.callback_token,
        callback_aes_key=options.callback_aes_key,
    )
    for text in options.receiver:
        name, token, aes_key, url = text.split(",", 3)
        simulator.world.receivers[name] = Receiver(name, token, aes_key, url)
    simulator.callbacks.settings.retry_seconds = options.retry_seconds
    simulator.callbacks.settings.workers = options.callback_workers
    return simulator


def main() -> None:
    """Serve until told to stop; the one line printed is JSON with the address."""
    options = arguments()
    simulator = built(options)
    service = Service(simulator, options.port)
    if options.public_url:
        simulator.settings.public_url = service.url
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    service.start()
    sys.stdout.write(json.dumps({"message": "wecom_simulator_started", "url": service.url}) + "\n")
    sys.stdout.flush()
    stop.wait()
    service.stop()


if __name__ == "__main__":
    main()
