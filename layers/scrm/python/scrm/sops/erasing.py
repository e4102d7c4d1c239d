"""A person in mass sends of SOPs: their places, the lists that name them, the words that call them by name.

Found by the bars of the person: a run's mass send has a natural key (scrm.mass_sends.model).
"""

import base64
import json
import re
import zlib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import count as numbers

from scrm.mass_sends.model import mass_id_of
from scrm.privacy.person import Person
from scrm.privacy.rows_dynamodb import Found, collection, delete, rewrite, row
from scrm.sops.model import Step, Version

NAMED, PLACE = "NAMED#", "PLACE#"
_MASS = re.compile(r"[0-9a-f]{14}\.[0-9]+")


def find(person: Person, bars: Iterable[Found]) -> Iterator[Found]:
    """Yield the rows of mass sends that tell of a person. By bytes of each send they were in."""
    for pk in dict.fromkeys(pk for bar in bars for pk in _sends_of(bar)):
        for each in collection(pk):
            named = set(_names(each)) if each.sk.startswith(NAMED) else set()
            if named & set(person.external_userids) or (not named and each.mentions(person.words)):
                yield each


def erase(person: Person, rows: Iterable[Found]) -> int:
    """Delete the person's places; take them out of lists and words. Return how many rows. Safe to repeat."""
    found = 0
    for each in rows:
        found += 1
        if each.sk.startswith(PLACE):
            delete([each])
        elif each.sk.startswith(NAMED):
            others = [name for name in _names(each) if name not in person.external_userids]
            packed = base64.b64encode(zlib.compress("\n".join(others).encode())).decode()
            rewrite(each, person, {"packed": {"S": packed}})
        else:
            rewrite(each, person)
    return found


def _sends_of(bar: Found) -> Iterator[str]:
    """Yield the item collection of each mass send that a bar had a place in, and is still there."""
    told = bar.plain.get("progress") or {}
    plain = told if isinstance(told, dict) else json.loads(told)
    sop_id = bar.sk.split("#")[1]
    version = Version(sop_id, int(plain["version"]), "", "timed", ())
    for text in plain.get("runs", ()):
        step_key, _, _, due, *more = text.split("|")
        if len(more) > 1 and _MASS.fullmatch(more[1]):
            # What waits, or was called off, says where: under another member or version than today.
            yield f"MASS#{more[1]}"
        at = datetime.fromtimestamp(int(due), UTC)
        for sender, shared in ((plain.get("owner", ""), False), ("", True)):
            for generation in numbers(1):
                mass_id = mass_id_of(version, Step(step_key, ""), sender, at, generation, shared=shared)
                if not [*row(f"MASS#{mass_id}", "HEAD")]:
                    break
                yield f"MASS#{mass_id}"


def _names(found: Found) -> list[str]:
    return zlib.decompress(base64.b64decode(found.plain["packed"])).decode().split("\n")
