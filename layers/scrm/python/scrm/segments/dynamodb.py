"""Rows of segments: `SEGMENTS` holds what each is, `SEGMENT#<segment_id>` who is in it.

`SEGMENTS`/`HEAD` counts the changes of all of them, in the same transaction: whoever asks the conditions of
a customer reads that one small row and loads the rest only when it has moved.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from scrm.kept import forgotten_too
from scrm.segments.model import Segment
from scrm.table import Row, rfc3339

SEGMENTS = "SEGMENTS"
HEAD = "HEAD"
PREFIX = "SEGMENT#"

Step = Callable[[TransactWrite], None]


class SegmentRow(Row):
    """One segment."""

    name = UnicodeAttribute()
    kind = UnicodeAttribute()
    status = UnicodeAttribute()
    description = UnicodeAttribute(null=True)
    condition: JSONAttribute = JSONAttribute(null=True)
    tag_id = UnicodeAttribute(null=True)
    preset = UnicodeAttribute(null=True)
    plan: JSONAttribute = JSONAttribute(null=True)
    rules_version = NumberAttribute(default=0)
    computation = UnicodeAttribute(null=True)
    version = NumberAttribute()
    created_by = UnicodeAttribute()
    created_at = UnicodeAttribute()
    updated_at = UnicodeAttribute()

    def entity(self) -> Segment:
        """Return the row as the rest of the product knows it."""
        return Segment(
            segment_id=self.sk.removeprefix(PREFIX),
            name=self.name,
            kind=self.kind,  # type: ignore[arg-type]  # only our own writer fills it
            status=self.status,  # type: ignore[arg-type]  # only our own writer fills it
            description=self.description or "",
            condition=dict(self.condition or {}),
            tag_id=self.tag_id or "",
            preset=self.preset or "",
            plan=dict(self.plan or {}),
            rules_version=int(self.rules_version),
            computation=self.computation or "",
            version=int(self.version),
            created_by=self.created_by,
            created_at=datetime.fromisoformat(self.created_at),
            updated_at=datetime.fromisoformat(self.updated_at),
        )

    @classmethod
    def of(cls, segment: Segment, now: datetime) -> "SegmentRow":
        """Return the row of a segment, as its next version."""
        at = rfc3339(now.astimezone(UTC))
        return cls(
            SEGMENTS,
            PREFIX + segment.segment_id,
            name=segment.name,
            kind=segment.kind,
            status=segment.status,
            description=segment.description or None,
            condition=dict(segment.condition) or None,
            tag_id=segment.tag_id or None,
            preset=segment.preset or None,
            plan=dict(segment.plan) or None,
            rules_version=segment.rules_version,
            computation=segment.computation or None,
            version=segment.version + 1,
            created_by=segment.created_by,
            created_at=rfc3339(segment.created_at.astimezone(UTC)) if segment.created_at else at,
            updated_at=at,
        )


class HeadRow(Row):
    """How often any segment was changed."""

    version = NumberAttribute(default=0)


def head() -> int:
    """Return how often segments were changed, as of now. 1 RRU."""
    try:
        return int(HeadRow.get(SEGMENTS, HEAD, consistent_read=True).version)
    except HeadRow.DoesNotExist:
        return 0


class Definitions:
    """The definitions of all segments, kept by a process and known to be true at each use."""

    def __init__(self) -> None:
        self._version = -1
        self._segments: Mapping[str, Segment] = {}
        forgotten_too(self)

    def forget(self) -> None:
        """Load them anew when they are next asked for."""
        self._version = -1

    def moved(self) -> bool:
        """Return whether a segment was changed since `current` was last asked. 1 RRU."""
        return head() != self._version

    def current(self) -> tuple[int, Mapping[str, Segment]]:
        """Return how often segments were changed, and every segment by id: as of that change, or later.

        1 RRU; by bytes more when one changed since the last call.
        """
        version = head()
        if version != self._version:
            self._segments = segments(consistent=True)
            self._version = version
        return version, self._segments


def segment(segment_id: str, *, consistent: bool = False) -> Segment | None:
    """Return a segment, None when there is none. 0.5 RRU for each 4 KB, strong 1."""
    try:
        return SegmentRow.get(SEGMENTS, PREFIX + segment_id, consistent_read=consistent).entity()
    except SegmentRow.DoesNotExist:
        return None


def segments(*, consistent: bool = False) -> dict[str, Segment]:
    """Return every segment by id, archived ones too: one query, by bytes."""
    rows = SegmentRow.query(SEGMENTS, SegmentRow.sk.startswith(PREFIX), consistent_read=consistent)
    return {each.segment_id: each for each in (row.entity() for row in rows)}


def put_step(changed: Segment, now: datetime) -> tuple[Segment, Step]:
    """Return a segment as stored then, and the step that stores it over the version read (0: a new one).

    `tell_step` goes into the same transaction.
    """
    row = SegmentRow.of(changed, now)
    unchanged = (
        SegmentRow.version == changed.version if changed.version else SegmentRow.version.does_not_exist()
    )
    return row.entity(), lambda transaction: transaction.save(row, condition=unchanged)


def tell_step(version: int) -> Step:
    """Return the step that makes every keeper of definitions load them anew.

    It is refused when any segment was changed since `head` said `version`: what was checked over all of them
    (names, circles, how many there are) holds.
    """
    unchanged = HeadRow.version == version if version else HeadRow.version.does_not_exist()
    row = HeadRow(SEGMENTS, HEAD)
    counted: list[Action] = [HeadRow.version.set(version + 1)]
    return lambda transaction: transaction.update(row, counted, condition=unchanged)
