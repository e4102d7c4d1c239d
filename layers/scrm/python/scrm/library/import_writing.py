"""Writing what a table says: groups one by one, items in packs, each pack whole or not at all."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from pynamodb.exceptions import TransactWriteError

from scrm.audit.dynamodb import Step
from scrm.http.problems import FieldError, Problem
from scrm.http.request import Request
from scrm.library import checking, editing, opening, publishing, sheet_columns, sheet_layout
from scrm.library import dynamodb as stored
from scrm.library import placing_dynamodb as placing
from scrm.library.catalogue import Catalogue
from scrm.library.kinds import contents
from scrm.library.model import MOST_GROUPS, ROOT, Group, Item, Kind, Shown
from scrm.library.publishing import Change, Sources
from scrm.library.ranks import between
from scrm.library.sheet_columns import Line
from scrm.library.tree import refuse_bad_parent
from scrm.materials import files_dynamodb as files
from scrm.materials.files import item_key
from scrm.table import in_transaction

MOST_STEPS = 90
MOST_TURNS = 20
MOST_ITEMS_AT_ONCE = 20
"""Of 72 KB at most each, twice: a transaction holds 4 MB."""
BUSY = FieldError("行", "内容刚被他人修改，请重新导入")


@dataclass(frozen=True)
class Plan:
    """A line to be stored, and the item it changes, None for a new one.

    `content` None: the line is stored already, by an import that was killed before it made the catalogue.
    """

    kind: Kind
    row: Any
    line: Line
    content: Any
    before: Item | None


@dataclass(frozen=True)
class Ready:
    """A plan with all that is to be written for it."""

    plan: Plan
    change: Change
    draft: Step
    group: Group | None


class Groups:
    """The groups of a library by their paths; those that are missing are made."""

    def __init__(self, kind: Kind, now: datetime) -> None:
        self._kind, self._now = kind, now
        self.whole = opening.open_whole(kind)
        self._by_path: dict[tuple[str, ...], Group | None] = {(): None}

    def at(self, path: tuple[str, ...]) -> Group | None:
        """Return the group of a path, None for the top. Raises Problem where it cannot be made."""
        if path not in self._by_path:
            above = self.at(path[:-1])
            parent_id = above.group_id if above else ROOT
            same = [each for each in self.whole.children.get(parent_id, ()) if each.name == path[-1]]
            self._by_path[path] = same[0] if same else self._made(parent_id, path[-1])
        return self._by_path[path]

    def _made(self, parent_id: str, name: str) -> Group:
        """Return a group that was not there; its id follows from its path, whichever of its kind is free."""
        for turn in range(MOST_TURNS):
            seed = "\n".join([self._kind, parent_id, name, str(turn)])
            group_id = f"gr_{sha256(seed.encode()).hexdigest()[:20]}"
            was = stored.group(self._kind, group_id)
            here = was is not None and not was.deleted and (was.parent_id, was.name) == (parent_id, name)
            if was is None or was.deleted or here:
                found = was if was and here else self._stored(group_id, parent_id, name, was)
                self.whole = self.whole.with_changes([found], [])
                return found
        raise Problem(409, "name_taken", "同名的分组太多，请先在管理台新建")

    def _stored(self, group_id: str, parent_id: str, name: str, was: Group | None) -> Group:
        if len(self.whole.tree) >= MOST_GROUPS:
            raise Problem(409, "too_many_groups", f"最多 {MOST_GROUPS} 个分组")
        ranks = [each.rank for each in self.whole.children.get(parent_id, ())]
        version = was.version + 1 if was else 1
        rank = between(max(ranks, default=""), "")
        new = Group(self._kind, group_id, name, parent_id, rank, version=version, updated_at=self._now)
        path = refuse_bad_parent(self.whole, new, parent_id)
        steps = [stored.group_step(new, marked=False), *placing.entry_steps(path, whole=True)]
        if not _written(steps):
            raise Problem(409, "version_conflict", "分组刚被他人修改，请重新导入")
        return new


def write(request: Request, kind: Kind, plans: Sequence[Plan]) -> None:
    """Store what was planned; a plan that cannot be stored says so in its row."""
    for pack in _packs(list(_ready(request, kind, plans))):
        if not _written(_steps(pack, request.now)):
            for each in pack:
                if not _written(_steps([each], request.now)):
                    each.plan.row.fail(BUSY)


def _ready(request: Request, kind: Kind, plans: Sequence[Plan]) -> Iterator[Ready]:
    groups, sources, ends = Groups(kind, request.now), Sources(), dict[str, str]()
    told = contents(kind)
    new = [each for each in plans if each.content is not None]
    sources.expect(each.before for each in new if each.before and each.before.is_live)
    sources.files(file_id for each in new for _, file_id, _ in told.file_uses(each.content))
    for plan in plans:
        try:
            group = groups.at(plan.line.group)
            group_id = group.group_id if group else ROOT
            stays = plan.before and plan.before.status != "deleted" and plan.before.group_id == group_id
            rank = plan.before.rank if plan.before and stays else _next(ends, groups.whole, group_id)
            if plan.content is not None:
                yield _one(request, plan, group_id, rank, sources, None if stays else group)
        except Problem as refused:
            plan.row.fail(*_by_column(kind, refused))


def _next(ends: dict[str, str], whole: Catalogue, group_id: str) -> str:
    """Return the next rank at the end of a group."""
    ends[group_id] = between(ends[group_id], "") if group_id in ends else editing.last_rank(whole, group_id)
    return ends[group_id]


def _one(
    request: Request, plan: Plan, group_id: str, rank: str, sources: Sources, group: Group | None
) -> Ready:
    """Return what is to be written for one plan. Raises 422 as the console does."""
    by, now, told = request.staff.userid, request.now, contents(plan.kind)
    item, draft = editing.drafted(_placed(plan, group_id, rank, by, now), plan.content, by, now)
    if plan.line.status == "draft":
        known = sources.files(file_id for _, file_id, _ in told.file_uses(plan.content))
        checking.refuse_files(told, plan.content, ready=False, known=known)
        change = Change(item)
    else:
        change = publishing.published(item, plan.content, by, now, sources)
    if plan.line.status == "archived":
        change = replace(change, item=replace(change.item, status="archived"), after=frozenset())
    version = plan.before.version + 1 if plan.before else 1
    after = replace(change.item, version=version, updated_by=by, updated_at=now)
    return Ready(plan, replace(change, item=after), draft, group)


def _placed(plan: Plan, group_id: str, rank: str, by: str, now: datetime) -> Item:
    """Return the item of a plan where the line says; one that was deleted begins anew as a draft."""
    scope = plan.line.visibility
    if plan.before is None:
        return Item(
            plan.kind,
            plan.row.item_id,
            group_id,
            rank,
            "draft",
            draft=Shown(""),
            visibility=scope,
            created_by=by,
            created_at=now,
        )
    status = "draft" if plan.before.status == "deleted" else plan.before.status
    return replace(plan.before, group_id=group_id, rank=rank, status=status, visibility=scope)


def _packs(ready: Sequence[Ready]) -> Iterator[list[Ready]]:
    """Yield items that one transaction holds together: a file is either taken or let go in it."""
    pack: list[Ready] = []
    for each in ready:
        taken = {file for one in pack for file in one.change.after}
        let_go = {file for one in pack for file in one.change.before - one.change.after}
        meets = taken & (each.change.before - each.change.after) or let_go & each.change.after
        if pack and (meets or len(pack) >= MOST_ITEMS_AT_ONCE or _size([*pack, each]) > MOST_STEPS):
            yield pack
            pack = []
        pack.append(each)
    if pack:
        yield pack


def _size(pack: Sequence[Ready]) -> int:
    """Return how many rows a pack touches."""
    shared = {file for each in pack for file in each.change.before | each.change.after}
    used = {(item.kind, item.item_id) for each in pack for item in each.change.used}
    groups = {each.group.group_id for each in pack if each.group}
    return sum(2 + len(each.change.steps) for each in pack) + len(shared) + len(used) + len(groups)


def _steps(pack: Sequence[Ready], now: datetime) -> list[Step]:
    """Return the steps of a pack: each item with its content; what they share is named once."""
    steps: list[Step] = []
    takes: dict[str, set[str]] = {}
    lets_go: dict[str, set[str]] = {}
    used: dict[tuple[str, str], Item] = {}
    groups: dict[str, Group] = {}
    for each in pack:
        change, name = each.change, item_key(each.plan.kind, each.change.item.item_id)
        steps += [stored.item_step(change.item, marked=False), each.draft, *change.steps]
        for file_id in change.after:
            takes.setdefault(file_id, set()).add(name)
        for file_id in change.before - change.after:
            lets_go.setdefault(file_id, set()).add(name)
        used |= {(item.kind, item.item_id): item for item in change.used}
        groups |= {each.group.group_id: each.group} if each.group else {}
    return [
        *steps,
        *(placing.live_step(item) for item in used.values()),
        *(step for group in groups.values() for step in placing.entry_steps([group])),
        *(files.use_step(file_id, names, now) for file_id, names in takes.items()),
        *(files.release_step(file_id, names) for file_id, names in lets_go.items()),
    ]


def _written(steps: Sequence[Step]) -> bool:
    """Write steps in one transaction; return False where a condition does not hold or others are at it."""
    try:
        with in_transaction() as transaction:
            for step in steps:
                step(transaction)
    except TransactWriteError as error:
        reasons = {reason.code for reason in error.cancellation_reasons if reason}
        if not reasons or not reasons <= {"ConditionalCheckFailed", "TransactionConflict"}:
            raise
        return False
    return True


def _by_column(kind: Kind, refused: Problem) -> list[FieldError]:
    """Return what is wrong with a line, by column."""
    if not refused.errors:
        return [FieldError(sheet_layout.GROUP, refused.detail)]
    return [
        FieldError(
            sheet_layout.GROUP if each.field == "parent_id" else sheet_columns.column_of(kind, each.field),
            each.message,
        )
        for each in refused.errors
    ]
