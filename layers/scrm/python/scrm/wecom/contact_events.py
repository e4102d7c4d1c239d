"""What happened to members, departments and member tags (change_contact).

Receivers set up since 2022-08-15 get the short form: only ids. Absent values are therefore "" or (), and
`fields` holds whatever else came. Source: WeCom documents 96302 to 96304.
"""

from dataclasses import dataclass, field

from scrm.wecom.callbacks import CallbackEvent, Field, number, text
from scrm.wecom.events import Build, TypedEvent, words


@dataclass(frozen=True)
class StaffChanged(TypedEvent):
    """A member was `create`d, `update`d or `delete`d; `new_userid` only when the id itself changed."""

    userid: str
    change: str
    new_userid: str
    departments: tuple[int, ...]
    fields: dict[str, Field] = field(repr=False)


@dataclass(frozen=True)
class DepartmentChanged(TypedEvent):
    """A department was `create`d, `update`d (moved, in the short form) or `delete`d."""

    id: int
    change: str
    name: str = field(repr=False)
    parent_id: int


@dataclass(frozen=True)
class StaffTagChanged(TypedEvent):
    """Members or departments entered or left a member tag."""

    tag_id: int
    added_userids: tuple[str, ...]
    removed_userids: tuple[str, ...]
    added_departments: tuple[int, ...]
    removed_departments: tuple[int, ...]


def builder(event: CallbackEvent) -> Build | None:
    """Return what types this event, None when its ChangeType is unknown."""
    return _BUILDERS.get(event.change_type)


def _staff(event: CallbackEvent) -> TypedEvent:
    fields = event.fields
    return StaffChanged(
        event.created_at,
        userid=text(fields, "UserID"),
        change=event.change_type.removesuffix("_user"),
        new_userid=text(fields, "NewUserID"),
        departments=_numbers(fields, "Department"),
        fields=fields,
    )


def _department(event: CallbackEvent) -> TypedEvent:
    fields = event.fields
    return DepartmentChanged(
        event.created_at,
        id=number(fields, "Id"),
        change=event.change_type.removesuffix("_party"),
        name=text(fields, "Name"),
        parent_id=number(fields, "ParentId"),
    )


def _tag(event: CallbackEvent) -> TypedEvent:
    fields = event.fields
    return StaffTagChanged(
        event.created_at,
        tag_id=number(fields, "TagId"),
        added_userids=words(text(fields, "AddUserItems")),
        removed_userids=words(text(fields, "DelUserItems")),
        added_departments=_numbers(fields, "AddPartyItems"),
        removed_departments=_numbers(fields, "DelPartyItems"),
    )


def _numbers(fields: dict[str, Field], name: str) -> tuple[int, ...]:
    return tuple(int(word) for word in words(text(fields, name)) if word.isdecimal() and len(word) <= 15)


_BUILDERS: dict[str, Build] = {
    **{f"{change}_user": _staff for change in ("create", "update", "delete")},
    **{f"{change}_party": _department for change in ("create", "update", "delete")},
    "update_tag": _tag,
}
