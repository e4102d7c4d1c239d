"""/workbench/leads/{lead_id}/files: what staff attach to follow-ups of a lead (LED-17).

The browser puts the file into the bucket itself. The owner attaches; they, who manages them, and who looks
after the pool read it back. It is a file of the lead: no library shows it, and it is erased with the lead.
"""

from functools import partial
from typing import Any, NoReturn

from scrm.http import problems
from scrm.http.fields import Moment, Out
from scrm.http.request import Request
from scrm.http.routing import Api
from scrm.leads import attachments_dynamodb as stored
from scrm.leads.list_routes import LEAD, SCOPE, WORKERS
from scrm.leads.reaching import reached
from scrm.materials import bucket
from scrm.materials.arriving import kind_of
from scrm.materials.file_models import BegunOut, FileIn
from scrm.materials.files import File, FileKind, Status
from scrm.materials.receiving import refuse_unfit, take_in


class AttachmentOut(Out):
    """A file of a lead. `url` shows it, for ten minutes; null until it is ready."""

    file_id: str
    name: str
    kind: FileKind
    type: str
    size: int
    status: Status
    created_by: str
    created_at: Moment | None
    url: str | None


def declare(api: Api) -> None:
    """Add the routes."""
    one = f"{LEAD}/files/{{file_id}}"
    common: dict[str, Any] = {"roles": WORKERS, "scope": SCOPE}
    api.route("POST", f"{LEAD}/files", body=FileIn, answers=BegunOut, status=201, **common)(begin)
    api.route("POST", f"{one}:complete", answers=AttachmentOut, **common)(complete)
    api.route("GET", one, answers=AttachmentOut, **common)(show)


def begin(request: Request) -> BegunOut:
    """Announce a file; answers where the browser puts it within 15 minutes. Then it is to be completed."""
    asked: FileIn = request.body
    lead_id = _attaching(request)
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
    stored.put_new(lead_id, begun, request.now)
    return BegunOut.model_validate({"file_id": begun.file_id, "upload": vars(bucket.upload_address(begun))})


def complete(request: Request) -> AttachmentOut:
    """Check what arrived and keep it; a follow-up may name it then. Completing again changes nothing."""
    lead_id = _attaching(request)
    announced = _found(lead_id, request)
    if not announced.is_ready:
        kept = take_in(announced, partial(stored.refuse, lead_id))
        stored.keep(lead_id, kept)
        bucket.drop_upload(kept.file_id)
    return _out(_found(lead_id, request))


def show(request: Request) -> AttachmentOut:
    """One file of a lead, or of one that was merged into it, and an address to look at it."""
    there = reached(request, request.params["lead_id"])
    there.as_one_of("owner", "manager", "admin")
    lead, file_id = there.lead, request.params["file_id"]
    known = (stored.attached(each, file_id) for each in (lead.lead_id, *lead.absorbed))
    return _out(next(filter(None, known), None) or _missing())


def _attaching(request: Request) -> str:
    """Return the lead's id. Raises 403 wrong_actor for who does not own the lead."""
    there = reached(request, request.params["lead_id"])
    there.as_one_of("owner")
    return there.lead.lead_id


def _found(lead_id: str, request: Request) -> File:
    return stored.attached(lead_id, request.params["file_id"]) or _missing()


def _missing() -> NoReturn:
    raise problems.not_found("没有这个文件")


def _out(file: File) -> AttachmentOut:
    url = bucket.look_at(file) if file.is_ready else None
    return AttachmentOut.model_validate({**vars(file), "type": file.content_type, "url": url})
