"""Tables that a page sends: the file itself as the body, or in JSON with its name."""

import base64
import binascii
from typing import Annotated

from pydantic import Field

from scrm.http import problems, validation
from scrm.http.fields import In
from scrm.http.request import Request

MOST_BYTES = 4 * 1024 * 1024
"""A function is handed 6 MB, and what is no text takes a third more."""
LARGEST = MOST_BYTES * 4 // 3 + 10_000
TABLES = (
    "text/csv",
    "application/octet-stream",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
)


class FileIn(In):
    """A file in JSON."""

    name: Annotated[str, Field(max_length=200)] = ""
    content_base64: str


def file_of(request: Request) -> tuple[str, bytes]:
    """Return the name and the content of what was sent. Raises 413 and 422 problems."""
    if not request.headers.get("content-type", "").startswith("application/json"):
        return "", _bounded(request.raw_body)
    asked = validation.body(FileIn, request.raw_body)
    try:
        content = base64.b64decode(asked.content_base64, validate=True)
    except (binascii.Error, ValueError):
        raise problems.invalid_field("content_base64", "不是有效的 Base64") from None
    return asked.name, _bounded(content)


def _bounded(content: bytes) -> bytes:
    if len(content) > MOST_BYTES:
        raise problems.too_large(MOST_BYTES)
    return content
