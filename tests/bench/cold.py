"""C1-C3: whole processes that import a function as Lambda does, against the bare runtime."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from tests.bench.bars import Options, Result, at_most, progress
from tests.bench.layout import Layout, layout, python
from tests.doubles.bundle import environment

ROUNDS = 9
GOLDEN = Path(__file__).parent / "golden" / "cold_start.json"
GROWTH = 1.05
HTTP = ("public_api", "sidebar_api", "workbench_api", "admin_api", "integrations_api", "h5_api", "authorize")
CALLBACK = "wecom_callback"
SLOWER_BAR = 9.0
BARS = {CALLBACK: ("C1", 5.0)} | dict.fromkeys(HTTP, ("C2", SLOWER_BAR))

FLOOR = "import sys; sys.path[:0] = {path}\nimport awslambdaric.bootstrap\n"
COUNTING = """
import sys
opened = set()
def opens(event, given):
    if event == "open" and isinstance(given[0], str):
        opened.add(given[0])
sys.addaudithook(opens)
"""
COUNTED = """
import json
print(json.dumps({"modules": len(sys.modules), "files": len(opened)}))
"""


def started(made: Layout, function: str) -> str:
    """Return the program that a cold process of the function runs; "" is the bare runtime."""
    program = FLOOR.format(path=made.path(function))
    return f"{program}import app\n" if function else program


def cpu_seconds(program: str) -> tuple[float, float]:
    """Return (processor seconds, wall seconds) of a whole process; raises when it fails."""
    began = time.perf_counter()
    process = subprocess.Popen([*python(), "-c", program], env=_environment(), stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"a cold process ended with {process.returncode}")
    return used.ru_utime + used.ru_stime, time.perf_counter() - began


def _environment() -> dict[str, str]:
    return {**environment(), "LAMBDA_TASK_ROOT": "/var/task", "PATH": os.defpath}


def ratios(made: Layout, functions: Sequence[str], rounds: int) -> dict[str, float]:
    """Return each function's median over the floor's, from interleaved rounds; "" is the floor in seconds."""
    programs = {name: started(made, name) for name in ("", *functions)}
    seconds: dict[str, list[float]] = {name: [] for name in programs}
    for number in range(rounds + 1):
        progress(f"cold start, round {number} of {rounds}")
        for name, program in programs.items():
            used, _ = cpu_seconds(program)
            if number:  # the first round only warms the page cache
                seconds[name].append(used)
    floor = statistics.median(seconds[""])
    medians = {name: statistics.median(each) / floor for name, each in seconds.items() if name}
    return {"": floor, **medians}


def cold_starts(options: Options) -> list[Result]:
    """C1-C3: processor time of cold processes over the runtime's own."""
    made = layout()
    functions = made.names()
    found = ratios(made, functions, max(9, options.scaled(ROUNDS)))
    milliseconds = round(found.pop("") * 1000, 1)
    results = []
    for name, ratio in found.items():
        key, bar = BARS.get(name, ("C3", SLOWER_BAR))
        results.append(at_most(key, f"{_short(name)}_cold", ratio, bar, "x", floor_ms=milliseconds))
    results += footprints(made, functions, update=options.update)
    return sorted(results, key=lambda each: each.key)


def _short(name: str) -> str:
    return "callback" if name == CALLBACK else name


def footprints(made: Layout, functions: Iterable[str], *, update: bool) -> list[Result]:
    """Return, per function, how its modules and opened files grew over the golden file; 5 % is the most."""
    found = {name: footprint(made, name) for name in functions}
    goldens = json.loads(GOLDEN.read_text(encoding="utf-8")) if GOLDEN.exists() else {}
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    if update:
        GOLDEN.write_text(
            json.dumps({**goldens, version: found}, indent=1, sort_keys=True) + "\n", encoding="utf-8"
        )
        goldens[version] = found
    results = []
    for name, counts in found.items():
        golden = goldens.get(version, {}).get(name)
        key = BARS.get(name, ("C3", 0))[0]
        growth = max(counts[each] / golden[each] for each in counts) if golden else float("inf")
        results.append(at_most(key, f"{_short(name)}_imports", growth, GROWTH, "x of golden", **counts))
    return results


def footprint(made: Layout, function: str) -> dict[str, int]:
    """Return how many modules a cold process has imported and how many files it has opened: no noise."""
    program = COUNTING + started(made, function) + COUNTED
    ran = subprocess.run(
        [*python(), "-c", program], env=_environment(), capture_output=True, text=True, check=True
    )
    counts: dict[str, int] = json.loads(ran.stdout.strip().splitlines()[-1])
    return counts
