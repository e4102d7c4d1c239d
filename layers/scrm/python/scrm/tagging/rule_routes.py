"""/admin/tag-rules: rules that put tags on customers for what they do (TAG-05)."""

from dataclasses import replace
from typing import Annotated

from pydantic import Field

from scrm.admin.audited import audited
from scrm.admin.lists import page_of
from scrm.admin.rights import EDIT_TAGS, SEE_TAGS
from scrm.admin.settings_routes import HoursModel, HoursOut, Weekday
from scrm.http import problems
from scrm.http.fields import In, Out, Page, PageQuery
from scrm.http.routing import Api, Request
from scrm.settings.model import Hours
from scrm.tagging import rules_dynamodb as stored
from scrm.tagging.checking import check_known
from scrm.tagging.routes import TagId
from scrm.tagging.rules import EventKind, Rule

MOST_RULES = 100

Name = Annotated[str, Field(min_length=1, max_length=50)]
Value = Annotated[str, Field(min_length=1, max_length=200)]


class RuleIn(In):
    """A rule. `values`: entries of a menu, targets, codes, places or word classes, any one of which will do.

    None: every event of the kind. `hours` and `weekdays` (1 Monday .. 7 Sunday) are Beijing's.
    """

    name: Name
    kind: EventKind
    tag_ids: Annotated[list[TagId], Field(min_length=1, max_length=20)]
    values: Annotated[list[Value], Field(max_length=100)] = Field(default_factory=list)
    hours: HoursModel | None = None
    weekdays: Annotated[list[Weekday], Field(max_length=7)] = Field(default_factory=list)
    enabled: bool = True


class RuleEditIn(RuleIn):
    """The whole rule as it is to be; `version` is the one that was read."""

    version: Annotated[int, Field(ge=1)]


class RuleOut(Out):
    """A rule."""

    rule_id: str
    name: str
    kind: EventKind
    tag_ids: list[str]
    values: list[str]
    hours: HoursOut | None
    weekdays: list[int]
    enabled: bool
    version: int


def declare(api: Api) -> None:
    """Add the routes."""
    root, one, scope = "/admin/tag-rules", "/admin/tag-rules/{rule_id}", "corp"
    api.route("GET", root, roles=SEE_TAGS, scope=scope, query=PageQuery, answers=Page[RuleOut])(listed)
    api.route("POST", root, roles=EDIT_TAGS, scope=scope, body=RuleIn, answers=RuleOut, status=201)(create)
    api.route("GET", one, roles=SEE_TAGS, scope=scope, answers=RuleOut)(read)
    api.route("PUT", one, roles=EDIT_TAGS, scope=scope, body=RuleEditIn, answers=RuleOut)(change)
    api.route("DELETE", one, roles=EDIT_TAGS, scope=scope, status=204)(delete)


def listed(request: Request) -> Page[RuleOut]:
    """The tag rules, by their ids."""
    asked: PageQuery = request.query
    page, cursor = page_of(
        "TAG-RULES", stored.all_rules(), lambda rule: rule.rule_id, asked.limit, asked.cursor
    )
    return Page(items=[RuleOut.model_validate(each) for each in page], next_cursor=cursor)


def read(request: Request) -> RuleOut:
    """One tag rule."""
    return RuleOut.model_validate(_found(request))


def create(request: Request) -> RuleOut:
    """Create a tag rule; it looks at events from now on."""
    asked: RuleIn = request.body
    rule = _rule(request.new_id("tr"), asked, 0)
    if (there := stored.rule(rule.rule_id)) is not None:
        return RuleOut.model_validate(there)
    if len(stored.all_rules()) >= MOST_RULES:
        raise problems.conflict("too_many_rules", f"最多 {MOST_RULES} 条规则")
    return _saved(request, "tag_rule_created", None, rule)


def change(request: Request) -> RuleOut:
    """Change a tag rule; customers it has been applied to are not looked at again."""
    asked: RuleEditIn = request.body
    before = _found(request)
    if asked.version != before.version:
        raise problems.version_conflict()
    return _saved(request, "tag_rule_changed", before, _rule(before.rule_id, asked, before.version))


def delete(request: Request) -> None:
    """Delete a tag rule; the tags it has put on stay."""
    gone = _found(request)
    audited(
        request,
        "tag_rule_deleted",
        f"TAGRULE#{gone.rule_id}",
        RuleOut.model_validate(gone).model_dump(),
        None,
        [stored.delete_step(gone)],
    )


def _saved(request: Request, action: str, before: Rule | None, rule: Rule) -> RuleOut:
    after = RuleOut.model_validate(replace(rule, version=rule.version + 1))
    earlier = RuleOut.model_validate(before).model_dump() if before else None
    step = stored.save_step(rule, request.now)
    audited(request, action, f"TAGRULE#{rule.rule_id}", earlier, after.model_dump(), [step])
    return after


def _rule(rule_id: str, asked: RuleIn, version: int) -> Rule:
    check_known("tag_ids", asked.tag_ids)
    return Rule(
        rule_id,
        asked.name,
        asked.kind,
        tuple(dict.fromkeys(asked.tag_ids)),
        tuple(dict.fromkeys(asked.values)),
        Hours(asked.hours.start, asked.hours.end) if asked.hours else None,
        tuple(sorted(set(asked.weekdays))),
        asked.enabled,
        version,
    )


def _found(request: Request) -> Rule:
    rule = stored.rule(request.params["rule_id"])
    if rule is None:
        raise problems.not_found("没有这条规则")
    return rule
