"""/admin/reports/adds, channels, funnel, staff, campaigns, fairness: who came, what staff did (spec 6)."""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, date, timedelta
from typing import Annotated, Any, Literal

from pydantic import Field

from scrm.cards.model import Card
from scrm.channel_codes.scans_dynamodb import scans_of
from scrm.http import problems
from scrm.http.caller import Role
from scrm.http.fields import In, Out
from scrm.http.request import Request
from scrm.http.routing import Api
from scrm.http.scope import colleagues
from scrm.leads import rules_dynamodb
from scrm.leads.followed_dynamodb import followed_on
from scrm.leads.model import Lead
from scrm.moments import BEIJING
from scrm.reports import sources
from scrm.reports.formulas import FUNNEL, funnel, jain, rate_between, shown, step_rates
from scrm.reports.funnels import Added, converted, furthest_steps
from scrm.reports.span import Span, SpanQuery, span_of
from scrm.sends.model import SEND_KINDS
from scrm.sends.uses_dynamodb import days
from scrm.staff import dynamodb as staff
from scrm.staff.model import key
from scrm.tasks.dynamodb import DynamoTasks

CORP: frozenset[Role] = frozenset({"operations_admin", "marketing", "finance", "auditor"})
TEAM: frozenset[Role] = CORP | {"team_lead"}
SCOPE = "the corp; a team leader's own data scope"
MOST_STAFF = 200
MOST_TASKS = 500
tasks = DynamoTasks()


class AddsQuery(SpanQuery):
    """Of what a line is."""

    group: Literal["channel", "staff", "day"] = "channel"


class ChannelQuery(SpanQuery):
    """Which channel alone; all without."""

    channel_id: str | None = Field(default=None, min_length=1, max_length=64)


class DayQuery(In):
    """Which Beijing day; today without."""

    day: Annotated[date | None, Field(alias="date")] = None


class SpanOut(Out):
    """The days a report is of."""

    start: str
    end: str


class CountOut(Out):
    """How many of one name."""

    id: str
    name: str
    adds: int


class AddsOut(SpanOut):
    """Adds, takeovers apart; the most first."""

    total: int
    lines: list[CountOut]


class ChannelOut(Out):
    """What became of a channel's adds, as of now. A handed-over relation is neither kept nor lost."""

    channel_id: str
    name: str
    adds: int
    retained: int
    deleted: int
    deleted_by_staff: int
    handed_over: int
    converted: int


class ChannelsOut(SpanOut):
    """Each channel with adds in these days, and all together."""

    total: ChannelOut
    lines: list[ChannelOut]


class StepOut(Out):
    """How many customers got to a step; `rate` of the step before, null where that is nothing or unknown."""

    step: Literal["scan", "add", "inbound", "lead", "potential", "intention", "signed", "paid"]
    count: int | None
    rate: float | None


class FunnelOut(SpanOut):
    """The funnel of those who came in these days."""

    steps: list[StepOut]
    lead_to_paid: float | None
    add_to_paid: float | None


class StaffLineOut(Out):
    """What one member did on a day. Deals are orders of which something was paid that is theirs."""

    userid: str
    name: str
    adds: int
    follow_ups: int
    tasks_due: int
    tasks_done: int
    sends: int
    deals: int
    deal_fen: int


class StaffOut(Out):
    """What the members did on a day; those who did nothing, and had nothing to do, are left out."""

    date: str
    lines: list[StaffLineOut]


class CampaignOut(Out):
    """What answered a campaign. Orders and money are of customers whose leads it brought."""

    campaign: str
    leads: int
    won: int
    customers: int
    orders: int
    net_fen: int


class CampaignsOut(SpanOut):
    """The campaigns whose leads began in these days."""

    lines: list[CampaignOut]


class MemberShareOut(Out):
    """How many leads of these days a member has, and their weight in the pool."""

    userid: str
    name: str
    leads: int
    weight: int


class PoolOut(Out):
    """How evenly a pool's leads are given: 1 is perfectly fair, null while nobody has any."""

    pool_id: str
    name: str
    index: float | None
    members: list[MemberShareOut]


class FairnessOut(SpanOut):
    """Each pool of the rules in force."""

    pools: list[PoolOut]


def declare(api: Api) -> None:
    """Add the routes."""
    corp: dict[str, Any] = {"roles": CORP, "scope": "the corp"}
    team: dict[str, Any] = {"roles": TEAM, "scope": SCOPE}
    api.route("GET", "/admin/reports/adds", query=AddsQuery, answers=AddsOut, **team)(adds)
    api.route("GET", "/admin/reports/staff", query=DayQuery, answers=StaffOut, **team)(staff_day)
    api.route("GET", "/admin/reports/channels", query=SpanQuery, answers=ChannelsOut, **corp)(channels)
    api.route("GET", "/admin/reports/funnel", query=ChannelQuery, answers=FunnelOut, **corp)(show_funnel)
    api.route("GET", "/admin/reports/campaigns", query=SpanQuery, answers=CampaignsOut, **corp)(campaigns)
    api.route("GET", "/admin/reports/fairness", query=SpanQuery, answers=FairnessOut, **corp)(fairness)


def adds(request: Request) -> AddsOut:
    """How many customers were added, by channel, member or day (RPT-01); takeovers are no adds.

    Through channels each add counts; without one the latest of a relation does.
    """
    asked: AddsQuery = request.query
    span, names = span_of(asked, request.now), staff.directory(request.now)
    seen, there = _seen(request), sources.channels_asked(None)
    found = [(each.channel_id, each.userid, each.date) for each in sources.adds_of(there, span)]
    found += [("", key(each.userid), _day(each)) for each in sources.cards_added(span) if not each.channel_id]
    kept = [each for each in found if seen is None or each[1] in seen]
    place = ("channel", "staff", "day").index(asked.group)
    titles = sources.names_of(there)
    naming: tuple[Callable[[str], str], ...] = (lambda it: titles.get(it, it), names.name_of, str)
    counts = Counter(each[place] for each in kept)
    lines = [CountOut(id=each, name=naming[place](each), adds=count) for each, count in counts.items()]
    lines.sort(key=lambda each: each.id if asked.group == "day" else (f"{10**9 - each.adds:010}{each.id}"))
    return AddsOut(**_days(span), total=len(kept), lines=lines)


def channels(request: Request) -> ChannelsOut:
    """What became of each channel's adds: who stayed, left, and paid since (IDN-15)."""
    span = span_of(request.query, request.now)
    there = sources.channels_asked(None)
    cards = _cards(span)
    lines, total, everybody = [], Added(), []
    for each in there:
        came = {(add.userid, add.external_userid) for add in sources.adds_of([each], span)}
        found = Added()
        for place in came:
            found.add(cards.get(place))
            total.add(cards.get(place))
        mine = [cards[place] for place in came if place in cards]
        everybody += mine
        found.converted = converted(mine)
        if came:
            lines.append(ChannelOut(channel_id=each.channel_id, name=each.name, **vars(found)))
    total.converted = converted(everybody)
    lines.sort(key=lambda each: (-each.adds, each.channel_id))
    return ChannelsOut(
        **_days(span), total=ChannelOut(channel_id="", name="合计", **vars(total)), lines=lines
    )


def show_funnel(request: Request) -> FunnelOut:
    """How far those got who were added through channels, or became leads, in these days (M3).

    A customer counts once, at the furthest step until now. Scans are those that were told; null without any.
    """
    asked: ChannelQuery = request.query
    span = span_of(asked, request.now)
    there = sources.channels_asked(asked.channel_id)
    cards = _cards(span)
    came = {
        add.external_userid: cards.get((add.userid, add.external_userid))
        for add in sources.adds_of(there, span)
    }
    leads = [each for each in sources.leads_created(span) if asked.channel_id in {None, each.channel_id}]
    scans = scans_of((each.channel_id for each in there), span.first, span.last)
    counts = funnel(furthest_steps(came, leads), sum(scans.values()) if scans else None)
    rates = [None, *step_rates(counts)]
    return FunnelOut(
        **_days(span),
        steps=[
            StepOut(step=step, count=count, rate=shown(rate))  # type: ignore[arg-type]  # one of FUNNEL
            for step, count, rate in zip(FUNNEL, counts, rates, strict=True)
        ],
        lead_to_paid=shown(rate_between(counts, "lead", "paid")),
        add_to_paid=shown(rate_between(counts, "add", "paid")),
    )


def staff_day(request: Request) -> StaffOut:
    """What each member did on a day: adds, follow-ups, to-dos due and done, sends, deals (RPT-08)."""
    day = request.query.day or request.now.astimezone(BEIJING).date()
    if not 2000 <= day.year <= 2100:
        raise problems.invalid_field("date", "应为 2000 年至 2100 年的日期")
    span, names, seen = Span(day, day), staff.directory(request.now), _seen(request)
    members = [each for each in names.members.values() if seen is None or each.key in seen]
    if len(members) > MOST_STAFF:
        raise sources.too_many()
    added = Counter(key(each.userid) for each in sources.cards_added(span))
    followed = followed_on(day.isoformat())
    sent = Counter[str]()
    for kind in SEND_KINDS:
        for used in days(kind, day, day):
            sent[used.userid] += used.uses.sends
    sold = _sold(span)
    lines = []
    for each in sorted(members, key=lambda it: it.key):
        due, done = _tasks(each.userid, span)
        deals, fen = sold.get(each.key, (0, 0))
        line = StaffLineOut(
            userid=each.userid,
            name=each.name,
            adds=added[each.key],
            follow_ups=followed[each.key],
            tasks_due=due,
            tasks_done=done,
            sends=sent[each.key],
            deals=deals,
            deal_fen=fen,
        )
        if any(value for value in vars(line).values() if isinstance(value, int)):
            lines.append(line)
    return StaffOut(date=day.isoformat(), lines=lines)


def campaigns(request: Request) -> CampaignsOut:
    """What answered each campaign: its leads of these days, who paid, and how much in these days (RPT-16)."""
    span = span_of(request.query, request.now)
    by_name: dict[str, list[Lead]] = {}
    for each in sources.leads_created(span):
        if each.campaign:
            by_name.setdefault(each.campaign, []).append(each)
    rows = sources.entries_of(span) if by_name else []
    whose = sources.customers_of_orders(sources.paid_in(rows))
    roots = sources.roots_of(each.customer_id for leads in by_name.values() for each in leads)
    lines = []
    for name, leads in sorted(by_name.items()):
        people = {roots[each.customer_id] for each in leads if each.customer_id}
        mine = {order for order, customer in whose.items() if customer in people}
        lines.append(
            CampaignOut(
                campaign=name,
                leads=len(leads),
                won=sum(each.status == "WON" for each in leads),
                customers=len({whose[order] for order in mine}),
                orders=len(mine),
                net_fen=sum(int(row.fen) for row in rows if sources.order_of(row) in mine),
            )
        )
    return CampaignsOut(**_days(span), lines=lines)


def fairness(request: Request) -> FairnessOut:
    """How evenly the leads of these days are divided among each pool's members, by weight (4.7, F3)."""
    span, names = span_of(request.query, request.now), staff.directory(request.now)
    rules = rules_dynamodb.in_force.get(request.now)
    given = Counter((each.pool_id, key(each.owner)) for each in sources.leads_created(span) if each.owner)
    pools = []
    for pool in rules.pools:
        members = [
            MemberShareOut(
                userid=each.userid,
                name=names.name_of(each.userid),
                leads=given[pool.pool_id, key(each.userid)],
                weight=each.weight,
            )
            for each in pool.members
        ]
        index = shown(jain([(each.leads, each.weight) for each in members]))
        pools.append(PoolOut(pool_id=pool.pool_id, name=pool.name, index=index, members=members))
    return FairnessOut(**_days(span), pools=pools)


def _seen(request: Request) -> frozenset[str] | None:
    """Return the members whose work the caller may see, None for all."""
    if request.staff.role != "team_lead":
        return None
    return colleagues(request.staff, staff.directory(request.now))


def _cards(span: Span) -> Mapping[tuple[str, str], Card]:
    return {(key(each.userid), each.external_userid): each for each in sources.cards_added(span)}


def _sold(span: Span) -> dict[str, tuple[int, int]]:
    """Return each member's paid orders and what is theirs of them, refunds of the day taken off."""
    rows: dict[str, list[Any]] = {}
    for row in sources.entries_of(span):
        rows.setdefault(key(row.userid or ""), []).append(row)
    return {
        name: (len(sources.paid_in(mine)), sum(int(row.fen) for row in mine)) for name, mine in rows.items()
    }


def _tasks(userid: str, span: Span) -> tuple[int, int]:
    """Return how many to-dos were due on the day, and how many of them are done."""
    since = span.since - timedelta(seconds=1)
    found, _ = tasks.of_member(
        userid,
        status=None,
        due_until=(span.until - timedelta(seconds=1)).astimezone(UTC),
        limit=MOST_TASKS,
        after=f"{since.astimezone(UTC):%Y%m%dT%H%M%SZ}-~",
    )
    return len(found), sum(each.status == "done" for each in found)


def _day(card: Card) -> str:
    return card.added_at.astimezone(BEIJING).date().isoformat() if card.added_at else ""


def _days(span: Span) -> dict[str, Any]:
    return {"start": span.first.isoformat(), "end": span.last.isoformat()}
