"""What an administrator may say of a segment; each wrong part is named."""

from collections.abc import Collection, Mapping
from typing import Any

from scrm.conditions.language import WrongCondition, checked, plain
from scrm.http.problems import FieldError
from scrm.segments.model import MOST_SEGMENTS, Segment, circle, referred_to

Wrong = list[FieldError]


def condition_of(
    given: Any, custom: Mapping[str, str], segments: Mapping[str, Segment]
) -> tuple[dict[str, Any], Wrong]:
    """Return a parsed condition as it is stored, and what is wrong with it.

    `custom` maps the custom fields that may be asked for to their types. A condition may ask about
    segments that are not archived.
    """
    try:
        checked(given, custom)
    except WrongCondition as wrong:
        return {}, wrong.errors
    found = plain(given)
    known = {each for each, segment in segments.items() if segment.status != "archived"}
    return found, [FieldError(place, "没有这个分层") for place in _unknown(found, known, "condition")]


def _unknown(condition: Mapping[str, Any], known: Collection[str], place: str) -> list[str]:
    if "not" in condition:
        return _unknown(condition["not"], known, f"{place}.not")
    for form in ("all", "any"):
        if form in condition:
            parts = enumerate(condition[form])
            return [each for n, part in parts for each in _unknown(part, known, f"{place}.{form}.{n}")]
    return [f"{place}.value"] if referred_to(condition) - set(known) else []


def wrong_with(changed: Segment, segments: Mapping[str, Segment]) -> Wrong:
    """Return what is wrong with a segment as it is to be, next to the others."""
    others = [each for each in segments.values() if each.segment_id != changed.segment_id]
    found: Wrong = []
    if changed.kind == "dynamic" and not changed.condition:
        found.append(FieldError("condition", "动态分层需要条件"))
    if changed.kind != "dynamic" and changed.condition:
        found.append(FieldError("condition", "只有动态分层有条件"))
    if way := circle(changed, others):
        names = [(segments.get(each) or changed).name for each in way]
        found.append(FieldError("condition", f"分层相互引用：{' → '.join(names)}"))
    return found


def name_taken(changed: Segment, segments: Mapping[str, Segment]) -> bool:
    """Return whether another segment that is not archived has the name."""
    return any(
        each.name == changed.name and each.status != "archived" and each.segment_id != changed.segment_id
        for each in segments.values()
    )


def too_many(segments: Mapping[str, Segment], more: int = 1) -> bool:
    """Return whether `more` segments would be too many."""
    return sum(each.status != "archived" for each in segments.values()) + more > MOST_SEGMENTS


def used_by(segment_id: str, segments: Mapping[str, Segment]) -> list[str]:
    """Return the names of the segments, not archived, whose conditions ask about one."""
    return [
        each.name
        for each in segments.values()
        if each.status != "archived" and segment_id in referred_to(each.condition)
    ]
