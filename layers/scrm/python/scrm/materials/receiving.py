"""Taking in a file that a browser has put into the bucket: checked on what arrived, then kept for good."""

from collections.abc import Callable

from scrm.http import problems
from scrm.http.problems import Problem
from scrm.materials import bucket
from scrm.materials.arriving import checked, described, refuse_announced
from scrm.materials.files import MOST_BYTES, File
from scrm.materials.sniffing import Unfit

MOST = max(MOST_BYTES.values())


def refuse_unfit(announced: File) -> None:
    """Raise 422 naming what is wrong with a file that need not arrive at all."""
    try:
        refuse_announced(announced.name, announced.kind, announced.content_type, announced.size)
    except Unfit as wrong:
        raise _told(wrong) from None


def take_in(announced: File, refuse: Callable[[str], None]) -> File:
    """Check what arrived and keep its bytes; return the file as it is to be recorded. Repeating is safe.

    Raises 409 file_missing where nothing arrived, and file_refused for one that was refused before; 422 for
    what is not as announced or may not be sent, once `refuse` has recorded that.
    """
    if announced.status == "refused":
        raise problems.conflict("file_refused", "这个文件没有通过检查，请重新上传")
    try:
        content = bucket.uploaded(announced.file_id, MOST)
    except bucket.FileGone:
        raise problems.conflict("file_missing", "还没有收到文件，请上传后再提交") from None
    try:
        kept, content = checked(announced, content)
    except Unfit as wrong:
        refuse(announced.file_id)
        bucket.drop_upload(announced.file_id)
        raise _told(wrong) from None
    return kept if bucket.keep(kept, content) else _kept_before(announced)


def _kept_before(announced: File) -> File:
    """Return the file as somebody kept it who was faster, or whose request died before it was recorded."""
    try:
        return described(announced, bucket.content(announced.file_id))
    except bucket.FileGone:
        raise problems.unavailable() from None


def _told(wrong: Unfit) -> Problem:
    return problems.invalid_field(wrong.field, str(wrong))
