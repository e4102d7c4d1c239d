"""What the routes of entering a SOP by hand take."""

from typing import Annotated

from pydantic import Field

from scrm.conditions.language import Condition
from scrm.http.fields import In

MOST_NAMED = 10_000
MOST_SAMPLED = 500

Customer = Annotated[str, Field(min_length=1, max_length=64)]


class EnterIn(In):
    """Who enters: the members of a segment, whom a condition selects now, or some by id; one of them.

    `sample` lets so many try it first: of a segment at random, of the others the first. The reason is kept
    with the job.
    """

    segment_id: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    condition: Condition | None = None
    customer_ids: Annotated[list[Customer], Field(max_length=MOST_NAMED)] = Field(default=[])
    sample: Annotated[int, Field(ge=1, le=MOST_SAMPLED)] | None = None
    reason: Annotated[str, Field(max_length=200)] = ""


class EnrolIn(In):
    """Who enters: a customer by id, or by the contact that staff know them as."""

    customer_id: Customer | None = None
    external_userid: Customer | None = None
