"""Bars: what `make bench` and `make faults` print, a line each, and how they are run.

A bar is a function that measures and returns its results. Each runs in a process of its own, so that
caches, clocks and settings of one cannot reach another. Results are kept as JSON below .local/ too.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / ".local" / "bars"


@dataclass(frozen=True)
class Result:
    """One printed line; `details` go to the JSON only."""

    key: str
    name: str
    figure: str
    bar: str
    ok: bool
    details: dict[str, Any] = field(default_factory=dict)

    def line(self) -> str:
        return f"{self.key} {self.name} {self.figure} {self.bar} {'ok' if self.ok else 'short'}"


def at_most(key: str, name: str, figure: float, bar: float, unit: str = "", **details: Any) -> Result:
    """Return the result of a figure that must not exceed its bar."""
    return Result(key, name, f"{_shown(figure)}{unit}", f"<={_shown(bar)}{unit}", figure <= bar, details)


def at_least(key: str, name: str, figure: float, bar: float, unit: str = "", **details: Any) -> Result:
    """Return the result of a figure that must reach its bar."""
    return Result(key, name, f"{_shown(figure)}{unit}", f">={_shown(bar)}{unit}", figure >= bar, details)


def exactly(key: str, name: str, figure: float, bar: float, unit: str = "", **details: Any) -> Result:
    """Return the result of a figure that must be its bar."""
    return Result(key, name, f"{_shown(figure)}{unit}", f"={_shown(bar)}{unit}", figure == bar, details)


def _shown(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:.3g}" if abs(value) < 10 else f"{value:,.0f}"


def progress(text: str) -> None:
    """Tell on stderr what is going on."""
    print(f"  … {text}", file=sys.stderr, flush=True)


@dataclass(frozen=True)
class Options:
    """What a bar may be told: the seeds, and how much of its volume to run (1 = the bar's own)."""

    seeds: tuple[int, ...] = (1, 2, 3)
    scale: float = 1.0
    update: bool = False

    def scaled(self, volume: int) -> int:
        """Return the volume to run, at least 1."""
        return max(1, int(volume * self.scale))


Measure = Callable[[Options], Sequence[Result]]


class Bars:
    """The bars of one target, in the order they print."""

    def __init__(self, target: str, parallel: int = 1) -> None:
        self.target = target
        self.parallel = parallel
        self.measures: dict[str, Measure] = {}

    def measure(self, *keys: str) -> Callable[[Measure], Measure]:
        """Register a function that measures the bars `keys`."""

        def register(function: Measure) -> Measure:
            for key in keys:
                self.measures[key] = function
            return function

        return register

    def main(self, arguments: Sequence[str]) -> int:
        """Run the named bars, or all; return 1 when one is short or could not be measured."""
        parser = argparse.ArgumentParser(prog=f"python -m {self.target}")
        parser.add_argument("bars", nargs="*", help=f"of {' '.join(self.measures)}; all by default")
        parser.add_argument("--seeds", default="1,2,3")
        parser.add_argument("--scale", type=float, default=1.0, help="share of the volume to run")
        parser.add_argument("--update", action="store_true", help="rewrite the golden files")
        parser.add_argument("--here", action="store_true", help="in this process, results as JSON")
        given = parser.parse_args(arguments)
        unknown = [key for key in given.bars if key not in self.measures]
        if unknown:
            parser.error(f"no such bar: {', '.join(unknown)}; there are {', '.join(self.measures)}")
        options = Options(tuple(int(seed) for seed in given.seeds.split(",")), given.scale, given.update)
        if given.here:
            results = self.measures[given.bars[0]](options)
            print(json.dumps([asdict(result) for result in results]))
            return 0
        return self._all(given.bars or list(self.measures), arguments)

    def _all(self, keys: Sequence[str], arguments: Sequence[str]) -> int:
        functions = list({self.measures[key]: key for key in reversed(keys)}.values())[::-1]
        flags = [each for each in arguments if each.startswith("--")]
        results: list[Result] = []
        began = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(self.parallel) as pool:
            for found in pool.map(lambda key: self._one(key, flags), functions):
                for result in found:
                    if result.key in keys or result.key not in self.measures:
                        results.append(result)
                        print(result.line(), flush=True)
        progress(f"{self.target}: {len(results)} bars in {time.monotonic() - began:.0f} s")
        self._keep(results)
        return 0 if all(result.ok for result in results) else 1

    def _one(self, key: str, flags: list[str]) -> list[Result]:
        progress(f"{key}: {(self.measures[key].__doc__ or '').strip().splitlines()[0]}")
        command = [sys.executable, "-m", self.target, key, "--here", *flags]
        ran = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False, cwd=ROOT)
        try:
            return [Result(**each) for each in json.loads(ran.stdout.strip().rpartition("\n")[2])]
        except ValueError:
            return [
                Result(key, self.measures[key].__name__, "not measured", f"exit {ran.returncode}", ok=False)
            ]

    def _keep(self, results: Sequence[Result]) -> None:
        RESULTS.mkdir(parents=True, exist_ok=True)
        kept = RESULTS / f"{self.target.rpartition('.')[2]}.json"
        known = json.loads(kept.read_text(encoding="utf-8")) if kept.exists() else []
        merged = {each["key"] + each["name"]: each for each in known}
        merged |= {result.key + result.name: asdict(result) for result in results}
        kept.write_text(json.dumps(list(merged.values()), indent=1, ensure_ascii=False), encoding="utf-8")
