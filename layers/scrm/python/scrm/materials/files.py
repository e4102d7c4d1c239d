"""Files of materials, and WeCom's media ids of them: which holds, which is to be made anew (CON-20). Pure.

WeCom keeps a temporary medium for three days. A file that something published uses is uploaded anew two days
after its last upload, so that a day is left for what goes wrong, and no tap ever waits for an upload.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, get_args

FileKind = Literal["image", "video", "file"]
Status = Literal["uploading", "ready", "refused"]
"""uploading: the browser may still send it. refused: what arrived is not what may be sent."""

Use = Literal["message", "moment", "album", "picture"]
"""What an upload is good for; WeCom's ids are not interchangeable.

message: sidebar, welcome, mass send (media/upload). moment, album: media/upload_attachment 1 and 2.
picture: an address of WeCom's for message bodies, lasting (media/uploadimg; a corp has 3,000 a month).
"""
USES: tuple[Use, ...] = get_args(Use)

MEGABYTE = 1024 * 1024
MOST_BYTES: Mapping[FileKind, int] = {
    "image": 10 * MEGABYTE,
    "video": 10 * MEGABYTE,
    "file": 20 * MEGABYTE,
}
PICTURE_BYTES = 2 * MEGABYTE
LEAST_BYTES = 6

LASTS = timedelta(days=3)
RENEWED_AFTER = timedelta(days=2)
SPARE = timedelta(minutes=30)
"""An id is handed out for as long as this is left: the member still has to confirm what they send."""

FIRST_WAIT = timedelta(minutes=5)
LONGEST_WAIT = timedelta(hours=6)
TOLD_AFTER = 5
"""So many tries that WeCom did not answer, then somebody is told."""


@dataclass(frozen=True)
class Media:
    """One upload: WeCom's id of it (of a picture: its address), and when it was made."""

    media_id: str
    created_at: datetime


@dataclass(frozen=True)
class File:
    """One file. It never changes: a changed file is another one.

    `used_by` are the items that are published with it, `asked` the uses it is to be uploaded for once.
    """

    file_id: str
    name: str
    kind: FileKind
    content_type: str
    size: int
    status: Status = "uploading"
    sha256: str = ""
    width: int = 0
    height: int = 0
    created_by: str = ""
    created_at: datetime | None = None
    used_by: frozenset[str] = frozenset()
    asked: frozenset[Use] = frozenset()
    held: Mapping[Use, Media] = field(default_factory=dict)
    due: datetime | None = None
    failure: str = ""
    failed_at: datetime | None = None
    tries: int = 0

    @property
    def is_ready(self) -> bool:
        """Return whether it was checked and kept."""
        return self.status == "ready"

    def media(self, use: Use, now: datetime) -> Media | None:
        """Return the upload that is good for `use` at `now`, None when there is none."""
        known = self.held.get(use)
        if known is None or use == "picture":
            return known
        return known if now < known.created_at + LASTS - SPARE else None

    def to_upload(self, now: datetime) -> tuple[Use, ...]:
        """Return the uses for which it is to be uploaded now, messages first."""
        renewed = bool(self.used_by) and now >= self.renewal("message", now)
        wanted = [use for use in USES if use in self.asked or (use == "message" and renewed)]
        return tuple(wanted) if self.is_ready else ()

    def renewal(self, use: Use, now: datetime) -> datetime:
        """Return when it is to be uploaded again for `use`: now, when it never was."""
        known = self.held.get(use)
        return known.created_at + RENEWED_AFTER if known else now

    def next_due(self, now: datetime) -> datetime | None:
        """Return when it is to be looked at again, None when nothing published uses it."""
        return self.renewal("message", now) if self.is_ready and self.used_by else None


def wait_after(tries: int) -> timedelta:
    """Return how long to wait after that many tries without an answer."""
    doubled: int = 2 ** min(tries, 10)
    return min(FIRST_WAIT * doubled, LONGEST_WAIT)


def item_key(kind: str, item_id: str) -> str:
    """Return the name under which an item says that it uses a file."""
    return f"{kind}#{item_id}"
