"""/admin/lead-lists and /admin/lead-kinds: who is no lead, and how leads of a kind begin (LED-04, 08, 10)."""

from dataclasses import replace
from typing import Any

from scrm.admin.audited import audited, no_effect
from scrm.http import paging, problems
from scrm.http.caller import Role
from scrm.http.fields import Page, PageQuery
from scrm.http.request import Request
from scrm.http.routing import Api
from scrm.identities.normalise import InvalidIdentity
from scrm.leads import kinds_dynamodb, lists_dynamodb
from scrm.leads.kinds import Kind
from scrm.leads.lists_dynamodb import Listed
from scrm.leads.saying import BAD_FORMAT, normal
from scrm.leads.source_models import KindIn, KindOut, KindsOut, ListedIn, ListedOut
from scrm.sidebar import masking

SEE: frozenset[Role] = frozenset({"operations_admin", "pool_admin", "marketing", "auditor"})
EDIT: frozenset[Role] = frozenset({"operations_admin", "pool_admin", "marketing"})
LISTS = "/admin/lead-lists"
KINDS = "/admin/lead-kinds"


def declare(api: Api) -> None:
    """Add the routes."""
    see: dict[str, Any] = {"roles": SEE, "scope": "corp"}
    edit: dict[str, Any] = {"roles": EDIT, "scope": "corp"}
    api.route("GET", LISTS, query=PageQuery, answers=Page[ListedOut], **see)(listed)
    api.route("POST", LISTS, body=ListedIn, answers=ListedOut, status=201, creates=False, **edit)(put_on_list)
    api.route("DELETE", f"{LISTS}/{{entry_id}}", status=204, **edit)(take_off_list)
    api.route("GET", KINDS, answers=KindsOut, **see)(kinds)
    api.route("PUT", f"{KINDS}/{{kind}}", body=KindIn, answers=KindOut, **edit)(change_kind)


def listed(request: Request) -> Page[ListedOut]:
    """The keys on the black and the white list, numbers masked."""
    after = paging.decode(LISTS, request.query.cursor)
    found = lists_dynamodb.entries(str(after.get("after", "")) if after else "", request.query.limit + 1)
    page = found[: request.query.limit]
    more = {"after": page[-1].entry_id} if len(found) > len(page) else None
    return Page(items=[_listed_out(each) for each in page], next_cursor=paging.encode(LISTS, more))


def put_on_list(request: Request) -> ListedOut:
    """Put a key on a list: leads of a blacklisted one are INVALID, the white list goes before. Repeatable."""
    asked: ListedIn = request.body
    try:
        key = (asked.kind, normal(asked.kind, asked.value))
    except InvalidIdentity:
        raise problems.invalid_field("value", BAD_FORMAT) from None
    entry_id = lists_dynamodb.entry_id_of(key)
    before = lists_dynamodb.listed(entry_id)
    after = Listed(
        entry_id, *key, asked.colour, asked.reason, request.staff.userid, request.now.replace(microsecond=0)
    )
    step = lists_dynamodb.list_step(key, asked.colour, asked.reason, request.staff.userid, request.now)
    audited(
        request,
        "lead_key_listed",
        f"LEADLIST#{entry_id}",
        _shown(before) if before else None,
        _shown(after),
        [step],
    )
    return _listed_out(after)


def take_off_list(request: Request) -> None:
    """Take a key off its list; leads that were refused stay so."""
    before = lists_dynamodb.listed(request.params["entry_id"])
    if before is None:
        raise problems.not_found("名单中没有这一项")
    step = lists_dynamodb.unlist_step(before.entry_id)
    audited(request, "lead_key_unlisted", f"LEADLIST#{before.entry_id}", _shown(before), None, [step])


def kinds(_request: Request) -> KindsOut:
    """Every kind of intake: its labels, and whether its leads are cleaned before they are given."""
    return KindsOut(items=[_kind_out(each) for each in kinds_dynamodb.kinds().values()])


def change_kind(request: Request) -> KindOut:
    """Change how leads of a kind begin; those that are there stay as they are."""
    asked: KindIn = request.body
    known = next(
        (each for each in kinds_dynamodb.kinds().values() if each.name == request.params["kind"]), None
    )
    if known is None:
        raise problems.not_found("没有这种来源")
    if asked.version != known.version:
        raise problems.version_conflict()
    wanted = replace(
        known, prelabels=tuple(dict.fromkeys(asked.prelabels)), needs_cleaning=asked.needs_cleaning
    )
    if wanted == known:
        no_effect(request)
        return _kind_out(known)
    step, subject = kinds_dynamodb.put_step(wanted), f"LEADKINDS#{known.name}"
    audited(request, "lead_kind_changed", subject, _kind_shown(known), _kind_shown(wanted), [step])
    kinds_dynamodb.kept.forget()
    return _kind_out(replace(wanted, version=wanted.version + 1))


def _listed_out(entry: Listed) -> ListedOut:
    return ListedOut.model_validate(replace(entry, value=masking.of_kind(entry.kind, entry.value)))


def _shown(entry: Listed) -> dict[str, Any]:
    value = masking.of_kind(entry.kind, entry.value)
    return {"kind": entry.kind, "value": value, "colour": entry.colour, "reason": entry.reason}


def _kind_out(kind: Kind) -> KindOut:
    return KindOut.model_validate({**_kind_shown(kind), "kind": kind.name, "version": kind.version})


def _kind_shown(kind: Kind) -> dict[str, Any]:
    return {"prelabels": list(kind.prelabels), "needs_cleaning": kind.needs_cleaning}
