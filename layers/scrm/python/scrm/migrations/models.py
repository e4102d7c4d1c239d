"""What /admin/migrations takes and answers. Phones are shown with their middle hidden."""

from typing import Annotated, Any

from pydantic import Field

from scrm.http.fields import In, Moment, Out, PageQuery
from scrm.migrations.model import Fault

MOST_PHONES = 10_000


class MigrationIn(In):
    """Phones of contacts that members have in their personal WeChat, up to 10,000 rows."""

    name: Annotated[str, Field(min_length=1, max_length=40, examples=["三店老客户"])]
    phones: Annotated[list[Any], Field(min_length=1, max_length=MOST_PHONES)]


class FaultOut(Out):
    """A row that was not taken, by its place in the request, from 0."""

    row: int
    status: Fault


class MigrationOut(Out):
    """A list as it was imported, and until when it is kept."""

    migration_id: str
    name: str
    imported: int
    invalid: int
    duplicate: int
    created_by: str
    created_at: Moment
    kept_until: Moment


class ImportedOut(MigrationOut):
    """A new list, with every row that was not taken."""

    faults: list[FaultOut]


class ListedOut(Out):
    """One phone of a list: whether its owner is, or was, a member's friend at WeCom."""

    row: int
    phone: str
    migrated: bool


class ReportQuery(PageQuery):
    """Which page, and whether of those who have come over, of the others, or of all."""

    migrated: bool | None = None


class ReportOut(MigrationOut):
    """How far a migration is: of `total` phones `migrated` have come over.

    Phones of people who were erased are counted no more. `percent` is null when none is left.
    """

    total: int
    migrated: int
    percent: float | None
    items: list[ListedOut]
    next_cursor: str | None = None
