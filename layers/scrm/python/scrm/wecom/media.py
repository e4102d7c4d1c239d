"""Temporary media: kept by WeCom for three days, so the original stays with us. WeCom document 90253."""

from dataclasses import dataclass
from typing import Literal

from scrm.wecom.checks import BreaksLimit, Missing
from scrm.wecom.client import WeCom

Kind = Literal["image", "voice", "video", "file"]
KEPT_SECONDS = 3 * 86_400
_MEGABYTES: dict[Kind, int] = {"image": 10, "voice": 2, "video": 10, "file": 20}
_LEAST_BYTES = 6


@dataclass(frozen=True)
class Media:
    """An upload: its id, and when WeCom made it (unix seconds)."""

    media_id: str
    created_at: int


def upload(wecom: WeCom, kind: Kind, filename: str, content: bytes, content_type: str) -> Media:
    """Upload a temporary medium, for messages to customers and staff alike. `filename` is shown to them.

    Safe to repeat: a second upload only makes a second id. Raises BreaksLimit, Missing.
    """
    if len(content) < _LEAST_BYTES:
        raise Missing("素材内容")
    if len(content) > _MEGABYTES[kind] * 1024 * 1024:
        raise BreaksLimit("素材", _MEGABYTES[kind], "MB")
    answer = wecom.call(
        "POST",
        "/cgi-bin/media/upload",
        params={"type": kind},
        files={"media": (filename, content, content_type)},
        idempotent=True,
    )
    return Media(str(answer["media_id"]), int(answer["created_at"]))
