"""/workbench/tasks/{task_id}/contacts:reveal: whom a call of a SOP reaches, before they are somebody's."""

from scrm.admin.audited import audited
from scrm.http import problems
from scrm.http.request import Request
from scrm.http.routing import Api
from scrm.leads import dynamodb as leads
from scrm.leads.models import ReasonIn, RevealedOut
from scrm.leads.united import records_of
from scrm.leads.views import contacts_out
from scrm.sidebar.edit_routes import EDITORS
from scrm.sops.doing import own_task


def declare(api: Api) -> None:
    """Add the route."""
    path = f"/{api.name}/tasks/{{task_id}}/contacts:reveal"
    api.route("POST", path, roles=EDITORS, scope="own", body=ReasonIn, answers=RevealedOut)(reveal)


def reveal(request: Request) -> RevealedOut:
    """The contacts of the lead that the caller is to call, in full; the audit log says who looked and why."""
    found = own_task(request)
    lead_id = str(found.payload.get("lead_id", ""))
    if found.kind != "call" or found.status != "open" or not lead_id:
        raise problems.conflict("not_a_lead_call", "这不是一条待拨打的线索电话")
    lead = leads.lead(lead_id)
    if lead is None:
        raise problems.not_found("没有这条线索")
    contacts = contacts_out(lead, records_of(lead).detail, reveal=True)
    told = {"reason": request.body.reason, "kinds": sorted({each.kind for each in contacts})}
    audited(request, "lead_contacts_revealed", f"LEAD#{lead_id}", None, {**told, "task_id": found.id})
    return RevealedOut(contacts=contacts)
