"""What happened to acquisition links (customer_acquisition, 获客助手).

A customer gained by a link arrives as ExternalContactAdded, its state being the link's customer_channel.
Source: WeCom document 97299.
"""

from dataclasses import dataclass, field

from scrm.wecom.callbacks import CallbackEvent, number, text
from scrm.wecom.events import Build, TypedEvent


@dataclass(frozen=True)
class AcquisitionQuotaChanged(TypedEvent):
    """The uses left: `balance_low`, `balance_exhausted`, `balance_increased` or `quota_expire_soon`."""

    change: str
    expires_at: int
    expiring: int


@dataclass(frozen=True)
class AcquisitionLinkLost(TypedEvent):
    """A link cannot add customers any more (`link_unavailable`) or people deleted it (`delete_link`)."""

    link_id: str
    change: str


@dataclass(frozen=True)
class AcquisitionLinkUsed(TypedEvent):
    """Someone went a step further through a link.

    `step` is `open_profile`, `friend_request`, `customer_start_chat` or `message_from_customer`;
    `chat_key` is good for 30 minutes.
    """

    link_id: str
    step: str
    state: str
    userid: str
    external_userid: str
    chat_key: str = field(repr=False)


def builder(event: CallbackEvent) -> Build | None:
    """Return what types this event, None when its ChangeType is unknown."""
    return _BUILDERS.get(event.change_type)


def _quota(event: CallbackEvent) -> TypedEvent:
    expiring = number(event.fields, "ExpireQuotaNum")
    return AcquisitionQuotaChanged(
        event.created_at, event.change_type, number(event.fields, "ExpireTime"), expiring
    )


def _lost(event: CallbackEvent) -> TypedEvent:
    return AcquisitionLinkLost(event.created_at, text(event.fields, "LinkId"), event.change_type)


def _used(event: CallbackEvent) -> TypedEvent:
    fields = event.fields
    return AcquisitionLinkUsed(
        event.created_at,
        link_id=text(fields, "LinkId"),
        step=event.change_type,
        state=text(fields, "State"),
        userid=text(fields, "UserID"),
        external_userid=text(fields, "ExternalUserID"),
        chat_key=text(fields, "ChatKey"),
    )


_BUILDERS: dict[str, Build] = {
    **dict.fromkeys(("balance_low", "balance_exhausted", "balance_increased", "quota_expire_soon"), _quota),
    **dict.fromkeys(("link_unavailable", "delete_link"), _lost),
    **dict.fromkeys(
        ("open_profile", "friend_request", "customer_start_chat", "message_from_customer"), _used
    ),
}
