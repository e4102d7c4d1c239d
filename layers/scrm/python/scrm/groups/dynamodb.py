"""Groups as stored: `GROUP#<chat_id>`, the list of them, and which groups a contact is in (0030).

A group is one row, written over the version it was read with. Its place in the list and the rows of who is in
it follow from it: what may not be right yet is named in the row itself (`owed`, `lists`) before that is
changed, and taken off once it is right, so that whoever comes next finishes what was left.
"""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any

from pynamodb.attributes import (
    JSONAttribute,
    ListAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
)
from pynamodb.exceptions import DeleteError, PutError

from scrm.groups.model import Change, Group, Listed, Member
from scrm.staff.model import key
from scrm.table import Row, rfc3339

GROUP = "GROUP"
GROUPS = "GROUPS"
INGROUP = "INGROUP"


class GroupChanged(Exception):
    """The group changed since it was read; nothing was written. Reading it again helps."""


class GroupRow(Row):
    """A group with its members, a text each: some 45 bytes, 500 of them 23 KB."""

    name = UnicodeAttribute(null=True)
    owner = UnicodeAttribute(null=True)
    status = UnicodeAttribute()
    owner_state = UnicodeAttribute()
    notice = UnicodeAttribute(null=True)
    created_at = UnicodeAttribute(null=True)
    admins: ListAttribute[Any] = ListAttribute(of=UnicodeAttribute, null=True)
    members: ListAttribute[Any] = ListAttribute(of=UnicodeAttribute)
    member_version = UnicodeAttribute(null=True)
    recent: JSONAttribute = JSONAttribute(null=True)
    accepted: ListAttribute[Any] = ListAttribute(of=UnicodeAttribute, null=True)
    handed_at = UnicodeAttribute(null=True)
    handed_by = UnicodeAttribute(null=True)
    dismissed_at = UnicodeAttribute(null=True)
    read_at = UnicodeAttribute(null=True)
    owed: ListAttribute[Any] = ListAttribute(of=UnicodeAttribute, null=True)
    lists: ListAttribute[Any] = ListAttribute(of=UnicodeAttribute, null=True)
    version = NumberAttribute()

    def entity(self) -> Group:
        """Return the row as the rest of the product knows it."""
        return Group(
            self.pk.partition("#")[2],
            name=self.name or "",
            owner=self.owner or "",
            status=self.status,  # type: ignore[arg-type]  # only our own writer fills it
            owner_state=self.owner_state,  # type: ignore[arg-type]  # only our own writer fills it
            notice=self.notice or "",
            created_at=_moment(self.created_at),
            admins=tuple(self.admins or ()),
            members=tuple(_member(each) for each in self.members),
            member_version=self.member_version or "",
            recent=tuple(_change(each) for each in self.recent or ()),
            accepted=tuple(_accepted(each) for each in self.accepted or ()),
            handed_at=_moment(self.handed_at),
            handed_by=self.handed_by or "",
            dismissed_at=_moment(self.dismissed_at),
            read_at=_moment(self.read_at),
            owed=tuple(self.owed or ()),
            lists=tuple(self.lists or ()),
            version=int(self.version),
        )

    @classmethod
    def of(cls, group: Group) -> "GroupRow":
        """Return the row of a group."""
        return cls(
            _pk(group.chat_id),
            GROUP,
            name=group.name or None,
            owner=group.owner or None,
            status=group.status,
            owner_state=group.owner_state,
            notice=group.notice or None,
            created_at=_text(group.created_at),
            admins=list(group.admins) or None,
            members=[_member_text(each) for each in group.members],
            member_version=group.member_version or None,
            recent=[_change_plain(each) for each in group.recent] or None,
            accepted=[f"{_text(at)}#{by}" for at, by in group.accepted] or None,
            handed_at=_text(group.handed_at),
            handed_by=group.handed_by or None,
            dismissed_at=_text(group.dismissed_at),
            read_at=_text(group.read_at),
            owed=list(group.owed) or None,
            lists=list(group.lists) or None,
            version=group.version,
        )


class ListedRow(Row):
    """A group's place in the list, below its owner: what a list shows."""

    shown: JSONAttribute = JSONAttribute()

    def entity(self) -> Listed:
        """Return the row as the rest of the product knows it."""
        plain = dict(self.shown)
        return Listed(**{**plain, "created_at": _moment(plain["created_at"])})


class InGroupRow(Row):
    """The groups that somebody from outside is in."""

    chat_ids: UnicodeSetAttribute = UnicodeSetAttribute(null=True)


def group(chat_id: str) -> Group | None:
    """Return a group, strongly read, or None. 1 RRU for each 4 KB."""
    try:
        return GroupRow.get(_pk(chat_id), GROUP, consistent_read=True).entity()
    except GroupRow.DoesNotExist:
        return None


def groups(chat_ids: Iterable[str]) -> dict[str, Group]:
    """Return those of some groups that there are, strongly read, by chat_id: a batch read for each 100."""
    keys = [(_pk(each), GROUP) for each in dict.fromkeys(chat_ids)]
    found = (row.entity() for row in GroupRow.batch_get(keys, consistent_read=True)) if keys else ()
    return {each.chat_id: each for each in found}


def save(before: Group | None, after: Group) -> Group:
    """Store a group over the version it was read with, then what follows from it; return it as stored.

    Nothing is written where nothing changed and nothing is owed. Safe to repeat: what was left undone is
    done. Raises GroupChanged. By bytes twice; 1 WRU for each person from outside who came or went, 1 or 2 for
    the list.
    """
    if before is not None and replace(after, read_at=before.read_at) == before:
        return _settled(before)
    came_or_went = (before.outside if before else frozenset()) ^ after.outside
    owed = tuple(sorted({*after.owed, *came_or_went}))
    lists = after.lists
    if before is None or before.listed != after.listed:
        owners = {after.owner_key, before.owner_key if before else after.owner_key}
        lists = tuple(sorted({*lists, *owners} - {""}))
    return _settled(_put(replace(after, owed=owed, lists=lists)))


def _settled(group_: Group) -> Group:
    """Make rows that follow from a group right, and record that they are.

    Whoever writes them looks afterwards whether the group is still what they were written from.
    """
    while group_.owed or group_.lists:
        for external_userid in group_.owed:
            _tell(external_userid, group_.chat_id, there=external_userid in group_.outside)
        for owner in group_.lists:
            _list(group_, owner)
        try:
            return _put(replace(group_, owed=(), lists=()))
        except GroupChanged:
            found = group(group_.chat_id)
            if found is None:
                return group_
            owed, lists = {*group_.owed, *found.owed}, {*group_.lists, *found.lists}
            group_ = replace(found, owed=tuple(sorted(owed)), lists=tuple(sorted(lists)))
    return group_


def _put(group_: Group) -> Group:
    saved = replace(group_, version=group_.version + 1)
    condition = GroupRow.version == group_.version if group_.version else GroupRow.version.does_not_exist()
    try:
        GroupRow.of(saved).save(condition=condition)
    except PutError as error:
        if error.cause_response_code == "ConditionalCheckFailedException":
            raise GroupChanged(group_.chat_id) from None
        raise
    return saved


def _list(group_: Group, owner: str) -> None:
    place = f"{owner}#{group_.chat_id}"
    if owner != group_.owner_key:
        ListedRow(GROUPS, place).delete()
        return
    shown = {**asdict(group_.listed), "created_at": _text(group_.created_at)}
    ListedRow(GROUPS, place, shown=shown).save()


def _tell(external_userid: str, chat_id: str, *, there: bool) -> None:
    row = InGroupRow(f"{INGROUP}#{external_userid}", INGROUP)
    if there:
        row.update([InGroupRow.chat_ids.add({chat_id})])
        return
    row.update([InGroupRow.chat_ids.delete({chat_id})])
    try:
        row.delete(condition=InGroupRow.chat_ids.does_not_exist())
    except DeleteError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise


def groups_of(owner: str) -> list[Listed]:
    """Return the groups that a member owns, dismissed ones too. One query, by bytes: 0.3 KB a group.

    A moment late, as the list is; `groups` says who owns them now.
    """
    return list(listed(owner))


def listed(owner: str = "", after: str = "") -> Iterator[Listed]:
    """Yield groups by owner and chat_id, of one owner or of all, those behind a place (`place_of`)."""
    start, end = (f"{key(owner)}#", f"{key(owner)}$") if owner else (" ", "~")
    begin = max(start, f"{after} " if after else "")
    where = ListedRow.sk.between(begin, max(begin, end))
    for row in ListedRow.query(GROUPS, where):
        yield row.entity()


def place_of(shown: Listed) -> str:
    """Return the place of a group in the list."""
    return f"{key(shown.owner)}#{shown.chat_id}"


def groups_of_contacts(external_userids: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return the groups that contacts are in, by contact; who is in none is not there.

    A batch read for each 100: 0.5 RRU each.
    """
    keys = [(f"{INGROUP}#{each}", INGROUP) for each in dict.fromkeys(external_userids)]
    found: dict[str, tuple[str, ...]] = {}
    for row in InGroupRow.batch_get(keys) if keys else ():
        if row.chat_ids:
            found[row.pk.partition("#")[2]] = tuple(sorted(row.chat_ids))
    return found


def _pk(chat_id: str) -> str:
    return f"{GROUP}#{chat_id}"


def _member_text(member: Member) -> str:
    kind = "o" if member.outside else "s"
    return f"{member.id}|{kind}|{member.joined_at}|{member.scene}|{member.state}"


def _member(text: str) -> Member:
    who, kind, joined_at, scene, state = text.split("|", 4)
    return Member(who, kind == "o", int(joined_at), int(scene), state)


def _change_plain(change: Change) -> list[Any]:
    members = [_member_text(each) for each in change.members]
    return [change.kind, change.last_version, change.version, change.at, members]


def _change(plain: list[Any]) -> Change:
    kind, last_version, version, at, members = plain
    return Change(kind, tuple(_member(each) for each in members), last_version, version, int(at))


def _accepted(text: str) -> tuple[datetime, str]:
    at, _, by = text.partition("#")
    return datetime.fromisoformat(at), by


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _text(moment: datetime | None) -> str | None:
    return rfc3339(moment.astimezone(UTC)) if moment else None
