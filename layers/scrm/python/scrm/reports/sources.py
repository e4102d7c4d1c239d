"""What reports of leads and money are made of: sales, costs, adds, leads, customers as stored. By bytes."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from typing import TypeVar

from scrm.attribution import dynamodb as attribution
from scrm.attribution.dynamodb import SALES, SalesRow
from scrm.cards.dynamodb import added_in
from scrm.cards.model import Card
from scrm.channel_codes.costs_dynamodb import CostsRow
from scrm.channel_codes.dynamodb import AddRow, channels
from scrm.channel_codes.model import Channel
from scrm.customers.dynamodb import Customers
from scrm.facts.dynamodb import FactsRow, pk_of
from scrm.http import problems
from scrm.leads.campaigns_dynamodb import answers
from scrm.leads.created_dynamodb import created_between, leads_of
from scrm.leads.model import Lead
from scrm.moments import BEIJING, rfc3339
from scrm.reports.span import Span

MOST_ENTRIES = 50_000
MOST_LEADS = 20_000
MOST_CARDS = 50_000
"""So many rows are read within a request's time; a longer report is asked for part by part."""
NOT_LEADS = frozenset({"INVALID", "MERGED"})

T = TypeVar("T")
Named = tuple[str, str]
customers = Customers()


@dataclass(frozen=True)
class Add:
    """A customer who was added through a channel; `userid` in lower case."""

    channel_id: str
    date: str
    userid: str
    external_userid: str


def entries_of(span: Span) -> list[SalesRow]:
    """Return the sales of some days: a query a month. Raises 409 too_many."""
    return _at_most(MOST_ENTRIES, _entries(span))


def _entries(span: Span) -> Iterator[SalesRow]:
    for month in span.months:
        yield from SalesRow.query(SALES + month, SalesRow.sk.between(f"{span.first}", f"{span.last}~"))


def order_of(row: SalesRow) -> Named:
    """Return (source, order number) of an entry."""
    _, source, order_no, _ = str(row.sk).split("#")
    return source, order_no


def paid_in(rows: Iterable[SalesRow]) -> dict[Named, int]:
    """Return what was paid of each order, taken back entries off; those of which something was."""
    found: dict[Named, int] = {}
    for row in rows:
        if row.event.startswith("pa"):
            found[order_of(row)] = found.get(order_of(row), 0) + int(row.fen)
    return {order: fen for order, fen in found.items() if fen}


def customers_of_orders(orders: Collection[Named]) -> dict[Named, str]:
    """Return whose the orders are today: batch reads of 100."""
    found = {
        order: known.basis.customer_id for order, known in attribution.several(orders).items() if known.basis
    }
    roots = roots_of(found.values())
    return {order: roots[customer_id] for order, customer_id in found.items()}


def roots_of(customer_ids: Iterable[str]) -> dict[str, str]:
    """Return whom each customer id means today: batch reads of 100, more for each merge in a row."""
    roots = {each: each for each in customer_ids if each}
    asked = set(roots)
    while asked:
        merged = {
            name: each.merged_into for name, each in customers.several(asked).items() if each.merged_into
        }
        roots = {name: merged.get(root, root) for name, root in roots.items()}
        asked = set(merged.values())
    return roots


def first_paid(customer_ids: Collection[str], span: Span) -> set[str]:
    """Return who of these paid for the first time within the days: batch reads of 100."""
    known = customers.several(customer_ids)
    parts = {name: name for name in customer_ids}
    parts |= {part: name for name, each in known.items() for part in each.absorbed}
    firsts: dict[str, datetime] = {}
    for row in FactsRow.batch_get([(pk_of(part), "FACTS") for part in parts]) if parts else ():
        at = (row.orders or {}).get("first_at")
        if at:
            name, when = parts[row.pk.partition("#")[2]], datetime.fromisoformat(at)
            firsts[name] = min(when, firsts.get(name, when))
    return {name for name, at in firsts.items() if span.holds(at)}


def costs_by_channel(asked: Iterable[Channel]) -> dict[str, dict[str, int]]:
    """Return fen by month of each channel: batch reads of 100."""
    rows = CostsRow.batch_get([(f"CHANNEL#{each.channel_id}", "COSTS") for each in asked])
    return {
        row.pk.partition("#")[2]: {str(month): int(fen) for month, fen in dict(row.months).items()}
        for row in rows
    }


def channels_asked(channel_id: str | None) -> list[Channel]:
    """Return all channels, or the one that is named. Raises 422 naming it where it is not there."""
    found = [each for each in channels() if channel_id in {None, each.channel_id}]
    if channel_id is not None and not found:
        raise problems.invalid_field("channel_id", "没有这个渠道")
    return found


def adds_of(asked: Iterable[Channel], span: Span) -> list[Add]:
    """Return who was added through channels in some days; takeovers are none. A query a channel."""
    return _at_most(MOST_CARDS, _adds(asked, span))


def _adds(asked: Iterable[Channel], span: Span) -> Iterator[Add]:
    for channel in asked:
        where = AddRow.sk.between(f"ADD#{span.first}", f"ADD#{span.last}~")
        for row in AddRow.query(f"CHANNEL#{channel.channel_id}", where):
            _, date, _, userid, external_userid, _ = str(row.sk).split("#", 5)
            yield Add(channel.channel_id, date, userid, external_userid)


def cards_since(span: Span, now: datetime) -> list[Card]:
    """Return the cards of relations whose latest add is of these days or later, takeovers with them.

    Who was added in these days and once more since is among them.
    """
    return _at_most(MOST_CARDS, _cards(until_now(span, now)))


def until_now(span: Span, now: datetime) -> Span:
    """Return the days from the first of these until today."""
    return Span(span.first, max(span.last, now.astimezone(BEIJING).date()))


def known_before(leads: Iterable[Lead], since: Iterable[Card]) -> frozenset[str]:
    """Return the ids of leads whose customer was added before a time: of a contact without a card `since`.

    `customer_id` of each is the one it means today (`rooted`). Batch reads of 100.
    """
    late = {each.customer_id for each in since}
    asked = [each for each in leads if each.customer_id and each.customer_id not in late]
    known = customers.several({each.customer_id for each in asked})
    earlier = {name for name, each in known.items() if each.external_userids}
    return frozenset(each.lead_id for each in asked if each.customer_id in earlier)


def rooted(leads: Iterable[Lead]) -> list[Lead]:
    """Return leads with the customer that each means today: batch reads of 100."""
    there = list(leads)
    roots = roots_of(each.customer_id for each in there)
    return [replace(each, customer_id=roots.get(each.customer_id, "")) for each in there]


def _cards(span: Span) -> Iterator[Card]:
    first, last = rfc3339(span.since.astimezone(UTC)), rfc3339(span.until.astimezone(UTC))
    for month in _utc_months(span):
        key = None
        while True:
            page = added_in(month, 1000, key, before=first, until=last)
            yield from (each for each in page.cards if each.userid and span.holds(each.added_at))
            key = page.last_key
            if key is None:
                break


def _utc_months(span: Span) -> list[str]:
    """Return the months of cards, which are those of UTC."""
    return sorted({f"{span.since.astimezone(UTC):%Y-%m}", *span.months})


def leads_created(span: Span) -> list[Lead]:
    """Return the valid leads that began in some days: not INVALID or MERGED (M4). Raises 409 too_many."""
    ids = _at_most(MOST_LEADS, iter(created_between(span.since, span.until, MOST_LEADS + 1)))
    return [each for each in leads_of(ids) if each.status not in NOT_LEADS]


def answers_of(span: Span) -> dict[str, Counter[str]]:
    """Return how many scans and adds answered each campaign: a query a month. Raises 409 too_many."""
    found = (each for month in span.months for each in answers(month, span.first, span.last))
    by_campaign: dict[str, Counter[str]] = {}
    for campaign, answer in _at_most(MOST_CARDS, found):
        by_campaign.setdefault(campaign, Counter())[answer] += 1
    return by_campaign


def by_channel(rows: Iterable[SalesRow]) -> dict[str, int]:
    """Return what the channels have of sales."""
    found: dict[str, int] = {}
    for row in rows:
        for name, fen in row.channels:
            found[name] = found.get(name, 0) + int(fen)
    return found


def _at_most(most: int, found: Iterator[T]) -> list[T]:
    there = list(islice(found, most + 1))
    if len(there) > most:
        raise too_many()
    return there


def too_many() -> problems.Problem:
    """Return the refusal of a report that is too long to be made at once."""
    return problems.conflict("too_many", "数据过多，请缩短时间范围")


def names_of(asked: Iterable[Channel]) -> Mapping[str, str]:
    """Return the channels' names; nobody's stands for none."""
    return {"": "无渠道", **{each.channel_id: each.name for each in asked}}
