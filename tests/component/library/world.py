"""A library in the tables, written as its writers do, and what happens in the middle of something else."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.client import BaseClient

from scrm.http.caller import Caller
from scrm.library.model import Group, Item, Kind, Shown, Status
from scrm.library.visibility import Visibility

NOW = datetime(2026, 3, 2, 2, 15, tzinfo=UTC)


def item(
    item_id: str,
    group_id: str = "",
    *,
    kind: Kind = "script",
    rank: str = "V",
    status: Status = "published",
    visibility: Visibility | None = None,
    title: str = "",
    **shown: Any,
) -> Item:
    """Return an item as it is first stored."""
    draft = Shown(title or item_id, **shown)
    live, number = (None, 0) if status == "draft" else (draft, 1)
    return Item(
        kind, item_id, group_id, rank, status, draft, live, number, visibility, 1, "admin", NOW, "admin", NOW
    )


def group(
    group_id: str,
    parent_id: str = "",
    *,
    kind: Kind = "script",
    rank: str = "V",
    visibility: Visibility | None = None,
) -> Group:
    """Return a group as it is first stored."""
    return Group(kind, group_id, group_id, parent_id, rank, visibility, 1, updated_at=NOW)


def put(*things: Group | Item, marked: bool = True) -> None:
    """Store things over the version before their own, and mark them unless an import does it."""
    from scrm.library.dynamodb import group_step, item_step
    from scrm.table import in_transaction

    for each in things:
        step = item_step(each, marked=marked) if isinstance(each, Item) else group_step(each, marked=marked)
        with in_transaction() as transaction:
            step(transaction)


def put_content(kind: Kind, item_id: str, content: dict[str, Any], number: int = 1) -> None:
    """Store what an item was published with."""
    from scrm.library.dynamodb import version_step
    from scrm.table import in_transaction

    with in_transaction() as transaction:
        version_step(kind, item_id, number, content, "admin", NOW)(transaction)


def change(thing: Any, **changes: Any) -> Any:
    """Store the next version of a thing; return it."""
    after = replace(thing, version=thing.version + 1, **changes)
    put(after)
    return after


def caller(userid: str = "lisi", role: Any = "staff", departments: tuple[int, ...] = ()) -> Caller:
    """Return somebody who opens libraries."""
    return Caller(userid, role, "own", departments)


def seen(kind: Kind = "script", by: Caller | None = None) -> dict[str, str]:
    """Return the titles that somebody sees in a list, by item id, in its order."""
    from scrm.library.opening import open_for

    items = open_for(kind, by or caller()).seen.items()
    return {each.item_id: each.live.title for each in items if each.live}


def forget() -> None:
    """Be a new process."""
    from scrm.kept import Kept

    Kept.forget_all()


@contextmanager
def happening(patch: pytest.MonkeyPatch, what: Callable[[], object], step: int) -> Iterator[list[str]]:
    """Let `what` happen after the step-th request to AWS of the block (0: before the first); yield the steps.

    What it does itself are no steps.
    """
    steps: list[str] = []
    busy = False
    real = BaseClient._make_api_call

    def happens() -> None:
        nonlocal busy
        busy = True
        what()
        busy = False

    def calling(self: Any, operation: str, request: Any) -> Any:
        if busy:
            return real(self, operation, request)
        if step == 0 and not steps:
            happens()
        answer = real(self, operation, request)
        steps.append(operation)
        if len(steps) == step:
            happens()
        return answer

    with patch.context() as patched:
        patched.setattr(BaseClient, "_make_api_call", calling)
        yield steps
