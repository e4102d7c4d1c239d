"""/admin/intention-rules: by which acts an intention is judged (CUS-11)."""

from dataclasses import replace
from typing import Any

from scrm.admin.audited import audited
from scrm.admin.lists import page_of
from scrm.http import problems
from scrm.http.caller import Role
from scrm.http.fields import Page, PageQuery
from scrm.http.request import Request
from scrm.http.routing import Api
from scrm.intentions import dynamodb as stored
from scrm.intentions.model import MOST_RULES, Rule
from scrm.intentions.models import RuleChangeIn, RuleIn, RuleOut

SEE: frozenset[Role] = frozenset({"operations_admin", "marketing", "auditor"})
EDIT: frozenset[Role] = frozenset({"operations_admin", "marketing"})
RULES = "/admin/intention-rules"


def declare(api: Api) -> None:
    """Add the routes."""
    see: dict[str, Any] = {"roles": SEE, "scope": "corp"}
    edit: dict[str, Any] = {"roles": EDIT, "scope": "corp"}
    one = f"{RULES}/{{rule_id}}"
    api.route("GET", RULES, query=PageQuery, answers=Page[RuleOut], **see)(listed)
    api.route("GET", one, answers=RuleOut, **see)(show)
    api.route("POST", RULES, body=RuleIn, answers=RuleOut, status=201, **edit)(create)
    api.route("PUT", one, body=RuleChangeIn, answers=RuleOut, **edit)(change)
    api.route("DELETE", one, status=204, **edit)(remove)


def listed(request: Request) -> Page[RuleOut]:
    """Every intention rule, by id."""
    rows = list(stored.rules().values())
    page, more = page_of(
        "INTENTIONS", rows, lambda each: each.rule_id, request.query.limit, request.query.cursor
    )
    return Page(items=[RuleOut.model_validate(each) for each in page], next_cursor=more)


def show(request: Request) -> RuleOut:
    """One intention rule."""
    return RuleOut.model_validate(_found(request))


def create(request: Request) -> RuleOut:
    """Make an intention rule. It judges what happens from now on, with the trace of its days."""
    rule_id = request.new_id("ir")
    known = stored.rules()
    if rule_id in known:
        return RuleOut.model_validate(known[rule_id])
    if len(known) >= MOST_RULES:
        raise problems.conflict("too_many_rules", f"最多 {MOST_RULES} 条意向规则")
    wanted = Rule(rule_id, **request.body.model_dump(), created_by=request.staff.userid)
    return _stored(request, "intention_rule_created", None, wanted)


def change(request: Request) -> RuleOut:
    """Change an intention rule; scores it gave stand until they expire or are given anew."""
    known, asked = _found(request), request.body.model_dump()
    if asked.pop("version") != known.version:
        raise problems.version_conflict()
    return _stored(request, "intention_rule_changed", known, replace(known, **asked))


def remove(request: Request) -> None:
    """Delete an intention rule; scores it gave stand until they expire."""
    known = _found(request)
    step = stored.remove_step(known)
    audited(request, "intention_rule_deleted", f"RULE#{known.rule_id}", _shown(known), None, [step])
    stored.kept.forget()


def _stored(request: Request, action: str, before: Rule | None, wanted: Rule) -> RuleOut:
    changed, step = stored.put_step(wanted, request.now)
    audited(
        request, action, f"RULE#{wanted.rule_id}", _shown(before) if before else None, _shown(changed), [step]
    )
    stored.kept.forget()
    return RuleOut.model_validate(changed)


def _found(request: Request) -> Rule:
    found = stored.rule(request.params["rule_id"])
    if found is None:
        raise problems.not_found("没有这条意向规则")
    return found


def _shown(rule: Rule) -> dict[str, Any]:
    return {name: getattr(rule, name) for name in RuleIn.model_fields}
