"""/admin/reports/retention, deletion, cohort-retention: who stays, who deletes (M1, M2, RPT-02, RPT-03)."""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from scrm.http.request import Request
from scrm.http.routing import Api
from scrm.reports import sources
from scrm.reports.counting import Asked, Told, moment_of, told
from scrm.reports.formulas import shown
from scrm.reports.happenings import Count, day_number, summed
from scrm.reports.keeping import Deletion, Retention, deletion, retention
from scrm.reports.keeping_models import (
    AgeOut,
    ChannelCohortsOut,
    CohortRetentionOut,
    CohortRetentionQuery,
    DeletionLineOut,
    DeletionOut,
    DeletionQuery,
    MonthCohortOut,
    RetentionLineOut,
    RetentionOut,
    RetentionQuery,
)
from scrm.reports.span import Span, days_of, month_span, span_of
from scrm.reports.viewers import SCOPE, TEAM, members_seen
from scrm.staff import dynamodb as staff

COHORT_DAYS = 90
"""So many days a cohort is of unless it is told: most of it has been there for a month."""
COHORT_AGES = (7, 30, 60, 90)


def declare(api: Api) -> None:
    """Add the routes."""
    team: dict[str, Any] = {"roles": TEAM, "scope": SCOPE}
    at = "/admin/reports/"
    api.route("GET", f"{at}retention", query=RetentionQuery, answers=RetentionOut, **team)(show_retention)
    api.route("GET", f"{at}deletion", query=DeletionQuery, answers=DeletionOut, **team)(show_deletion)
    api.route("GET", f"{at}cohort-retention", query=CohortRetentionQuery, answers=CohortRetentionOut, **team)(
        cohort_retention
    )


def show_retention(request: Request) -> RetentionOut:
    """How many of those added in these days have stayed, d days after the add of each (M1, RPT-02).

    A relation counts once, from its first add in these days; one that is ACTIVE at d days is kept, however
    often it was deleted and added again. Adds through handovers are no adds. Up to 30,000 relations are read,
    those added since the first day; beyond that snapshots of the same numbers are.
    """
    asked: RetentionQuery = request.query
    span = span_of(asked, request.now, COHORT_DAYS)
    at = moment_of(asked.as_of, request.now)
    found = told(Asked(span, asked.group, at, (asked.d,), members_seen(request)))
    naming = _names(asked.group, request.now)

    def line(name: str, counts: Mapping[Count, int], title: str) -> RetentionLineOut:
        sums = summed(counts, day_number(span.first), day_number(span.last))
        return _retention_out(name, title, retention(sums, asked.d, current=found.source == "relations"))

    lines = [line(name, counts, naming(name)) for name, counts in found.lines.items()]
    return RetentionOut(
        **days_of(span),
        **_counted(found),
        d=asked.d,
        group=asked.group,
        total=line("", found.total, "合计"),
        lines=sorted((each for each in lines if each.added), key=lambda each: (-each.added, each.id)),
    )


def show_deletion(request: Request) -> DeletionOut:
    """How many relations customers deleted in these days, of those there were (M2, RPT-03).

    Up to 30,000 relations are read, all there ever were; beyond that snapshots of the same numbers are.
    """
    asked: DeletionQuery = request.query
    span = span_of(asked, request.now)
    found = told(Asked(span, asked.group, request.now, (), members_seen(request), stock=True))
    naming = _names(asked.group, request.now)

    def line(name: str, counts: Mapping[Count, int], title: str) -> DeletionLineOut:
        sums = summed(counts, day_number(span.first), day_number(span.last))
        return _deletion_out(name, title, deletion(sums))

    lines = [line(name, counts, naming(name)) for name, counts in found.lines.items()]
    kept = [each for each in lines if each.base or each.deleted or each.transferred_in]
    return DeletionOut(
        **days_of(span),
        **_counted(found),
        group=asked.group,
        total=line("", found.total, "合计"),
        lines=sorted(kept, key=lambda each: (-each.deleted, -each.base, each.id)),
    )


def cohort_retention(request: Request) -> CohortRetentionOut:
    """How the adds of each month and channel have stayed, 7 to 90 days after the add (M1).

    A relation is of the month of its first event through the channel (spec 6): a later add of it begins no
    cohort anew. It is read as retention is.
    """
    asked: CohortRetentionQuery = request.query
    chosen = sources.channels_asked(asked.channel_id)
    months = month_span(asked.month, asked.months).months
    whole = month_span(asked.month, asked.months)
    found = told(Asked(whole, "channel", request.now, COHORT_AGES, members_seen(request)))
    exact = found.source == "relations"
    names = sources.names_of(chosen)

    def told_of(name: str, title: str, counts: Mapping[Count, int]) -> ChannelCohortsOut:
        told_months = [_month_out(month, counts, exact=exact) for month in months]
        return ChannelCohortsOut(channel_id=name, name=title, months=told_months)

    lines = [
        told_of(name, names.get(name, name), counts)
        for name, counts in sorted(found.lines.items())
        if asked.channel_id in {None, name}
    ]
    total = found.lines.get(asked.channel_id, Counter()) if asked.channel_id else found.total
    return CohortRetentionOut(
        **_counted(found),
        total=told_of("", "合计", total),
        channels=[each for each in lines if any(month.added for month in each.months)],
    )


def _month_out(month: str, counts: Mapping[Count, int], *, exact: bool) -> MonthCohortOut:
    span: Span = month_span(month)
    sums = summed(counts, day_number(span.first), day_number(span.last), firsts=True)
    at = {age: retention(sums, age, current=exact) for age in COHORT_AGES}
    first = at[COHORT_AGES[0]]
    return MonthCohortOut(
        month=month,
        added=first.added,
        ages=[
            AgeOut(
                d=age,
                matured=each.matured,
                lost=each.lost,
                rate=shown(each.rate),
                deleted_by_staff=each.deleted_by_staff,
                handed_over=each.handed_over,
                readded=each.readded,
            )
            for age, each in at.items()
        ],
        active=first.kept,
        current=shown(first.current),
    )


def _names(group: str, now: datetime) -> Callable[[str], str]:
    if group == "staff":
        return staff.directory(now).name_of
    titles = sources.names_of(sources.channels_asked(None))
    return lambda name: titles.get(name, name)


def _counted(found: Told) -> dict[str, Any]:
    return {"as_of": found.as_of, "source": found.source}


def _retention_out(name: str, title: str, found: Retention) -> RetentionLineOut:
    return RetentionLineOut(
        id=name,
        name=title,
        added=found.added,
        matured=found.matured,
        lost=found.lost,
        rate=shown(found.rate),
        deleted_by_staff=found.deleted_by_staff,
        handed_over=found.handed_over,
        readded=found.readded,
        active=found.kept,
        current=shown(found.current),
    )


def _deletion_out(name: str, title: str, found: Deletion) -> DeletionLineOut:
    return DeletionLineOut(
        id=name,
        name=title,
        active_at_start=found.active_at_start,
        added=found.added,
        base=found.base,
        deleted=found.deleted,
        rate=shown(found.rate),
        deleted_by_staff=found.deleted_by_staff,
        transferred_in=found.transferred_in,
        transferred_out=found.transferred_out,
    )
