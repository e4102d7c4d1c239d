"""What the route of scores takes and answers."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, SkipValidation, StrictFloat, StrictInt, StrictStr, model_validator

from scrm.http.fields import Out
from scrm.integrations.models import AboutIn, Line, RowError
from scrm.integrations.order_models import MOST_ROWS, Rows
from scrm.sidebar.models import FieldKey

LAST_YEAR = 2999
"""Its time zone still leaves it a year of four digits."""

ScoreValue = (
    Annotated[StrictInt, Field(ge=-(10**15), le=10**15)]
    | Annotated[StrictFloat, Field(ge=-1e15, le=1e15)]
    | Annotated[StrictStr, Field(min_length=1, max_length=50)]
)


class ScoreIn(AboutIn):
    """A score of one customer: the newest `at` of a name counts, until `expires_at` where that is given."""

    name: FieldKey
    value: ScoreValue
    model: Annotated[str, Field(min_length=1, max_length=64)]
    at: AwareDatetime
    reason: Line = ""
    expires_at: AwareDatetime | None = None

    @model_validator(mode="after")
    def _lasts(self) -> "ScoreIn":
        if self.expires_at is not None and self.expires_at <= self.at:
            raise ValueError("expires_at 应晚于 at")
        if self.expires_at is not None and self.expires_at.year > LAST_YEAR:
            raise ValueError(f"expires_at 最晚为 {LAST_YEAR} 年")
        return self


class ScoresIn(Rows):
    """Scores, 1 to 100; or one score by itself."""

    ROW = ScoreIn

    scores: Annotated[list[SkipValidation[ScoreIn]], Field(min_length=1, max_length=MOST_ROWS)]


class ScoreRowOut(Out):
    """What became of one score. `unchanged`: one as new is known. `busy`: send the row again."""

    name: str
    status: Literal["recorded", "unchanged", "invalid", "unknown_customer", "busy"]
    customer_id: str | None = None
    errors: list[RowError] = Field(default_factory=list)


class ScoresOut(Out):
    """What became of each score, in the order they were sent."""

    recorded: int
    results: list[ScoreRowOut]
