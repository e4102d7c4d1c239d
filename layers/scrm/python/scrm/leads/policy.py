"""The rules of assignment as data: pools with their members, rules by priority, in versions (spec 4.1). Pure.

A set of rules never changes: another version takes its place, so that a decision can be told by the version
it was made with, and a new set can be tried on leads of the past before it is in force.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from scrm.channel_codes.model import Shift
from scrm.leads.algorithms import Algorithm, Cursor
from scrm.leads.candidates import Candidate, levels
from scrm.leads.deciding import OffHours, Rule
from scrm.leads.loads import Load
from scrm.leads.model import Lead
from scrm.leads.protection import Policy
from scrm.leads.shifts import on_shift, opens_at
from scrm.settings.model import Settings


@dataclass(frozen=True)
class Member:
    """A member of a pool: their place, weight, caps, skills, regions and shifts; none is always.

    `by_calendar`: their shifts keep to the corp's working days, holidays off and 调休 worked.
    """

    userid: str
    order_no: int = 0
    weight: int = 1
    max_open: int | None = None
    daily_cap: int | None = None
    skills: Mapping[str, int] = field(default_factory=dict)
    regions: tuple[str, ...] = ()
    shifts: tuple[Shift, ...] = ()
    by_calendar: bool = False


@dataclass(frozen=True)
class Pool:
    """A pool 公海: who works for it, who administers it, what claiming and keeping are bounded by.

    `nurture` are the members who carry out SOPs for its leads, in turn; none: its members do. `version`
    counts how often it was changed, whatever became of the rules beside it.
    """

    pool_id: str
    name: str
    members: tuple[Member, ...] = ()
    admins: tuple[str, ...] = ()
    claim_daily_cap: int | None = None
    hold_cap: int | None = None
    protection: Policy = field(default_factory=Policy)
    version: int = 0
    nurture: tuple[str, ...] = ()

    @property
    def nurtures(self) -> tuple[str, ...]:
        """Return who carries out SOPs for the leads of the pool, in their order."""
        members = sorted(self.members, key=lambda each: (each.order_no, each.userid))
        return self.nurture or tuple(each.userid for each in members)


@dataclass(frozen=True)
class Fits:
    """Which leads a rule is for: every list that names something has to name what the lead has.

    `regions` are administrative codes and hold for what lies below them.
    """

    sources: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    campaigns: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    prelabels: tuple[str, ...] = ()

    def lead(self, lead: Lead) -> bool:
        """Return whether a lead fits."""
        return not self.unmet(lead)

    def unmet(self, lead: Lead) -> list[str]:
        """Return the names of the lists that a lead has nothing of; none where it fits."""
        has: Mapping[str, Collection[str]] = {
            "sources": {lead.source},
            "channels": {lead.channel_id},
            "products": {lead.product},
            "campaigns": {lead.campaign},
            "regions": levels(lead.region) if lead.region else (),
            "prelabels": lead.prelabels,
        }
        wanted: Mapping[str, tuple[str, ...]] = vars(self)
        return [name for name, there in has.items() if wanted[name] and not {*wanted[name]} & {*there}]

    @property
    def specific(self) -> int:
        """Return how much the rule asks: of equal priority the one that asks more goes first."""
        return sum(bool(each) for each in vars(self).values())


@dataclass(frozen=True)
class RuleOfPool:
    """One rule: for which leads, which pool's members, chosen how; `only` narrows the members by userid."""

    rule_id: str
    pool_id: str
    algorithm: Algorithm = "round_robin"
    priority: int = 100
    fits: Fits = field(default_factory=Fits)
    only: tuple[str, ...] = ()
    skills: Mapping[str, int] = field(default_factory=dict)
    by_region: bool = False
    off_hours: OffHours = "pool"
    duty: str = ""
    enabled: bool = True


@dataclass(frozen=True)
class RuleSet:
    """Everything that decides whose leads are, as of one version; `default_pool` takes what no rule takes."""

    number: int = 0
    rules: tuple[RuleOfPool, ...] = ()
    pools: tuple[Pool, ...] = ()
    default_pool: str = ""

    def pool(self, pool_id: str) -> Pool | None:
        """Return a pool by its id."""
        return next((each for each in self.pools if each.pool_id == pool_id), None)

    @property
    def by_calendar(self) -> bool:
        """Return whether anybody's shifts keep to the corp's working days."""
        return any(member.by_calendar for pool in self.pools for member in pool.members)

    def fitting(self, lead: Lead) -> list[RuleOfPool]:
        """Return the rules for a lead, those of the lowest priority number and that ask most first."""
        return [each for each in self.in_order() if each.enabled and each.fits.lead(lead)]

    def in_order(self) -> list[RuleOfPool]:
        """Return all rules as they are asked."""
        return sorted(self.rules, key=lambda each: (each.priority, -each.fits.specific, each.rule_id))


@dataclass(frozen=True)
class Standing:
    """How the members stand at one moment, by userid in lower case; `corp` says which days are worked."""

    loads: Mapping[str, Load]
    active: Collection[str]
    on_leave: Collection[str]
    corp: Settings = field(default_factory=Settings)


def ready(
    rule: RuleOfPool, pool: Pool, cursor: Cursor, standing: Standing, lead: Lead, now: datetime
) -> Rule:
    """Return a rule as `scrm.leads.deciding` asks it, with the members as they stand at `now`."""
    members = members_of(rule, pool)
    return Rule(
        rule.rule_id,
        rule.algorithm,
        [_candidate(each, standing, now) for each in members],
        _of(cursor, members),
        _skills(rule.skills, lead.skills),
        rule.by_region,
        rule.off_hours,
        next_shift(members, standing, now),
        rule.duty if _works(rule.duty, standing) else "",
    )


def _of(cursor: Cursor, members: Iterable[Member]) -> Cursor:
    """Return a rule's turns without who works for it no more: whoever comes back begins anew (spec 4.9)."""
    there = {each.userid for each in members}
    return replace(cursor, gained={name: each for name, each in cursor.gained.items() if name in there})


def _skills(rule: Mapping[str, int], lead: Mapping[str, int]) -> Mapping[str, int]:
    """Return what both ask for: what a source says of a lead does not lower what the rule wants."""
    return {name: max(rule.get(name, 0), lead.get(name, 0)) for name in (*rule, *lead)}


def _works(userid: str, standing: Standing) -> bool:
    """Return whether a member is there at all: who has left or is on leave takes no duty."""
    return userid.lower() in standing.active and userid.lower() not in standing.on_leave


def members_of(rule: RuleOfPool, pool: Pool) -> list[Member]:
    """Return whom a rule chooses among, in their order: an explanation's letters stand in the same."""
    only = {each.lower() for each in rule.only}
    found = [each for each in pool.members if not only or each.userid.lower() in only]
    return sorted(found, key=lambda each: (each.order_no, each.userid))


def works_at(member: Member, standing: Standing, at: datetime) -> bool:
    """Return whether a member works at `at`; without shifts always."""
    return not member.shifts or on_shift(member.shifts, at, _calendar(member, standing))


def next_shift(members: Iterable[Member], standing: Standing, now: datetime) -> datetime | None:
    """Return when the next shift of any of the members begins after `now`, None where none does for long."""
    starts = (opens_at(each.shifts, now, _calendar(each, standing)) for each in members)
    return min(filter(None, starts), default=None)


def _calendar(member: Member, standing: Standing) -> Settings | None:
    return standing.corp if member.by_calendar else None


def _candidate(member: Member, standing: Standing, now: datetime) -> Candidate:
    name = member.userid.lower()
    load = standing.loads.get(name, Load(name)).on(now)
    return Candidate(
        member.userid,
        member.order_no,
        member.weight,
        load.open,
        member.max_open,
        load.given,
        member.daily_cap,
        load.last_assigned_at,
        member.skills,
        member.regions,
        active=name in standing.active,
        on_shift=works_at(member, standing, now),
        on_leave=name in standing.on_leave,
    )
