"""Catalogues in the bucket: written once under a name of their own, never changed."""

import secrets

from botocore.exceptions import ClientError

from scrm import aws
from scrm.config import required
from scrm.library.catalogue import Catalogue
from scrm.library.model import Kind
from scrm.library.storing import packed, unpacked
from scrm.telemetry import Log

# Who may not list a bucket is told 403 of what is not there.
_GONE = {"NoSuchKey", "404", "AccessDenied", "403"}
log = Log("library")


class CatalogueGone(LookupError):
    """The object is no more: another catalogue holds by now."""


def load(object_key: str) -> Catalogue | None:
    """Return a catalogue; None where another version of the product wrote it. Raises CatalogueGone."""
    try:
        answer = aws.client("s3").get_object(Bucket=_bucket(), Key=object_key)
    except ClientError as error:
        if error.response["Error"]["Code"] not in _GONE:
            raise
        log.warning("catalogue_gone", object_key=object_key)
        raise CatalogueGone(object_key) from None
    return unpacked(answer["Body"].read())


def store(catalogue: Catalogue, number: int) -> str:
    """Store a catalogue; return its name in the bucket."""
    object_key = f"{_folder(catalogue.kind)}{number:08d}-{secrets.token_hex(4)}.json.gz"
    aws.client("s3").put_object(
        Bucket=_bucket(), Key=object_key, Body=packed(catalogue), ContentType="application/gzip"
    )
    return object_key


def drop(object_key: str) -> None:
    """Delete a catalogue that nobody reads any more. Repeating is safe."""
    aws.client("s3").delete_object(Bucket=_bucket(), Key=object_key)


def _folder(kind: Kind) -> str:
    return f"catalogues/{kind}/"


def _bucket() -> str:
    return required("CONTENT_BUCKET")
