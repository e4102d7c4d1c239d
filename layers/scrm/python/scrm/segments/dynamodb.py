"""Rows of segments: `SEGMENTS` holds what each is, `SEGMENT#<segment_id>` who is in it.

`SEGMENTS`/`HEAD` counts the changes of all of them, in the same transaction: whoever asks the conditions of
a customer reads that one small row and loads the rest only when it has moved.
"""

from collections.abc import Callable
from datetime import UTC, datetime

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.transactions import TransactWrite

from scrm.segments.model import Segment
from scrm.table import Row, rfc3339

SEGMENTS = "SEGMENTS"
HEAD = "HEAD"
SEGMENT = "SEGMENT#"
MEMBER = "MEMBER#"

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
    generation = NumberAttribute(default=0)
    rules_version = NumberAttribute(default=0)
    version = NumberAttribute()
    created_by = UnicodeAttribute()
    created_at = UnicodeAttribute()
    updated_at = UnicodeAttribute()

    def entity(self) -> Segment:
        """Return the row as the rest of the product knows it."""
        return Segment(
            segment_id=self.sk.removeprefix(SEGMENT),
            name=self.name,
            kind=self.kind,  # type: ignore[arg-type]  # only our own writer fills it
            status=self.status,  # type: ignore[arg-type]  # only our own writer fills it
            description=self.description or "",
            condition=self.condition,
            tag_id=self.tag_id or "",
            preset=self.preset or "",
            plan=dict(self.plan or {}),
            generation=int(self.generation),
            rules_version=int(self.rules_version),
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
            SEGMENT + segment.segment_id,
            name=segment.name,
            kind=segment.kind,
            status=segment.status,
            description=segment.description or None,
            condition=dict(segment.condition) if segment.condition is not None else None,
            tag_id=segment.tag_id or None,
            preset=segment.preset or None,
            plan=dict(segment.plan) or None,
            generation=segment.generation,
            rules_version=segment.rules_version,
            version=segment.version + 1,
            created_by=segment.created_by,
            created_at=rfc3339(segment.created_at.astimezone(UTC)) if segment.created_at else at,
            updated_at=at,
        )


class HeadRow(Row):
    """How often any segment was changed."""

    version = NumberAttribute(default=0)


class MemberRow(Row):
    """That a customer is in a segment, and since when; written with `CARD#<customer_id>`/`STATE` alone."""

    entered_at = UnicodeAttribute()


def head() -> int:
    """Return how often segments were changed, as of now. 1 RRU."""
    try:
        return int(HeadRow.get(SEGMENTS, HEAD, consistent_read=True).version)
    except HeadRow.DoesNotExist:
        return 0


class Definitions:
    """Every segment, as of the version its reader asks for. One per process."""

    def __init__(self) -> None:
        self._known: tuple[int, tuple[Segment, ...]] | None = None

    def at(self, version: int) -> tuple[Segment, ...]:
        """Return the segments as they were when `head` said `version`, or later: one query when it moved."""
        if self._known is None or self._known[0] != version:
            self._known = version, load()
        return self._known[1]


def load() -> tuple[Segment, ...]:
    """Return every segment as stored now, archived ones too: one strongly read query, by bytes."""
    rows = SegmentRow.query(SEGMENTS, SegmentRow.sk.startswith(SEGMENT), consistent_read=True)
    return tuple(row.entity() for row in rows)


def segment(segment_id: str) -> Segment | None:
    """Return a segment as stored now, None when there is none. 1 RRU for each 4 KB."""
    try:
        return SegmentRow.get(SEGMENTS, SEGMENT + segment_id, consistent_read=True).entity()
    except SegmentRow.DoesNotExist:
        return None


def put_step(changed: Segment, now: datetime) -> tuple[Segment, Step]:
    """Return a segment as stored then, and the step that stores it over the version read (0: a new one).

    The step is to be the last but the audit's: updates end a transaction.
    """
    row = SegmentRow.of(changed, now)
    unchanged = (
        SegmentRow.version == changed.version if changed.version else SegmentRow.version.does_not_exist()
    )

    def step(transaction: TransactWrite) -> None:
        transaction.save(row, condition=unchanged)
        transaction.update(HeadRow(SEGMENTS, HEAD), [HeadRow.version.add(1)])

    return row.entity(), step


def member_pk(segment_id: str) -> str:
    """Return the item collection of a segment's members."""
    return f"SEGMENT#{segment_id}"


def member_sk(customer_id: str) -> str:
    """Return a customer's place in it."""
    return MEMBER + customer_id


def member_row(segment_id: str, customer_id: str, entered_at: datetime) -> MemberRow:
    """Return the row that says a customer is in a segment since `entered_at`."""
    at = rfc3339(entered_at.astimezone(UTC))
    return MemberRow(member_pk(segment_id), member_sk(customer_id), entered_at=at)
