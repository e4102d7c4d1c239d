"""Media: temporary ones are kept by WeCom for three days, so the original stays with us.

WeCom documents 90253 (temporary), 90256 (pictures), 95098 (attachments). Ids of one are no ids of another.
"""

from dataclasses import dataclass
from typing import Literal

from scrm.wecom.checks import BreaksLimit, Missing
from scrm.wecom.client import WeCom

Kind = Literal["image", "voice", "video", "file"]
KEPT_SECONDS = 3 * 86_400
Scene = Literal[1, 2]
"""What an attachment is for: 1 moments 客户朋友圈 (pictures, videos), 2 the album 商品图册 (pictures)."""
_SCENES: dict[Scene, tuple[Kind, ...]] = {1: ("image", "video"), 2: ("image",)}
_MEGABYTES: dict[Kind, int] = {"image": 10, "voice": 2, "video": 10, "file": 20}
_PICTURE_MEGABYTES = 2
_LEAST_BYTES = 6
_WAIT_SECONDS = 15.0


@dataclass(frozen=True)
class Media:
    """An upload: its id, and when WeCom made it (unix seconds)."""

    media_id: str
    created_at: int


def upload(wecom: WeCom, kind: Kind, filename: str, content: bytes, content_type: str) -> Media:
    """Upload a temporary medium, for messages to customers and staff alike. `filename` is shown to them.

    Safe to repeat: a second upload only makes a second id. Raises BreaksLimit, Missing.
    """
    _within(content, _MEGABYTES[kind])
    answer = wecom.call(
        "POST",
        "/cgi-bin/media/upload",
        params={"type": kind},
        files={"media": (filename, content, content_type)},
        idempotent=True,
        budget=_WAIT_SECONDS,
    )
    return Media(str(answer["media_id"]), int(answer["created_at"]))


def upload_attachment(
    wecom: WeCom, scene: Scene, kind: Kind, filename: str, content: bytes, content_type: str
) -> Media:
    """Upload a temporary medium for moments or the product album, good for three days and nothing else.

    Safe to repeat. Raises BreaksLimit, Missing; ValueError for a kind the scene does not take.
    """
    if kind not in _SCENES[scene]:
        raise ValueError(f"scene {scene} takes no {kind}")
    _within(content, _MEGABYTES[kind])
    answer = wecom.call(
        "POST",
        "/cgi-bin/media/upload_attachment",
        params={"media_type": kind, "attachment_type": scene},
        files={"media": (filename, content, content_type)},
        idempotent=True,
        budget=_WAIT_SECONDS,
    )
    return Media(str(answer["media_id"]), int(answer["created_at"]))


def upload_picture(wecom: WeCom, filename: str, content: bytes, content_type: str) -> str:
    """Upload a picture of 2 MB at most for good; return its address, shown in WeCom's messages alone.

    A corp has 1,000 of them a day and 3,000 a month, and repeating makes another one: a call whose outcome is
    unknown is not repeated. Raises BreaksLimit, Missing.
    """
    _within(content, _PICTURE_MEGABYTES)
    answer = wecom.call(
        "POST",
        "/cgi-bin/media/uploadimg",
        files={"media": (filename, content, content_type)},
        idempotent=False,
        budget=_WAIT_SECONDS,
    )
    return str(answer["url"])


def _within(content: bytes, megabytes: int) -> None:
    if len(content) < _LEAST_BYTES:
        raise Missing("素材内容")
    if len(content) > megabytes * 1024 * 1024:
        raise BreaksLimit("素材", megabytes, "MB")
