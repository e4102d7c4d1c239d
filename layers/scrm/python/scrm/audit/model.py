"""The audit log 审计: a chain in which each line holds the hash of the one before it (spec ADM-03)."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

GENESIS = "0" * 64

_PHONE = re.compile(r"(?<!\d)((?:86)?1[3-9]\d)\d{4}(\d{4})(?!\d)")
_IDENTITY_CARD = re.compile(r"(?<!\d)(\d{6})\d{8}(\d{3}[\dXx])(?!\d)")
_SECRET_NAMES = re.compile(r"secret|token|password|aes_?key|ticket|session|cookie", re.IGNORECASE)


@dataclass(frozen=True)
class Entry:
    """One line: who did what to which thing, how it was before and after, in which request.

    `at` is RFC 3339 in UTC; `before` and `after` are masked. `previous` is the hash of line `seq` - 1.

    What a line tells of a person can be taken out when the person is erased, without breaking the chain: the
    hash is made over a digest of it with `salt`. A line without content keeps that digest, `sealed`.
    """

    seq: int
    at: str
    actor: str
    action: str
    subject: str
    before: Any
    after: Any
    request_id: str
    previous: str
    hash: str = ""
    salt: str = ""
    sealed: str = ""

    @property
    def seal(self) -> str:
        """Return the digest of what the line tells, hex; nobody can guess it back without the salt."""
        if self.sealed:
            return self.sealed
        return _hashed([self.salt, self.subject, self.before, self.after])

    def computed_hash(self) -> str:
        """Return the hash over everything but the hash itself, hex."""
        content = [
            self.seq,
            self.at,
            self.actor,
            self.action,
            self.seal,
            self.request_id,
            self.previous,
        ]
        return _hashed(content)


def _hashed(content: list[Any]) -> str:
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class Fault:
    """The first line that is not what was written: its number and why (changed, missing, broken_link)."""

    seq: int
    reason: str


@dataclass(frozen=True)
class Link:
    """The end of the chain so far: the last line's number and hash."""

    seq: int = 0
    hash: str = GENESIS


def masked(value: Any) -> Any:
    """Return plain JSON data with secrets left out and phones and identity numbers masked."""
    if isinstance(value, Mapping):
        return {
            str(name): "***" if _SECRET_NAMES.search(str(name)) and each else masked(each)
            for name, each in value.items()
        }
    if isinstance(value, list | tuple):
        return [masked(each) for each in value]
    if isinstance(value, str):
        return _PHONE.sub(r"\1****\2", _IDENTITY_CARD.sub(r"\1********\2", value))
    return value


def follow(entries: Iterable[Entry], link: Link) -> tuple[Link, Fault | None]:
    """Return the chain's end after `entries` (oldest first) and the first fault, if there is one."""
    for entry in entries:
        if entry.seq != link.seq + 1:
            return link, Fault(link.seq + 1, "missing")
        if entry.computed_hash() != entry.hash:
            return link, Fault(entry.seq, "changed")
        if entry.previous != link.hash:
            return link, Fault(entry.seq, "broken_link")
        link = Link(entry.seq, entry.hash)
    return link, None
