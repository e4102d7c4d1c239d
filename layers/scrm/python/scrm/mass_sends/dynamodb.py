"""Mass sends of SOPs: `MASS#<mass_id>` holds a gather, who has a place in it, its calls and whom each names.

`HEAD` stands in the same index as bars while there is something to do (`DUE#sops#<shard>`).
"""

import base64
import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any, TypeVar

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import PutError

from scrm.mass_sends.model import KEPT, Gather, MassCall, Place
from scrm.sops.dynamodb import due_pk
from scrm.sops.enrollment import shard_of
from scrm.table import DueRow, Row, rfc3339

PREFIX = "MASS#"
HEAD = "HEAD"
CALL = "CALL#"
NAMED = "NAMED#"
PLACE = "PLACE#"
_TIMES = frozenset({"due_at", "closed_at", "asked_at", "look_at", "poll_at", "nudged_at", "confirmed_at"})
_ELSEWHERE = frozenset({"mass_id", "revision"})
_IN_A_ROW = 5_000

T = TypeVar("T", Gather, MassCall)


class MassChanged(Exception):
    """The gather is not as it was read; nothing was written."""


class HeadRow(DueRow):
    """One gather."""

    gather: JSONAttribute = JSONAttribute()
    version = NumberAttribute()
    expires_at = NumberAttribute()

    def entity(self) -> Gather:
        """Return the row as the rest of the product knows it."""
        plain = _typed(self.gather)
        return Gather(mass_id=self.pk.removeprefix(PREFIX), revision=int(self.version), **plain)


class CallRow(Row):
    """One call: what it says, and how far it is."""

    call: JSONAttribute = JSONAttribute()
    expires_at = NumberAttribute()

    def entity(self) -> MassCall:
        """Return the row as the rest of the product knows it."""
        return MassCall(**_typed(self.call))


class NamedRow(Row):
    """Whom a call names and nothing final is known of: 5,000 to a row, packed."""

    packed = UnicodeAttribute()
    expires_at = NumberAttribute()


class PlaceRow(Row):
    """One customer's place, until it is known what became of it."""

    subject = UnicodeAttribute()
    cycle = NumberAttribute()
    attempt = NumberAttribute()
    owner = UnicodeAttribute()
    told: JSONAttribute = JSONAttribute(null=True)
    expires_at = NumberAttribute()

    def entity(self) -> Place:
        """Return the row as the rest of the product knows it."""
        return Place(
            self.subject,
            self.sk.removeprefix(PLACE),
            int(self.cycle),
            int(self.attempt),
            self.owner,
            self.told or {},
        )


def head(mass_id: str) -> Gather | None:
    """Return a gather, strongly. 1 RRU."""
    try:
        return HeadRow.get(PREFIX + mass_id, HEAD, consistent_read=True).entity()
    except HeadRow.DoesNotExist:
        return None


def save(after: Gather, before: Gather | None) -> Gather:
    """Store a gather over the revision it was read with (None: new) and return it as stored.

    1 WRU, and 2 for a changed time. Raises MassChanged when it is not as it was read.
    """
    stored = replace(after, revision=(before.revision if before else 0) + 1)
    due = stored.look_at
    row = HeadRow(
        PREFIX + stored.mass_id,
        HEAD,
        due_pk=due_pk(shard_of(stored.mass_id)) if due else None,
        due_sk=f"{_text(due)}#{stored.priority:03d}#{stored.status}.{stored.looks}" if due else None,
        gather=_plain(stored),
        version=stored.revision,
        expires_at=_expires(stored),
    )
    condition = HeadRow.version == before.revision if before else HeadRow.pk.does_not_exist()
    try:
        row.save(condition)
    except PutError as error:
        if error.cause_response_code == "ConditionalCheckFailedException":
            raise MassChanged from error
        raise
    return stored


def take_place(gather: Gather, place: Place) -> None:
    """Give a customer their place; a repetition writes the same. 1 WRU."""
    PlaceRow(
        PREFIX + gather.mass_id,
        PLACE + place.external_userid,
        subject=place.subject,
        cycle=place.cycle,
        attempt=place.attempt,
        owner=place.owner,
        told=dict(place.values) or None,
        expires_at=_expires(gather),
    ).save()


def places(mass_id: str) -> Iterator[Place]:
    """Yield who has a place, strongly: one query, by bytes."""
    rows = PlaceRow.query(PREFIX + mass_id, PlaceRow.sk.startswith(PLACE), consistent_read=True)
    return (row.entity() for row in rows)


def places_of(mass_id: str, recipients: Iterable[str]) -> dict[str, Place]:
    """Return the places of these contacts, those there are: a strong batch read for each 100."""
    keys = [(PREFIX + mass_id, PLACE + each) for each in dict.fromkeys(recipients)]
    found = (row.entity() for row in PlaceRow.batch_get(keys, consistent_read=True)) if keys else iter(())
    return {each.external_userid: each for each in found}


def leave(mass_id: str, recipients: Iterable[str]) -> None:
    """Take the places of these contacts away: it is known what became of them. 1 WRU each."""
    with PlaceRow.batch_write() as batch:
        for each in recipients:
            batch.delete(PlaceRow(PREFIX + mass_id, PLACE + each))


def put_call(gather: Gather, call: MassCall) -> None:
    """Store a call. 1 WRU for each KB; whoever does works on the gather alone, in its message group."""
    CallRow(
        PREFIX + gather.mass_id,
        f"{CALL}{call.number:04d}",
        call=_plain(call),
        expires_at=_expires(gather),
    ).save()


def calls(gather: Gather) -> list[MassCall]:
    """Return the calls of a gather in order, strongly: one query, by bytes."""
    rows = CallRow.query(PREFIX + gather.mass_id, CallRow.sk.startswith(CALL), consistent_read=True)
    return [each for each in (row.entity() for row in rows) if each.number <= gather.calls]


def name(gather: Gather, number: int, recipients: Sequence[str]) -> None:
    """Store whom a call names, over what was stored. 1 WRU for each KB, some 30 recipients."""
    for place, start in enumerate(range(0, max(len(recipients), 1), _IN_A_ROW)):
        part = recipients[start : start + _IN_A_ROW]
        packed = base64.b64encode(zlib.compress("\n".join(part).encode())).decode()
        NamedRow(
            PREFIX + gather.mass_id,
            f"{NAMED}{number:04d}#{place}",
            packed=packed,
            expires_at=_expires(gather),
        ).save()
    if len(recipients) <= _IN_A_ROW:
        NamedRow(PREFIX + gather.mass_id, f"{NAMED}{number:04d}#1").delete()


def named(gather: Gather, number: int) -> list[str]:
    """Return whom a call names of whom nothing final is known, strongly, by bytes."""
    rows = NamedRow.query(
        PREFIX + gather.mass_id, NamedRow.sk.startswith(f"{NAMED}{number:04d}#"), consistent_read=True
    )
    texts = (zlib.decompress(base64.b64decode(row.packed)).decode() for row in rows)
    return [each for text in texts for each in text.split("\n") if each]


def _plain(told: Gather | MassCall) -> dict[str, Any]:
    """Return what differs from the defaults, as JSON takes it."""
    plain = {}
    for each in fields(told):
        value = getattr(told, each.name)
        if each.name not in _ELSEWHERE and value not in (each.default, {}, ()):
            plain[each.name] = int(value.timestamp()) if isinstance(value, datetime) else value
    shown: dict[str, Any] = json.loads(json.dumps(plain))
    return shown


def _typed(plain: dict[str, Any]) -> dict[str, Any]:
    times = {name: datetime.fromtimestamp(int(value), UTC) for name, value in plain.items() if name in _TIMES}
    more = {"attachments": tuple(plain["attachments"])} if "attachments" in plain else {}
    return {**plain, **times, **more}


def _expires(gather: Gather) -> int:
    return int((gather.due_at + KEPT).timestamp())


def _text(at: datetime) -> str:
    return rfc3339(at.astimezone(UTC))
