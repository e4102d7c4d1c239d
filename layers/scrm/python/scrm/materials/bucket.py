"""Files in the bucket: `uploads/` is what browsers put there, `files/` what was checked and is kept.

No object is ever changed: what is kept under `files/` are the very bytes that were checked. Addresses are
signed for minutes; what nobody completes goes after a day (the bucket's lifecycle).
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from botocore.exceptions import ClientError

from scrm import aws
from scrm.config import required
from scrm.materials.files import File

UPLOAD_WITHIN = timedelta(minutes=15)
LOOK_WITHIN = timedelta(minutes=10)


class FileGone(LookupError):
    """The object is not there; the text is its name in the bucket."""


@dataclass(frozen=True)
class Upload:
    """Where a browser posts a file: a form of these fields, the file last, as the field `file`."""

    url: str
    fields: dict[str, str]


def upload_address(announced: File) -> Upload:
    """Return where exactly this type and size may be posted, within UPLOAD_WITHIN."""
    size = announced.size
    kind = {"Content-Type": announced.content_type}
    signed = aws.client("s3").generate_presigned_post(
        _bucket(),
        _upload(announced.file_id),
        Fields=kind,
        Conditions=[kind, ["content-length-range", size, size]],
        ExpiresIn=int(UPLOAD_WITHIN.total_seconds()),
    )
    return Upload(signed["url"], signed["fields"])


def uploaded(file_id: str, most: int) -> bytes:
    """Return what a browser has put there, of more than `most` bytes one more than that. Raises FileGone."""
    return bytes(_object(_upload(file_id))["Body"].read(most + 1))


def keep(file: File, content: bytes) -> bool:
    """Keep checked bytes; return False where bytes of the file are kept already, which stay."""
    try:
        aws.client("s3").put_object(
            Bucket=_bucket(),
            Key=_kept(file.file_id),
            Body=content,
            ContentType=file.content_type,
            IfNoneMatch="*",
        )
    except ClientError as error:
        if error.response["Error"]["Code"] not in {"PreconditionFailed", "ConditionalRequestConflict"}:
            raise
        return False
    return True


def drop_upload(file_id: str) -> None:
    """Delete what a browser has put there. Repeating is safe."""
    aws.client("s3").delete_object(Bucket=_bucket(), Key=_upload(file_id))


def forget(file_id: str) -> None:
    """Delete a kept file, and what may still lie where it was put. Repeating is safe."""
    for key in (_kept(file_id), _upload(file_id)):
        aws.client("s3").delete_object(Bucket=_bucket(), Key=key)


def content(file_id: str) -> bytes:
    """Return a kept file. Raises FileGone."""
    return bytes(_object(_kept(file_id))["Body"].read())


def content_within(file_id: str, most: int) -> tuple[bytes | None, str]:
    """Return a kept file, None when it has more than `most` bytes, and its type. Raises FileGone."""
    found = _object(_kept(file_id))
    body = found["Body"]
    try:
        return bytes(body.read()) if found["ContentLength"] <= most else None, str(found["ContentType"])
    finally:
        body.close()


def look_at(file: File, within: timedelta = LOOK_WITHIN) -> str:
    """Return an address at which a kept file is shown for minutes; what is no picture or video is saved."""
    shown = "inline" if file.kind in {"image", "video"} else "attachment"
    named = f"{shown}; filename*=UTF-8''{quote(file.name)}"
    return address(file.file_id, within, ResponseContentDisposition=named)


def address(file_id: str, within: timedelta, **answered: str) -> str:
    """Return a signed address of a kept file that holds for a time."""
    return str(
        aws.client("s3").generate_presigned_url(
            "get_object",
            Params={"Bucket": _bucket(), "Key": _kept(file_id), **answered},
            ExpiresIn=int(within.total_seconds()),
        )
    )


def _object(key: str) -> Any:
    try:
        return aws.client("s3").get_object(Bucket=_bucket(), Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] in {"NoSuchKey", "404"}:
            raise FileGone(key) from None
        raise


def _upload(file_id: str) -> str:
    return f"uploads/{file_id}"


def _kept(file_id: str) -> str:
    return f"files/{file_id}"


def _bucket() -> str:
    return required("CONTENT_BUCKET")
