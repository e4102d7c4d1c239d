"""Taking a lead in: black list, what it meets, a new lead or a touch (spec 4.1, 4.3, oracles L10, L18, L22).

The uniqueness of open leads is in the write (UNIQ rows): of two who tell of one person at once, one creates
the lead and the other meets it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from typing import Any, Literal

from scrm.leads import dynamodb as stored
from scrm.leads import last_dynamodb, lists_dynamodb, touches_dynamodb
from scrm.leads.alike import told_together
from scrm.leads.companies_dynamodb import company_steps
from scrm.leads.dedupe import Answer, Match, met
from scrm.leads.dynamodb import KeyTaken, Step
from scrm.leads.knowing import Known, behind
from scrm.leads.model import Key, Lead, Source
from scrm.leads.steps import created
from scrm.privacy.receipts_dynamodb import erased_at
from scrm.telemetry import count

ATTEMPTS = 6
MOST_STICKY = 5

Outcome = Literal[
    "created",
    "blacklisted",
    "erased",
    "exists_in_pool",
    "already_yours",
    "owned",
    "conflict",
    "touched",
    "known",
]


@dataclass(frozen=True)
class Told:
    """A lead as its source tells of it. `source_id` names it there; `by` is who told it, "" for a system.

    `touch_id` names what it is to an open lead, where several tellings are to be one touch. `system` is which
    of those that tell of such leads it was: two of them may number theirs alike.
    """

    source: Source
    source_id: str
    keys: tuple[Key, ...]
    lead: Lead
    detail: Mapping[str, Any] = field(default_factory=dict)
    by: str = ""
    touch_id: str = ""
    system: str = ""

    @property
    def lead_id(self) -> str:
        """Return the id of the lead that is told of: telling it again names the same lead."""
        return lead_id_of(self.source, self.named(self.source_id))

    def named(self, name: str) -> str:
        """Return a name that a system gave, apart from the same name given by another."""
        return f"{self.system}#{name}" if self.system else name


@dataclass(frozen=True)
class Begun:
    """How a new lead begins: as what, when the clock looks at it, and what is stored together with it."""

    lead: Lead
    due_at: datetime | None
    steps: tuple[Step, ...] = ()


Begin = Callable[[Lead, Answer, datetime], Begun]


@dataclass(frozen=True)
class TakenIn:
    """What became of it: the lead, or the open ones that it met."""

    outcome: Outcome
    lead_id: str = ""
    leads: tuple[Lead, ...] = ()


def undecided(new: Lead, _: Answer, _now: datetime) -> Begun:
    """Let a lead begin as nobody's: whose it is, is decided on at once, or when it has been cleaned.

    The stream asks for the decision, and a dead letter rings: a place in what is due would cost 9 WRU for 8.
    """
    return Begun(new, None)


def lead_id_of(source: str, source_id: str) -> str:
    """Return the id of the lead that a source calls `source_id`."""
    return f"ld_{sha256(f'{source}#{source_id}'.encode()).hexdigest()[:20]}"


def take_in(told: Told, now: datetime, begin: Begin = undecided) -> TakenIn:
    """Record a lead, or a touch on the one that is there; return what became of it.

    Safe to repeat: the same source_id is the same lead and the same touch. Raises KeyTaken when others
    kept taking the keys; trying again helps. A new lead costs some 4 RRU a key and 10 WRU.
    """
    lead_id = told.lead_id
    for _ in range(ATTEMPTS):
        open_ones = _open_matches(told)
        mine = next((each for each in open_ones if lead_id in {each.lead_id, *each.absorbed}), None)
        if mine:
            return TakenIn("known", mine.lead_id, (mine,))
        there = [Match(each.lead_id, each.status, each.owner) for each in open_ones]
        answer = met([*there, *last_dynamodb.last(told.keys)], told.by)
        colours = lists_dynamodb.colours(told.keys, now)
        refused = "black" in colours and "white" not in colours
        if not refused and answer.appends_touch:
            return _touched(told, answer, open_ones[0], now)
        if not refused and answer.outcome == "conflict":
            told_together(open_ones, now)
            return TakenIn("conflict", leads=open_ones)
        # Whoever is on the white list needs no cleaning either.
        sure = replace(told, lead=replace(told.lead, uncleaned=False)) if "white" in colours else told
        try:
            return _refused(told, lead_id, answer, now) if refused else _new(sure, answer, begin, now)
        except KeyTaken:
            if there_already := stored.lead(lead_id):
                return TakenIn("blacklisted" if refused else "known", lead_id, (there_already,))
    raise KeyTaken


def _open_matches(told: Told) -> tuple[Lead, ...]:
    ids = dict.fromkeys(stored.having(told.keys).values())
    found = (stored.lead(each) for each in ids)
    return tuple(each for each in found if each and each.is_open)


def _refused(told: Told, lead_id: str, answer: Answer, now: datetime) -> TakenIn:
    """Keep a blacklisted lead as INVALID, closed from the beginning; nobody is told (L22)."""
    lead = replace(
        created(told.lead, lead_id, told.source, told.keys, told.by, now),
        status="INVALID",
        reason="blacklist",
        uncleaned=False,
        closed_at=now.replace(microsecond=0),
        previous_lead_id="" if answer.outcome == "conflict" else answer.lead_id,
    )
    closes = [last_dynamodb.closed_step(lead, each) for each in lead.keys]
    kept = stored.create(lead, told.detail, None, closes)
    count("lead_blacklisted")
    return TakenIn("blacklisted", lead_id, (kept,))


def _touched(told: Told, answer: Answer, there: Lead, now: datetime) -> TakenIn:
    touches_dynamodb.append(
        there.lead_id,
        told.source,
        told.named(told.touch_id or told.source_id),
        told.by,
        there.owner,
        there.name or there.company,
        {**told.detail, **({"score": told.lead.score} if told.lead.score else {})},
        now,
    )
    count("lead_touched")
    outcome: Outcome = answer.outcome if told.by else "touched"  # type: ignore[assignment]  # one that touches
    return TakenIn(outcome, there.lead_id, (there,))


def _new(told: Told, answer: Answer, begin: Begin, now: datetime) -> TakenIn:
    known = behind(told.keys)
    if not known.customer_id and any(erased_at(*each) for each in told.keys):
        count("lead_of_erased")
        return TakenIn("erased")
    lead_id = told.lead_id
    new = replace(
        created(told.lead, lead_id, told.source, told.keys, told.by, now),
        customer_id=told.lead.customer_id or known.customer_id,
        previous_lead_id=answer.lead_id,
        sticky=_used_to(answer, known),
    )
    begun = begin(new, answer, now)
    steps = [*begun.steps, *company_steps(new.company, lead_id)]
    kept = stored.create(begun.lead, told.detail, begun.due_at, steps)
    count("lead_created", source=told.source)
    return TakenIn("created", lead_id, (kept,))


def _used_to(answer: Answer, known: Known) -> tuple[tuple[str, str], ...]:
    """Return whom the person is used to: who won them last, then the friend they spoke to last (spec 4.2)."""
    found = [("last_won", answer.owner)] if answer.outcome == "renewal" and answer.owner else []
    found += [("friend", each) for each in known.friends]
    return tuple(dict.fromkeys(found))[:MOST_STICKY]
