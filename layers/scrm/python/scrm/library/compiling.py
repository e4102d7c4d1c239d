"""Making a library's next catalogue (docs/decisions/0020)."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from scrm.customers.model import VersionConflict
from scrm.library import bucket
from scrm.library import dynamodb as stored
from scrm.library.catalogue import Catalogue
from scrm.library.dynamodb import AT_ONCE, Head, Opened
from scrm.library.model import KINDS, Group, Item, Kind
from scrm.moments import rfc3339
from scrm.sends.uses_dynamodb import uses
from scrm.staff.dynamodb import load_departments
from scrm.telemetry import Log, count

MOST_MARKED = 3
"""Each marked row costs every reader a unit; at more the writer makes a catalogue."""
MOST_AT_ONCE = 1_000
IMPORT_TAKES = timedelta(minutes=15)
RENEWED_AFTER = timedelta(days=7)
"""An object is written anew by then: the bucket deletes what is older than 30 days, which nothing names."""
log = Log("library")


def compile_library(kind: Kind, now: datetime, *, closing: str = "") -> bool:
    """Make a catalogue of what is stored now, if it differs; return whether this process made it.

    Killed at any line, or run by several at once, it loses nothing: marks go last, each only for the version
    that is in. `closing`: the import that ends here. Reads by the bytes of the object, of the departments and
    of the counts; 1 RRU and 3 WRU for each marked row.
    """
    marks = stored.marked(kind, MOST_AT_ONCE)
    head, groups, items = _read(kind, marks)
    before = None if closing else _base(head)
    after = _with_counts(_changed(before or all_of(kind), groups, items), kind)
    made = False
    if after != before or _is_old(head, now):
        object_key = bucket.store(after, head.number + 1)
        made = stored.point(kind, head, object_key, now, _closed(head, closing, now))
        if not made and stored.opened(kind, ()).head.object_key != object_key:
            bucket.drop(object_key)
            return False
        made = True  # by a request whose answer was lost, too: then HEAD names our own
        if head.former_key:
            bucket.drop(head.former_key)
    changed: list[Group | Item] = [*groups, *items]
    for each in changed:
        stored.unmark(each)
    count("catalogue_made" if made else "catalogue_unchanged")
    return made


def compile_all(now: datetime) -> int:
    """Make every library's catalogue; return how many this process made. Safe to repeat.

    One library that cannot be made does not hold up the others; its error is raised when they are done.
    """
    made, failed = 0, []
    for kind in KINDS:
        try:
            made += compile_library(kind, now)
        except Exception as error:
            log.exception("catalogue_not_made", kind=kind)
            failed.append(error)
    if failed:
        raise failed[0]
    return made


def after_write(kind: Kind, now: datetime) -> None:
    """Make a catalogue when more rows are marked than readers should read. The write before it stands."""
    try:
        if len(stored.marked(kind, MOST_MARKED + 1)) > MOST_MARKED:
            compile_library(kind, now)
    except Exception as error:  # noqa: BLE001 - the write is done; the schedule makes the catalogue
        log.warning("catalogue_not_made", kind=kind, error=type(error).__name__)
        count("catalogue_not_made")


def begin_import(kind: Kind, now: datetime) -> str:
    """Announce rows without marks; return the name by which `end_import` knows the import. 1 WRU.

    An import that has not ended after 15 minutes is taken for dead; what it has written is shown then.
    """
    name = f"{rfc3339((now + IMPORT_TAKES).astimezone(UTC))}#{uuid4().hex[:8]}"
    stored.announce(kind, name)
    return name


def end_import(kind: Kind, name: str, now: datetime) -> None:
    """Make a catalogue of all rows, those of the import among them. Repeating is safe.

    Raises VersionConflict where others make catalogues faster, three times in a row.
    """
    for _ in range(3):
        if compile_library(kind, now, closing=name):
            return
    raise VersionConflict(kind)


def all_of(kind: Kind) -> Catalogue:
    """Return a library as its rows and the departments are now: three queries, by bytes."""
    groups, items = stored.all_rows(kind)
    return Catalogue(kind, parents=_parents()).with_changes(groups, items)


def _read(kind: Kind, marks: list[str]) -> tuple[Head, list[Group], list[Item]]:
    """Return `HEAD`, read first and not before the marks, and the marked rows."""
    head: Head | None = None
    groups: list[Group] = []
    items: list[Item] = []
    for start in range(0, max(len(marks), 1), AT_ONCE):
        read: Opened = stored.opened(kind, marks[start : start + AT_ONCE])
        head = head or read.head
        groups += read.groups
        items += read.items
    return head or Head(), groups, items


def _base(head: Head) -> Catalogue | None:
    """Return the catalogue to begin with; None: it has to be made of all rows."""
    if not head.number or head.imports:
        return None
    try:
        return bucket.load(head.object_key)
    except bucket.CatalogueGone:
        return None


def _closed(head: Head, closing: str, now: datetime) -> frozenset[str]:
    """Return the imports whose rows are all in a catalogue made now: the one that ends, and dead ones."""
    at = rfc3339(now.astimezone(UTC))
    return frozenset(each for each in head.imports if each == closing or each.partition("#")[0] <= at)


def _is_old(head: Head, now: datetime) -> bool:
    return head.made_at is not None and now - head.made_at >= RENEWED_AFTER


def _changed(base: Catalogue, groups: list[Group], items: list[Item]) -> Catalogue:
    """Return the catalogue with the marked rows, without what is deleted."""
    found = base.with_changes(groups, items)
    return Catalogue(
        found.kind,
        {name: each for name, each in found.groups.items() if not each.deleted},
        {name: each for name, each in found.items.items() if each.status != "deleted"},
        found.uses,
        found.parents,
    )


def _with_counts(found: Catalogue, kind: Kind) -> Catalogue:
    counts = {name: each for name, each in uses(kind).items() if name in found.items}
    return Catalogue(kind, found.groups, found.items, counts, _parents())


def _parents() -> dict[int, int]:
    return {each.department_id: each.parent_id for each in load_departments() if each.parent_id}
