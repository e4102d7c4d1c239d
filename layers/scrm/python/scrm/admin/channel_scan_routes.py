"""/admin/channels/{channel_id}/scans: how often a code was scanned; WeCom does not tell, others may (M3)."""

from datetime import date
from typing import Annotated

from pydantic import Field, RootModel

from scrm.admin.audited import audited
from scrm.admin.rights import EDIT_CHANNELS
from scrm.channel_codes import dynamodb as channels
from scrm.channel_codes.scans_dynamodb import put_steps
from scrm.http import problems
from scrm.http.fields import Out
from scrm.http.routing import Api, Request

Scans = Annotated[int, Field(strict=True, ge=0, le=10**9)]


class ScansIn(RootModel[Annotated[dict[date, Scans], Field(min_length=1, max_length=60)]]):
    """Scans by Beijing day; days that are left out stay."""


class ScansOut(Out):
    """What was set."""

    channel_id: str
    scans: dict[str, int]


def declare(api: Api) -> None:
    """Add the route."""
    path = "/admin/channels/{channel_id}/scans"
    api.route("PUT", path, roles=EDIT_CHANNELS, scope="corp", body=ScansIn, answers=ScansOut)(change)


def change(request: Request) -> ScansOut:
    """Set how often a channel's code was scanned on some days: the first step of the funnel."""
    channel_id, asked = request.params["channel_id"], request.body.root
    if channels.channel(channel_id) is None:
        raise problems.not_found("没有这个渠道")
    told = {day.isoformat(): scans for day, scans in sorted(asked.items())}
    audited(request, "channel_scans_set", f"CHANNEL#{channel_id}", None, told, put_steps(channel_id, asked))
    return ScansOut(channel_id=channel_id, scans=told)
