"""/admin/tags:bootstrap, /admin/tags/hygiene: tags to begin with, and those nobody uses (TAG-08, TAG-09)."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import Field

from scrm.admin.audited import audited
from scrm.admin.lists import page_of
from scrm.admin.refusals import told_to_people
from scrm.admin.rights import EDIT_TAGS, SEE_TAGS
from scrm.admin.tag_models import TagGroupOut
from scrm.admin.tag_routes import added, group_out
from scrm.http.fields import Moment, Out, PageQuery
from scrm.http.routing import Api, Request
from scrm.settings.dynamodb import load as load_settings
from scrm.tagging.checking import check_room
from scrm.tagging.standard import STANDARD, missing
from scrm.tagging.use_dynamodb import carried, last_marked
from scrm.tags import sync
from scrm.tags.dynamodb import load_catalogue
from scrm.tags.model import Catalogue, Tag
from scrm.wecom.deployed import wecom

UNUSED_DAYS = 90
# A tag on more customers than this is counted no further.
COUNTED = 1000
_NEAR = 0.8


class BootstrapOut(Out):
    """The standard groups as they are now, and the names of those that were created."""

    created: list[str]
    groups: list[TagGroupOut]


class HygieneQuery(PageQuery):
    """For how many days a tag has been put on nobody."""

    days: Annotated[int, Field(ge=1, le=730)] = UNUSED_DAYS


class UnusedOut(Out):
    """A tag that was put on nobody for long. `customers` counts who still has it, up to 1,000."""

    tag_id: str
    name: str
    group_name: str
    created_at: Moment | None
    last_marked_at: Moment | None
    customers: int


class HygieneOut(Out):
    """How many tags there are and may be, and a page of those nobody uses, longest unused first."""

    tags: int
    tag_limit: int
    near_limit: bool
    unused: int
    items: list[UnusedOut]
    next_cursor: str | None = None


def declare(api: Api) -> None:
    """Add the routes."""
    api.route("POST", "/admin/tags:bootstrap", roles=EDIT_TAGS, scope="corp", answers=BootstrapOut)(bootstrap)
    api.route(
        "GET",
        "/admin/tags/hygiene",
        roles=SEE_TAGS,
        scope="corp",
        query=HygieneQuery,
        answers=HygieneOut,
    )(hygiene)


def bootstrap(request: Request) -> BootstrapOut:
    """Create the standard groups that WeCom does not have yet; those that are there stay as they are."""
    with told_to_people():
        sync.pull(wecom())
    catalogue = load_catalogue()
    wanted = missing(catalogue)
    check_room(catalogue, sum(map(len, wanted.values())))
    for name, tags in wanted.items():
        in_order = [(tag, len(tags) - place) for place, tag in enumerate(tags)]
        sync.keep([added(wecom(), in_order, group_name=name)], complete=False)
    catalogue = load_catalogue()
    groups = [group for group in catalogue.groups.values() if group.name in STANDARD]
    audited(request, "tags_bootstrapped", "TAGS", None, {"created": list(wanted)})
    return BootstrapOut(created=list(wanted), groups=[group_out(group, catalogue) for group in groups])


def hygiene(request: Request) -> HygieneOut:
    """Tags that were put on nobody for so many days, and how near the corp is to its limit."""
    asked: HygieneQuery = request.query
    catalogue, limit = load_catalogue(), load_settings().tag_limit
    used = _used(catalogue)
    since = request.now - timedelta(days=asked.days)
    unused = [tag for tag in catalogue.tags.values() if used[tag.tag_id] <= since]
    page, cursor = page_of(
        "TAG-HYGIENE",
        unused,
        lambda tag: f"{used[tag.tag_id]:%Y%m%dT%H%M%S}#{tag.tag_id}",
        asked.limit,
        asked.cursor,
    )
    marked = last_marked()
    return HygieneOut(
        tags=len(catalogue.tags),
        tag_limit=limit,
        near_limit=len(catalogue.tags) >= limit * _NEAR,
        unused=len(unused),
        items=[_unused_out(tag, catalogue, marked) for tag in page],
        next_cursor=cursor,
    )


def _used(catalogue: Catalogue) -> dict[str, datetime]:
    """Return when each tag was last of use: put on somebody, or made."""
    marked = last_marked()
    found = {}
    for tag in catalogue.tags.values():
        made = datetime.fromtimestamp(tag.created_at, UTC)
        last = marked.get(tag.tag_id)
        found[tag.tag_id] = max(made, datetime.fromisoformat(last)) if last else made
    return found


def _unused_out(tag: Tag, catalogue: Catalogue, marked: dict[str, str]) -> UnusedOut:
    last = marked.get(tag.tag_id)
    return UnusedOut(
        tag_id=tag.tag_id,
        name=tag.name,
        group_name=catalogue.group_name_of(tag.tag_id),
        created_at=datetime.fromtimestamp(tag.created_at, UTC) if tag.created_at else None,
        last_marked_at=datetime.fromisoformat(last) if last else None,
        customers=carried(tag.tag_id, COUNTED),
    )
