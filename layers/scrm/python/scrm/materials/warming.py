"""Uploading a file to WeCom where that is due, and recording the id it gave (CON-20).

Done in the background alone: no request of a person ever uploads. What is uploaded comes from our bucket; no
address that somebody wrote is ever fetched.
"""

from collections.abc import Mapping
from datetime import UTC, datetime

from scrm import telemetry
from scrm.materials import bucket
from scrm.materials import files_dynamodb as stored
from scrm.materials.files import TOLD_AFTER, File, FileKind, Media, Use
from scrm.wecom import media
from scrm.wecom.catalogue import explain
from scrm.wecom.checks import BreaksLimit, Missing
from scrm.wecom.deployed import wecom
from scrm.wecom.errors import WeComError

ROUNDS = 3
FOR_GOOD = frozenset(
    {40004, 40005, 40006, 40009, 40011, 40123, 41006, 41072, 41080, 41081, 41082, 44001, 45001}
)
"""What WeCom says of the file itself: it will say the same again."""
KINDS: Mapping[Use, tuple[FileKind, ...]] = {
    "moment": ("image", "video"),
    "album": ("image",),
    "picture": ("image",),
}
"""What WeCom takes for other uses than messages."""
_SCENES: dict[Use, media.Scene] = {"moment": 1, "album": 2}


class NotTaken(Exception):
    """WeCom will not take the file; `str` of it is a Chinese sentence."""


def warm(file_id: str, now: datetime) -> None:
    """Upload a file for every use for which that is due, and say when to look again. Safe to repeat.

    Killed between upload and record it is uploaded once more, which does no harm: the id recorded last holds.
    Two at once: the second leaves it to the first. Raises ClientError when the bucket does not answer.
    """
    for _ in range(ROUNDS):
        known = stored.file(file_id, consistent=True)
        if known is None:
            return
        wanted = known.to_upload(now)
        if not wanted:
            again = known.next_due(now)
            if known.due == again or stored.look_again(known, again):
                return
        elif not stored.claim(file_id, now):
            telemetry.count("media_left_to_another")
            return
        elif not _all_uploaded(known, wanted, now):
            return


def _all_uploaded(known: File, wanted: tuple[Use, ...], now: datetime) -> bool:
    """Return whether it may be looked at again at once: every upload was settled, one way or the other."""
    try:
        settled = [_uploaded(known, use, now) for use in wanted]
    except Exception:
        stored.release(known.file_id)
        raise
    return all(settled)


def _uploaded(known: File, use: Use, now: datetime) -> bool:
    try:
        stored.record(known.file_id, use, _at_wecom(known, use, now))
    except NotTaken as refusal:
        stored.failed(known, use, str(refusal), now, for_good=True)
        telemetry.count("media_refused", use=use)
        return use != "message"
    except WeComError as error:
        told = explain(error.errcode).sentence if known.tries + 1 >= TOLD_AFTER else ""
        stored.failed(known, use, told, now, for_good=False)
        telemetry.count("media_put_off", use=use, errcode=error.errcode)
        return False
    telemetry.count("media_uploaded", use=use)
    return True


def _at_wecom(known: File, use: Use, now: datetime) -> Media:
    """Upload a file for one use. Raises NotTaken, or WeComError when another time may be better."""
    try:
        content = bucket.content(known.file_id)
        return _sent(known, use, content, now)
    except bucket.FileGone:
        raise NotTaken("原文件已不存在，请重新上传") from None
    except (BreaksLimit, Missing) as wrong:
        raise NotTaken(str(wrong)) from None
    except WeComError as error:
        if error.errcode in FOR_GOOD:
            raise NotTaken(explain(error.errcode).sentence) from None
        raise


def _sent(known: File, use: Use, content: bytes, now: datetime) -> Media:
    if use != "message" and known.kind not in KINDS[use]:
        raise NotTaken("该用途不支持这种文件")
    named = (known.name, content, known.content_type)
    if use == "picture":
        return Media(media.upload_picture(wecom(), *named), now)
    if use == "message":
        made = media.upload(wecom(), known.kind, *named)
    else:
        made = media.upload_attachment(wecom(), _SCENES[use], known.kind, *named)
    return Media(made.media_id, datetime.fromtimestamp(made.created_at, UTC))
