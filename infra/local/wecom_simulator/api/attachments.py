"""Texts and attachments of welcome messages, mass sends and moments (fact sheet 4.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..calls import Call
from ..errors import Refused
from ..settings import MEDIA_SECONDS

if TYPE_CHECKING:
    from ..simulator import Simulator

UPLOAD, MOMENT, PRODUCT = 0, 1, 2
"""Scenes of a media id: media/upload, or upload_attachment with its attachment_type. Not interchangeable."""

_LIMITS: dict[str, dict[str, int]] = {
    "link": {"title": 128, "picurl": 2048, "desc": 512, "url": 2048},
    "miniprogram": {"title": 64},
}
_REQUIRED: dict[str, tuple[str, ...]] = {
    "link": ("title", "url"),
    "miniprogram": ("title", "pic_media_id", "appid", "page"),
    "video": ("media_id",),
    "file": ("media_id",),
    "image": (),
}


def check_content(sim: Simulator, call: Call) -> None:
    """Raise Refused unless there is a text or an attachment and each is as the sheet wants it."""
    text = (call.body.get("text") or {}).get("content", "")
    attachments = call.body.get("attachments") or []
    if not text and not attachments:
        raise Refused(40058)
    for attachment in attachments:
        _check_attachment(sim, call, attachment)


def _check_attachment(sim: Simulator, call: Call, attachment: dict[str, Any]) -> None:
    kind = attachment.get("msgtype")
    if kind not in _REQUIRED:
        raise Refused(41065)
    part = attachment.get(kind)
    if not isinstance(part, dict):
        raise Refused(40058)
    for name in _REQUIRED[kind]:
        if not isinstance(part.get(name), str) or not part[name]:
            raise Refused(40058)
    for name, size in _LIMITS.get(kind, {}).items():
        if len(str(part.get(name, "")).encode()) > size:
            raise Refused(40058)
    if kind == "image" and not part.get("media_id"):
        _check_picture(sim, part.get("pic_url"))
    elif kind == "miniprogram":
        check_media(sim, call, part["pic_media_id"], "image", UPLOAD)
    elif kind != "link":
        check_media(sim, call, part["media_id"], kind, UPLOAD)


def _check_picture(sim: Simulator, url: Any) -> None:
    """A picture by URL must come from media/uploadimg."""
    if url not in sim.world.images:
        raise Refused(40058)


def check_media(sim: Simulator, call: Call, media_id: Any, kind: str, scene: int) -> None:
    """Raise Refused(40007) unless the id is of this kind and scene and younger than three days."""
    media = sim.world.media.get(str(media_id))
    if media is None or call.now >= media.created_at + MEDIA_SECONDS:
        raise Refused(40007)
    if media.type != kind or media.scene != scene:
        raise Refused(41072 if {scene, media.scene} == {MOMENT, PRODUCT} else 40007)
