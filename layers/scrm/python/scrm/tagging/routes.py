"""/admin/customers:tag: tags on many relations at once, as a job (TAG-04, SEG-17)."""

from typing import Annotated

from pydantic import Field

from scrm.admin.rights import OPERATIONS
from scrm.http.fields import In
from scrm.http.routing import Api, Request
from scrm.jobs.model import MOST_ITEMS
from scrm.jobs.models import JobOut
from scrm.jobs.starting import begin
from scrm.tagging.checking import checked
from scrm.tagging.pairs import pair_of

TagId = Annotated[str, Field(min_length=1, max_length=128)]


class RelationIn(In):
    """One member's relation with one customer."""

    userid: Annotated[str, Field(pattern=r"^[0-9A-Za-z][0-9A-Za-z_.@-]{0,63}$")]
    external_userid: Annotated[str, Field(pattern=r"^[0-9A-Za-z_-]{1,64}$")]


class TagManyIn(In):
    """Which tags go on and off, on which relations. The reason is kept with the job."""

    relations: Annotated[list[RelationIn], Field(min_length=1, max_length=MOST_ITEMS)]
    add: list[TagId] = Field(default=[], max_length=100)
    remove: list[TagId] = Field(default=[], max_length=100)
    reason: Annotated[str, Field(max_length=200)] = ""


def declare(api: Api) -> None:
    """Add the routes."""
    api.route(
        "POST",
        "/admin/customers:tag",
        roles=OPERATIONS,
        scope="every customer",
        body=TagManyIn,
        answers=JobOut,
        status=202,
        creates=True,
    )(tag_many)


def tag_many(request: Request) -> JobOut:
    """Start a job that puts corp tags on relations and takes others off, one by one."""
    asked: TagManyIn = request.body
    checked(asked.add, asked.remove)
    pairs = dict.fromkeys(pair_of(each.userid, each.external_userid) for each in asked.relations)
    params = {"add": asked.add, "remove": asked.remove}
    job = begin(request, "tag", params=params, items=list(pairs), reason=asked.reason, audit=params)
    return JobOut.model_validate(job)
