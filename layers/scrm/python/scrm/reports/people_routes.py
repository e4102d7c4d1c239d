"""/admin/reports/adds, channels, funnel: who came, and how far they got (spec 6, RPT-01, RPT-05, IDN-15)."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from scrm.cards.model import Card
from scrm.channel_codes.model import Channel
from scrm.channel_codes.scans_dynamodb import scans_of
from scrm.http.request import Request
from scrm.http.routing import Api
from scrm.reports import sources
from scrm.reports.formulas import FUNNEL, funnel, rate_between, shown, step_rates
from scrm.reports.funnels import Added, converted, furthest_steps
from scrm.reports.happenings import date_of, day_of
from scrm.reports.people_models import (
    AddsOut,
    AddsQuery,
    ChannelOut,
    ChannelQuery,
    ChannelsOut,
    CountOut,
    FunnelOut,
    StepOut,
)
from scrm.reports.relations import stays_of_card
from scrm.reports.span import Span, SpanQuery, days_of, span_of
from scrm.reports.viewers import CORP, SCOPE, TEAM, members_seen
from scrm.staff import dynamodb as staff
from scrm.staff.model import key


def declare(api: Api) -> None:
    """Add the routes."""
    corp: dict[str, Any] = {"roles": CORP, "scope": "the corp"}
    team: dict[str, Any] = {"roles": TEAM, "scope": SCOPE}
    api.route("GET", "/admin/reports/adds", query=AddsQuery, answers=AddsOut, **team)(adds)
    api.route("GET", "/admin/reports/channels", query=SpanQuery, answers=ChannelsOut, **corp)(channels)
    api.route("GET", "/admin/reports/funnel", query=ChannelQuery, answers=FunnelOut, **corp)(show_funnel)


def adds(request: Request) -> AddsOut:
    """How many customers were added, by channel, member or day (RPT-01); each add, takeovers are none."""
    asked: AddsQuery = request.query
    span, names = span_of(asked, request.now), staff.directory(request.now)
    seen, there = members_seen(request), sources.channels_asked(None)
    found = [(each.channel_id, each.userid, each.date) for each in sources.adds_of(there, span)]
    found += [
        ("", key(card.userid), date_of(day_of(start)).isoformat())
        for card in sources.cards_since(span, request.now)
        for start, channel_id in _adds_in(card, span)
        if not channel_id
    ]
    kept = [each for each in found if seen is None or each[1] in seen]
    place = ("channel", "staff", "day").index(asked.group)
    titles = sources.names_of(there)
    naming: tuple[Callable[[str], str], ...] = (lambda it: titles.get(it, it), names.name_of, str)
    counts = Counter(each[place] for each in kept)
    lines = [CountOut(id=each, name=naming[place](each), adds=count) for each, count in counts.items()]
    lines.sort(key=lambda each: each.id if asked.group == "day" else (f"{10**9 - each.adds:010}{each.id}"))
    return AddsOut(**days_of(span), total=len(kept), lines=lines)


def channels(request: Request) -> ChannelsOut:
    """What became of each channel's adds: who stayed, left, and paid since (IDN-15)."""
    span = span_of(request.query, request.now)
    there = sources.channels_asked(None)
    cards = _by_place(sources.cards_since(span, request.now))
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
        **days_of(span), total=ChannelOut(channel_id="", name="合计", **vars(total)), lines=lines
    )


def show_funnel(request: Request) -> FunnelOut:
    """How far those got who were added, or became leads, in these days, or through one channel (M3).

    A customer counts once, at the furthest step until now, in the cohort of their first step: the lead of one
    who was added before these days is of an earlier one. Scans are those that were told; null without any.
    """
    asked: ChannelQuery = request.query
    span = span_of(asked, request.now)
    there = sources.channels_asked(asked.channel_id)
    cards = sources.cards_since(span, request.now)
    came = _came(asked.channel_id, span, there, cards)
    every = sources.rooted(sources.leads_created(sources.until_now(span, request.now)))
    leads = [each for each in every if span.holds(each.created_at)]
    own = [each for each in leads if asked.channel_id in {None, each.channel_id}]
    mine = {each.lead_id for each in own}
    rest = [each for each in every if each.lead_id not in mine]
    scans = scans_of((each.channel_id for each in there), span.first, span.last)
    steps = furthest_steps(came, own, rest, sources.known_before(own, cards))
    counts = funnel(steps, sum(scans.values()) if scans else None)
    rates = [None, *step_rates(counts)]
    return FunnelOut(
        **days_of(span),
        steps=[
            StepOut(step=step, count=count, rate=shown(rate))  # type: ignore[arg-type]  # one of FUNNEL
            for step, count, rate in zip(FUNNEL, counts, rates, strict=True)
        ],
        lead_to_paid=shown(rate_between(counts, "lead", "paid")),
        add_to_paid=shown(rate_between(counts, "add", "paid")),
    )


def _came(
    asked: str | None, span: Span, there: Iterable[Channel], cards: Iterable[Card]
) -> dict[str, list[Card]]:
    """Return the cards of those who were added in these days, by contact: through a channel, or all."""
    known = _by_place(cards)
    places = {(add.userid, add.external_userid) for add in sources.adds_of(there, span)}
    if asked is None:
        places |= {place for place, card in known.items() if _adds_in(card, span)}
    came: dict[str, list[Card]] = {}
    for userid, external_userid in places:
        card = known.get((userid, external_userid))
        came.setdefault(external_userid, []).extend([card] if card else [])
    return came


def _adds_in(card: Card, span: Span) -> list[tuple[int, str]]:
    """Return when a relation was added in these days, takeovers apart, and through which channel."""
    since, until = span.since.timestamp(), span.until.timestamp()
    stays = (each for each in stays_of_card(card) if not each.assigned)
    return [(it.start, it.channel_id) for it in stays if it.start is not None and since <= it.start < until]


def _by_place(cards: Iterable[Card]) -> Mapping[tuple[str, str], Card]:
    return {(key(each.userid), each.external_userid): each for each in cards}
