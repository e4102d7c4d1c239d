"""Whether what a SOP names is there: segments, channels, pools, tags, fields, other SOPs (SOP-01)."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from scrm.channel_codes.dynamodb import channels
from scrm.conditions.language import Condition
from scrm.fields.dynamodb import load as load_fields
from scrm.http.caller import Role
from scrm.http.problems import FieldError
from scrm.leads import rules_dynamodb as rules
from scrm.segments import dynamodb as segments_stored
from scrm.segments.checking import condition_of
from scrm.segments.model import Segment
from scrm.sops.model import Ending, Sop, Trigger, Version
from scrm.tags.dynamodb import catalogue

Wrong = Iterator[FieldError]

_CONDITION_AT = "condition"


class Known:
    """What a SOP may name, each read once, when it is first asked for."""

    def __init__(self, now: datetime, sops: Mapping[str, Sop], role: Role | None) -> None:
        self._now, self._sops = now, sops
        self._fields = load_fields()
        self._askable = {
            key: each.type
            for key, each in self._fields.items()
            if (each.askable_by(role) if role else each.filterable)
        }
        self._segments: Mapping[str, Segment] | None = None

    @property
    def said(self) -> frozenset[str]:
        """Return the keys of the customers' fields that may be written into a message: none is masked."""
        return frozenset(key for key, each in self._fields.items() if not each.masked)

    @property
    def segments(self) -> Mapping[str, Segment]:
        """Return every segment by id, as stored now: one query."""
        if self._segments is None:
            self._segments = segments_stored.segments(consistent=True)
        return self._segments

    def wrong(self, version: Version) -> list[FieldError]:
        """Return what a version names that is not there, by field. A query for each kind that is named."""
        return [
            *self._wrong_conditions(version),
            *(
                found
                for place, each in enumerate(version.triggers)
                for found in self._trigger(each, f"triggers.{place}")
            ),
            *self._wrong_steps(version),
            *self._wrong_tags(version),
            *self._ending(version, "completed", version.completed),
            *self._ending(version, "achieved", version.achieved),
        ]

    def _wrong_conditions(self, version: Version) -> Wrong:
        for place, goal in enumerate(version.goals):
            yield from self._condition(goal.condition, f"goals.{place}.condition")
        for place, step in enumerate(version.steps):
            yield from self._condition(step.condition, f"steps.{place}.condition")
        yield from self._condition(version.condition, _CONDITION_AT)

    def _condition(self, plain: Mapping[str, Any] | None, at: str) -> Wrong:
        if plain is None:
            return
        _, wrong = condition_of(_conditions().validate_python(plain), self._askable, self.segments)
        for each in wrong:
            yield FieldError(at + each.field.removeprefix(_CONDITION_AT), each.message)

    def _trigger(self, trigger: Trigger, at: str) -> Wrong:
        if not trigger.ids or trigger.kind == "order":
            # A product may be ordered that the library does not have.
            return
        if trigger.kind == "segment":
            there = {each for each, segment in self.segments.items() if segment.status == "active"}
            missing = "没有这个分层，或它没有启用"
        elif trigger.kind == "added":
            there, missing = {each.channel_id for each in channels()}, "没有这个渠道"
        else:
            there, missing = _pools(), "没有这个公海"
        for place, each in enumerate(trigger.ids):
            if each not in there:
                yield FieldError(f"{at}.ids.{place}", missing)

    def _wrong_steps(self, version: Version) -> Wrong:
        for place, step in enumerate(version.steps):
            for number, name in enumerate(step.requires):
                if name not in self._fields:
                    at = f"steps.{place}.requires.{number}"
                    yield FieldError(at, f"没有客户字段 {name}，请先在客户字段中添加")

    def _wrong_tags(self, version: Version) -> Wrong:
        named = dict(_tags_of(version))
        if not named:
            return
        there = catalogue(self._now, named.values()).tags
        for at, tag_id in named.items():
            if tag_id not in there:
                yield FieldError(at, "标签不存在或已被删除")

    def _ending(self, version: Version, name: str, ending: Ending) -> Wrong:
        if not ending.sop_id or ending.sop_id == version.sop_id:
            return
        other = self._sops.get(ending.sop_id)
        if other is None or other.status == "stopped":
            yield FieldError(f"{name}.sop_id", "没有这个 SOP，或它已停止")


@cache
def _conditions() -> TypeAdapter[Any]:
    return TypeAdapter(Condition)


def _tags_of(version: Version) -> Iterator[tuple[str, str]]:
    for name in ("completed", "achieved"):
        for place, tag_id in enumerate(getattr(version, name).tags):
            yield f"{name}.tags.{place}", tag_id
    for place, step in enumerate(version.steps):
        for number, tag_id in enumerate(step.tags):
            yield f"steps.{place}.tags.{number}", tag_id
        for result, branch in step.branches.items():
            for number, tag_id in enumerate(branch.tags):
                yield f"steps.{place}.branches.{result}.tags.{number}", tag_id


def _pools() -> set[str]:
    head = rules.head()
    there = rules.version(head.number) if head.number else None
    return {each.pool_id for each in there.pools} if there else set()
