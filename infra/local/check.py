"""`make check`: everything that can be said of the sources without running them. Two steps run at a time."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from infra.local.stack.places import ROOT, TOOLS, runtime, say

APP = TOOLS / "app" / "bin"
CHECK = TOOLS / "check" / "bin"
SAM = TOOLS / "sam" / "bin"
EXPANDED = TOOLS / "expanded.json"
GATED = "20,28,45,53,54,55,56,57,62,63,95,107,108,109,110,111,363,364"
"""checkov's checks that must hold. Left out, with reasons: 27 (it does not know SqsManagedSseEnabled; our
own rule does), 115 (concurrency is bounded at the event source, reserved concurrency burns receives), 116
(queues redrive), 117 (a VPC only where WeCom is called), 119 and 173 (keys of one's own cost money: the
operator's choice); of the bucket: 18 (access logs need a second one; CloudTrail's data events say the same),
21 (no object is overwritten, each has a name of its own), 145 (keys of one's own, as above)."""

SCANNING = ["--framework", "cloudformation", "secrets", "--compact", "--quiet", "--skip-download"]
SHIPPED = ["functions", "layers/scrm"]
HEADLINES = ("C4 ", "C5 ", "S11 ", "pip-audit", "hint")


@dataclass(frozen=True)
class Step:
    name: str
    command: list[str]


@dataclass(frozen=True)
class Outcome:
    step: Step
    seconds: float
    good: bool
    text: str


def rules(module: str) -> list[str]:
    return [str(APP / "python"), "-m", f"infra.rules.{module}"]


def steps() -> list[Step]:
    checkov = ",".join(f"CKV_AWS_{number}" for number in GATED.split(","))
    packages = ["scrm", "functions", "tests", "infra.build", "infra.rules"]
    packages += ["infra.local.stack", "infra.local.crowd"]
    others = sorted((ROOT / "infra").glob("*.yaml"))
    modules = ["infra.local.set_up", "infra.local.engine", "infra.local.check", "infra.local.demo"]
    types = [option for name in packages for option in ("-p", name)]
    types += [option for name in modules for option in ("-m", name)]
    return [
        Step("what is shipped", rules("artifacts")),
        Step("types", [str(APP / "mypy"), *types]),
        Step("the simulator's types", [str(APP / "mypy"), "-p", "wecom_simulator"]),
        Step("lint", [str(APP / "ruff"), "check", "--quiet", "--output-format=concise", "."]),
        Step("format", [str(APP / "ruff"), "format", "--quiet", "--check", "--output-format=concise", "."]),
        Step("template, as SAM sees it", [str(SAM / "sam"), "validate", "--lint", "-t", "template.yaml"]),
        Step("template, expanded", [str(APP / "cfn-lint"), "-t", str(EXPANDED)]),
        Step(
            "template, scanned", [str(CHECK / "checkov"), "-f", str(EXPANDED), "--check", checkov, *SCANNING]
        ),
        Step("template, our own rules", rules("template")),
        Step("planted faults", rules("mutants")),
        *[Step(f"template, {path.name}", [str(APP / "cfn-lint"), str(path)]) for path in others],
        Step(
            "security of the code",
            [str(APP / "bandit"), "-q", "-c", "pyproject.toml", "-r", *SHIPPED],
        ),
        Step("leaks into logs", rules("leaks")),
        Step("which way imports point", rules("imports")),
        Step("sizes", rules("sizes")),
        Step("lock files", rules("locks")),
        Step("known weaknesses", rules("advisories")),
    ]


def run(step: Step) -> Outcome:
    environment = {
        **os.environ,
        "AWS_DEFAULT_REGION": "us-east-1",
        "PYTHON_RUNTIME": runtime(),
        "SAM_CLI_TELEMETRY": "0",
        "LOG_LEVEL": "ERROR",
    }
    started = time.monotonic()
    done = subprocess.run(
        step.command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    return Outcome(
        step, time.monotonic() - started, done.returncode == 0, (done.stdout + done.stderr).strip()
    )


def main() -> None:
    started = time.monotonic()
    subprocess.run([*rules("expand"), "template.yaml", str(EXPANDED)], cwd=ROOT, check=True)
    with ThreadPoolExecutor(max_workers=2) as pool:
        outcomes = list(pool.map(run, steps()))
    for outcome in outcomes:
        say(f"{'ok   ' if outcome.good else 'FAIL '} {outcome.step.name} ({outcome.seconds:.0f} s)")
        for line in outcome.text.splitlines():
            if not outcome.good or line.startswith(HEADLINES):
                say(f"      {line}")
    failed = [outcome.step.name for outcome in outcomes if not outcome.good]
    verdict = f"failed: {', '.join(failed)}" if failed else "all is well"
    say(f"Checked in {time.monotonic() - started:.0f} s; {verdict}.")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
