"""What happened to customers, groups and tags, typed; `typed` finds the type of any callback.

The key is (Event, ChangeType): a ChangeType alone is ambiguous. Nothing here raises on odd values: WeCom
adds elements and values over time, and a lost event costs more than an odd field. `at` is WeCom's own
time in unix seconds. Source: WeCom documents 92130, 96361, 92277, 92005. Families that few functions need
live in modules of their own, imported when such an event arrives: dataclasses cost cold start.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module

from scrm.wecom.callbacks import CallbackEvent, Field, number, repeated, text


@dataclass(frozen=True)
class TypedEvent:
    """Something that happened at `at` (unix seconds, 0 when WeCom gave no time)."""

    at: int


@dataclass(frozen=True)
class UnknownEvent(TypedEvent):
    """An event of no known type: to be kept and counted, never to crash on."""

    event: str
    change_type: str
    fields: dict[str, Field] = field(repr=False)


@dataclass(frozen=True)
class ExternalContactAdded(TypedEvent):
    """A member and a customer became friends; `half` while the member has not added the customer back.

    `welcome_code` works once and for 20 s; "" when WeCom gives none.
    """

    userid: str
    external_userid: str
    half: bool
    state: str
    welcome_code: str = field(repr=False)


@dataclass(frozen=True)
class ExternalContactEdited(TypedEvent):
    """A member changed the remark data or the corp tags of a customer in the client."""

    userid: str
    external_userid: str
    state: str


@dataclass(frozen=True)
class DeletedByStaff(TypedEvent):
    """The member deleted the customer, or an on-job handover took the customer away."""

    userid: str
    external_userid: str
    source: str

    @property
    def by_transfer(self) -> bool:
        """Return whether a handover removed the relation: no churn."""
        return self.source == "DELETE_BY_TRANSFER"


@dataclass(frozen=True)
class DeletedByCustomer(TypedEvent):
    """The customer deleted the member; the relation goes on one-way and its API calls keep working."""

    userid: str
    external_userid: str


@dataclass(frozen=True)
class TransferFailed(TypedEvent):
    """Taking over a customer failed: `customer_refused`, `customer_limit_exceed` or a newer word."""

    userid: str
    external_userid: str
    reason: str


@dataclass(frozen=True)
class MsgAuditApproved(TypedEvent):
    """The customer agreed to chat archiving; a welcome code held back until then comes with it."""

    userid: str
    external_userid: str
    welcome_code: str = field(repr=False)


@dataclass(frozen=True)
class CustomerChatChanged(TypedEvent):
    """A customer group was `create`d, `update`d or `dismiss`ed.

    Apply `members` only when `last_version` is the version we hold; otherwise read the group again.
    """

    chat_id: str
    change: str
    detail: str
    join_scene: str
    quit_scene: str
    member_count: int
    members: tuple[str, ...]
    last_version: str
    version: str


@dataclass(frozen=True)
class CustomerTagChanged(TypedEvent):
    """A corp tag (or a group of them) was `create`d, `update`d, `delete`d, or a group `shuffle`d.

    The event does not carry the new name: read the tag list. An empty `id` means every group moved.
    """

    id: str
    change: str
    is_group: bool
    strategy_id: str


Build = Callable[[CallbackEvent], TypedEvent]


def typed(event: CallbackEvent) -> TypedEvent:
    """Return the typed event, UnknownEvent when there is no type for it. Never raises on odd values."""
    build = _BUILDERS.get((event.event, event.change_type))
    if build is None and (family := _FAMILIES.get(event.event or event.msg_type)):
        build = import_module(f"scrm.wecom.{family}").builder(event)
    if build is None:
        return UnknownEvent(event.created_at, event.event, event.change_type, event.fields)
    return build(event)


def userid_key(userid: str) -> str:
    """Return the form under which member ids compare: WeCom keeps their case but looks up without it."""
    return userid.lower()


def words(value: str) -> tuple[str, ...]:
    """Return the parts of a comma separated element."""
    return tuple(part for part in (each.strip() for each in value.split(",")) if part)


def _added(event: CallbackEvent) -> TypedEvent:
    fields = event.fields
    return ExternalContactAdded(
        event.created_at,
        userid=text(fields, "UserID"),
        external_userid=text(fields, "ExternalUserID"),
        half=event.change_type == "add_half_external_contact",
        state=text(fields, "State"),
        welcome_code=text(fields, "WelcomeCode"),
    )


def _edited(event: CallbackEvent) -> TypedEvent:
    return ExternalContactEdited(event.created_at, *_pair(event), state=text(event.fields, "State"))


def _deleted_by_staff(event: CallbackEvent) -> TypedEvent:
    return DeletedByStaff(event.created_at, *_pair(event), source=text(event.fields, "Source"))


def _deleted_by_customer(event: CallbackEvent) -> TypedEvent:
    return DeletedByCustomer(event.created_at, *_pair(event))


def _transfer_failed(event: CallbackEvent) -> TypedEvent:
    return TransferFailed(event.created_at, *_pair(event), reason=text(event.fields, "FailReason"))


def _audit_approved(event: CallbackEvent) -> TypedEvent:
    return MsgAuditApproved(event.created_at, *_pair(event), welcome_code=text(event.fields, "WelcomeCode"))


def _pair(event: CallbackEvent) -> tuple[str, str]:
    return text(event.fields, "UserID"), text(event.fields, "ExternalUserID")


def _chat(event: CallbackEvent) -> TypedEvent:
    fields = event.fields
    return CustomerChatChanged(
        event.created_at,
        chat_id=text(fields, "ChatId"),
        change=event.change_type,
        detail=text(fields, "UpdateDetail"),
        join_scene=text(fields, "JoinScene"),
        quit_scene=text(fields, "QuitScene"),
        member_count=number(fields, "MemChangeCnt"),
        members=tuple(_members(fields)),
        last_version=text(fields, "LastMemVer"),
        version=text(fields, "CurMemVer"),
    )


def _members(fields: dict[str, Field]) -> list[str]:
    found = []
    for changes in repeated(fields, "MemChangeList"):
        items = repeated(changes, "Item") if isinstance(changes, dict) else [changes]
        found += [item for item in items if isinstance(item, str) and item]
    return found


def _tag(event: CallbackEvent) -> TypedEvent:
    fields = event.fields
    shuffled = event.change_type == "shuffle"
    return CustomerTagChanged(
        event.created_at,
        id=text(fields, "Id"),
        change=event.change_type,
        is_group=shuffled or text(fields, "TagType") == "tag_group",
        strategy_id=text(fields, "StrategyId"),
    )


_BUILDERS: dict[tuple[str, str], Build] = {
    ("change_external_contact", "add_external_contact"): _added,
    ("change_external_contact", "add_half_external_contact"): _added,
    ("change_external_contact", "edit_external_contact"): _edited,
    ("change_external_contact", "del_external_contact"): _deleted_by_staff,
    ("change_external_contact", "del_follow_user"): _deleted_by_customer,
    ("change_external_contact", "transfer_fail"): _transfer_failed,
    ("change_external_contact", "msg_audit_approved"): _audit_approved,
    **{("change_external_chat", change): _chat for change in ("create", "update", "dismiss")},
    **{("change_external_tag", change): _tag for change in ("create", "update", "delete", "shuffle")},
}

_MENU = ("click", "view", "scancode_push", "scancode_waitmsg", "location_select")
_PICTURES = ("pic_sysphoto", "pic_photo_or_album", "pic_weixin")
_VISITS = ("subscribe", "unsubscribe", "enter_agent", "LOCATION")
_CARDS = ("template_card_event", "template_card_menu_event", "taskcard_click")
_MESSAGES = ("text", "image", "voice", "video", "location", "link")
_FAMILIES: dict[str, str] = {
    "change_contact": "contact_events",
    "customer_acquisition": "acquisition_events",
    **dict.fromkeys((*_MENU, *_PICTURES, *_VISITS, *_CARDS, *_MESSAGES), "app_events"),
    **dict.fromkeys(("kf_msg_or_event", "kf_account_auth_change"), "service_events"),
    **dict.fromkeys(("batch_job_result", "living_status_change", "msgaudit_notify"), "service_events"),
    **dict.fromkeys(("open_approval_change", "sys_approval_change"), "service_events"),
}
