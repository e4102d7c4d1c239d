"""One item of the library for each product that another system tells of (CON-09, INT-07)."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from typing import Any, Literal

from pydantic import ValidationError
from pynamodb.exceptions import TransactWriteError

from scrm.http.validation import field_errors
from scrm.library import compiling
from scrm.library import dynamodb as library
from scrm.library.kinds import described
from scrm.library.model import Item, Shown
from scrm.library.opening import open_whole
from scrm.library.ranks import between
from scrm.products import content as contents
from scrm.products import dynamodb as products
from scrm.products.adapters import Told, Unread
from scrm.products.content import ProductContent
from scrm.products.dynamodb import Product
from scrm.table import in_transaction

ATTEMPTS = 4
KIND: Literal["product"] = "product"

Step = Callable[[Any], None]


@dataclass(frozen=True)
class Upserted:
    """What became of one product. `errors` say what is wrong, by field."""

    code: str
    status: Literal["recorded", "unchanged", "invalid", "busy"]
    errors: Mapping[str, str] = field(default_factory=dict)


def upsert_all(told: Iterable[Told | Unread], by: str, now: datetime) -> list[Upserted]:
    """Make products what they are told to be, one after the other; then the catalogue, where it is time.

    Safe to repeat: what is not newer changes nothing. `by` names who tells it. Some 10 WRU for each change.
    """
    ranks = _Ranks()
    done = [
        Upserted(each.name, "invalid", each.wrong)
        if isinstance(each, Unread)
        else _upsert(each, by, now, ranks)
        for each in told
    ]
    if any(each.status == "recorded" for each in done):
        compiling.after_write(KIND, now)
    return done


def _upsert(told: Told, by: str, now: datetime, ranks: "_Ranks") -> Upserted:
    for _ in range(ATTEMPTS):
        before = products.product(told.code)
        if before and told.version is not None and before.version >= told.version:
            return Upserted(told.code, "unchanged")
        try:
            steps = _steps(told, before, by, now, ranks)
        except ValidationError as error:
            wrong = {each.field: each.message for each in field_errors(error, "row")}
            return Upserted(told.code, "invalid", wrong)
        if not steps:
            return Upserted(told.code, "unchanged")
        try:
            with in_transaction() as transaction:
                for step in steps:
                    step(transaction)
        except TransactWriteError as error:
            reasons = {reason.code for reason in error.cancellation_reasons if reason}
            if not reasons or not reasons <= {"ConditionalCheckFailed", "TransactionConflict"}:
                raise
            continue
        return Upserted(told.code, "recorded")
    return Upserted(told.code, "busy")


def _steps(told: Told, before: Product | None, by: str, now: datetime, ranks: "_Ranks") -> list[Step]:
    """Return the steps that make a product what is told; none when it is that already."""
    item = library.item(KIND, before.item_id) if before and before.item_id else None
    if item is None or (item.live or item.draft).summary.get("code") != told.code:
        item_id = _free_id(told.code)
        content = _content({}, told)
        after, steps = _published(_new(item_id, ranks.next(), by, now), content, by, now)
    else:
        after, steps, content = _changed(item, told, by, now)
    product = Product(
        told.code,
        content.name,
        told.version if told.version is not None else before.version if before else 0,
        content.price_fen,
        after.item_id,
    )
    if not steps and product == before:
        return []
    return [products.put_step(product, before, now), *steps]


def _changed(item: Item, told: Told, by: str, now: datetime) -> tuple[Item, list[Step], ProductContent]:
    """Return an item with what is told put into its draft, and published where it is published.

    What is not told stays as people here wrote it. An item that was archived or deleted stays so.
    """
    draft = _content(library.draft(KIND, item.item_id), told)
    if not item.is_live:
        if draft == _content(library.draft(KIND, item.item_id), None) or item.status == "deleted":
            return item, [], draft
        after = _next(replace(item, draft=_shown(draft)), by, now)
        return after, [library.item_step(after), _draft_step(after, draft, by, now)], draft
    live = _content(library.published(KIND, item.item_id, item.number), told)
    was = contents.content_of(library.published(KIND, item.item_id, item.number))
    if live == was and draft == contents.content_of(library.draft(KIND, item.item_id)):
        return item, [], live
    after, steps = _published(item, live, by, now, draft)
    return after, steps, live


def _content(known: Mapping[str, Any], told: Told | None) -> ProductContent:
    fresh = {} if told is None else {"type": "standard", "code": told.code}
    said = {} if told is None else told.fields
    merged = {**(known or fresh), **said}
    return contents.content_of({name: each for name, each in merged.items() if each is not None})


def _published(
    item: Item, live: ProductContent, by: str, now: datetime, draft: ProductContent | None = None
) -> tuple[Item, list[Step]]:
    """Return an item with a content published, and a draft beside it where that is another; and its steps."""
    number, worked_on = item.number + 1, draft or live
    published = replace(item, status="published", number=number, published_at=now)
    after = _next(replace(published, live=_shown(live), draft=_shown(worked_on)), by, now)
    return after, [
        library.item_step(after),
        _draft_step(after, worked_on, by, now),
        library.version_step(KIND, after.item_id, number, contents.plain(live), by, now),
    ]


def _draft_step(item: Item, draft: ProductContent, by: str, now: datetime) -> Step:
    return library.draft_step(KIND, item.item_id, contents.plain(draft), by, now)


def _next(item: Item, by: str, now: datetime) -> Item:
    return replace(item, version=item.version + 1, updated_by=by, updated_at=now)


def _shown(content: ProductContent) -> Shown:
    return described(KIND, contents.shown(content), contents.plain(content))


def _new(item_id: str, rank: str, by: str, now: datetime) -> Item:
    return Item(KIND, item_id, "", rank, "draft", Shown(""), created_by=by, created_at=now)


def _free_id(code: str) -> str:
    """Return an id for a code's item: the same for each repetition, while no other item has it."""
    seed = code
    while True:
        item_id = f"pr_{sha256(seed.encode()).hexdigest()[:20]}"
        if library.item(KIND, item_id) is None:
            return item_id
        seed = f"{seed}\n{item_id}"


class _Ranks:
    """Ranks at the end of the products that are in no group; the library is read when one is first wanted."""

    def __init__(self) -> None:
        self._last: str | None = None

    def next(self) -> str:
        """Return a rank after all that are there and were given."""
        if self._last is None:
            items = open_whole(KIND).items.values()
            self._last = max((each.rank for each in items if not each.group_id), default="")
        self._last = between(self._last, "")
        return self._last
