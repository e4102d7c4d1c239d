"""Putting a product of the library into WeCom's album, never twice (issue 4, item 3)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256

from scrm.customers.model import VersionConflict
from scrm.jobs.model import Result
from scrm.library import dynamodb as library
from scrm.materials import files_dynamodb as files
from scrm.products import album_dynamodb as stored
from scrm.products import content as contents
from scrm.products.album_dynamodb import Link
from scrm.products.content import ProductContent
from scrm.wecom import products as album
from scrm.wecom.client import WeCom
from scrm.wecom.errors import Busy, MediaGone, Refused, Throttled, UnknownOutcome, UnknownProduct
from scrm.wecom.products import AlbumProduct

LEASE = timedelta(seconds=120)
"""So long an add without an answer is left alone, before the list is asked whether it came about."""
UPLOADING = 20.0
PAUSE = 30.0
LONGEST_DESCRIPTION = 300


class Later(Exception):
    """It cannot be done now; `delay` is in seconds, `why` a code for the reader of the job."""

    def __init__(self, delay: float, why: str) -> None:
        super().__init__(why)
        self.delay = delay
        self.why = why


def push(wecom: WeCom, item_id: str, now: datetime) -> Result:
    """Make the album show a published product as it is; return what became of it.

    Safe to repeat, killed at any line: that WeCom is asked is recorded before, and an add whose answer is not
    known is looked for in the list. Raises Later.
    """
    item = library.item("product", item_id)
    if item is None or not item.is_live:
        return Result(item_id, "skipped", "not_published")
    content = contents.content_of(library.published("product", item_id, item.number))
    if wrong := _unfit(content):
        return Result(item_id, "failed", wrong)
    link = stored.link(product_sn(item_id, content), item_id)
    if link.product_id and link.shown == _stamp(content):
        return Result(item_id, "skipped", "unchanged")
    try:
        _put(wecom, content, link, now)
    except Throttled as error:
        raise Later(error.retry_after, "busy") from None
    except (Busy, VersionConflict):
        raise Later(PAUSE, "busy") from None
    except Refused as error:
        return Result(item_id, "failed", f"wecom_{error.errcode}")
    return Result(item_id, "done")


def product_sn(item_id: str, content: ProductContent) -> str:
    """Return what the album knows a product by: its code where the album takes it, else the item's id."""
    if content.code and album.is_sn(content.code):
        return content.code
    return "".join(each for each in item_id if each.isalnum())


def description(content: ProductContent) -> str:
    """Return what the album shows: the name, below it the description, cut to what WeCom takes."""
    text = f"{content.name}\n{content.description}".strip()
    return text if len(text) <= LONGEST_DESCRIPTION else f"{text[: LONGEST_DESCRIPTION - 1]}…"


def _unfit(content: ProductContent) -> str:
    if not content.cover_file_id:
        return "no_cover"
    if content.price_fen is None:
        return "no_price"
    return "price_over_limit" if content.price_fen > album.MOST_FEN else ""


def _put(wecom: WeCom, content: ProductContent, link: Link, now: datetime) -> None:
    media_id = _media(content.cover_file_id or "", now)
    try:
        if link.product_id:
            _update(wecom, content, link, media_id)
        else:
            _add(wecom, content, link, media_id, now)
    except UnknownProduct:
        _add(wecom, content, stored.save(replace(link, product_id="", shown="")), media_id, now)
    except MediaGone:
        files.media_refused(content.cover_file_id or "", "album", media_id, now)
        raise Later(UPLOADING, "uploading") from None


def _update(wecom: WeCom, content: ProductContent, link: Link, media_id: str) -> None:
    album.update(
        wecom,
        link.product_id,
        description=description(content),
        price_fen=content.price_fen,
        media_ids=[media_id],
    )
    stored.save(replace(link, shown=_stamp(content), asked_at=None))


def _add(wecom: WeCom, content: ProductContent, link: Link, media_id: str, now: datetime) -> None:
    if link.asked_at:
        if now < link.asked_at + LEASE:
            raise Later(LEASE.total_seconds(), "outcome_unknown")
        if found := _listed(wecom, link.product_sn):
            link = stored.save(replace(link, product_id=found.product_id, asked_at=None))
            _update(wecom, content, link, media_id)
            return
    link = stored.save(replace(link, asked_at=now))
    try:
        product_id = album.add(
            wecom, description(content), content.price_fen or 0, [media_id], product_sn=link.product_sn
        )
    except UnknownOutcome:
        raise Later(LEASE.total_seconds(), "outcome_unknown") from None
    except (Refused, Busy, Throttled):
        stored.save(replace(link, asked_at=None))
        raise
    stored.save(replace(link, product_id=product_id, shown=_stamp(content), asked_at=None))


def _listed(wecom: WeCom, sn: str) -> AlbumProduct | None:
    return next((each for each in _every(wecom) if each.product_sn == sn), None)


def _every(wecom: WeCom) -> Iterator[AlbumProduct]:
    cursor = ""
    while True:
        found, cursor = album.products(wecom, cursor)
        yield from found
        if not cursor:
            return


def _media(file_id: str, now: datetime) -> str:
    """Return the album's media id of a picture. Raises Later while it is uploaded, Refused-like never."""
    known = files.file(file_id, consistent=True)
    media = known.media("album", now) if known else None
    if media is not None:
        return media.media_id
    files.ask(file_id, "album", now)
    raise Later(UPLOADING, "uploading")


def _stamp(content: ProductContent) -> str:
    told = f"{description(content)}\n{content.price_fen}\n{content.cover_file_id}"
    return sha256(told.encode()).hexdigest()[:16]
