"""Files of exports: `EXPORT#<job_id>` holds their parts by file and chunk, for a week.

Rows of the table rather than an object store: a file is read a few times by one person, and another service
would cost every function's cold start its model (docs/decisions/0014-jobs.md).
"""

import base64
import zlib
from collections.abc import Iterator, Sequence
from datetime import datetime

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from scrm.exports.model import KEPT
from scrm.table import Row


class PartRow(Row):
    """A part of a file, compressed. `of` is how many the chunk has, on its first one, which is put last."""

    text = UnicodeAttribute()
    of = NumberAttribute(null=True)
    expires_at = NumberAttribute()


def put_parts(job_id: str, file: int, chunk_id: str, texts: Sequence[str], now: datetime) -> None:
    """Store what a chunk adds to a file. The same chunk again replaces it. 1 WRU for each KB compressed."""
    until = int((now + KEPT).timestamp())
    for place in reversed(range(len(texts))):
        PartRow(
            _pk(job_id),
            f"{_file(file)}{chunk_id}#{place:02}",
            text=base64.b64encode(zlib.compress(texts[place].encode())).decode(),
            of=None if place else len(texts),
            expires_at=until,
        ).save()


def file_text(job_id: str, file: int, now: datetime) -> Iterator[str]:
    """Yield the parts of a file in order; nothing once its week is over. By bytes, strongly read."""
    known: dict[str, int] = {}
    for row in PartRow.query(_pk(job_id), PartRow.sk.startswith(_file(file)), consistent_read=True):
        chunk_id, _, place = row.sk.rpartition("#")
        if row.of is not None:
            known[chunk_id] = int(row.of)
        if int(place) < known.get(chunk_id, 0) and int(row.expires_at) > now.timestamp():
            yield zlib.decompress(base64.b64decode(row.text)).decode()


def files_of(job_id: str) -> int:
    """Return how many files an export has by now. One query of one row."""
    where = PartRow.sk.startswith("FILE#")
    last = next(iter(PartRow.query(_pk(job_id), where, scan_index_forward=False, limit=1)), None)
    return int(last.sk.split("#")[1]) + 1 if last else 0


def _pk(job_id: str) -> str:
    return f"EXPORT#{job_id}"


def _file(file: int) -> str:
    return f"FILE#{file:04}#"
