"""What a segment is. Pure (docs/decisions/0019-segments.md)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

SegmentKind = Literal["dynamic", "static", "external"]
SegmentStatus = Literal["draft", "active", "archived"]

MOST_SEGMENTS = 200
"""Not archived. Each active dynamic one is asked of a customer whenever they change."""


@dataclass(frozen=True)
class Segment:
    """A segment 分层.

    dynamic: whoever `condition` selects. static, a target list 目标清单: whoever was put there. external:
    whoever another system named last. Only an active one has members. `rules_version` is the version at which
    who belongs last changed, `computation` the job that asks everybody since. `tag_id` is the corp tag that
    shows the segment in WeCom. `preset` names the ready-made segment it was installed as. `plan` maps what
    the tier is offered to references (SEG-16).
    """

    segment_id: str
    name: str
    kind: SegmentKind = "dynamic"
    condition: Mapping[str, Any] = field(default_factory=dict)
    status: SegmentStatus = "draft"
    description: str = ""
    tag_id: str = ""
    preset: str = ""
    plan: Mapping[str, Any] = field(default_factory=dict)
    rules_version: int = 0
    computation: str = ""
    version: int = 0
    created_by: str = ""
    created_at: datetime | None = None
    updated_at: datetime | None = None

    @property
    def evaluated(self) -> bool:
        """Return whether its condition decides who belongs now."""
        return self.status == "active" and self.kind == "dynamic"

    @property
    def held(self) -> bool:
        """Return whether those who were put there belong now."""
        return self.status == "active" and self.kind != "dynamic"


@dataclass(frozen=True)
class State:
    """Which segments a customer is in: since when, by segment id, and where they were put by name.

    `pinned` are static and external segments: whoever is put there is in them as long as they are active.
    `version` grows with every change; two writers never both change the same one.
    """

    entered: Mapping[str, str] = field(default_factory=dict)
    pinned: tuple[str, ...] = ()
    version: int = 0

    @property
    def segments(self) -> frozenset[str]:
        """Return every segment the customer is in."""
        return frozenset(self.entered)


def referred_to(condition: Mapping[str, Any]) -> frozenset[str]:
    """Return the ids of the segments that a stored condition asks about."""
    return frozenset(_referred_to(condition))


def _referred_to(plain: Mapping[str, Any]) -> Iterable[str]:
    for form in ("all", "any"):
        for part in plain.get(form, ()):
            if isinstance(part, Mapping):
                yield from _referred_to(part)
    if isinstance(plain.get("not"), Mapping):
        yield from _referred_to(plain["not"])
    if plain.get("field") == "segments" and isinstance(plain.get("value"), list | tuple):
        yield from (str(each) for each in plain["value"])


def in_order(segments: Iterable[Segment]) -> tuple[Segment, ...]:
    """Return segments so that each comes after those its condition asks about; a circle is cut somewhere."""
    by_id = {each.segment_id: each for each in sorted(segments, key=lambda each: each.segment_id)}
    ordered: dict[str, Segment] = {}

    def place(segment: Segment, above: frozenset[str]) -> None:
        if segment.segment_id in ordered or segment.segment_id in above:
            return
        for other in sorted(referred_to(segment.condition)):
            if other in by_id:
                place(by_id[other], above | {segment.segment_id})
        ordered[segment.segment_id] = segment

    for each in by_id.values():
        place(each, frozenset())
    return tuple(ordered.values())


def circle(changed: Segment, others: Iterable[Segment]) -> tuple[str, ...]:
    """Return the ids on a way from `changed` over conditions back to it; () when there is none."""
    by_id = {each.segment_id: each for each in others if each.status != "archived"}
    by_id[changed.segment_id] = changed
    ways: list[tuple[str, ...]] = [(changed.segment_id,)]
    met: set[str] = set()
    while ways:
        way = ways.pop()
        for other in sorted(referred_to(by_id[way[-1]].condition)):
            if other == changed.segment_id:
                return (*way, other)
            if other in by_id and other not in met:
                met.add(other)
                ways.append((*way, other))
    return ()
