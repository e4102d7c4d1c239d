"""Rows of pre-tags: `PRETAG#<kind>#<value>`, and the promise that uses them up."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from pynamodb.attributes import ListAttribute, UnicodeAttribute
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from scrm.identities.normalise import InvalidIdentity, normalised
from scrm.table import Row, rfc3339

PretagKind = Literal["phone", "unionid"]
_SK = "PRETAG"


@dataclass(frozen=True)
class Pretag:
    """Tags that wait for somebody; `value` is normalised. Used up once `used_by` names a contact."""

    kind: PretagKind
    value: str
    tag_ids: tuple[str, ...]
    put_by: str
    put_at: datetime
    used_by: str = ""
    used_at: datetime | None = None


class PretagRow(Row):
    """One phone or unionid, and the tags that wait for it."""

    tag_ids: ListAttribute[Any] = ListAttribute(of=UnicodeAttribute)
    put_by = UnicodeAttribute()
    put_at = UnicodeAttribute()
    used_by = UnicodeAttribute(null=True)
    used_at = UnicodeAttribute(null=True)

    def entity(self) -> Pretag:
        """Return the row as the rest of the product knows it."""
        _, kind, value = self.pk.split("#", 2)
        return Pretag(
            kind=kind,  # type: ignore[arg-type]  # only our own writer fills it
            value=value,
            tag_ids=tuple(self.tag_ids),
            put_by=self.put_by,
            put_at=datetime.fromisoformat(self.put_at),
            used_by=self.used_by or "",
            used_at=datetime.fromisoformat(self.used_at) if self.used_at else None,
        )


def put(pretags: Iterable[Pretag]) -> None:
    """Store pre-tags, each in place of an earlier one. Repeating is safe. 1 WRU each."""
    with PretagRow.batch_write() as batch:
        for each in pretags:
            at = rfc3339(each.put_at.astimezone(UTC))
            batch.save(
                PretagRow(
                    _pk(each.kind, each.value), _SK, tag_ids=list(each.tag_ids), put_by=each.put_by, put_at=at
                )
            )


def waiting_for(unionid: str | None, phones: Iterable[str]) -> tuple[Pretag, ...]:
    """Return the pre-tags of this unionid and these phones that nobody has used up.

    One batch read, 1 RRU for each; none without either.
    """
    keys = [_pk("unionid", unionid)] if unionid else []
    for phone in phones:
        try:
            keys.append(_pk("phone", normalised("phone", phone)))
        except InvalidIdentity:
            continue
    if not keys:
        return ()
    places = [(each, _SK) for each in dict.fromkeys(keys)]
    rows = [row.entity() for row in PretagRow.batch_get(places, consistent_read=True)]
    return tuple(each for each in sorted(rows, key=_place) if not each.used_by)


class UseUp:
    """The transaction step that uses a pre-tag up; refuses when somebody else has, or it was replaced."""

    def __init__(self, pretag: Pretag, external_userid: str, now: datetime) -> None:
        self._row = PretagRow(_pk(pretag.kind, pretag.value), _SK)
        at = rfc3339(now.astimezone(UTC))
        self._actions: list[Action] = [PretagRow.used_by.set(external_userid), PretagRow.used_at.set(at)]
        put_at = rfc3339(pretag.put_at.astimezone(UTC))
        self._unused = PretagRow.used_by.does_not_exist() & (PretagRow.put_at == put_at)

    def __call__(self, transaction: TransactWrite) -> None:
        """Add the step."""
        transaction.update(self._row, actions=self._actions, condition=self._unused)


def _place(pretag: Pretag) -> tuple[str, str]:
    return pretag.kind, pretag.value


def _pk(kind: str, value: str) -> str:
    return f"PRETAG#{kind}#{value}"
