"""What a member changes about a customer from the sidebar (spec CUS-12, TAG-02, TAG-03, IDN-25)."""

from dataclasses import replace
from typing import Any

from scrm.admin.audited import audited
from scrm.customers.model import Relation
from scrm.http import problems
from scrm.http.caller import ROLES
from scrm.http.request import Request
from scrm.http.routing import Api
from scrm.profile.reading import profile_of
from scrm.sidebar import masking, views
from scrm.sidebar.access import Seen
from scrm.sidebar.asking import wecom
from scrm.sidebar.customer_routes import CUSTOMER, SCOPE, found
from scrm.sidebar.dynamodb import relation_step
from scrm.sidebar.editing import change
from scrm.sidebar.edits import Edit
from scrm.sidebar.keeping import customer_of, with_fields, with_methods
from scrm.sidebar.models import (
    CustomerBlock,
    CustomerEditIn,
    DetailOut,
    MethodsIn,
    PersonalTagsIn,
    RelationOut,
    TagsIn,
)

# An auditor looks and changes nothing.
EDITORS: frozenset[str] = ROLES - {"auditor"}
OWN = "own active relation"
MOST_PERSONAL_TAGS = 100


def declare(api: Api) -> None:
    """Add the routes. PUT does what PATCH does: the requirements name it so."""
    own: dict[str, Any] = {"roles": EDITORS, "scope": OWN}
    for method in ("PATCH", "PUT"):
        api.route(method, CUSTOMER, roles=EDITORS, scope=SCOPE, body=CustomerEditIn, answers=DetailOut)(edit)
    api.route("POST", f"{CUSTOMER}/tags", body=TagsIn, answers=RelationOut, **own)(tag)
    api.route("POST", f"{CUSTOMER}/personal-tags", body=PersonalTagsIn, answers=RelationOut, **own)(
        tag_for_oneself
    )
    api.route(
        "PUT",
        f"{CUSTOMER}/contact-methods",
        roles=EDITORS,
        scope=SCOPE,
        body=MethodsIn,
        answers=CustomerBlock,
    )(set_methods)


def edit(request: Request) -> DetailOut:
    """Change remark, description, company and phones at WeCom and here, and custom fields here."""
    asked: CustomerEditIn = request.body
    there = found(request, consistent=True)
    notes = asked.model_fields_set & {"remark", "description", "company", "phones"}
    if notes:
        relation = _own(there, asked.version)
        there = _with(there, change(request, relation, _edit(asked, relation), wecom()))
    customer = customer_of(there, consistent=True)
    if asked.custom_fields:
        customer = with_fields(request, customer, asked.customer_version, asked.custom_fields)
    profile = replace(profile_of(there), customer=customer)
    return views.detail(there, profile, request.staff.role, request.now)


def tag(request: Request) -> RelationOut:
    """Put corp tags on the caller's relation and take others off, at WeCom and here."""
    asked: TagsIn = request.body
    if both := set(asked.add) & set(asked.remove):
        raise problems.invalid_field("remove", f"{len(both)} 个标签同时出现在添加和移除中")
    relation = _own(found(request, consistent=True), asked.version)
    wanted = Edit(add_tags=tuple(asked.add), remove_tags=tuple(asked.remove))
    return views.relation(change(request, relation, wanted, wecom()), request.now)


def tag_for_oneself(request: Request) -> RelationOut:
    """Change the caller's own words for the customer; nobody else sees them and WeCom is not told."""
    asked: PersonalTagsIn = request.body
    relation = _own(found(request, consistent=True), asked.version)
    kept = [each for each in relation.personal_tags if each not in asked.remove]
    tags = tuple(dict.fromkeys((*kept, *(each for each in asked.add if each not in asked.remove))))
    if len(tags) > MOST_PERSONAL_TAGS:
        raise problems.invalid_field("add", f"最多 {MOST_PERSONAL_TAGS} 个个人标签")
    if tags == relation.personal_tags:
        return views.relation(relation, request.now)
    changed, step = relation_step(replace(relation, personal_tags=tags), request.now)
    audited(
        request,
        "personal_tags_changed",
        f"CONTACT#{relation.external_userid}/RELATION#{relation.userid.lower()}",
        {"count": len(relation.personal_tags)},
        {"count": len(tags)},
        [step],
    )
    return views.relation(changed, request.now)


def set_methods(request: Request) -> CustomerBlock:
    """Set every way to reach the customer; mobiles are indexed, so that one person is not taken for two."""
    asked: MethodsIn = request.body
    customer = customer_of(found(request, consistent=True), consistent=True)
    given = [(each.type, each.value) for each in asked.methods]
    changed = with_methods(request, customer, asked.version, given)
    return views.block(changed, request.staff.role, request.now)


def _own(there: Seen, version: int | None) -> Relation:
    """Return the caller's active relation as they have read it; raises 403 or 409."""
    if there.own is None:
        raise problems.forbidden("你不是这位客户的跟进人，不能修改", code="not_your_customer")
    if there.own.status not in {"active", "deleted_by_customer"}:
        raise problems.conflict("relation_ended", "你与该客户的跟进关系已结束，不能修改")
    if version is not None and version != there.own.version:
        raise problems.version_conflict()
    return there.own


def _edit(asked: CustomerEditIn, relation: Relation) -> Edit:
    return Edit(
        remark=asked.remark,
        description=asked.description,
        company=asked.company,
        phones=None if asked.phones is None else _phones(asked.phones, relation),
    )


def _phones(given: list[str], relation: Relation) -> tuple[str, ...]:
    """Return phones in full: a page sends back, masked, those it was shown and did not touch."""
    full = [masking.restored(each, "phone", relation.mobiles) if "*" in each else each for each in given]
    if None in full:
        raise problems.invalid_field(f"phones.{full.index(None)}", "格式不正确")
    return tuple(dict.fromkeys(each for each in full if each))


def _with(there: Seen, changed: Relation) -> Seen:
    relations = tuple(changed if each is there.own else each for each in there.relations)
    return replace(there, relations=relations, own=changed)
