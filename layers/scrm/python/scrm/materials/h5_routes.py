"""/h5/files: pictures of what is sent to customers, for whoever has the signed address."""

from datetime import timedelta
from typing import Any

from scrm.http import problems
from scrm.http.request import Answer, Request
from scrm.http.routing import ANYONE, Api
from scrm.materials import bucket
from scrm.materials.arriving import ENDINGS
from scrm.materials.pictures import is_genuine

MOST_BYTES = 4 * 1024 * 1024
"""What a function can answer; a larger picture is fetched from the bucket."""
ELSEWHERE_FOR = timedelta(hours=1)
_FOR_GOOD = {"Cache-Control": "public, max-age=31536000, immutable"}


def declare(api: Api) -> None:
    """Add the route."""
    open_to_all: dict[str, Any] = {"roles": ANYONE, "public": True, "scope": "a signed picture"}
    kinds = tuple(each for each in ENDINGS if each.startswith("image/"))
    api.route("GET", "/h5/files/{file_id}/{signature}", **open_to_all, gives=kinds)(show)


def show(request: Request) -> Answer:
    """A picture, for whoever was sent its address."""
    file_id = request.params["file_id"]
    if not is_genuine(file_id, request.params["signature"]):
        raise _unknown()
    try:
        content, kind = bucket.content_within(file_id, MOST_BYTES)
    except bucket.FileGone:
        raise _unknown() from None
    if not kind.startswith("image/") or kind not in ENDINGS:
        raise _unknown()
    if content is None:
        headers = {
            "Location": bucket.address(file_id, ELSEWHERE_FOR),
            "Cache-Control": "private, max-age=600",
        }
        return Answer(status=302, headers=headers)
    return Answer(content=content, headers={"Content-Type": kind, **_FOR_GOOD})


def _unknown() -> problems.Problem:
    return problems.not_found("没有这个地址")
