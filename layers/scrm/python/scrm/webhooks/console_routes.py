"""/admin/webhooks: which systems are told what (spec INT-04)."""

from dataclasses import replace
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from scrm.admin.audited import audited
from scrm.admin.rights import OPERATIONS, SEE_SETTINGS
from scrm.http import problems
from scrm.http.fields import In, Out, Page
from scrm.http.routing import Answer, Api, Request
from scrm.moments import rfc3339
from scrm.outside.addresses import LONGEST_URL, Forbidden, target_of
from scrm.webhooks import dynamodb as stored
from scrm.webhooks.model import Event, Webhook

MOST = 20


def _address(url: str) -> str:
    try:
        target_of(url)
    except Forbidden as forbidden:
        raise ValueError(str(forbidden)) from None
    return url


Name = Annotated[str, Field(min_length=1, max_length=40)]
Url = Annotated[str, Field(max_length=LONGEST_URL), AfterValidator(_address)]
Events = Annotated[list[Event], Field(min_length=1, max_length=20)]
Secret = Annotated[str, Field(pattern=r"^[0-9A-Za-z_-]{1,64}$", examples=["crm"])]


class WebhookIn(In):
    """Where events are told to: https, a public name. `secret` names the parameter webhooks/<secret>."""

    name: Name
    url: Url
    events: Events
    secret: Secret
    active: bool = True


class WebhookEdit(WebhookIn):
    """All of a webhook. `version` is the one that was read."""

    version: Annotated[int, Field(ge=1, le=2**31)]


class WebhookOut(Out):
    """A webhook; its secret is not shown, only its name."""

    webhook_id: str
    name: str
    url: str
    events: list[Event]
    secret: str
    active: bool
    version: int
    created_by: str
    created_at: str
    updated_at: str


def declare(api: Api) -> None:
    """Add the routes."""
    see: dict[str, Any] = {"roles": SEE_SETTINGS, "scope": "corp", "answers": WebhookOut}
    edit: dict[str, Any] = {"roles": OPERATIONS, "scope": "corp"}
    one = "/admin/webhooks/{webhook_id}"
    api.route("GET", "/admin/webhooks", **{**see, "answers": Page[WebhookOut]})(list_all)
    api.route("GET", one, **see)(show)
    api.route("POST", "/admin/webhooks", body=WebhookIn, answers=WebhookOut, status=201, **edit)(create)
    api.route("PUT", one, body=WebhookEdit, answers=WebhookOut, **edit)(change)
    api.route("DELETE", one, status=204, **edit)(remove)


def list_all(_: Request) -> Page[WebhookOut]:
    """Every webhook."""
    return Page(items=[_out(each) for each in stored.load()])


def show(request: Request) -> WebhookOut:
    """One webhook."""
    return _out(_found(request))


def create(request: Request) -> WebhookOut:
    """Tell a system what happens, from within a minute on."""
    asked: WebhookIn = request.body
    webhook_id = request.new_id("wh")
    if standing := stored.webhook(webhook_id):
        return _out(standing)
    if len(stored.load()) >= MOST:
        raise problems.conflict("too_many_webhooks", f"最多 {MOST} 个出站地址")
    at = rfc3339(request.now)
    fresh = Webhook(
        webhook_id,
        asked.name,
        asked.url,
        tuple(dict.fromkeys(asked.events)),
        asked.secret,
        asked.active,
        created_by=request.staff.userid,
        created_at=at,
        updated_at=at,
    )
    audited(request, "webhook_created", _subject(fresh), None, _told(fresh), [stored.put_step(fresh)])
    return _out(fresh)


def change(request: Request) -> WebhookOut:
    """Change a webhook; what is on its way goes to the new address."""
    asked: WebhookEdit = request.body
    before = _found(request)
    if asked.version != before.version:
        raise problems.version_conflict()
    after = replace(
        before,
        name=asked.name,
        url=asked.url,
        events=tuple(dict.fromkeys(asked.events)),
        secret=asked.secret,
        active=asked.active,
        version=before.version + 1,
        updated_at=rfc3339(request.now),
    )
    steps = [stored.put_step(after)]
    audited(request, "webhook_changed", _subject(after), _told(before), _told(after), steps)
    return _out(after)


def remove(request: Request) -> Answer:
    """Tell the system nothing any more, also of what is on its way."""
    found = _found(request)
    audited(request, "webhook_removed", _subject(found), _told(found), None, [stored.remove_step(found)])
    return Answer(status=204)


def _found(request: Request) -> Webhook:
    found = stored.webhook(request.params["webhook_id"])
    if found is None:
        raise problems.not_found("没有这个出站地址")
    return found


def _out(webhook: Webhook) -> WebhookOut:
    return WebhookOut.model_validate({**webhook.__dict__, "events": list(webhook.events)})


def _subject(webhook: Webhook) -> str:
    return f"WEBHOOK#{webhook.webhook_id}"


def _told(webhook: Webhook) -> dict[str, Any]:
    return {"name": webhook.name, "url": webhook.url, "events": list(webhook.events), "on": webhook.active}
