"""The kind of job `cards_renew`: cards follow a custom field that conditions may ask for now, or no longer.

Cards are made of definitions that are up to a minute old (scrm.fields.dynamodb); so they are asked for with a
delay that outlasts it, and follow a minute and a half after the job.
"""

import json

from scrm.cards import dynamodb as cards
from scrm.cards.asking import ask
from scrm.jobs.model import Outcome, Work
from scrm.segments.computation import place_text

PAGE = 500
MOST_PAGES = 4
"""Of one chunk: 2,000 cards."""

DELAY = 90
"""Seconds: longer than a process keeps the definitions of fields."""


def run(work: Work) -> Outcome:
    """Ask for the customers of the next cards; `done` counts them, `skipped` the cards that need nothing.

    Safe to repeat.
    """
    place, key, added = json.loads(work.cursor), work.job.params["field"], work.job.params["added"]
    met, concerned, after = 0, dict[str, None](), place.get("after")
    for _ in range(MOST_PAGES):
        page = cards.added_in(place["month"], PAGE, after)
        met += len(page.cards)
        concerned |= dict.fromkeys(each.customer_id for each in page.cards if added or key in each.fields)
        after = page.last_key
        if after is None or not work.has_time():
            break
    ask(concerned, work.now, delay=DELAY)
    return Outcome(
        done=len(concerned),
        skipped=met - len(concerned),
        next_cursor=place_text(month=place["month"], after=after) if after else None,
    )
