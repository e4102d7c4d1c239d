"""Events counted once: the trace, the tally and the talks change in one transaction, or nothing does."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pynamodb.exceptions import PutError, TransactWriteError

from scrm.customers.model import VersionConflict
from scrm.facts import stored
from scrm.facts.dynamodb import TalkRow, pk_of, talk_sk, tally_of, tally_step
from scrm.facts.model import Talk
from scrm.facts.news import News, talk_of, talks_by_member, told
from scrm.table import in_transaction
from scrm.timeline.dynamodb import Timeline
from scrm.timeline.model import Entry

ATTEMPTS = 5
MOST_AT_ONCE = 25

_OTHERS_WERE_FASTER = {None, "None", "ConditionalCheckFailed", "TransactionConflict"}

timeline = Timeline()


@dataclass(frozen=True)
class Happened:
    """One event: its entry in the trace, which is there once, and what it means."""

    entry: Entry
    news: News


def record(customer_id: str, happened: Sequence[Happened], now: datetime) -> None:
    """Put events into a customer's trace and count them, each once however often it is told.

    Raises VersionConflict when others kept writing; then some were recorded and some were not, and telling
    all again helps. For each 25 events: two reads, and a transaction of twice the rows' units.
    """
    # Oldest first: of very many sessions only the latest are remembered by their bounds.
    once = {(each.entry.at, each.entry.entry_id): each for each in happened}
    events = [once[place] for place in sorted(once)]
    for start in range(0, len(events), MOST_AT_ONCE):
        _record(customer_id, events[start : start + MOST_AT_ONCE], now)


def _record(customer_id: str, happened: Sequence[Happened], now: datetime) -> None:
    waiting = list(happened)
    for _ in range(ATTEMPTS):
        if not waiting:
            return
        try:
            _write(customer_id, waiting, now)
        except TransactWriteError as error:
            reasons = [reason.code if reason else None for reason in error.cancellation_reasons]
            if not reasons or not set(reasons) <= {
                None,
                "None",
                "ConditionalCheckFailed",
                "TransactionConflict",
            }:
                raise
            # The entries come first: one that is there already was counted with its own transaction.
            codes = reasons[: len(waiting)]
            waiting = [
                each for each, code in zip(waiting, codes, strict=True) if code != "ConditionalCheckFailed"
            ]
            continue
        return
    if waiting:
        raise VersionConflict


def _write(customer_id: str, happened: Sequence[Happened], now: datetime) -> None:
    tally = before = tally_of(customer_id)
    for each in happened:
        tally = told(tally, each.news, now)
    news = talks_by_member([talk for each in happened if (talk := talk_of(each.news))])
    known = _talks(customer_id, news)
    with in_transaction() as transaction:
        for each in happened:
            timeline.append_step(customer_id, each.entry)(transaction)
        if tally != before:
            tally_step(customer_id, tally, now)(transaction)
        for talk in news.values():
            if changed := _next(customer_id, known.get(talk_sk(talk.userid)), talk):
                row, unchanged = changed
                transaction.save(row, condition=unchanged)


def followed_up(customer_id: str, userid: str, at: datetime) -> None:
    """Record that a member followed a customer up. Safe to repeat, in any order. Raises VersionConflict."""
    for _ in range(ATTEMPTS):
        known = _talks(customer_id, [userid]).get(talk_sk(userid))
        changed = _next(customer_id, known, Talk(userid, followed_at=at))
        if changed is None:
            return
        row, unchanged = changed
        try:
            row.save(condition=unchanged)
        except PutError as error:
            if error.cause_response_code == "ConditionalCheckFailedException":
                continue
            raise
        return
    raise VersionConflict


def _talks(customer_id: str, userids: Iterable[str]) -> dict[str, TalkRow]:
    keys = [(pk_of(customer_id), talk_sk(each)) for each in userids]
    return {row.sk: row for row in TalkRow.batch_get(keys, consistent_read=True)} if keys else {}


def _next(customer_id: str, known: TalkRow | None, news: Talk) -> tuple[TalkRow, Any] | None:
    """Return the row that knows the later of each time, and its condition; None when it is no news."""
    before = known.entity() if known else Talk(news.userid)
    later = before.with_later(news)
    if known and later == before:
        return None
    version = int(known.version) if known else 0
    row = TalkRow(
        pk_of(customer_id),
        talk_sk(news.userid),
        userid=later.userid,
        customer_at=stored.text(later.customer_at),
        staff_at=stored.text(later.staff_at),
        followed_at=stored.text(later.followed_at),
        version=version + 1,
    )
    return row, TalkRow.version == version if version else TalkRow.version.does_not_exist()
