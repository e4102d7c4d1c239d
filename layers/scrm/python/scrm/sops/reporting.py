"""What came of a SOP (M12, SOP-25): numbers over its bars, and whose bars are behind each. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from operator import attrgetter

from scrm.sops.enrollment import Enrollment, Run
from scrm.sops.model import Step, Version

ON_ITS_WAY = frozenset({"late", "waited"})
"""Reasons of a MISSED run that had been dispatched; one missed by a cap never was."""


@dataclass(frozen=True)
class StepLine:
    """What came of one step: its latest run of each bar. `lost`: deletions after it and before the next."""

    step: Step
    dispatched: int = 0
    sent: int = 0
    on_time: int = 0
    missed: int = 0
    skipped: int = 0
    failed: int = 0
    lost: int = 0


@dataclass(frozen=True)
class Report:
    """What came of one version, or of all: `exits` by reason, steps in the version's order.

    `lost_after_welcome`: who deleted the member after the welcome, before any step that the bar counts.
    """

    entered: int
    running: int
    completed: int
    exits: Mapping[str, int] = field(default_factory=dict)
    steps: tuple[StepLine, ...] = ()
    lost_after_welcome: int = 0

    @property
    def completion(self) -> Fraction | None:
        """Return COMPLETED ÷ (COMPLETED + EXITED); None while nobody's has ended."""
        ended = self.completed + sum(self.exits.values())
        return Fraction(self.completed, ended) if ended else None

    @property
    def goal_rate(self) -> Fraction | None:
        """Return EXITED(goal) ÷ entered; None while nobody has entered."""
        return Fraction(self.exits.get("goal", 0), self.entered) if self.entered else None

    @property
    def on_time(self) -> Fraction | None:
        """Return SENT within the late window ÷ dispatched; None before any."""
        dispatched = sum(each.dispatched for each in self.steps)
        return Fraction(sum(each.on_time for each in self.steps), dispatched) if dispatched else None


def report(bars: Iterable[Enrollment], version: Version) -> Report:
    """Return what came of the bars; steps are those of `version`, whichever version a bar is on."""
    counts = Counter(name for it in bars for name in measures(it, version))
    steps = tuple(
        StepLine(step, **{name: counts[f"{name}:{step.key}"] for name in _OF_A_STEP})
        for step in version.to_run
    )
    exits = {
        name.removeprefix("exited:"): count
        for name, count in sorted(counts.items())
        if name.startswith("exited:")
    }
    welcomed = sum(counts[f"lost:{step.key}"] for step in version.steps if not step.counted)
    return Report(counts["entered"], counts["running"], counts["completed"], exits, steps, welcomed)


def measures(it: Enrollment, version: Version) -> Iterator[str]:
    """Yield which numbers of the report a bar counts in, each once: `entered`, `exited:goal`, `sent:A1` …"""
    yield "entered"
    if it.is_live:
        yield "running"
    else:
        yield "completed" if it.status == "COMPLETED" else f"exited:{it.why}"
    for step in version.to_run:
        run = it.latest(step.key)
        if run:
            yield from (f"{name}:{step.key}" for name in _of_run(run, step, version))
    if it.why == "lost_relation" and (last := last_sent(it)):
        yield f"lost:{last.step_key}"


def last_sent(it: Enrollment) -> Run | None:
    """Return the run that was sent last: a deletion is counted against its step (spec 3.8)."""
    return max((each for each in it.runs if each.status == "SENT"), key=attrgetter("at"), default=None)


def _of_run(run: Run, step: Step, version: Version) -> Iterator[str]:
    """Yield what the latest run of a step counts as."""
    if run.status in {"DISPATCHED", "SENT", "CANCELLED"} or run.why in ON_ITS_WAY:
        yield "dispatched"
    if run.status == "SENT" and run.at <= run.due + version.late(step):
        yield "on_time"
    name = {"SENT": "sent", "MISSED": "missed", "SKIPPED": "skipped", "FAILED": "failed"}.get(run.status)
    if name:
        yield name


_OF_A_STEP = ("dispatched", "sent", "on_time", "missed", "skipped", "failed", "lost")
