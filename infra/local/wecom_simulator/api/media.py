"""Temporary media and permanent pictures (documentation 90253, 90254, 90256, 95098)."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ..calls import Call, Upload
from ..errors import Refused
from ..limits import Rule
from ..model import Media
from ..registry import Binary, endpoint
from ..settings import MEDIA_SECONDS
from .attachments import MOMENT, PRODUCT, UPLOAD

if TYPE_CHECKING:
    from ..simulator import Simulator

_MB = 1024 * 1024
_UPLOAD_MAX = {"image": 10 * _MB, "voice": 2 * _MB, "video": 10 * _MB, "file": 20 * _MB}
_ATTACHMENT_MAX = {"image": 10 * _MB, "video": 10 * _MB, "file": 10 * _MB}
_IMAGES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")
_CONTENT_TYPES = {"image": "image/png", "voice": "audio/amr", "video": "video/mp4"}


def _file(call: Call, kind: str, maximum: int, too_big: int) -> Upload:
    upload = call.upload
    if upload is None or not upload.content:
        raise Refused(44001)
    if len(upload.content) <= 5:
        raise Refused(40006)
    if len(upload.content) > maximum:
        raise Refused(too_big)
    if kind == "image" and not upload.content.startswith(_IMAGES):
        raise Refused(40005)
    if kind == "video" and upload.content[4:8] != b"ftyp":
        raise Refused(40005)
    return upload


def _keep(sim: Simulator, call: Call, kind: str, scene: int, upload: Upload) -> Media:
    media = Media(sim.ids.text("media", "3", 64), kind, scene, upload.filename, len(upload.content), call.now)
    media.content = base64.b64encode(upload.content).decode()
    world = sim.world
    for old in [key for key, row in world.media.items() if call.now > row.created_at + 2 * MEDIA_SECONDS]:
        del world.media[old]
    world.media[media.media_id] = media
    return media


@endpoint("POST", "media/upload", upload=True)
def upload_media(sim: Simulator, call: Call) -> dict[str, Any]:
    """Keep a file for three days."""
    kind = call.query.get("type", "")
    if kind not in _UPLOAD_MAX:
        raise Refused(40004)
    upload = _file(call, kind, _UPLOAD_MAX[kind], 40009 if kind == "image" else 45001)
    media = _keep(sim, call, kind, UPLOAD, upload)
    return {"type": kind, "media_id": media.media_id, "created_at": str(int(call.now))}


@endpoint("POST", "media/upload_attachment", upload=True)
def upload_attachment(sim: Simulator, call: Call) -> dict[str, Any]:
    """Keep a file for moments (1) or the product album (2); its id is good for nothing else."""
    kind, scene = call.query["media_type"], int(call.query["attachment_type"])
    allowed = {MOMENT: ("image", "video"), PRODUCT: ("image",)}
    if kind not in _ATTACHMENT_MAX:
        raise Refused(40004)
    if kind not in allowed.get(scene, ()):
        raise Refused(41072)
    media = _keep(sim, call, kind, scene, _file(call, kind, _ATTACHMENT_MAX[kind], 41080))
    return {"type": kind, "media_id": media.media_id, "created_at": int(call.now)}


@endpoint("POST", "media/uploadimg", upload=True)
def upload_image(sim: Simulator, call: Call) -> dict[str, Any]:
    """Keep a picture for ever: 1,000 a day and 3,000 a month."""
    _file(call, "image", 2 * _MB, 40009)
    rules: tuple[Rule, ...] = (
        ("day", sim.limits.uploadimg_per_day),
        ("month", sim.limits.uploadimg_per_month),
    )
    if not sim.windows.take("uploadimg", call.now, *rules):
        raise Refused(45009)
    url = f"https://wework.qpic.cn/wwpic/{sim.ids.hex32('image')}/0"
    sim.world.images.append(url)
    return {"url": url}


@endpoint("GET", "media/get")
def get_media(sim: Simulator, call: Call) -> Binary:
    """Return the file, or the part that a Range header asks for; 40007 after three days."""
    media_id = call.query.get("media_id")
    if not media_id:
        raise Refused(41006)
    media = sim.world.media.get(media_id)
    if media is None or call.now >= media.created_at + MEDIA_SECONDS:
        raise Refused(40007)
    content = base64.b64decode(media.content)
    headers = {
        "Content-Type": _CONTENT_TYPES.get(media.type, "application/octet-stream"),
        "Content-disposition": f'attachment; filename="{quote(media.filename)}"',
    }
    first, _, last = call.range.removeprefix("bytes=").partition("-")
    if not first.isdigit():
        return Binary(content, headers)
    end = min(int(last), len(content) - 1) if last.isdigit() else len(content) - 1
    headers["Content-Range"] = f"bytes {first}-{end}/{len(content)}"
    return Binary(content[int(first) : end + 1], headers, 206)
