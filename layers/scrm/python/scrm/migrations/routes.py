"""/admin/migrations: contacts of personal WeChat, and how many have come over to WeCom (IDN-20)."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from scrm.admin.audited import audited, no_effect
from scrm.admin.lists import page_of
from scrm.admin.rights import EDIT_SEGMENTS, SEE_SEGMENTS
from scrm.http import problems
from scrm.http.fields import Page
from scrm.http.routing import Api, Request
from scrm.migrations import dynamodb as stored
from scrm.migrations.matching import migrated
from scrm.migrations.model import KEPT, Migration, judged, percent
from scrm.migrations.models import (
    FaultOut,
    ImportedOut,
    ListedOut,
    MigrationIn,
    MigrationOut,
    ReportOut,
    ReportQuery,
)
from scrm.moments import rfc3339
from scrm.sidebar import masking

MOST = 100


def declare(api: Api) -> None:
    """Add the routes."""
    see: dict[str, Any] = {"roles": SEE_SEGMENTS, "scope": "the corp"}
    edit: dict[str, Any] = {"roles": EDIT_SEGMENTS, "scope": "the corp"}
    path, one = "/admin/migrations", "/admin/migrations/{migration_id}"
    api.route("GET", path, answers=Page[MigrationOut], **see)(list_all)
    api.route("POST", path, body=MigrationIn, answers=ImportedOut, status=201, **edit)(create)
    api.route("GET", one, query=ReportQuery, answers=ReportOut, **see)(show)
    api.route("DELETE", one, status=204, **edit)(remove)


def list_all(_: Request) -> Page[MigrationOut]:
    """Every migration, without its phones; 100 at most."""
    return Page(items=[MigrationOut.model_validate(_plain(each)) for each in stored.load()])


def create(request: Request) -> ImportedOut:
    """Import a list of phones; who of them has come over, before or after, is asked whenever it is shown.

    Each row is judged by itself; phones lose blanks, dashes and China's country code. With an Idempotency-Key
    repeating is safe: an import that died is completed.
    """
    asked: MigrationIn = request.body
    listed, faults = judged(asked.phones)
    if not listed:
        raise problems.invalid_field("phones", "没有一个有效的手机号")
    migration_id = request.new_id("mg")
    new = stored.migration(migration_id)
    if new is None:
        if len(stored.load()) >= MOST:
            raise problems.conflict("too_many_migrations", f"最多 {MOST} 份迁移名单，请先删除不再需要的")
        wrong = [kind for _, kind in faults]
        new = Migration(
            migration_id,
            asked.name,
            len(listed),
            wrong.count("invalid"),
            wrong.count("duplicate"),
            request.staff.userid,
            rfc3339(request.now.astimezone(UTC)),
            int((request.now + KEPT).timestamp()),
        )
        audited(request, "migration_imported", _subject(new), None, _told(new), [stored.begin_step(new)])
    else:
        no_effect(request)
    stored.put_phones(migration_id, listed)
    rows = [FaultOut(row=row, status=status) for row, status in faults]
    return ImportedOut.model_validate({**_plain(new), "faults": rows})


def show(request: Request) -> ReportOut:
    """How many of a list have come over by now, and a page of its phones."""
    asked: ReportQuery = request.query
    known = _found(request)
    listed = stored.phones(known.migration_id)
    over = migrated(each.phone for each in listed)
    wanted = [each for each in listed if asked.migrated in {None, each.phone in over}]
    name = f"{stored.PREFIX}{known.migration_id}"
    page, cursor = page_of(name, wanted, lambda each: f"{each.row:05}", asked.limit, asked.cursor)
    items = [
        ListedOut(row=each.row, phone=masking.phone(each.phone), migrated=each.phone in over) for each in page
    ]
    counts = {"total": len(listed), "migrated": len(over), "percent": percent(len(over), len(listed))}
    return ReportOut.model_validate({**_plain(known), **counts, "items": items, "next_cursor": cursor})


def remove(request: Request) -> None:
    """Delete a list with its phones."""
    known = _found(request)
    stored.delete_phones(known.migration_id)
    step = stored.remove_step(known.migration_id)
    audited(request, "migration_deleted", _subject(known), _told(known), None, [step])


def _found(request: Request) -> Migration:
    found = stored.migration(request.params["migration_id"])
    if found is None:
        raise problems.not_found("没有这份迁移名单")
    return found


def _plain(migration: Migration) -> dict[str, Any]:
    kept_until = datetime.fromtimestamp(migration.expires_at, UTC)
    return {**asdict(migration), "name": masking.text(migration.name), "kept_until": kept_until}


def _subject(migration: Migration) -> str:
    return f"MIGRATION#{migration.migration_id}"


def _told(migration: Migration) -> dict[str, Any]:
    counts = {name: getattr(migration, name) for name in ("imported", "invalid", "duplicate")}
    return {"name": masking.text(migration.name), **counts}
