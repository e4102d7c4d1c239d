"""Rows of pushes: `PUSH#<push_id>`, their list `PUSHES`; `PUSHED#<customer_id>`: what was pushed to whom."""

from datetime import UTC, datetime, timedelta
from typing import Any

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import PutError
from pynamodb.transactions import TransactWrite

from scrm.audit.dynamodb import Step
from scrm.pushes.model import Push
from scrm.table import Row, rfc3339

PUSH = "PUSH"
PUSHES = "PUSHES"
KEPT = timedelta(days=90)
AGAIN_AFTER = timedelta(days=30)
"""So long nobody is asked again to send the same thing to the same customer."""


class PushRow(Row):
    """One push."""

    kind = UnicodeAttribute()
    item_id = UnicodeAttribute()
    title = UnicodeAttribute()
    author = UnicodeAttribute()
    created_at = UnicodeAttribute()
    status = UnicodeAttribute()
    note = UnicodeAttribute(null=True)
    customers = NumberAttribute(null=True)
    pairs: JSONAttribute = JSONAttribute(null=True)
    question: JSONAttribute = JSONAttribute(null=True)
    skipped: JSONAttribute = JSONAttribute(null=True)
    decided_by = UnicodeAttribute(null=True)
    decided_at = UnicodeAttribute(null=True)
    reason = UnicodeAttribute(null=True)
    job_id = UnicodeAttribute(null=True)
    version = NumberAttribute()
    expires_at = NumberAttribute()

    def entity(self) -> Push:
        """Return the row as the rest of the product knows it."""
        return Push(
            self.pk.partition("#")[2],
            self.kind,  # type: ignore[arg-type]  # only our own writer fills it
            self.item_id,
            self.title,
            self.author,
            datetime.fromisoformat(self.created_at),
            self.status,  # type: ignore[arg-type]  # only our own writer fills it
            self.note or "",
            None if self.customers is None else int(self.customers),
            tuple(self.pairs or ()),
            self.question or {},
            self.skipped or {},
            self.decided_by or "",
            datetime.fromisoformat(self.decided_at) if self.decided_at else None,
            self.reason or "",
            self.job_id or "",
            int(self.version),
        )


class ListedRow(Row):
    """That there is a push: `<time>#<push_id>`."""

    author = UnicodeAttribute()
    expires_at = NumberAttribute()


class PushedRow(Row):
    """That a member was asked to send something to a customer: `<kind>#<item_id>#<userid, lower case>`."""

    push_id = UnicodeAttribute()
    expires_at = NumberAttribute()


def push(push_id: str) -> Push | None:
    """Return a push as it is now, or None. 1 RRU for each 4 KB."""
    try:
        return PushRow.get(f"PUSH#{push_id}", PUSH, consistent_read=True).entity()
    except PushRow.DoesNotExist:
        return None


def steps(after: Push) -> list[Step]:
    """Return the steps that store a push over the version it was read with (0: new, and listed)."""
    until = int((after.created_at + KEPT).timestamp())
    row = PushRow(f"PUSH#{after.push_id}", PUSH, **_plain(after), expires_at=until)
    unchanged = PushRow.version == after.version if after.version else PushRow.version.does_not_exist()

    def store(transaction: TransactWrite) -> None:
        transaction.save(row, condition=unchanged)

    place = f"{rfc3339(after.created_at.astimezone(UTC))}#{after.push_id}"
    listed = ListedRow(PUSHES, place, author=after.author.lower(), expires_at=until)
    return [store] if after.version else [store, lambda transaction: transaction.save(listed)]


def listed(limit: int, before: str | None = None, author: str = "") -> tuple[list[Push], str | None]:
    """Return up to `limit` pushes, newest first, of all or of one author, and where to go on. By bytes."""
    where = ListedRow.sk < (before or "~")
    own = ListedRow.author == author.lower() if author else None
    rows = list(ListedRow.query(PUSHES, where, own, scan_index_forward=False, limit=limit + 1))
    ids = [row.sk.partition("#")[2] for row in rows[:limit]]
    keys = [(f"PUSH#{each}", PUSH) for each in ids]
    found = {each.push_id: each for each in (row.entity() for row in PushRow.batch_get(keys))}
    more = rows[limit - 1].sk if len(rows) > limit else None
    return [found[each] for each in ids if each in found], more


def take(customer_id: str, kind: str, item_id: str, userid: str, push_id: str, now: datetime) -> bool:
    """Note that a member is asked to send something to a customer; return whether they may be asked.

    False where another push asked within 30 days. Repeating it for the same push is safe. 1 WRU.
    """
    row = PushedRow(
        f"PUSHED#{customer_id}",
        f"{kind}#{item_id}#{userid.lower()}",
        push_id=push_id,
        expires_at=int((now + AGAIN_AFTER).timestamp()),
    )
    free = PushedRow.pk.does_not_exist() | (PushedRow.push_id == push_id)
    try:
        row.save(condition=free | (PushedRow.expires_at <= int(now.timestamp())))
    except PutError as error:
        if error.cause_response_code == "ConditionalCheckFailedException":
            return False
        raise
    return True


def _plain(after: Push) -> dict[str, Any]:
    told = {
        **vars(after),
        "created_at": rfc3339(after.created_at.astimezone(UTC)),
        "decided_at": rfc3339(after.decided_at.astimezone(UTC)) if after.decided_at else None,
        "pairs": list(after.pairs),
        "question": dict(after.question),
        "skipped": dict(after.skipped),
        "version": after.version + 1,
    }
    del told["push_id"]
    return {name: each for name, each in told.items() if each not in (None, "", [], {})}
