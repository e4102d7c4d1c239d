"""What the routes of touches take: calls, mails and messages that other systems made."""

from typing import Annotated, Literal

from pydantic import Field, SkipValidation

from scrm.integrations.event_models import EventIn
from scrm.integrations.models import Count, Line
from scrm.integrations.order_models import MOST_ROWS, Rows

TouchKind = Literal["call", "ai_call", "email", "sms", "rpa", "mini_program", "official_account", "other"]
Result = Literal[
    "sent", "delivered", "failed", "answered", "no_answer", "refused", "replied", "opened", "clicked", "added"
]
ChannelId = Annotated[str, Field(pattern=r"^[0-9A-Za-z_-]{1,64}$")]


class TouchIn(EventIn):
    """That somebody was reached out to elsewhere. Unless it is no `marketing`, it counts for their cap."""

    kind: TouchKind
    marketing: bool = True
    campaign: Line = ""
    channel_id: ChannelId | None = None
    seconds: Count = 0


class TouchResultIn(EventIn):
    """What came of a touch, e.g. of an AI call 智能外呼, an RPA add or a drainage SMS 引流短信.

    A phone nobody knew makes a customer. It counts for the cap only where it says so: the touch itself does.
    `task_id`: the call was for this to-do of a SOP, which goes on by `outcome`, one of the step's results, or
    by `result` where that says the same; nobody is made a customer then.
    """

    kind: TouchKind
    result: Result
    task_id: Annotated[str, Field(min_length=1, max_length=128)] | None = None
    outcome: Annotated[str, Field(min_length=1, max_length=20)] | None = None
    marketing: bool = False
    campaign: Line = ""
    channel_id: ChannelId | None = None
    seconds: Count = 0


class TouchesIn(Rows):
    """Touches, 1 to 100; or one touch by itself."""

    ROW = TouchIn

    touches: Annotated[list[SkipValidation[TouchIn]], Field(min_length=1, max_length=MOST_ROWS)]


class TouchResultsIn(Rows):
    """Results of touches, 1 to 100; or one by itself."""

    ROW = TouchResultIn

    results: Annotated[list[SkipValidation[TouchResultIn]], Field(min_length=1, max_length=MOST_ROWS)]
