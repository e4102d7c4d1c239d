"""/admin/channels/{channel_id}/costs: what a channel costs by month, for the reports (spec IDN-17)."""

from typing import Annotated, Any

from pydantic import Field, RootModel

from scrm.admin.audited import audited
from scrm.admin.rights import SEE_CHANNELS, Roles
from scrm.channel_codes import dynamodb as channels
from scrm.channel_codes.costs_dynamodb import costs_of, put_step
from scrm.http import problems
from scrm.http.fields import Out
from scrm.http.routing import Api, Request

COSTS = "/admin/channels/{channel_id}/costs"
KEEP_COSTS: Roles = frozenset({"operations_admin", "marketing", "finance"})
SEE_COSTS: Roles = SEE_CHANNELS | {"finance"}
MOST_MONTHS = 240

Month = Annotated[str, Field(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$", examples=["2026-01"])]
Fen = Annotated[int, Field(strict=True, ge=0, le=10**13)]


class CostsIn(RootModel[Annotated[dict[Month, Fen | None], Field(min_length=1, max_length=60)]]):
    """Fen by month; months that are left out stay, null takes one away."""


class CostsOut(Out):
    """What a channel costs: fen by month, and all months together."""

    channel_id: str
    costs: dict[str, int]
    total: int


def declare(api: Api) -> None:
    """Add the routes."""
    common: dict[str, Any] = {"scope": "corp", "answers": CostsOut}
    api.route("GET", COSTS, roles=SEE_COSTS, **common)(show)
    api.route("PUT", COSTS, roles=KEEP_COSTS, body=CostsIn, **common)(change)


def show(request: Request) -> CostsOut:
    """What a channel costs by month."""
    channel_id = _channel(request)
    return _out(channel_id, costs_of(channel_id)[0])


def change(request: Request) -> CostsOut:
    """Set what a channel cost in some months."""
    channel_id, asked = _channel(request), request.body.root
    before, version = costs_of(channel_id)
    after = {month: fen for month, fen in {**before, **asked}.items() if fen is not None}
    if len(after) > MOST_MONTHS:
        raise problems.invalid_field("body", f"最多 {MOST_MONTHS} 个月")
    told = {month: before.get(month) for month in asked}
    subject = f"CHANNEL#{channel_id}"
    audited(request, "channel_costs_set", subject, told, dict(asked), [put_step(channel_id, after, version)])
    return _out(channel_id, after)


def _channel(request: Request) -> str:
    channel_id = request.params["channel_id"]
    if channels.channel(channel_id) is None:
        raise problems.not_found("没有这个渠道")
    return channel_id


def _out(channel_id: str, costs: dict[str, int]) -> CostsOut:
    return CostsOut(channel_id=channel_id, costs=dict(sorted(costs.items())), total=sum(costs.values()))
