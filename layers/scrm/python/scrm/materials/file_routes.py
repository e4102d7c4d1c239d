"""/admin/files: the files of materials, put into the bucket by the browser itself (spec CON-02 to 04)."""

from typing import Any, Literal

from scrm.admin.audited import audited, no_effect
from scrm.admin.rights import EDIT_CONTENT, SEE_CONTENT
from scrm.http import problems
from scrm.http.fields import Moment, Out
from scrm.http.problems import Problem
from scrm.http.request import Request
from scrm.http.routing import Api
from scrm.materials import bucket
from scrm.materials import files_dynamodb as stored
from scrm.materials.arriving import kind_of
from scrm.materials.file_models import BegunOut, FileIn
from scrm.materials.files import LASTS, File, FileKind, Status
from scrm.materials.receiving import refuse_unfit, take_in


class MediaOut(Out):
    """WeCom's id of a file for one use, and until when it holds; null: for good."""

    use: Literal["message", "moment", "album", "picture"]
    expires_at: Moment | None


class FileOut(Out):
    """A file. `url` shows it, for ten minutes; `failure` is what WeCom has against it."""

    file_id: str
    name: str
    kind: FileKind
    type: str
    size: int
    status: Status
    sha256: str
    width: int
    height: int
    created_by: str
    created_at: Moment | None
    used_by: list[str]
    media: list[MediaOut]
    failure: str
    url: str | None


def declare(api: Api) -> None:
    """Add the routes."""
    edit: dict[str, Any] = {"roles": EDIT_CONTENT, "scope": "the corp"}
    see: dict[str, Any] = {"roles": SEE_CONTENT, "scope": "the corp"}
    api.route("POST", "/admin/files", body=FileIn, answers=BegunOut, status=201, **edit)(begin)
    api.route("POST", "/admin/files/{file_id}:complete", answers=FileOut, **edit)(complete)
    api.route("GET", "/admin/files/{file_id}", answers=FileOut, **see)(show)


def begin(request: Request) -> BegunOut:
    """Announce a file; answers where the browser puts it."""
    asked: FileIn = request.body
    begun = File(
        request.new_id("fi"),
        asked.name,
        asked.kind or kind_of(asked.type),
        asked.type,
        asked.size,
        sha256=asked.sha256 or "",
        created_by=request.staff.userid,
    )
    refuse_unfit(begun)
    stored.put_new(begun, request.now)
    return BegunOut.model_validate({"file_id": begun.file_id, "upload": vars(bucket.upload_address(begun))})


def complete(request: Request) -> FileOut:
    """Check what arrived and keep it. Completing again changes nothing."""
    announced = _found(request)
    if announced.is_ready:
        no_effect(request)
        return _out(announced)
    kept = take_in(announced, stored.refuse)
    _record(request, kept)
    bucket.drop_upload(kept.file_id)
    return _out(kept)


def show(request: Request) -> FileOut:
    """One file, and an address to look at it."""
    return _out(_found(request))


def _record(request: Request, kept: File) -> None:
    """Record it with its audit line, unless the same was done meanwhile."""
    told = {name: getattr(kept, name) for name in ("name", "kind", "content_type", "size", "sha256")}
    try:
        audited(request, "file_kept", f"FILE#{kept.file_id}", None, told, [stored.kept_step(kept)])
    except Problem as problem:
        now = stored.file(kept.file_id, consistent=True)
        if problem.code != "version_conflict" or now is None or not now.is_ready:
            raise
        no_effect(request)


def _found(request: Request) -> File:
    found = stored.file(request.params["file_id"], consistent=True)
    if found is None:
        raise problems.not_found("没有这个文件")
    return found


def _out(file: File) -> FileOut:
    media = [
        {"use": use, "expires_at": None if use == "picture" else held.created_at + LASTS}
        for use, held in file.held.items()
    ]
    return FileOut.model_validate(
        {
            **vars(file),
            "type": file.content_type,
            "used_by": sorted(file.used_by),
            "media": media,
            "url": bucket.look_at(file) if file.is_ready else None,
        }
    )
