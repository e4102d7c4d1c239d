"""Whether a customer follows the official account 公众号, in whatever order it is told (spec IDN-24)."""

from dataclasses import replace
from datetime import datetime

from pynamodb.exceptions import PutError

from scrm.customers.model import VersionConflict
from scrm.facts.dynamodb import FactsRow, tally_of

ATTEMPTS = 5


def follow(customer_id: str, at: datetime, now: datetime, *, follows: bool) -> bool:
    """Record that a customer began or ceased to follow at `at`; return whether they follow now.

    The latest word counts, so that news told twice, late or out of order ends alike. Raises VersionConflict
    when others keep counting on the same facts. 1 RRU, and 1 WRU for each KB when it is news.
    """
    for _ in range(ATTEMPTS):
        tally = tally_of(customer_id)
        if tally.follows_at and tally.follows_at >= at:
            return bool(tally.follows_official_account)
        row = FactsRow.of(customer_id, replace(tally, follows_official_account=follows, follows_at=at), now)
        unchanged = FactsRow.version == tally.version if tally.version else FactsRow.version.does_not_exist()
        try:
            row.save(condition=unchanged)
        except PutError as error:
            if error.cause_response_code != "ConditionalCheckFailedException":
                raise
            continue
        return follows
    raise VersionConflict
