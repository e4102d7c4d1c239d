"""What announcing a file takes and answers."""

from typing import Annotated

from pydantic import Field

from scrm.http.fields import In, Out
from scrm.materials.files import FileKind


class FileIn(In):
    """What is to be uploaded. `kind` says as what it is sent; without it, the type does."""

    name: Annotated[str, Field(min_length=1, max_length=200, examples=["春季价格表.png"])]
    type: Annotated[
        str,
        Field(max_length=100, pattern=r"^[a-z0-9][a-z0-9.+-]*/[a-z0-9][a-z0-9.+-]*$", examples=["image/png"]),
    ]
    size: Annotated[int, Field(ge=0, le=2**40, examples=[52_113])]
    kind: FileKind | None = None
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None


class UploadOut(Out):
    """Where the browser posts the file: these fields in this order, then the file as `file`."""

    url: str
    fields: dict[str, str]


class BegunOut(Out):
    """A file that may be uploaded within 15 minutes, and is then to be completed."""

    file_id: str
    upload: UploadOut
