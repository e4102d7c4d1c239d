"""Requests and answers of /admin/channels."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from scrm.channel_codes.model import (
    Attachment,
    AttachmentKind,
    ChannelKind,
    ChannelStatus,
    RosterEntry,
    Shift,
    Welcome,
)
from scrm.http.fields import In, Out, PageQuery

TEXT_BYTES = 4000
MOST_ATTACHMENTS = 9


def _within(limit: int) -> AfterValidator:
    def check(text: str) -> str:
        if len(text.encode()) > limit:
            raise ValueError(f"最多 {limit} 字节")
        return text

    return AfterValidator(check)


Clock = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$", examples=["09:00"])]
Userid = Annotated[str, Field(pattern=r"^[0-9A-Za-z][0-9A-Za-z_.@-]{0,63}$", examples=["LiuYang"])]
MediaId = Annotated[str, Field(min_length=1, max_length=256)]
TagId = Annotated[str, Field(min_length=1, max_length=128)]
Address = Annotated[str, Field(pattern=r"^https?://\S+$"), _within(2048)]


class ShiftModel(In):
    """When a member is on the code, [start, end) in Beijing time; over midnight when end ≤ start."""

    start: Clock
    end: Clock
    weekdays: list[Annotated[int, Field(ge=1, le=7)]] = Field(
        default=[1, 2, 3, 4, 5, 6, 7], min_length=1, max_length=7
    )


class RosterIn(In):
    """One member on the code: weight, cap of adds a day (null: none), shifts (none: always)."""

    userid: Userid
    weight: int = Field(default=1, ge=1, le=100)
    daily_cap: int | None = Field(default=None, ge=1, le=100_000)
    shifts: list[ShiftModel] = Field(default=[], max_length=20)

    def entry(self) -> RosterEntry:
        """Return it as the product knows it."""
        shifts = tuple(Shift(each.start, each.end, tuple(sorted(set(each.weekdays)))) for each in self.shifts)
        return RosterEntry(self.userid, self.weight, self.daily_cap, shifts)


class ImageIn(In):
    """A picture: a temporary media id, or a URL from WeCom's uploadimg."""

    media_id: MediaId | None = None
    pic_url: Address | None = None

    @model_validator(mode="after")
    def one_of_them(self) -> "ImageIn":
        """Require one of the two."""
        if not self.media_id and not self.pic_url:
            raise ValueError("media_id 和 pic_url 至少填一个")
        return self


class LinkIn(In):
    """A link."""

    title: Annotated[str, Field(min_length=1), _within(128)]
    url: Address
    picurl: Address | None = None
    desc: Annotated[str, _within(512)] | None = None


class MiniProgramIn(In):
    """A mini program page."""

    title: Annotated[str, Field(min_length=1), _within(64)]
    pic_media_id: MediaId
    appid: Annotated[str, Field(min_length=1, max_length=64)]
    page: Annotated[str, Field(min_length=1, max_length=1024)]


class MediaIn(In):
    """A video or file by its temporary media id."""

    media_id: MediaId


class AttachmentIn(In):
    """One attachment in WeCom's shape: `msgtype` and the object of that name."""

    msgtype: AttachmentKind
    image: ImageIn | None = None
    link: LinkIn | None = None
    miniprogram: MiniProgramIn | None = None
    video: MediaIn | None = None
    file: MediaIn | None = None

    @model_validator(mode="after")
    def named_by_msgtype(self) -> "AttachmentIn":
        """Require exactly the object that msgtype names."""
        given = {name for name in ("image", "link", "miniprogram", "video", "file") if getattr(self, name)}
        if given != {self.msgtype}:
            raise ValueError(f"应当且只应填写 {self.msgtype}")
        return self

    def attachment(self) -> Attachment:
        """Return it as the product knows it."""
        content: In = getattr(self, self.msgtype)
        return Attachment(self.msgtype, content.model_dump(exclude_none=True))


class WelcomeIn(In):
    """What a customer is told on being added; both may be empty."""

    text: Annotated[str, _within(TEXT_BYTES)] = ""
    attachments: list[AttachmentIn] = Field(default=[], max_length=MOST_ATTACHMENTS)

    def welcome(self) -> Welcome:
        """Return it as the product knows it."""
        return Welcome(self.text, tuple(each.attachment() for each in self.attachments))


Name = Annotated[str, Field(min_length=1, max_length=60)]
Remark = Annotated[str, Field(max_length=30)]
ProductCode = Annotated[str, Field(max_length=64, pattern=r"^[^\s#]*$", examples=["P-100"])]
Staff = Annotated[list[RosterIn], Field(min_length=1, max_length=100)]
Fallback = Annotated[list[Userid], Field(max_length=10)]
Tags = Annotated[list[TagId], Field(max_length=30)]


class ChannelIn(In):
    """A new channel code. `fallback` are the members the code leads to while nobody on the roster can."""

    name: Name
    kind: ChannelKind
    staff: Staff
    fallback: Fallback = Field(default=[])
    tags: Tags = Field(default=[])
    welcome: WelcomeIn = WelcomeIn()
    skip_verify: bool = True
    remark: Remark = ""
    product_code: ProductCode = ""


class ChannelEdit(In):
    """What is to change of a channel; what is left out stays. `version` is the one that was read."""

    version: int = Field(ge=1)
    name: Name | None = None
    kind: ChannelKind | None = None
    staff: Staff | None = None
    fallback: Fallback | None = None
    tags: Tags | None = None
    welcome: WelcomeIn | None = None
    skip_verify: bool | None = None
    remark: Remark | None = None
    product_code: ProductCode | None = None


class ChannelQuery(PageQuery):
    """Which channels; archived ones only when asked for."""

    kind: ChannelKind | None = None
    status: ChannelStatus | None = None
    q: str | None = Field(default=None, max_length=60)


class PreviewQuery(In):
    """How many of the next scans."""

    scans: int = Field(default=1000, ge=1, le=5000)


class PreviewIn(PreviewQuery):
    """A roster not saved yet, and how many of the next scans. With `channel_id`, today's adds count."""

    staff: Staff
    fallback: Fallback = Field(default=[])
    channel_id: str | None = Field(default=None, max_length=30)


class VersionIn(In):
    """The version that was read; left out, whatever stands is meant."""

    version: int | None = Field(default=None, ge=1)


class ShiftOut(Out):
    """When a member is on the code."""

    start: str
    end: str
    weekdays: list[int]


class RosterOut(Out):
    """One member on the code."""

    userid: str
    weight: int
    daily_cap: int | None
    shifts: list[ShiftOut]


class WelcomeOut(Out):
    """What a customer is told."""

    text: str
    attachments: list[dict[str, Any]]


class ChannelOut(Out):
    """One channel code. `on_code` are the members the code leads to now; `state` comes back with each add."""

    channel_id: str
    state: str
    name: str
    kind: ChannelKind
    status: ChannelStatus
    failure: str
    staff: list[RosterOut]
    fallback: list[str]
    tags: list[str]
    welcome: WelcomeOut
    skip_verify: bool
    remark: str
    product_code: str
    config_id: str
    qr_code: str
    on_code: list[str]
    nobody_since: str
    version: int
    created_by: str
    created_at: str
    updated_at: str


class TodayOut(Out):
    """How many customers a member got through the channel today, and whether more may come now."""

    userid: str
    name: str
    added: int
    daily_cap: int | None
    on_shift: bool
    may_take: bool


class ChannelDetail(ChannelOut):
    """One channel code with its day."""

    today: list[TodayOut]
    added_today: int


class FallenOut(Out):
    """How many of the scans a member gets."""

    userid: str
    name: str
    scans: int


class PreviewOut(Out):
    """How the next scans fall when all of them come now.

    distributed_by: wecom where all eligible members weigh the same and are on the code together, turns
    where the code leads to the one whose turn it is. `beyond` are the scans after all caps are reached;
    they go to the fallback members.
    """

    scans: int
    distributed_by: Literal["wecom", "turns"]
    members: list[FallenOut]
    beyond: int
    fallback: list[str]
