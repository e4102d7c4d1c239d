"""Rows of plans and their batches, to and from what the product passes around (0029).

A batch holds its items as packed text. It stands in `by_due` (`DUE#transfers#0`) while something is left.
"""

import zlib
from base64 import b85decode, b85encode
from datetime import UTC, datetime

from pynamodb.attributes import (
    BooleanAttribute,
    JSONAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
)

from scrm.inheritance.model import Item
from scrm.inheritance.plan import Plan, PlanBatch
from scrm.moments import rfc3339
from scrm.table import DueRow, Row

PREFIX = "PLAN#"
PLAN = "PLAN"
BATCH = "BATCH#"
LIST = "PLANS"
DUE = "DUE#transfers#0"

_CODES = {
    "PLANNED": "p",
    "SKIPPED": "k",
    "WAITING": "w",
    "UNKNOWN": "u",
    "REJECTED": "j",
    "SUCCEEDED": "s",
    "REFUSED": "r",
    "LIMIT_EXCEEDED": "l",
    "NO_RECORD": "n",
    "STUCK": "t",
    "SETTLED": "d",
}
_STATUSES = {code: status for status, code in _CODES.items()}


class PlanRow(Row):
    """One plan."""

    terms: JSONAttribute = JSONAttribute()
    reason = UnicodeAttribute()
    note = UnicodeAttribute(null=True)
    status = UnicodeAttribute()
    selection_hash = UnicodeAttribute(null=True)
    totals: JSONAttribute = JSONAttribute(null=True)
    allow_partial = BooleanAttribute(default=False)
    created_by = UnicodeAttribute()
    created_at = UnicodeAttribute()
    approved_by = UnicodeAttribute(null=True)
    approved_at = UnicodeAttribute(null=True)
    ended_at = UnicodeAttribute(null=True)
    outcome: JSONAttribute = JSONAttribute(null=True)
    batches = UnicodeSetAttribute(null=True)
    finished = UnicodeSetAttribute(null=True)
    full = UnicodeSetAttribute(null=True)
    version = NumberAttribute()

    def entity(self) -> Plan:
        """Return the row as the rest of the product knows it."""
        return Plan(
            plan_id=self.pk.removeprefix(PREFIX),
            terms=dict(self.terms),
            reason=self.reason,
            created_by=self.created_by,
            created_at=datetime.fromisoformat(self.created_at),
            status=self.status,  # type: ignore[arg-type]  # only our own writer fills it
            note=self.note or "",
            selection_hash=self.selection_hash or "",
            totals=dict(self.totals or {}),
            allow_partial=self.allow_partial,
            approved_by=self.approved_by or "",
            approved_at=_moment(self.approved_at),
            ended_at=_moment(self.ended_at),
            outcome={name: int(count) for name, count in (self.outcome or {}).items()},
            batches=frozenset(self.batches or ()),
            finished=frozenset(self.finished or ()),
            full=frozenset(self.full or ()),
            version=int(self.version),
        )

    @classmethod
    def of(cls, plan: Plan) -> "PlanRow":
        """Return the row of a plan."""
        return cls(
            PREFIX + plan.plan_id,
            PLAN,
            terms=dict(plan.terms),
            reason=plan.reason,
            note=plan.note or None,
            status=plan.status,
            selection_hash=plan.selection_hash or None,
            totals=dict(plan.totals) or None,
            allow_partial=plan.allow_partial,
            created_by=plan.created_by,
            created_at=time_text(plan.created_at),
            approved_by=plan.approved_by or None,
            approved_at=time_text(plan.approved_at),
            ended_at=time_text(plan.ended_at),
            outcome=dict(plan.outcome) or None,
            batches=set(plan.batches) or None,
            finished=set(plan.finished) or None,
            full=set(plan.full) or None,
            version=plan.version,
        )


class ListedRow(Row):
    """That there is a plan."""


class BatchRow(DueRow):
    """One batch with its items."""

    mode = UnicodeAttribute()
    handover = UnicodeAttribute()
    takeover = UnicodeAttribute()
    notice = UnicodeAttribute(null=True)
    items = UnicodeAttribute()
    due_at = UnicodeAttribute(null=True)
    children = NumberAttribute(default=0)
    version = NumberAttribute()

    def entity(self) -> PlanBatch:
        """Return the row as the rest of the product knows it."""
        texts = zlib.decompress(b85decode(self.items)).decode().split("\n")
        return PlanBatch(
            plan_id=self.pk.removeprefix(PREFIX),
            number=self.sk.removeprefix(BATCH),
            mode=self.mode,  # type: ignore[arg-type]  # only our own writer fills it
            handover=self.handover,
            takeover=self.takeover,
            notice=self.notice or "",
            items=tuple(_item(each, self.handover, self.takeover) for each in texts if each),
            due_at=_moment(self.due_at),
            children=int(self.children),
            version=int(self.version),
        )

    @classmethod
    def of(cls, batch: PlanBatch) -> "BatchRow":
        """Return the row of a batch."""
        due = batch.due_at
        packed = "\n".join(_text_of(each) for each in batch.items)
        return cls(
            PREFIX + batch.plan_id,
            BATCH + batch.number,
            due_pk=DUE if due else None,
            due_sk=due_token(batch) if due else None,
            mode=batch.mode,
            handover=batch.handover,
            takeover=batch.takeover,
            notice=batch.notice or None,
            items=b85encode(zlib.compress(packed.encode(), 9)).decode(),
            due_at=time_text(due),
            children=batch.children,
            version=batch.version,
        )


def due_token(batch: PlanBatch) -> str:
    """Return a batch's place among what is due: by time, with the member whose batches go one by one."""
    return f"{time_text(batch.due_at)}#{batch.version:04d}#{batch.handover.lower()}"


def _text_of(item: Item) -> str:
    times = [str(int(each.timestamp())) if each else "" for each in (item.at, item.sent_at)]
    attempt = str(item.attempt) if item.attempt != 1 else ""
    parts = (
        item.customer_id,
        item.external_userid,
        _CODES[item.status],
        item.code,
        attempt,
        *times,
        item.next,
    )
    return "\t".join(parts).rstrip("\t")


def _item(text: str, handover: str, takeover: str) -> Item:
    customer_id, external_userid, status, *more = text.split("\t")
    code, attempt, at, sent_at, following = (*more, "", "", "", "", "")[:5]
    return Item(
        customer_id=customer_id,
        external_userid=external_userid,
        handover=handover,
        takeover=takeover,
        status=_STATUSES[status],  # type: ignore[arg-type]  # only our own writer fills it
        code=code,
        attempt=int(attempt or 1),
        at=_unix(at),
        sent_at=_unix(sent_at),
        next=following,
    )


def _unix(text: str) -> datetime | None:
    return datetime.fromtimestamp(int(text), UTC) if text else None


def time_text(at: datetime | None) -> str | None:
    """Return a time as rows hold it."""
    return rfc3339(at.astimezone(UTC)) if at else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
