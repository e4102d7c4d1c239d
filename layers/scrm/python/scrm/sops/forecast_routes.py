"""/admin/sops/{sop_id}:forecast: what a SOP would ask of the corp before anybody is in it.

Whom it is for is read from cards, their touches and former cycles by batches: 2,000 customers take some 60
reads. Everything else is decided by what runs a SOP (scrm.sops.forecasting).
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from scrm.admin.rights import SEE_SOPS
from scrm.cards.model import Card
from scrm.customers.model import Customer, Relation
from scrm.customers.relation import Fact
from scrm.fields.dynamodb import known as known_fields
from scrm.http import problems
from scrm.http.routing import Api, Request
from scrm.http.scope import colleagues
from scrm.mass_sends.content import variables_in
from scrm.mass_sends.values import values_of
from scrm.queries.asking import Asked, page
from scrm.queries.views import types_of
from scrm.settings.dynamodb import load as load_settings
from scrm.sops import editing
from scrm.sops.caps import Touches
from scrm.sops.console_routes import ONE, version_of
from scrm.sops.deciding import Seen
from scrm.sops.dynamodb import PREFIX, pk_of, several
from scrm.sops.enrollment import Enrollment
from scrm.sops.entering import Occasion, barred, refused, relation_for, start_of
from scrm.sops.forecast_models import (
    BoundOut,
    DayLoadOut,
    LoadOut,
    SopForecastOut,
    SopForecastQuery,
    StepForecastOut,
)
from scrm.sops.forecasting import Candidate, Forecast, forecast, loads_by_day
from scrm.sops.model import Step, Version
from scrm.sops.preview_routes import moment_of, who
from scrm.sops.seeing import Person, achieved, applies, fits, opted_out
from scrm.sops.sops_dynamodb import defined
from scrm.sops.touches_dynamodb import touches_of_several
from scrm.staff import dynamodb as staff
from scrm.staff.model import key

MOST, PAGE, AT_ONCE = 2_000, 100, 100
FULLEST = 20


def declare(api: Api) -> None:
    """Add the route."""
    api.route(
        "GET",
        f"{ONE}:forecast",
        roles=SEE_SOPS,
        scope="customers within the data scope",
        query=SopForecastQuery,
        answers=SopForecastOut,
    )(show)


def show(request: Request) -> SopForecastOut:
    """What members would have to do each day, which caps would bind, how often WeCom would be asked."""
    asked: SopForecastQuery = request.query
    sop = editing.existing(request)
    version, _, _ = version_of(sop, asked.version or sop.draft)
    if version.subject == "lead":
        raise problems.invalid_field("version", "线索培育的 SOP 不能预测")
    at, corp = moment_of(asked.enter) if asked.enter else request.now, load_settings()
    people, complete = _people(request, version, asked.segment_id)
    refusals: Counter[str] = Counter()
    candidates = list(_candidates(people, version, at, refusals))
    found = forecast(candidates, version, corp, at + timedelta(days=asked.days))
    return SopForecastOut(
        sop_id=sop.sop_id,
        version=version.number,
        enter=at,
        customers=len(people),
        complete=complete,
        entering=len(candidates),
        refused=dict(refusals),
        ends=dict(found.ends),
        days=list(_days(found)),
        fullest=list(_fullest(found)),
        bounds=list(_bounds(found)),
        steps=list(_steps(found, version)),
        calls=found.calls.total(),
        last_at=found.last_at,
    )


def _people(request: Request, version: Version, segment_id: str | None) -> tuple[list[Person], bool]:
    """Return whom the SOP is for, the latest added first, and whether that is everybody."""
    custom = types_of({name: each for name, each in known_fields(request.now).items() if each.filterable})
    scope = colleagues(request.staff, staff.directory(request.now))
    condition = who(version)
    if segment_id:
        condition = {"all": [condition, {"field": "segments", "op": "any", "value": [segment_id]}]}
    question = Asked(condition, custom, scope, request.now, key(request.staff.userid))
    found: dict[str, list[Card]] = {}
    cursor = None
    while True:
        cards = page(question, "-added_at", PAGE, cursor)
        for each in cards.cards:
            if each.external_userid and (each.customer_id in found or len(found) < MOST):
                found.setdefault(each.customer_id, []).append(each)
        cursor = cards.next_cursor
        if cursor is None or len(found) >= MOST:
            return [_person(each) for each in found.values()], cursor is None


def _person(cards: list[Card]) -> Person:
    """Return a customer as their cards tell of them."""
    first = cards[0]
    customer = Customer(
        first.customer_id,
        first.kind,
        tuple(dict.fromkeys(each.external_userid for each in cards)),
        custom_fields=dict(first.fields),
        stage=first.stage,
        opted_out_at=first.created_at if first.opted_out else None,
    )
    return Person(customer, tuple(cards), tuple(_relation(each) for each in cards))


def _relation(card: Card) -> Relation:
    met = (
        Fact("add", int(card.added_at.timestamp()), "card", card.channel_id or "") if card.added_at else None
    )
    facts = (met,) if met and card.status == "active" else ()
    return Relation(card.external_userid, card.userid, facts, name=card.name, remark=card.remark)


def _candidates(
    people: list[Person], version: Version, at: datetime, refusals: Counter[str]
) -> Iterator[Candidate]:
    """Yield who may enter; why the others may not is counted."""
    defined.sops()
    contents = defined.contents(version.sop_id, version.number)
    for begin in range(0, len(people), AT_ONCE):
        some = people[begin : begin + AT_ONCE]
        ids = [each.customer_id for each in some]
        touches = touches_of_several(ids)
        former = {
            each.subject: each for each in several([(pk_of(one), f"{PREFIX}{version.sop_id}") for one in ids])
        }
        for each in some:
            last = former.get(each.customer_id)
            told = touches.get(each.customer_id, Touches())
            one = _candidate(each, version, at, last, told, contents)
            if isinstance(one, Candidate):
                yield one
            else:
                refusals[one] += 1


def _candidate(
    person: Person,
    version: Version,
    at: datetime,
    last: Enrollment | None,
    touches: Touches,
    contents: Any,
) -> Candidate | str:
    occasion = Occasion("manual", at)
    relation = relation_for(person, occasion)
    why = (barred([last], last.cycle, version, at, at) if last else "") or refused(
        person, version, relation, at
    )
    start = start_of(person, version, relation, occasion, last) if relation and not why else None
    if why or start is None:
        return why or "no_anchor"
    if achieved(version, start, person, at):
        return "goal"
    return _Looked(person, version, contents).candidate(start, touches)


@dataclass(frozen=True)
class _Looked:
    """What would be found of one customer as they are known today."""

    person: Person
    version: Version
    contents: Any

    def candidate(self, start: Enrollment, touches: Touches) -> Candidate:
        """Return the customer as somebody who would enter as `start` says."""

        def says(step: Step) -> str:
            names = variables_in(self.contents.get(step.key, {}).get("parts", ()))
            return repr(sorted(values_of(names, start, self.person, start.entered_at).items()))

        return Candidate(start, self.seen, touches, says)

    def seen(self, it: Enrollment, step: Step, touches: Touches, now: datetime) -> Seen:
        """Return what a due step would be decided by."""
        person, version = self.person, self.version
        return Seen(
            fits=fits(version.condition, person, it.owner, now),
            goal=achieved(version, it, person, now),
            applies=applies(step, it, person, now),
            opted_out=opted_out(person, now),
            touches=touches,
        )


def _days(found: Forecast) -> Iterator[DayLoadOut]:
    to_dos, recipients = loads_by_day(found.to_dos), loads_by_day(found.recipients)
    for day in sorted({*to_dos, *recipients, *found.calls}):
        numbers = to_dos.get(day, 0), recipients.get(day, 0), found.calls[day]
        yield DayLoadOut(day=day, to_dos=numbers[0], recipients=numbers[1], calls=numbers[2])


def _fullest(found: Forecast) -> Iterator[LoadOut]:
    both = found.to_dos + found.recipients
    for (userid, day), _ in sorted(both.items(), key=lambda each: (-each[1], each[0]))[:FULLEST]:
        place = (userid, day)
        yield LoadOut(userid=userid, day=day, to_dos=found.to_dos[place], recipients=found.recipients[place])


def _bounds(found: Forecast) -> Iterator[BoundOut]:
    for step_key, why in sorted({*found.held, *found.lost}):
        put_off, missed = found.held[step_key, why], found.lost[step_key, why]
        yield BoundOut(step_key=step_key, why=why, put_off=put_off, missed=missed)


def _steps(found: Forecast, version: Version) -> Iterator[StepForecastOut]:
    for each in version.to_run:
        sent, missed, skipped = (found.steps[each.key, name] for name in ("SENT", "MISSED", "SKIPPED"))
        yield StepForecastOut(step_key=each.key, sent=sent, missed=missed, skipped=skipped)
