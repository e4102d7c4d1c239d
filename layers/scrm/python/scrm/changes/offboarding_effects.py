"""What may follow for offboarding: plain values for the edge to carry out, each harmless to repeat."""

from dataclasses import dataclass

from scrm.changes.effects import Effect


@dataclass(frozen=True)
class MemberMoved(Effect):
    """A member was disabled, left, or is there again; `with_contact`: they had customer contact before."""

    userid: str
    with_contact: bool


@dataclass(frozen=True)
class HandedOver(Effect):
    """A plan of these members is over: what is left of those of them who are gone is counted anew."""

    plan_id: str
    version: int
    userids: tuple[str, ...]
