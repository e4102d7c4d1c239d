"""/admin/products:sync: products are pulled from another system, or put into it (CON-09)."""

from typing import Annotated, Literal

from pydantic import Field

from scrm.admin.rights import EDIT_CONTENT
from scrm.http.fields import In
from scrm.http.routing import Api, Request
from scrm.jobs.models import JobOut
from scrm.jobs.starting import begin
from scrm.library.opening import open_whole

ItemId = Annotated[str, Field(pattern=r"^[0-9A-Za-z_-]{1,64}$")]
MOST_ITEMS = 1_000
CHUNK = 25


class SyncIn(In):
    """From where, or where to. album: WeCom's product album 商品图册, of which WeCom shows us what we made.

    pull: each product with a product_sn becomes a product of the library, by its code. push: the products of
    `item_ids`, or all that are published, are shown in the album; each needs a cover and a price.
    """

    adapter: Literal["album"]
    direction: Literal["pull", "push"] = "pull"
    item_ids: Annotated[list[ItemId], Field(min_length=1, max_length=MOST_ITEMS)] | None = None


def declare(api: Api) -> None:
    """Add the route."""
    api.route(
        "POST",
        "/admin/products:sync",
        roles=EDIT_CONTENT,
        scope="corp",
        body=SyncIn,
        answers=JobOut,
        status=202,
        creates=True,
    )(sync)


def sync(request: Request) -> JobOut:
    """Pull products from another system or put ours into it: a job that says what became of each."""
    asked: SyncIn = request.body
    params = {"adapter": asked.adapter, "direction": asked.direction}
    items: tuple[str, ...] = ()
    if asked.direction == "push":
        live = (each.item_id for each in open_whole("product").in_order if each.is_live)
        items = tuple(dict.fromkeys(asked.item_ids or live))[:MOST_ITEMS]
    job = begin(
        request,
        "product_sync",
        params=params,
        items=items,
        starts=() if items else ("",),
        audit=params,
    )
    return JobOut.model_validate(job)
