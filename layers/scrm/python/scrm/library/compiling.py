"""Making a library's next catalogue (docs/decisions/0020)."""

from datetime import datetime, timedelta

from scrm.library import bucket
from scrm.library import dynamodb as stored
from scrm.library.catalogue import Catalogue
from scrm.library.dynamodb import AT_ONCE, Head, Opened
from scrm.library.model import Group, Item, Kind
from scrm.sends.uses_dynamodb import uses
from scrm.staff.dynamodb import load_departments
from scrm.telemetry import Log, count

MOST_MARKED = 3
"""Each marked row costs every reader a unit; at more the writer makes a catalogue."""
MOST_AT_ONCE = 1_000
IMPORT_TAKES = timedelta(minutes=15)
log = Log("library")


def compile_library(kind: Kind, now: datetime, *, until: datetime | None = None) -> bool:
    """Make a catalogue of what is stored now, if it differs; return whether this process made it.

    Killed at any line, or run by several at once, it loses nothing: marks go last, each only for the version
    that is in. `until`: the wish of an import that ends here. Reads by the bytes of the object, of the
    departments and of the counts; 1 RRU and 3 WRU for each marked row.
    """
    marks = stored.marked(kind, MOST_AT_ONCE)
    head, groups, items = _read(kind, marks)
    before = _base(head)
    after = _with_counts(_changed(before or _of_all_rows(kind), groups, items), kind)
    fulfils = (
        before is None and head.rebuild_until is not None and head.rebuild_until in {until, _past(head, now)}
    )
    made = False
    if after != before or fulfils:
        object_key = bucket.store(after, head.number + 1)
        made = stored.point(kind, head, object_key, now, rebuilt=fulfils)
        if not made:
            bucket.drop(object_key)
            return False
        if head.former_key:
            bucket.drop(head.former_key)
    changed: list[Group | Item] = [*groups, *items]
    for each in changed:
        stored.unmark(each)
    count("catalogue_made" if made else "catalogue_unchanged")
    return made


def after_write(kind: Kind, now: datetime) -> None:
    """Make a catalogue when more rows are marked than readers should read. The write before it stands."""
    try:
        if len(stored.marked(kind, MOST_MARKED + 1)) > MOST_MARKED:
            compile_library(kind, now)
    except Exception as error:  # noqa: BLE001 - the write is done; the schedule makes the catalogue
        log.warning("catalogue_not_made", kind=kind, error=type(error).__name__)
        count("catalogue_not_made")


def begin_import(kind: Kind, now: datetime) -> datetime:
    """Announce rows without marks; return what `end_import` is told. 1 WRU."""
    until = now.replace(microsecond=0) + IMPORT_TAKES
    stored.rebuild(kind, until)
    return until


def end_import(kind: Kind, until: datetime, now: datetime) -> None:
    """Make a catalogue of all rows, those of the import among them. Repeating is safe."""
    compile_library(kind, now, until=until)


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
    if not head.number or head.rebuild_until:
        return None
    try:
        return bucket.load(head.object_key)
    except bucket.CatalogueGone:
        return None


def _past(head: Head, now: datetime) -> datetime | None:
    return head.rebuild_until if head.rebuild_until and head.rebuild_until <= now else None


def _of_all_rows(kind: Kind) -> Catalogue:
    groups, items = stored.all_rows(kind)
    return Catalogue(kind).with_changes(groups, items)


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
    parents = {each.department_id: each.parent_id for each in load_departments() if each.parent_id}
    return Catalogue(kind, found.groups, found.items, counts, parents)
