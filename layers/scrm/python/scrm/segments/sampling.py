"""A pilot sample of a segment 小步快跑 (SEG-20). Pure.

Ids of customers are digests, so that a segment's members in the order of their ids are in a random order that
never changes. A sample is the next `size` members from a point that the seed names, as on a ring. It is
the same whenever it is asked for; another seed begins elsewhere. A customer who enters or leaves changes at
most one of the sample's places, and only when their id falls among them.
"""

from collections.abc import Callable
from hashlib import sha256

IdsAfter = Callable[[str, int], list[str]]
"""Up to n members whose ids sort after a text, in order."""


def sample(ids_after: IdsAfter, size: int, seed: str) -> list[str]:
    """Return `size` members' ids, or all when there are fewer, in the order of the ring."""
    point = f"cu_{sha256(seed.encode()).hexdigest()[:24]}"
    found = ids_after(point, size)
    if len(found) < size:
        beginning = ids_after("", size - len(found))
        found += [each for each in beginning if each <= point]
    return found
