"""S7: schemathesis sends what the description allows, and what it forbids: no 5xx, no answer off the schema.

By default to the handlers behind an in-process gateway; with S7_STACK=1 to the running local stack, whose
data it fills with nonsense.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

from tests.bench.bars import ROOT, Options, Result, exactly, progress
from tests.bench.scenarios import with_channel
from tests.doubles.bundle import Bundle
from tests.doubles.gateway import Gateway
from tests.doubles.server import Server

SECONDS = 300
SEED = 20260302
CHECKS = "not_a_server_error,response_schema_conformance,content_type_conformance,status_code_conformance"
OPERATOR = "admin"


def fuzzed(options: Options) -> list[Result]:
    """S7: five minutes of generated requests with a fixed seed, as an administrator."""
    report = ROOT / ".local" / "bars" / "schemathesis.txt"
    report.parent.mkdir(parents=True, exist_ok=True)
    with _entry() as (url, token):
        command = [str(Path(sys.executable).with_name("schemathesis")), "run", f"{url}/openapi.json"]
        command += ["--header", f"Authorization: Bearer {token}", "--seed", str(SEED), "--checks", CHECKS]
        command += ["--continue-on-failure", "--max-time", str(options.scaled(SECONDS)), "--no-color"]
        command += ["--exclude-path-regex", "^/(wecom/|auth/logout)", "--suppress-health-check", "all"]
        progress(f"S7: schemathesis for {options.scaled(SECONDS)} s")
        with report.open("w") as out:
            ran = subprocess.run(
                command, stdout=out, stderr=subprocess.STDOUT, check=False, cwd=ROOT / ".local"
            )
    text = report.read_text()
    servers, schemas = _failures(text)
    asked = re.search(r"(\d[\d,]*) generated|Test cases:\s+(\d[\d,]*)", text)
    ended = ran.returncode in {0, 1} and asked is not None
    return [
        exactly("S7", "server_errors", servers if ended else -1, 0, requests=asked and asked[0]),
        exactly("S7", "schema_breaks", schemas if ended else -1, 0, report=str(report.relative_to(ROOT))),
    ]


def _failures(text: str) -> tuple[int, int]:
    """Return (server errors, other failures) in a report of schemathesis."""
    found = {name: int(count) for name, count in re.findall(r"❌ (?:ST\d+ )?([\w -]+): (\d+)", text)}
    servers = found.pop("Server error", 0)
    return servers, sum(found.values())


@contextlib.contextmanager
def _entry() -> Iterator[tuple[str, str]]:
    """Yield (address, an administrator's session)."""
    if os.environ.get("S7_STACK"):
        stack: dict[str, Any] = json.loads((ROOT / ".local" / "stack.json").read_text())
        code = httpx.post(f"{stack['wecom_url']}/_control/people/login", json={"userid": OPERATOR}).json()[
            "code"
        ]
        yield stack["api_url"], _token(stack["api_url"], code)
        return
    bundle = Bundle()
    with bundle.running("fast"):
        state = with_channel(bundle)
        for _ in range(3):
            bundle.wecom.people.scan(userid=OPERATOR, state=state)
        bundle.arrive()
        bundle.settle()
        with Server(bundle.cloud, Gateway(bundle).serve) as server:
            code = bundle.wecom.people.login(userid=OPERATOR)["code"]
            yield server.url, _token(server.url, code)


def _token(url: str, code: str) -> str:
    answer = httpx.post(f"{url}/auth/session", json={"code": code}, timeout=30)
    answer.raise_for_status()
    return str(answer.json()["token"])
