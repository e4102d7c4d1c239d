"""SOPs as they are defined: `SOPS` holds which there are, `SOP#<sop_id>` the versions and contents of each.

`SOPS`/`HEAD` counts the changes of all, in the same transaction: whoever acts on a SOP reads that one small
row and loads the rest only when it has moved, so that a pause or a corrected text holds at the next step.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.transactions import TransactWrite

from scrm.kept import forgotten_too
from scrm.sops.model import Sop, Version
from scrm.sops.plain import plain_version, version_of
from scrm.table import Row, rfc3339

SOPS = "SOPS"
HEAD = "HEAD"
PREFIX = "SOP#"
VERSION = "VERSION#"

Step = Callable[[TransactWrite], None]
Contents = Mapping[str, Mapping[str, Any]]
"""What each step sends, by its key: `{"parts": […]}` as of a script, and how often it was corrected."""


class HeadRow(Row):
    """How often any SOP was changed."""

    version = NumberAttribute(default=0)


class SopRow(Row):
    """One SOP."""

    name = UnicodeAttribute()
    status = UnicodeAttribute()
    published = NumberAttribute()
    draft = NumberAttribute()
    version = NumberAttribute()
    updated_at = UnicodeAttribute()

    def entity(self) -> Sop:
        """Return the row as the rest of the product knows it."""
        return Sop(
            self.sk.removeprefix(PREFIX),
            self.name,
            self.status,  # type: ignore[arg-type]  # only our own writer fills it
            int(self.published),
            int(self.draft),
            int(self.version),
            self.updated_at,
        )

    @classmethod
    def of(cls, sop: Sop, now: datetime) -> "SopRow":
        """Return the row of a SOP, as its next version."""
        return cls(
            SOPS,
            PREFIX + sop.sop_id,
            name=sop.name,
            status=sop.status,
            published=sop.published,
            draft=sop.draft,
            version=sop.version + 1,
            updated_at=rfc3339(now.astimezone(UTC)),
        )


class VersionRow(Row):
    """One version; never changed once published."""

    definition: JSONAttribute = JSONAttribute()
    by = UnicodeAttribute()
    at = UnicodeAttribute()


class ContentRow(Row):
    """What the steps of a version send; corrections change it, and are counted."""

    contents: JSONAttribute = JSONAttribute()
    revision = NumberAttribute()


@dataclass
class Defined:
    """Every SOP with the versions that are needed, kept by a process and known to be true at each use."""

    _moved: int = -1
    _sops: Mapping[str, Sop] = field(default_factory=dict)
    _versions: dict[tuple[str, int], Version] = field(default_factory=dict)
    _contents: dict[tuple[str, int], Contents] = field(default_factory=dict)

    def __post_init__(self) -> None:
        forgotten_too(self)

    def forget(self) -> None:
        """Load everything anew when it is next asked for."""
        self._moved = -1

    def sops(self) -> Mapping[str, Sop]:
        """Return every SOP by id, strongly: 1 RRU, and by bytes when one has changed since the last call."""
        moved = head()
        if moved != self._moved:
            rows = SopRow.query(SOPS, SopRow.sk.startswith(PREFIX), consistent_read=True)
            self._sops = {row.sk.removeprefix(PREFIX): row.entity() for row in rows}
            self._versions.clear()
            self._contents.clear()
            self._moved = moved
        return self._sops

    def version(self, sop_id: str, number: int) -> Version:
        """Return a version; raises LookupError where there is none. By bytes, once after each change."""
        if (sop_id, number) not in self._versions:
            self._versions[sop_id, number] = version(sop_id, number)
        return self._versions[sop_id, number]

    def contents(self, sop_id: str, number: int) -> Contents:
        """Return what the steps of a version send, as corrected by the latest call of `sops`."""
        if (sop_id, number) not in self._contents:
            self._contents[sop_id, number] = contents(sop_id, number)[0]
        return self._contents[sop_id, number]

    def live(self) -> list[Version]:
        """Return the published version of each SOP that is running."""
        return [self.version(each.sop_id, each.published) for each in self.sops().values() if each.live]


def head() -> int:
    """Return how often SOPs were changed, as of now. 1 RRU."""
    try:
        return int(HeadRow.get(SOPS, HEAD, consistent_read=True).version)
    except HeadRow.DoesNotExist:
        return 0


def sop(sop_id: str) -> Sop | None:
    """Return a SOP, strongly. 1 RRU."""
    try:
        return SopRow.get(SOPS, PREFIX + sop_id, consistent_read=True).entity()
    except SopRow.DoesNotExist:
        return None


def version(sop_id: str, number: int) -> Version:
    """Return a version of a SOP, strongly; raises LookupError where there is none. By bytes."""
    try:
        row = VersionRow.get(f"SOP#{sop_id}", _version_sk(number), consistent_read=True)
    except VersionRow.DoesNotExist:
        raise LookupError(sop_id) from None
    return version_of({**row.definition, "sop_id": sop_id, "number": number})


def made(sop_id: str) -> list[tuple[int, str, str]]:
    """Return (number, who stored it last, when) of each version of a SOP, the latest first. By bytes."""
    rows = VersionRow.query(
        f"SOP#{sop_id}", VersionRow.sk.startswith(VERSION), scan_index_forward=False, consistent_read=True
    )
    return [(int(row.sk.removeprefix(VERSION)), row.by, row.at) for row in rows]


def contents(sop_id: str, number: int) -> tuple[Contents, int]:
    """Return what the steps of a version send, strongly, and how often that was changed. By bytes."""
    try:
        row = ContentRow.get(f"SOP#{sop_id}", _content_sk(number), consistent_read=True)
    except ContentRow.DoesNotExist:
        return {}, 0
    return row.contents, int(row.revision)


def sop_steps(sop: Sop, now: datetime, *, new: bool = False) -> list[Step]:
    """Return the steps that store a SOP over the version it was read with, and tell everybody (`HEAD`)."""
    row = SopRow.of(sop, now)
    condition = SopRow.pk.does_not_exist() if new else SopRow.version == sop.version
    return [
        lambda transaction: transaction.save(row, condition=condition),
        lambda transaction: transaction.update(HeadRow(SOPS, HEAD), [HeadRow.version.add(1)]),
    ]


def version_step(version: Version, by: str, now: datetime) -> Step:
    """Return the step that stores a draft; whoever publishes stores it for the last time. By bytes."""
    plain = plain_version(replace(version, sop_id="", number=0))
    definition = {name: each for name, each in plain.items() if name not in {"sop_id", "number"}}
    row = VersionRow(
        f"SOP#{version.sop_id}",
        _version_sk(version.number),
        definition=definition,
        by=by,
        at=rfc3339(now.astimezone(UTC)),
    )
    return lambda transaction: transaction.save(row)


def content_step(sop_id: str, number: int, contents: Contents, revision: int) -> Step:
    """Return the step that stores what the steps of a version send over the revision it was read with."""
    row = ContentRow(f"SOP#{sop_id}", _content_sk(number), contents=dict(contents), revision=revision + 1)
    condition = ContentRow.pk.does_not_exist() if revision == 0 else ContentRow.revision == revision
    return lambda transaction: transaction.save(row, condition=condition)


def _version_sk(number: int) -> str:
    return f"{VERSION}{number:04d}"


def _content_sk(number: int) -> str:
    return f"CONTENT#{number:04d}"


defined = Defined()
