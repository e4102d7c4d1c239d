"""Enrollments as stored (docs/decisions/0028): `PROGRESS#<subject>` holds all bars of a customer or lead."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import PutError, TransactWriteError
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection
from pynamodb.transactions import TransactWrite

from scrm.sops.enrollment import Enrollment, shard_of
from scrm.sops.stored import enrollment_of, text_of
from scrm.table import DueRow, in_transaction, rfc3339

PREFIX = "SOP#"
SECOND = timedelta(seconds=1)

Step = Callable[[TransactWrite], None]


class EnrollmentChanged(Exception):
    """The enrollment is not as it was read, or there is a live one by now; nothing was written."""


class EnrollmentRow(DueRow):
    """One cycle of one customer in one SOP; in `by_owner` below the SOP, by when it was entered."""

    class OwnerIndex(GlobalSecondaryIndex["EnrollmentRow"]):  # type: ignore[no-untyped-call]  # PynamoDB's own
        """A SOP's enrollments: keys alone, so that moving one writes nothing here."""

        class Meta:
            index_name = "by_owner"
            projection = IncludeProjection(["card"])

        owner_pk = UnicodeAttribute(hash_key=True)
        owner_sk = UnicodeAttribute(range_key=True)

    by_owner = OwnerIndex()
    owner_pk = UnicodeAttribute()
    owner_sk = UnicodeAttribute()
    progress = UnicodeAttribute()
    status = UnicodeAttribute()
    version = NumberAttribute()

    def entity(self) -> Enrollment:
        """Return the row as the rest of the product knows it."""
        sop_id = self.sk.removeprefix(PREFIX).partition("#")[0]
        return enrollment_of(self.progress, sop_id, self.pk.removeprefix("PROGRESS#"), int(self.version))

    @classmethod
    def of(cls, it: Enrollment, *, archived: bool = False) -> "EnrollmentRow":
        """Return the row of an enrollment; a cycle that is followed by another has a place of its own."""
        return cls(
            pk_of(it.subject),
            f"{PREFIX}{it.sop_id}#{it.cycle:04d}" if archived else PREFIX + it.sop_id,
            due_pk=due_pk(shard_of(it.subject)) if it.look_at else None,
            due_sk=f"{_text(it.look_at)}#{it.priority:03d}#{token_of(it)}" if it.look_at else None,
            owner_pk=place_of(it.sop_id),
            owner_sk=place_in_sop(it),
            progress=text_of(it),
            status=it.status,
            version=it.revision,
        )


def of_subject(subject: str) -> list[Enrollment]:
    """Return all bars of a customer or lead, strongly, former cycles too: one query, by bytes."""
    rows = EnrollmentRow.query(pk_of(subject), EnrollmentRow.sk.startswith(PREFIX), consistent_read=True)
    return [row.entity() for row in rows]


def enrollment(subject: str, sop_id: str) -> Enrollment | None:
    """Return the latest cycle of somebody in a SOP, strongly. 1 RRU."""
    try:
        return EnrollmentRow.get(pk_of(subject), PREFIX + sop_id, consistent_read=True).entity()
    except EnrollmentRow.DoesNotExist:
        return None


def begin(new: Enrollment, former: Enrollment | None = None, steps: Iterable[Step] = ()) -> Enrollment:
    """Store a new cycle and return it as stored; the former one, which is over, keeps a place of its own.

    One live enrollment for each SOP and customer is enforced here: raises EnrollmentChanged where one was
    stored meanwhile. Repeating is safe. 1 WRU, 1 for `by_owner`, 1 for `by_due`; after a former cycle, or
    with `steps`, a transaction.
    """
    stored, own = begin_steps(new, former)
    steps = [*own, *steps]
    try:
        if len(steps) == 1:
            EnrollmentRow.of(stored).save(EnrollmentRow.pk.does_not_exist())
            return stored
        with in_transaction() as transaction:
            for step in steps:
                step(transaction)
    except (PutError, TransactWriteError) as error:
        raise _as_conflict(error) from error
    return stored


def begin_steps(new: Enrollment, former: Enrollment | None) -> tuple[Enrollment, list[Step]]:
    """Return a new cycle as stored then, and the steps that store it: refused as `begin` refuses."""
    stored = _next(new, former.revision if former else 0)
    row = EnrollmentRow.of(stored)
    if former is None:
        return stored, [
            lambda transaction: transaction.save(row, condition=EnrollmentRow.pk.does_not_exist())
        ]
    put_aside, unchanged = EnrollmentRow.of(former, archived=True), EnrollmentRow.version == former.revision
    return stored, [
        lambda transaction: transaction.save(row, condition=unchanged),
        lambda transaction: transaction.save(put_aside),
    ]


def save_step(after: Enrollment, before: Enrollment) -> tuple[Enrollment, Step]:
    """Return an enrollment as stored then, and the step that stores it as `save` does."""
    stored = _next(after, before.revision)
    row, unchanged = EnrollmentRow.of(stored), EnrollmentRow.version == before.revision
    return stored, lambda transaction: transaction.save(row, condition=unchanged)


def save(after: Enrollment, before: Enrollment) -> Enrollment:
    """Store an enrollment over the revision it was read with; return it as stored.

    This is the claim of a step, too: one conditional write. 1 WRU for each KB, 2 for a changed due. Raises
    EnrollmentChanged when it is not as it was read.
    """
    stored = _next(after, before.revision)
    try:
        EnrollmentRow.of(stored).save(EnrollmentRow.version == before.revision)
    except PutError as error:
        raise _as_conflict(error) from error
    return stored


def moved_to(subject: str, was: Enrollment, former: Enrollment | None = None) -> Enrollment:
    """Store a lead's bar as that of the customer it has become; return it as stored (spec 3.5).

    `former`, which is over, is the customer's own of the SOP and keeps a place of its own. Raises
    EnrollmentChanged where either is not as it was read.
    """
    stored, steps = begin_steps(replace(was, subject=subject), former)
    stored = replace(stored, revision=max(stored.revision, was.revision + 1))
    row = EnrollmentRow.of(stored)
    unchanged = EnrollmentRow.version == former.revision if former else EnrollmentRow.pk.does_not_exist()
    gone, as_read = (
        EnrollmentRow(pk_of(was.subject), PREFIX + was.sop_id),
        EnrollmentRow.version == was.revision,
    )
    try:
        with in_transaction() as transaction:
            transaction.save(row, condition=unchanged)
            for step in steps[1:]:
                step(transaction)
            transaction.delete(gone, condition=as_read)
    except TransactWriteError as error:
        raise _as_conflict(error) from error
    return stored


def of_sop(
    sop_id: str,
    after: str = "",
    limit: int = 50,
    *,
    newest_first: bool = True,
    since: datetime | None = None,
    until: datetime | None = None,
) -> tuple[list[Enrollment], str]:
    """Return enrollments of a SOP by when they were entered, and the position after which more follow, or "".

    Former cycles, too; of those entered in [since, until) alone. One query over keys and a batch read for
    each 100, by bytes.
    """
    first, last = _text(since) or "0", _text(until) or "~"
    if after:
        first, last = (first, min(after, last)) if newest_first else (max(after, first), last)
    if first > last:
        return [], ""
    # A time stands before every place of its second; the place gone on after is left out below.
    where = EnrollmentRow.owner_sk.between(first, last)
    rows = [
        row
        for row in EnrollmentRow.by_owner.query(
            place_of(sop_id), where, scan_index_forward=not newest_first, limit=limit + 1
        )
        if row.owner_sk != after
    ][:limit]
    found = several([(row.pk, row.sk) for row in rows])
    return found, rows[-1].owner_sk if len(rows) == limit else ""


def place_in_sop(it: Enrollment) -> str:
    """Return where a cycle stands among its SOP's: what `of_sop` goes on after."""
    return f"{_text(it.entered_at)}#{it.subject}#{it.cycle}"


def entered_between(sop_id: str, since: datetime, until: datetime) -> Iterator[Enrollment]:
    """Yield the enrollments of a SOP entered from `since` to before `until`, the earliest first.

    A query over keys, and a batch read for each 100, by bytes.
    """
    where = EnrollmentRow.owner_sk.between(_text(since), f"{_text(until - SECOND)}~")
    keys: list[tuple[str, str]] = []
    for row in EnrollmentRow.by_owner.query(place_of(sop_id), where):
        keys.append((row.pk, row.sk))
        if len(keys) == 100:
            yield from several(keys)
            keys = []
    yield from several(keys)


def several(keys: list[tuple[str, str]]) -> list[Enrollment]:
    """Return the enrollments of these keys that exist, in their order: a batch read for each 100."""
    found = {(row.pk, row.sk): row.entity() for row in EnrollmentRow.batch_get(keys)} if keys else {}
    return [found[each] for each in keys if each in found]


def of_subjects(subjects: Iterable[str], sop_id: str) -> dict[str, Enrollment]:
    """Return the latest cycles of somebody in a SOP by subject, strongly: a batch read for each 100."""
    keys = [(pk_of(each), PREFIX + sop_id) for each in dict.fromkeys(subjects)]
    rows = EnrollmentRow.batch_get(keys, consistent_read=True) if keys else iter(())
    return {each.subject: each for each in (row.entity() for row in rows)}


def pk_of(subject: str) -> str:
    """Return the item collection of a customer's or lead's bars."""
    return f"PROGRESS#{subject}"


def place_of(sop_id: str) -> str:
    """Return where a SOP's enrollments are listed."""
    return f"SOP#{sop_id}"


def due_pk(shard: int) -> str:
    """Return where the tick finds what is due of a shard: enrollments and mass sends."""
    return f"DUE#sops#{shard}"


def token_of(it: Enrollment) -> str:
    """Return what makes one look of the clock another than the next: step, attempt, reminders, deferrals."""
    return f"{it.cursor}#{it.attempts(it.cursor) + 1 if it.cursor else 0}.{it.reminded}.{it.deferrals}"


def _next(it: Enrollment, revision: int) -> Enrollment:
    return replace(it, revision=revision + 1)


def _as_conflict(error: PutError | TransactWriteError) -> Exception:
    if isinstance(error, PutError):
        known = error.cause_response_code == "ConditionalCheckFailedException"
        return EnrollmentChanged() if known else error
    reasons = {reason.code for reason in error.cancellation_reasons if reason}
    known = bool(reasons) and reasons <= {"ConditionalCheckFailed", "TransactionConflict"}
    return EnrollmentChanged() if known else error


def _text(at: datetime | None) -> str:
    return rfc3339(at.astimezone(UTC)) if at else ""
