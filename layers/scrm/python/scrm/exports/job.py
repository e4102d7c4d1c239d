"""The kind of job `export`: write the rows of a source into files (ADM-04).

params: `source`, and under `rows` what the source needs. A walk from one start.
"""

from scrm.exports.dynamodb import put_parts
from scrm.exports.lines import line
from scrm.exports.model import PAGE_ROWS, Place, parts
from scrm.exports.sources import source
from scrm.jobs.model import Outcome, Work


def run(work: Work) -> Outcome:
    """Write the next rows. Safe to repeat: the same chunk writes the same part of the same file."""
    params = work.job.params
    place = Place.of(work.cursor)
    page = source(str(params["source"])).page(params["rows"], place.cursor, PAGE_ROWS, work.now)
    lines = [line(cells) for cells in page.rows]
    put_parts(work.job.job_id, place.file, work.chunk.chunk_id, parts(lines), work.now)
    count = len(lines)
    if page.next_cursor is None:
        return Outcome(done=count)
    size = sum(map(len, lines))
    return Outcome(done=count, next_cursor=place.written(page.next_cursor, size, count).text())
