"""/integrations/feeds/{feed}: foreign payloads, read as the feed's mapping says (spec INT-03)."""

from collections.abc import Callable, Sequence
from typing import Any

from pydantic import Field, JsonValue, model_validator

from scrm.http import problems
from scrm.http.fields import In, Out
from scrm.http.request import Request
from scrm.http.routing import Api
from scrm.integrations import customer_feed, happenings, order_feed, product_feed, score_feed
from scrm.integrations.models import RowError
from scrm.integrations.routes import SIGNED
from scrm.integrations.touch_routes import judged_touch
from scrm.mappings import dynamodb as stored
from scrm.mappings.model import MOST_ROWS, FeedMapping, Read, read, rows_of

Results = Sequence[Any]


class PayloadIn(In):
    """Whatever the other system sends: an object or a list, as it is."""

    payload: dict[str, JsonValue] | list[JsonValue]

    @model_validator(mode="before")
    @classmethod
    def _as_it_is(cls, given: Any) -> Any:
        return {"payload": given}

    @classmethod
    def __get_pydantic_json_schema__(cls, _schema: Any, _handler: Any) -> dict[str, Any]:
        """Describe it as what may be sent, without the name it has here."""
        return {"title": cls.__name__, "description": cls.__doc__}


class FeedRowOut(Out):
    """What became of one row. `unknown_fields` are paths the mapping does not speak of."""

    row: int
    status: str
    unknown_fields: list[str] = Field(default_factory=list)
    errors: list[RowError] = Field(default_factory=list)


class FeedOut(Out):
    """What became of each row, in the order they were sent."""

    recorded: int
    results: list[FeedRowOut]


def declare(api: Api) -> None:
    """Add the route."""
    api.route("POST", "/integrations/feeds/{feed}", body=PayloadIn, answers=FeedOut, **SIGNED)(take_in_feed)


def take_in_feed(request: Request) -> FeedOut:
    """Read a foreign payload as its feed's mapping says, and record its rows."""
    mapping = stored.mapping(request.params["feed"])
    if mapping is None:
        raise problems.not_found("没有这个映射")
    rows = rows_of(request.body.payload, mapping)
    if rows is None or len(rows) > MOST_ROWS:
        raise problems.invalid_field(mapping.rows or "body", f"应为 1 到 {MOST_ROWS} 行数据")
    reads = [read(row, mapping) for row in rows]
    good = [place for place, each in enumerate(reads) if not each.wrong]
    results = _taken_in(mapping, [dict(reads[place].row) for place in good], request) if good else []
    by_place = dict(zip(good, results, strict=True))
    answered = [_out(place, each, by_place.get(place)) for place, each in enumerate(reads)]
    return FeedOut(recorded=sum(each.status == "recorded" for each in answered), results=answered)


def _out(place: int, each: Read, result: Any) -> FeedRowOut:
    wrong = [RowError(field=name, message=message) for name, message in each.wrong.items()]
    return FeedRowOut(
        row=place,
        status=result.status if result else "invalid",
        unknown_fields=list(each.unknown),
        errors=result.errors if result else wrong,
    )


def _taken_in(mapping: FeedMapping, rows: list[dict[str, Any]], request: Request) -> Results:
    """Hand the rows to the feed they are rows of; return its results, one for each row."""
    now, source = request.now, mapping.source
    take_in: dict[str, Callable[[], Any]] = {
        "customers": lambda: customer_feed.take_in(rows, source, now),
        "orders": lambda: order_feed.take_in_orders(rows, source, now),
        "payments": lambda: order_feed.take_in_payments(rows, source, now),
        "refunds": lambda: order_feed.take_in_refunds(rows, source, now),
        "products": lambda: product_feed.take_in_products(rows, source, now),
        "scores": lambda: score_feed.take_in(rows, now),
        "touches": lambda: happenings.take_in(rows, source, now, judged_touch, kind="touch"),
    }
    results: Results = take_in[mapping.target]().results
    return results
