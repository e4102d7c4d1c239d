"""Two customers claim one identity: a person merges them or rejects the claim (spec IDN-07). Pure."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Literal, get_args

ConflictStatus = Literal["open", "merged", "rejected"]
STATUSES: tuple[ConflictStatus, ...] = get_args(ConflictStatus)


@dataclass(frozen=True)
class Conflict:
    """A claim on an identity that another customer holds.

    `kind` is a kind of identity, or "external_userid" or "customer_id" where the claim named a contact or a
    customer. `holder` and `claimant` are the customers as they were when the claim was met. `source` says who
    claimed. `stays` is who was kept of a merge, `reason` why the decision was made.
    """

    conflict_id: str
    kind: str
    value: str
    holder: str
    claimant: str
    source: str
    created_at: datetime
    status: ConflictStatus = "open"
    stays: str = ""
    reason: str = ""
    decided_by: str = ""
    decided_at: datetime | None = None
    version: int = 1


def conflict_id_of(kind: str, value: str, one: str, other: str) -> str:
    """Return the conflict's id: the same claim between the same two customers is the same conflict."""
    text = "\0".join((kind, value, *sorted((one, other))))
    return "cf_" + sha256(text.encode()).hexdigest()[:24]
