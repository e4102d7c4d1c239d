"""What the routes of rules, pools and leaves take and answer."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any

from pydantic import Field, StrictBool

from scrm.admin.channel_models import ShiftModel, ShiftOut, Userid
from scrm.channel_codes.model import Shift
from scrm.http.fields import In, Moment, Out
from scrm.leads.algorithms import Algorithm
from scrm.leads.deciding import OffHours
from scrm.leads.model import Source
from scrm.leads.policy import Fits, Member, Pool, RuleOfPool
from scrm.leads.protection import Policy
from scrm.sidebar.models import Line, Version

Id = Annotated[str, Field(pattern=r"^[0-9A-Za-z][0-9A-Za-z_-]{0,39}$", examples=["east"])]
Name = Annotated[Line, Field(min_length=1, max_length=40)]
Word = Annotated[Line, Field(min_length=1, max_length=64)]
Region = Annotated[str, Field(pattern=r"^[0-9]{6}$", examples=["330100"])]
"""An administrative code (GB/T 2260): province, city or district; 000000 is the whole country."""
Skills = Annotated[dict[Word, Annotated[int, Field(ge=1, le=10)]], Field(max_length=20)]
Words = Annotated[list[Word], Field(max_length=100)]
Regions = Annotated[list[Region], Field(max_length=100)]
Cap = Annotated[int, Field(ge=0, le=100_000)]
Days = Annotated[int, Field(ge=0, le=730)]
Minutes = Annotated[int, Field(ge=1, le=60 * 24 * 90)]

MOST_MEMBERS = 1000
MOST_RULES = 200
MOST_POOLS = 200


class ProtectionModel(In):
    """How long a lead is its owner's (spec 4.4, 4.5); null does not bound.

    first_sla_minutes are of working time; the other times run on.
    """

    default_days: Annotated[int, Field(ge=1, le=365)] = 10
    extend_days: Days = 3
    max_days: Annotated[int, Field(ge=1, le=730)] | None = 20
    remind_days: Annotated[int, Field(ge=0, le=30)] = 1
    first_sla_minutes: Minutes | None = None
    idle_days: Annotated[int, Field(ge=1, le=365)] | None = None
    stall_days: Annotated[int, Field(ge=1, le=365)] | None = None
    cooldown_minutes: Annotated[int, Field(ge=0, le=60 * 24 * 90)] = 24 * 60

    def policy(self) -> Policy:
        """Return it as the rules know it."""
        told = self.model_dump(exclude={"first_sla_minutes", "cooldown_minutes"})
        sla = self.first_sla_minutes
        return Policy(
            **told,
            first_sla=timedelta(minutes=sla) if sla else None,
            cooldown=timedelta(minutes=self.cooldown_minutes),
        )

    @classmethod
    def of(cls, policy: Policy) -> "ProtectionModel":
        """Return a policy as routes show it."""
        told = {**vars(policy)}
        sla, cooldown = told.pop("first_sla"), told.pop("cooldown")
        minutes = int(sla.total_seconds()) // 60 if sla else None
        return cls(**told, first_sla_minutes=minutes, cooldown_minutes=int(cooldown.total_seconds()) // 60)


class MemberIn(In):
    """A member of a pool: place, weight, caps (null: none), skills, regions, shifts (none: all, always).

    `by_calendar`: the shifts keep to the corp's working days, holidays off and worked weekends 调休 on.
    """

    userid: Userid
    order_no: Annotated[int, Field(ge=0, le=100_000)] | None = None
    weight: Annotated[int, Field(ge=1, le=100)] = 1
    max_open: Cap | None = None
    daily_cap: Cap | None = None
    skills: Skills = Field(default_factory=dict)
    regions: Regions = Field(default_factory=list)
    shifts: Annotated[list[ShiftModel], Field(max_length=20)] = Field(default_factory=list)
    by_calendar: StrictBool = False

    def member(self, place: int) -> Member:
        """Return it as the rules know it; without a place of its own it stands where it is listed."""
        shifts = tuple(Shift(each.start, each.end, tuple(sorted(set(each.weekdays)))) for each in self.shifts)
        order_no = place if self.order_no is None else self.order_no
        regions = tuple(dict.fromkeys(self.regions))
        caps = (self.weight, self.max_open, self.daily_cap)
        return Member(self.userid, order_no, *caps, dict(self.skills), regions, shifts, self.by_calendar)


class PoolIn(In):
    """A pool as it is to be: who works for it, who administers it, how much may be claimed and held.

    `nurture`: who carries out SOPs for its leads, in turn; none: its members do.
    """

    name: Name
    members: Annotated[list[MemberIn], Field(min_length=1, max_length=MOST_MEMBERS)]
    admins: Annotated[list[Userid], Field(max_length=20)] = Field(default_factory=list)
    claim_daily_cap: Cap | None = None
    hold_cap: Cap | None = None
    protection: ProtectionModel = Field(default_factory=ProtectionModel)
    nurture: Annotated[list[Userid], Field(max_length=100)] = Field(default_factory=list)

    def pool(self, pool_id: str, version: int) -> Pool:
        """Return it as the rules know it."""
        members = tuple(each.member(place) for place, each in enumerate(self.members))
        caps = (self.claim_daily_cap, self.hold_cap)
        policy = self.protection.policy()
        admins, nurture = tuple(dict.fromkeys(self.admins)), tuple(dict.fromkeys(self.nurture))
        return Pool(pool_id, self.name, members, admins, *caps, policy, version, nurture)


class NewPoolIn(PoolIn):
    """A pool that is to be; without an id it is given one."""

    pool_id: Id | None = None


class ChangedPoolIn(PoolIn):
    """A whole pool as it is to be; `version` is the pool's that was read."""

    version: Version


class TriedPoolIn(PoolIn):
    """A pool to try rules with."""

    pool_id: Id


class FitsModel(In):
    """Which leads a rule is for: every list that names something has to name what the lead has."""

    sources: Annotated[list[Source], Field(max_length=20)] = Field(default_factory=list)
    channels: Words = Field(default_factory=list)
    products: Words = Field(default_factory=list)
    campaigns: Words = Field(default_factory=list)
    regions: Regions = Field(default_factory=list)
    prelabels: Words = Field(default_factory=list)


class RuleIn(In):
    """One rule: for which leads, whose pool, chosen how. The lowest `priority` is asked first.

    `only` narrows the pool's members, `skills` whom the lead may go to, `by_region` to the nearest of them.
    Off hours is when none of them is on shift; `duty` takes leads meanwhile.
    """

    rule_id: Id
    pool_id: Id
    algorithm: Algorithm = "round_robin"
    priority: Annotated[int, Field(ge=0, le=10_000)] = 100
    fits: FitsModel = Field(default_factory=FitsModel)
    only: Annotated[list[Userid], Field(max_length=MOST_MEMBERS)] = Field(default_factory=list)
    skills: Skills = Field(default_factory=dict)
    by_region: StrictBool = False
    off_hours: OffHours = "pool"
    duty: Userid | None = None
    enabled: StrictBool = True

    def rule(self) -> RuleOfPool:
        """Return it as the engine knows it."""
        fits = Fits(**{name: tuple(dict.fromkeys(each)) for name, each in self.fits.model_dump().items()})
        told = self.model_dump(exclude={"fits", "only", "duty"})
        return RuleOfPool(**told, fits=fits, only=tuple(dict.fromkeys(self.only)), duty=self.duty or "")


class RulesIn(In):
    """All rules as they are to be; `default_pool` takes the leads that no rule takes."""

    rules: Annotated[list[RuleIn], Field(max_length=MOST_RULES)]
    default_pool: Id


class ChangedRulesIn(RulesIn):
    """All rules as they are to be; `version` is the one that was read, 0 where there was none."""

    version: Version


class TriedRulesIn(RulesIn):
    """Rules to try on the leads that were created in [since, until), of 31 days at most.

    Without `pools` those in force hold. `start`: members begin with nothing, or as they stand now.
    """

    since: Moment
    until: Moment
    pools: Annotated[list[TriedPoolIn], Field(min_length=1, max_length=MOST_POOLS)] | None = None
    from_now: StrictBool = False


class MemberOut(Out):
    """A member of a pool."""

    userid: str
    order_no: int
    weight: int
    max_open: int | None
    daily_cap: int | None
    skills: Mapping[str, int]
    regions: list[str]
    shifts: list[ShiftOut]
    by_calendar: bool


class ProtectionOut(Out):
    """How long a lead is its owner's."""

    default_days: int
    extend_days: int
    max_days: int | None
    remind_days: int
    first_sla_minutes: int | None
    idle_days: int | None
    stall_days: int | None
    cooldown_minutes: int


class PoolOut(Out):
    """A pool in force."""

    pool_id: str
    name: str
    members: list[MemberOut]
    admins: list[str]
    claim_daily_cap: int | None
    hold_cap: int | None
    protection: ProtectionOut
    nurture: list[str]
    version: int

    @classmethod
    def of(cls, pool: Pool) -> "PoolOut":
        """Return a pool as routes show it."""
        protection = ProtectionOut.model_validate(ProtectionModel.of(pool.protection))
        return cls.model_validate({**vars(pool), "protection": protection})


class PoolsOut(Out):
    """The pools in force, by id."""

    items: list[PoolOut]


class FitsOut(Out):
    """Which leads a rule is for."""

    sources: list[str]
    channels: list[str]
    products: list[str]
    campaigns: list[str]
    regions: list[str]
    prelabels: list[str]


class RuleOut(Out):
    """One rule."""

    rule_id: str
    pool_id: str
    algorithm: Algorithm
    priority: int
    fits: FitsOut
    only: list[str]
    skills: Mapping[str, int]
    by_region: bool
    off_hours: OffHours
    duty: str
    enabled: bool


class MadeOut(Out):
    """A version of the rules: who made it, when, and whether it is in force."""

    number: int
    by: str
    at: Moment
    in_force: bool


class RulesOut(Out):
    """The rules in force, and the latest versions; `version` goes back with a change."""

    number: int
    version: int
    default_pool: str
    rules: list[RuleOut]
    versions: list[MadeOut]


class RulesVersionOut(Out):
    """One version of the rules with its pools."""

    number: int
    default_pool: str
    rules: list[RuleOut]
    pools: list[PoolOut]


class TriedOut(Out):
    """What the rules would do with one lead, when, why, and whose it is in fact."""

    lead_id: str
    created_at: Moment
    decided_at: Moment
    userid: str
    pool_id: str
    rule_id: str
    why: str
    sentence: str
    until: Moment | None
    owner_now: str


class ShareOut(Out):
    """How many leads of a rule a member would get."""

    userid: str
    weight: int
    given: int


class FairnessOut(Out):
    """How evenly a rule would give: `spread` between most and fewest, Jain's index of leads by weight."""

    rule_id: str
    algorithm: Algorithm
    members: list[ShareOut]
    spread: int
    jain: float


class TriedRulesOut(Out):
    """What the rules would do with the leads of a period; `complete` is false where there are more."""

    leads: int
    complete: bool
    by_why: Mapping[str, int]
    outcomes: list[TriedOut]
    fairness: list[FairnessOut]


class LeaveIn(In):
    """A member is away from `start` until `end`."""

    userid: Userid
    start: Moment
    end: Moment


class LeaveOut(Out):
    """A leave of a member."""

    leave_id: str
    userid: str
    start: Moment
    end: Moment
    by: str


class LeavesOut(Out):
    """Leaves that are not over, the one that ends first first."""

    items: list[LeaveOut]


def shown(pool: Pool) -> dict[str, Any]:
    """Return what the audit log keeps of a pool: its terms, and how many members it has."""
    told = PoolOut.of(pool).model_dump(mode="json", exclude={"members"})
    return {**told, "members": len(pool.members)}
