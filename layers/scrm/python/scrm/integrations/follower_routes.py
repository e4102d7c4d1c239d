"""POST /integrations/oa-events: who follows the official account, linked by unionid (spec IDN-24)."""

from dataclasses import replace
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from scrm.customers.model import ContactMethod, Customer, VersionConflict
from scrm.facts.following import follow
from scrm.http import problems
from scrm.http.fields import In, Out
from scrm.http.request import Request
from scrm.http.routing import ANYONE, Api
from scrm.integrations import people
from scrm.integrations.rows import wrong_time

ATTEMPTS = 3
Openid = Annotated[str, Field(pattern=r"^[0-9A-Za-z_-]{1,64}$")]


class FollowerIn(In):
    """Somebody began or ceased to follow the official account. `source_id` is the event's at its source."""

    kind: Literal["subscribe", "unsubscribe"]
    openid: Openid
    unionid: Openid
    at: AwareDatetime
    source_id: Annotated[str, Field(max_length=128)] = ""


class FollowerOut(Out):
    """Which customer it is, and whether they follow the account by the latest news."""

    customer_id: str
    follows: bool


def declare(api: Api) -> None:
    """Add the route."""
    api.route(
        "POST",
        "/integrations/oa-events",
        roles=ANYONE,
        scope="the corp; signed by a key",
        public=True,
        body=FollowerIn,
        answers=FollowerOut,
    )(take_in)


def take_in(request: Request) -> FollowerOut:
    """Take in that a follower came or went; the same person as the external contact with that unionid.

    Told before or after the friendship, twice or out of order, it ends alike.
    """
    asked: FollowerIn = request.body
    if wrong := wrong_time(asked.at, request.now):
        raise problems.invalid_field("at", wrong)
    unionid = people.normal({"unionid": asked.unionid})["unionid"]
    owner = people.owner_or_new("unionid", unionid, request.now)
    try:
        _keep(request, owner, unionid, asked.openid)
        at = asked.at.replace(microsecond=0)
        follows = follow(owner, at, request.now, follows=asked.kind == "subscribe")
    except VersionConflict:
        raise problems.unavailable() from None
    root = people.customers.root(owner)
    return FollowerOut(customer_id=root.customer_id if root else owner, follows=follows)


def _keep(request: Request, customer_id: str, unionid: str, openid: str) -> None:
    """Put the unionid and the way to reach them among the customer's own; nothing when they are there."""
    for attempt in range(ATTEMPTS):
        stored = people.customers.customer(customer_id, consistent=True) or Customer(customer_id)
        method = ContactMethod("official_account", openid)
        after = replace(
            stored,
            identities=tuple(dict.fromkeys((*stored.identities, ("unionid", unionid)))),
            contact_methods=tuple(dict.fromkeys((*stored.contact_methods, method))),
        )
        if after == stored and stored.version:
            return
        try:
            people.customers.save_customer(after, request.now)
        except VersionConflict:
            if attempt == ATTEMPTS - 1:
                raise
            continue
        return
