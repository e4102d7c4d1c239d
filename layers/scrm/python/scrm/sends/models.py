"""What the sidebar's routes of sends take and answer."""

from typing import Annotated, Any

from pydantic import Field, ValidationInfo, field_validator

from scrm.http.fields import In, Moment, Out, PageQuery
from scrm.sends.model import Evidence, SendKind, SentKind, Status

Id = Annotated[str, Field(pattern=r"^[0-9A-Za-z_-]{1,64}$")]
SendId = Annotated[str, Field(pattern=r"^[a-z2-7]{24}$", examples=["mfzwizltoq2gk3tdnf2gsy3p"])]
Part = Annotated[int, Field(ge=0, le=8)]


class PreviewQuery(In):
    """For whom, and which part alone."""

    external_userid: Id
    part: Part | None = None


class PrepareIn(In):
    """For whom, and which part alone.

    `asked_for`: the customer has asked for it, so that it is a reply and no marketing.
    """

    external_userid: Id
    part: Part | None = None
    asked_for: bool = False


class ItemIn(In):
    """An item of a library."""

    kind: SendKind
    id: Id


class SentIn(In):
    """What the SDK answered: to a send that was prepared, or to an item that was sent without.

    `error` is the SDK's own text, e.g. sendChatMessage:fail invalid mediaid.
    """

    send_id: SendId | None = None
    item: Annotated[ItemIn | None, Field(validate_default=True)] = None
    external_userid: Annotated[Id | None, Field(validate_default=True)] = None
    part: Part | None = None
    asked_for: bool = False
    ok: bool
    error: Annotated[str, Field(max_length=500)] = ""

    @field_validator("item")
    @classmethod
    def _names_one_send(cls, item: ItemIn | None, told: ValidationInfo) -> ItemIn | None:
        if "send_id" in told.data and (told.data["send_id"] is None) == (item is None):
            raise ValueError("send_id 与 item 必须且只能给出一个")
        return item

    @field_validator("external_userid")
    @classmethod
    def _says_to_whom(cls, external_userid: str | None, told: ValidationInfo) -> str | None:
        if external_userid is None and told.data.get("item") is not None:
            raise ValueError("未准备的发送须写明发给哪位客户")
        return external_userid


class SendsQuery(PageQuery):
    """To whom."""

    external_userid: Id


class FaultOut(Out):
    """Why a part cannot be sent; `field` names the part and the variable."""

    field: str
    message: str


class PreviewPartOut(Out):
    """One part as a person may see it; `payload` is null where it cannot be sent yet.

    `part` is the number by which it is sent alone, null of an item without parts; `name` is the material's or
    product's, `picture` the address of the picture that it is or shows.
    """

    part: int | None
    kind: str
    name: str
    picture: str | None
    payload: dict[str, Any] | None


class PreviewOut(Out):
    """What would be sent. `ready`: nothing is in its way; `media_ready`: no file waits for its media id.

    Links are shown as what they lead to. `parts` are all of them, `payloads` those that can be sent.
    """

    kind: SentKind
    item_id: str
    number: int
    title: str
    parts: list[PreviewPartOut]
    payloads: list[dict[str, Any]]
    problems: list[FaultOut]
    media_ready: bool
    ready: bool


class PreparedOut(Out):
    """Exact arguments for sendChatMessage, one for each message; `send_id` is the share id."""

    send_id: str
    kind: SentKind
    item_id: str
    number: int
    title: str
    payloads: list[dict[str, Any]]
    expires_at: Moment


class GroupOut(Out):
    """A group above the item when it was sent."""

    group_id: str
    name: str


class SendOut(Out):
    """A send and what became of it. `evidence`: the client told of it, or the customer opened its link."""

    send_id: str
    kind: SentKind
    item_id: str
    number: int
    title: str
    groups: list[GroupOut]
    part: int | None
    userid: str
    name: str
    external_userid: str
    status: Status
    evidence: Evidence | None
    asked_for: bool
    sent_at: Moment | None
    opened_at: Moment | None
    forwarded_at: Moment | None


class SnapshotOut(SendOut):
    """A send with what was handed to the SDK then."""

    payloads: list[dict[str, Any]]


class LoggedOut(Out):
    """What was recorded; not_sent: the SDK failed, nothing was."""

    send_id: str | None
    status: Annotated[str, Field(pattern="^(sent|not_sent)$")]
