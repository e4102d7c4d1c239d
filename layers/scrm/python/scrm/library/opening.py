"""Opening a library for somebody: two requests to the table, and the catalogue where the process has none.

List, search and look by id all begin here, so that they agree (spec CON-14). What a viewer may not see costs
nothing and does not exist for them.
"""

from dataclasses import dataclass

from scrm.http import problems
from scrm.http.caller import Caller
from scrm.kept import forgotten_too
from scrm.library import bucket
from scrm.library import dynamodb as stored
from scrm.library.catalogue import Catalogue, Seen
from scrm.library.dynamodb import AT_ONCE, Opened
from scrm.library.model import Group, Item, Kind
from scrm.library.personal import Personal
from scrm.library.visibility import Viewer, within

NOTHING_OF_THE_NAME = "没有这项内容"


Changes = tuple[tuple[Group, ...], tuple[Item, ...]]


@dataclass(frozen=True)
class Library:
    """A library as one caller has opened it."""

    seen: Seen
    personal: Personal

    @property
    def catalogue(self) -> Catalogue:
        """Return everything of the library, whoever may see it."""
        return self.seen.catalogue


def open_for(kind: Kind, caller: Caller) -> Library:
    """Return a library as `caller` may see it.

    2 requests: 0.5 RRU, then 2 and 1 for each marked row (at most three as a rule).
    """
    catalogue, read = _now(kind, caller.userid)
    return Library(Seen(catalogue, viewer_of(caller, catalogue)), read.personal)


def open_whole(kind: Kind) -> Catalogue:
    """Return a library with its drafts, for who keeps it. 2 requests, as `open_for`."""
    return _now(kind, "")[0]


def item_seen(kind: Kind, item_id: str, caller: Caller) -> Item:
    """Return a published item that `caller` may see; raises 404 for every other id."""
    item = open_for(kind, caller).seen.item(item_id)
    if item is None:
        raise problems.not_found(NOTHING_OF_THE_NAME)
    return item


def viewer_of(caller: Caller, catalogue: Catalogue) -> Viewer:
    """Return a caller as scopes ask about them."""
    return Viewer(caller.userid, caller.role, within(caller.departments, catalogue.parents))


def _now(kind: Kind, userid: str) -> tuple[Catalogue, Opened]:
    """Return the library as it is now. The marks are read before `HEAD`, never after."""
    for _ in range(2):
        marks = stored.marked(kind, AT_ONCE + 1)
        read = stored.opened(kind, marks[:AT_ONCE], userid)
        if len(marks) > AT_ONCE or (marks and not read.head.number):
            return _of_all_rows(kind), read
        try:
            return _held.changed(_catalogue(kind, read.head.object_key), read), read
        except bucket.CatalogueGone:
            continue
    return _of_all_rows(kind), read


def _of_all_rows(kind: Kind) -> Catalogue:
    from scrm.library.compiling import all_of  # seldom: before the first catalogue, or when one is gone

    return all_of(kind)


class _Held:
    """What a warm process keeps: of each library the latest catalogue, and that with what has changed."""

    def __init__(self) -> None:
        self._held: dict[Kind, tuple[str, Catalogue]] = {}
        self._changed: dict[Kind, tuple[Catalogue, Changes, Catalogue]] = {}

    def get(self, kind: Kind, object_key: str) -> Catalogue | None:
        """Return the catalogue of that name if it is the one kept."""
        known = self._held.get(kind)
        return known[1] if known and known[0] == object_key else None

    def keep(self, kind: Kind, object_key: str, catalogue: Catalogue) -> None:
        """Keep a catalogue instead of the one before."""
        self._held[kind] = (object_key, catalogue)

    def changed(self, base: Catalogue, read: Opened) -> Catalogue:
        """Return a catalogue with what is marked: the one made last time, while nothing else is."""
        changes = read.groups, read.items
        known = self._changed.get(base.kind)
        if known and known[0] is base and known[1] == changes:
            return known[2]
        found = base.with_changes(*changes)
        self._changed[base.kind] = base, changes, found
        return found

    def forget(self) -> None:
        """Drop all, e.g. between tests."""
        self._held.clear()
        self._changed.clear()


_held = _Held()
forgotten_too(_held)


def _catalogue(kind: Kind, object_key: str) -> Catalogue:
    """Return the catalogue of a name, from memory or from the bucket. Raises CatalogueGone."""
    if not object_key:
        return Catalogue(kind)
    known = _held.get(kind, object_key)
    if known is None:
        known = bucket.load(object_key) or _of_all_rows(kind)
        _held.keep(kind, object_key, known)
    return known
