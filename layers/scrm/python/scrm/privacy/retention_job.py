"""The week's walk of customers who are old enough to have something past due, a chunk at a time.

They are found by time: cards by the month of their add, and postings of those first known at another time.
A customer younger than what is kept has nothing to delete and is not met.
"""

from collections.abc import Iterator
from itertools import islice

from scrm.cards.dynamodb import added_in
from scrm.cards.postings import place
from scrm.jobs.model import Outcome, Work
from scrm.privacy.rows_dynamodb import Found, collection, delete

PAGE = 100


def run(work: Work) -> Outcome:
    """Delete what is past due of the next customers; `done` counts those who had something."""
    start, _, after = work.cursor.partition("|")
    limits = work.job.params
    timeline, stages = str(limits["timeline"]), str(limits["stages"])
    find = _posted if start.startswith("RANGE#") else _added
    ids, following = find(start, after, max(timeline, stages))
    gone = [delete(_past_due(each, timeline, stages)) for each in ids]
    had = sum(count > 0 for count in gone)
    next_cursor = f"{start}|{following}" if following else None
    return Outcome(done=had, skipped=len(gone) - had, next_cursor=next_cursor)


def _added(month: str, after: str, latest: str) -> tuple[list[str], str]:
    """Return customers added before `latest`, from after a place on, and the last place; "" at the end."""
    page = added_in(month, PAGE, before=after + "\0" if after else None, newest_first=False)
    old = [each for each in page.cards if place(each) < latest]
    ids = list(dict.fromkeys(each.customer_id for each in old))
    whole = len(old) == len(page.cards) and page.last_key is not None
    return ids, str(page.last_key["added_sk"]) if whole and page.last_key else ""


def _posted(pk: str, after: str, latest: str) -> tuple[list[str], str]:
    found = islice(_after(pk, after), PAGE)
    old = [each.sk for each in found if each.sk < latest]
    ids = list(dict.fromkeys(each.split("#")[1] for each in old))
    return ids, old[-1] if len(old) == PAGE else ""


def _after(pk: str, after: str) -> Iterator[Found]:
    return collection(pk, since=after + "\0") if after else collection(pk)


def _past_due(customer_id: str, timeline: str, stages: str) -> Iterator[Found]:
    for each in collection(f"TIMELINE#{customer_id}"):
        if each.sk >= timeline:
            break
        yield each
    for each in collection(f"CUSTOMER#{customer_id}", "STAGE#"):
        if each.sk >= f"STAGE#{stages}":
            break
        yield each
