"""/sidebar/scripts, /materials, /products, /knowledge: what a chat may be answered with (spec 1.3).

Lists, groups, counts, searches and looks by id all ask what `scrm.library.opening` shows the caller. What is
out of their scope does not exist in any of them.
"""

from collections import Counter
from collections.abc import Mapping
from functools import partial
from hashlib import sha256
from typing import Any

from scrm.http import paging, problems
from scrm.http.fields import Page
from scrm.http.request import Answer, Request
from scrm.http.routing import ANY_STAFF, Api
from scrm.library import dynamodb as stored
from scrm.library import personal_dynamodb as personals
from scrm.library import sidebar_models as models
from scrm.library.arranging import Asked, is_recommended, listed
from scrm.library.model import Item
from scrm.library.opening import NOTHING_OF_THE_NAME, Library, open_for
from scrm.library.personal import MOST_PINNED, TooManyPinned, with_pin, without_pin
from scrm.library.shelves import SHELVES, Shelf
from scrm.materials.pictures import address_of
from scrm.sidebar.access import seen
from scrm.sidebar.customer_routes import customers
from scrm.sidebar.keeping import customer_of
from scrm.staff import dynamodb as staff
from scrm.stages import dynamodb as stages

SCOPE = "published items whose scope, and that of each group above, admits the caller"


def declare(api: Api) -> None:
    """Add the routes of all four."""
    common: dict[str, Any] = {"roles": ANY_STAFF, "scope": SCOPE}
    for shelf in SHELVES:
        one = f"/sidebar/{shelf.root}/{{item_id}}"
        routes = (
            ("GET", f"/sidebar/{shelf.root}", list_items, {"query": shelf.query, "answers": shelf.page}),
            ("GET", one, show, {"answers": shelf.detail}),
            ("GET", f"/sidebar/{shelf.groups}", list_groups, {"answers": models.GroupsOut}),
            ("PUT", f"{one}/pin", pin, {"status": 204}),
            ("DELETE", f"{one}/pin", unpin, {"status": 204}),
        )
        for method, pattern, handler, more in routes:
            api.route(method, pattern, **common, **more)(_of(shelf, handler))
    api.route("GET", "/sidebar/product-categories", answers=models.CategoriesOut, **common)(list_categories)


def _of(shelf: Shelf, handler: Any) -> Any:
    bound = partial(handler, shelf)
    bound.__doc__ = handler.__doc__
    return bound


def list_items(shelf: Shelf, request: Request) -> Page[Any]:
    """What the caller may send: their pinned ones first, or what fits the words, those sent most first."""
    query: models.ItemsQuery = request.query
    library = open_for(shelf.kind, request.staff)
    asked = _asked(shelf, request, library)
    name = _list_name(shelf, query)
    after = paging.decode(name, query.cursor, free=("after",))
    items, more = listed(library.seen, library.personal, asked).page(
        query.limit, str(after["after"]) if after else None
    )
    return Page(
        items=[_out(shelf, each, library, asked.stages) for each in items],
        next_cursor=paging.encode(name, {"after": more} if more else None),
    )


def show(shelf: Shelf, request: Request) -> models.ItemOut:
    """One item with its content as it was published."""
    item, library = _found(shelf, request)
    told = _told(item, library, frozenset())
    content = stored.published(shelf.kind, item.item_id, item.number)
    return shelf.detail.model_validate({**told, "content": content})


def list_groups(shelf: Shelf, request: Request) -> models.GroupsOut:
    """The groups that hold something for the caller, as a tree is read, and how much."""
    seen_of_it = open_for(shelf.kind, request.staff).seen
    return models.GroupsOut(
        items=[
            models.GroupOut(
                group_id=each.group_id,
                name=each.name,
                parent_id=each.parent_id,
                count=count,
            )
            for each, count in seen_of_it.groups()
        ],
        total=len(seen_of_it.items()),
    )


def list_categories(request: Request) -> models.CategoriesOut:
    """The categories of the products the caller may see, and how many there are of each."""
    items = open_for("product", request.staff).seen.items()
    counts = Counter(str(each.live.summary.get("category", "")) for each in items if each.live)
    return models.CategoriesOut(
        items=[models.CategoryOut(category=name, count=counts[name]) for name in sorted(counts) if name]
    )


def pin(shelf: Shelf, request: Request) -> Answer:
    """Put an item behind those the caller has pinned; at most 50. Repeating changes nothing."""
    item, library = _found(shelf, request)
    there = {each.item_id for each in library.seen.items()}
    try:
        personals.change(
            request.staff.userid,
            shelf.kind,
            lambda before: with_pin(before, item.item_id, there),
            library.personal,
        )
    except TooManyPinned:
        raise problems.conflict(
            "too_many_pinned", f"最多置顶 {MOST_PINNED} 项，请先取消一项", most=MOST_PINNED
        ) from None
    return Answer(status=204)


def unpin(shelf: Shelf, request: Request) -> Answer:
    """Take an item from those the caller has pinned. Repeating changes nothing."""
    item, library = _found(shelf, request)
    personals.change(
        request.staff.userid, shelf.kind, lambda before: without_pin(before, item.item_id), library.personal
    )
    return Answer(status=204)


def _found(shelf: Shelf, request: Request) -> tuple[Item, Library]:
    """Return the item that a request names; 404 for every other id."""
    library = open_for(shelf.kind, request.staff)
    item = library.seen.item(request.params["item_id"])
    if item is None:
        raise problems.not_found(NOTHING_OF_THE_NAME)
    return item, library


def _asked(shelf: Shelf, request: Request, library: Library) -> Asked:
    query = request.query
    narrowed = ((name, getattr(query, name)) for name in shelf.narrowed)
    return Asked(
        text=query.q or "",
        group_id=query.group_id or "",
        pinned=query.pinned,
        recent=query.recent,
        stages=_stages(request, library),
        summary=tuple((name, value) for name, value in narrowed if value is not None),
    )


def _stages(request: Request, library: Library) -> frozenset[str]:
    """Return the names of the stage that recommendations are asked for: its key, and the name staff know.

    The customer's own stage costs what a look at the customer does; who may not see them is refused.
    """
    stage = request.query.stage or ""
    if not stage and request.query.external_userid:
        stage = _stage_of(request, request.query.external_userid)
    if not stage:
        return frozenset()
    if any(each.live and stage in each.live.stages for each in library.seen.items()):
        return frozenset({stage})
    known = stages.kept.get(request.now).stages
    names = ({each.key, each.name} for each in known)
    return next((frozenset(each) for each in names if stage in each), frozenset({stage}))


def _stage_of(request: Request, external_userid: str) -> str:
    contact, relations = customers.collection(external_userid)
    there = seen(request.staff, external_userid, contact, relations, lambda: staff.directory(request.now))
    return customer_of(there).stage


def _list_name(shelf: Shelf, query: models.ItemsQuery) -> str:
    """Return which list a cursor belongs to: everything that was asked but how much and from where."""
    told = query.model_dump_json(exclude={"limit", "cursor"}, exclude_defaults=True)
    return f"{shelf.kind}#{sha256(told.encode()).hexdigest()[:16]}"


def _out(shelf: Shelf, item: Item, library: Library, for_stages: frozenset[str]) -> models.ItemOut:
    return shelf.out.model_validate(_told(item, library, for_stages))


def _told(item: Item, library: Library, for_stages: frozenset[str]) -> Mapping[str, Any]:
    live = item.live or item.draft
    return {
        **live.summary,
        "item_id": item.item_id,
        "title": live.title,
        "group_id": item.group_id,
        "keywords": live.keywords,
        "stages": live.stages,
        "recommended": is_recommended(item, for_stages),
        "usage": library.catalogue.uses_of(item.item_id).sends,
        "pinned": item.item_id in library.personal.pinned,
        "number": item.number,
        "published_at": item.published_at,
        "picture": _picture(live.summary),
    }


def _picture(summary: Mapping[str, Any]) -> str | None:
    """Return the address of the picture that a material is, or that a card or product shows."""
    own = summary.get("file_id") if summary.get("kind") == "image" else None
    file_id = summary.get("cover_file_id") or own
    return address_of(str(file_id)) if file_id else None
