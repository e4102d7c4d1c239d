"""Storing an item with all that goes along, in one transaction; then the catalogue, where it is time."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from scrm.admin.audited import audited
from scrm.audit.dynamodb import Step
from scrm.http.request import Request
from scrm.library import compiling
from scrm.library import dynamodb as stored
from scrm.library.catalogue import Catalogue
from scrm.library.kinds import contents, described
from scrm.library.model import Item
from scrm.library.ranks import between
from scrm.library.storing import plain_visibility


def store(
    request: Request, action: str, before: Item | None, after: Item, steps: Sequence[Step] = ()
) -> Item:
    """Store an item over the version it was read with, its audit line and `steps`; return it as stored.

    Raises a 409 version_conflict when the item, or what `steps` depend on, has changed since.
    """
    after = replace(
        after,
        version=before.version + 1 if before else 1,
        updated_by=request.staff.userid,
        updated_at=request.now,
    )
    audited(
        request,
        f"{after.kind}_{action}",
        f"LIBRARY#{after.kind}#{after.item_id}",
        told(before) if before else None,
        told(after),
        [stored.item_step(after), *steps],
    )
    compiling.after_write(after.kind, request.now)
    return after


def drafted(item: Item, content: Any, by: str, now: datetime) -> tuple[Item, Step]:
    """Return an item with `content` as its draft, and the step that stores the content."""
    kind = contents(item.kind)
    plain = kind.plain(content)
    shown = described(item.kind, kind.shown(content), plain)
    return replace(item, draft=shown), stored.draft_step(item.kind, item.item_id, plain, by, now)


def last_rank(whole: Catalogue, group_id: str, item_id: str = "") -> str:
    """Return a rank at the end of a group, for an item that is not counted itself."""
    ranks = [each.rank for each in whole.in_order if each.group_id == group_id and each.item_id != item_id]
    return between(max(ranks, default=""), "")


def told(item: Item) -> dict[str, Any]:
    """Return what the audit log tells of an item."""
    return {
        "title": item.draft.title,
        "status": item.status,
        "group_id": item.group_id,
        "visibility": plain_visibility(item.visibility),
        "number": item.number,
        "version": item.version,
    }
