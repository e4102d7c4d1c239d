"""The boundaries of the segments that are active: which there are, and since when each matters."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from scrm.cards.boundaries import Term, terms_of
from scrm.conditions.tree import of_plain
from scrm.fields.dynamodb import fields
from scrm.segments.model import Segment

# A definition is asked of everybody after it was stored; clocks differ by less than this.
EARLIER = timedelta(minutes=5)


def due_terms(segments: Iterable[Segment], now: datetime) -> list[tuple[Term, datetime]]:
    """Return the boundaries to be swept, each with the time from which on it matters if it is a new one.

    That is when the latest segment that asks about it was last changed: everybody was looked at after that.
    """
    custom = fields(now)
    found: dict[str, tuple[Term, datetime]] = {
        name: (term, now - EARLIER) for name, term in terms_of(()).items()
    }
    for each in segments:
        if not each.evaluated:
            continue
        since = (each.updated_at or now) - EARLIER
        for name, term in terms_of([of_plain(each.condition, custom)]).items():
            known = found.get(name)
            found[name] = (term, min(since, known[1]) if known else since)
    return [found[name] for name in sorted(found)]
