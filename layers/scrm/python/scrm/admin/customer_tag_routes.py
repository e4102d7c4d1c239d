"""/admin/customers/{external_userid}/tags: an administrator edits a customer's tags (spec TAG-11)."""

from collections.abc import Callable
from typing import Annotated

from pydantic import Field

from scrm.admin.audited import audited, no_effect
from scrm.admin.rights import OPERATIONS
from scrm.customers.dynamodb import Customers
from scrm.customers.model import Relation
from scrm.http import problems
from scrm.http.fields import In, Out
from scrm.http.routing import Api, Request
from scrm.sidebar.editing import change
from scrm.sidebar.edits import Edit
from scrm.staff.model import key
from scrm.tagging.checking import checked
from scrm.wecom.client import WeCom

TagId = Annotated[str, Field(min_length=1, max_length=128)]


class CustomerTagsIn(In):
    """Which tags go on and off, on one member's relation; without `userid`, on every active one."""

    userid: str | None = Field(default=None, min_length=1, max_length=64)
    add: list[TagId] = Field(default=[], max_length=100)
    remove: list[TagId] = Field(default=[], max_length=100)


class TaggedRelation(Out):
    """One relation's tags after the edit."""

    userid: str
    tags: list[str]


class CustomerTagsOut(Out):
    """The tags of the relations that were edited."""

    external_userid: str
    relations: list[TaggedRelation]


def declare(api: Api, wecom: Callable[[], WeCom]) -> None:
    """Add the route; `wecom` gives the process's client."""

    @api.route(
        "PUT",
        "/admin/customers/{external_userid}/tags",
        roles=OPERATIONS,
        scope="every customer",
        body=CustomerTagsIn,
        answers=CustomerTagsOut,
    )
    def edit(request: Request) -> CustomerTagsOut:
        """Put corp tags on a customer's relations and take others off, at WeCom and here."""
        asked: CustomerTagsIn = request.body
        checked(asked.add, asked.remove)
        relations = _relations(request.params["external_userid"], asked.userid)
        wanted = Edit(add_tags=tuple(asked.add), remove_tags=tuple(asked.remove))
        edited = [change(request, each, wanted, wecom()) for each in relations]
        _see_to_the_line(request, relations, edited)
        return CustomerTagsOut(
            external_userid=request.params["external_userid"],
            relations=[TaggedRelation(userid=each.userid, tags=list(each.tags)) for each in edited],
        )


def _relations(external_userid: str, userid: str | None) -> list[Relation]:
    contact, relations = Customers().collection(external_userid, consistent=True)
    active = [each for each in relations if each.status == "active"]
    chosen = [each for each in active if userid is None or key(each.userid) == key(userid)]
    if contact is None and not relations:
        raise problems.not_found("没有这位客户")
    if not chosen:
        raise problems.conflict("no_active_relation", "没有可以打标签的好友关系")
    return chosen


def _see_to_the_line(request: Request, before: list[Relation], after: list[Relation]) -> None:
    """Each real change has left its line with WeCom's answer; one that changed nothing leaves one here."""
    if any(old.tags != new.tags for old, new in zip(before, after, strict=True)):
        no_effect(request)
        return
    subject = f"CONTACT#{request.params['external_userid']}"
    audited(request, "customer_tags_confirmed", subject, None, {"relations": [each.userid for each in after]})
