"""Rows of reconciliations: `SYNC` holds the runs and which one is current, `SYNC#<run_id>` a run's parts."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import PutError

from scrm.reconciliation.model import Counts, Member, Progress, Run, progress_of
from scrm.table import Row, rfc3339

KEPT = timedelta(days=90)

_SYNC = "SYNC"
_CURRENT = "CURRENT"
_STAFF = "STAFF#"
_PAGE = "PAGE#"


class RunRow(Row):
    """One run."""

    requested_by = UnicodeAttribute()
    started_at = UnicodeAttribute()
    listed = BooleanAttribute(default=False)
    expires_at = NumberAttribute()


class CurrentRow(Row):
    """Which run started last."""

    run_id = UnicodeAttribute()


class MemberRow(Row):
    """One member's part of a run."""

    userid = UnicodeAttribute()
    done = BooleanAttribute(default=False)
    errcode = NumberAttribute(null=True)
    expires_at = NumberAttribute()


class PageRow(Row):
    """What one page, or a member's final look at what is missing, came to when it was first compared."""

    seen = NumberAttribute(default=0)
    added = NumberAttribute(default=0)
    edited = NumberAttribute(default=0)
    found_again = NumberAttribute(default=0)
    missing = NumberAttribute(default=0)
    expires_at = NumberAttribute()


class PartRow(Row):
    """Any row of a run's parts; one query reads them all."""

    @classmethod
    def from_raw_data(cls, data: dict[str, Any]) -> Any:
        """Return the row in the class of its kind."""
        kind = MemberRow if data["SK"]["S"].startswith(_STAFF) else PageRow
        return kind.from_raw_data(data)


class Runs:
    """The runs of this deployment."""

    def put(self, run: Run) -> None:
        """Store a run unless it is there. 1 WRU."""
        row = RunRow(
            _SYNC,
            f"RUN#{run.run_id}",
            requested_by=run.requested_by,
            started_at=rfc3339(run.started_at.astimezone(UTC)),
            expires_at=_until(run.started_at),
        )
        _put_new(row)

    def run(self, run_id: str) -> Run | None:
        """Return a run, strongly read, or None. 1 RRU."""
        try:
            row = RunRow.get(_SYNC, f"RUN#{run_id}", consistent_read=True)
        except RunRow.DoesNotExist:
            return None
        return Run(run_id, row.requested_by, datetime.fromisoformat(row.started_at), bool(row.listed))

    def current(self) -> str | None:
        """Return the id of the run that started last, strongly read, or None. 1 RRU."""
        try:
            return str(CurrentRow.get(_SYNC, _CURRENT, consistent_read=True).run_id)
        except CurrentRow.DoesNotExist:
            return None

    def make_current(self, run_id: str, instead_of: str | None) -> bool:
        """Make a run the current one if `instead_of` still is; return whether it was. 1 WRU."""
        unchanged = CurrentRow.run_id == instead_of if instead_of else CurrentRow.run_id.does_not_exist()
        try:
            CurrentRow(_SYNC, _CURRENT, run_id=run_id).save(unchanged)
        except PutError as error:
            if error.cause_response_code == "ConditionalCheckFailedException":
                return False
            raise
        return True

    def mark_listed(self, run: Run) -> None:
        """Record that every member of the run has a row. 1 WRU."""
        row = RunRow(_SYNC, f"RUN#{run.run_id}")
        row.update([RunRow.listed.set(True)], RunRow.started_at.exists())

    def put_member(self, run: Run, userid: str) -> None:
        """Store a member's part unless it is there. 1 WRU."""
        sk = _STAFF + userid.lower()
        _put_new(MemberRow(_parts(run.run_id), sk, userid=userid, expires_at=_until(run.started_at)))

    def member(self, run_id: str, userid: str) -> Member | None:
        """Return a member's part, strongly read, or None. 1 RRU."""
        try:
            row = MemberRow.get(_parts(run_id), _STAFF + userid.lower(), consistent_read=True)
        except MemberRow.DoesNotExist:
            return None
        return _member(row)

    def finish_member(self, run_id: str, userid: str, errcode: int = 0) -> None:
        """Record that a member's part is done. Safe to repeat. 1 WRU."""
        actions = [MemberRow.done.set(True)]
        if errcode:
            actions.append(MemberRow.errcode.set(errcode))
        MemberRow(_parts(run_id), _STAFF + userid.lower()).update([*actions], MemberRow.userid.exists())

    def put_page(self, run: Run, userid: str, page: int | str, counts: Counts) -> None:
        """Store what a page comes to, before anything of it is healed; the first look stays. 1 WRU."""
        sk = f"{_PAGE}{userid.lower()}#{page}"
        _put_new(PageRow(_parts(run.run_id), sk, **asdict(counts), expires_at=_until(run.started_at)))

    def progress(self, run_id: str) -> Progress | None:
        """Return how far a run is, or None when there is no such run: one query, by bytes."""
        run = self.run(run_id)
        if run is None:
            return None
        members: list[Member] = []
        pages: list[Counts] = []
        for row in self._part_rows(run_id):
            if isinstance(row, MemberRow):
                members.append(_member(row))
            else:
                pages.append(_counts(row))
        return progress_of(run, members, pages)

    def unfinished(self, run_id: str) -> list[str]:
        """Return the userids whose part is not done, strongly read."""
        rows = MemberRow.query(_parts(run_id), MemberRow.sk.startswith(_STAFF), consistent_read=True)
        return [row.userid for row in rows if not row.done]

    def recent(self, limit: int = 20) -> list[Run]:
        """Return the latest runs, latest id first."""
        rows = RunRow.query(_SYNC, RunRow.sk.startswith("RUN#"), scan_index_forward=False, limit=limit)
        return [
            Run(
                row.sk.removeprefix("RUN#"),
                row.requested_by,
                datetime.fromisoformat(row.started_at),
                bool(row.listed),
            )
            for row in rows
        ]

    def _part_rows(self, run_id: str) -> Iterator[MemberRow | PageRow]:
        yield from PartRow.query(_parts(run_id), consistent_read=True)  # type: ignore[misc]  # by kind


def _put_new(row: Row) -> None:
    try:
        row.save(type(row).pk.does_not_exist())
    except PutError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise


def _parts(run_id: str) -> str:
    return f"SYNC#{run_id}"


def _until(started_at: datetime) -> int:
    return int((started_at + KEPT).timestamp())


def _member(row: MemberRow) -> Member:
    return Member(row.userid, bool(row.done), int(row.errcode or 0))


def _counts(row: PageRow) -> Counts:
    return Counts(int(row.seen), int(row.added), int(row.edited), int(row.found_again), int(row.missing))
