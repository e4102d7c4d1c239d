"""From what an administrator asks for to a plan's terms: plain data, names spelled as WeCom spells them."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from scrm.cards.dynamodb import owned
from scrm.conditions.language import WrongCondition, checked, plain
from scrm.http import problems
from scrm.http.problems import FieldError
from scrm.http.request import Request
from scrm.http.scope import colleagues
from scrm.http.validation import field_errors
from scrm.inheritance.console_models import CellIn, FilterIn, NoticeIn, PlanTermsIn, RuleIn
from scrm.inheritance.planning import MOST, Preview
from scrm.inheritance.selecting import TooMany, preview
from scrm.queries import dynamodb as saved_queries
from scrm.queries.model import BUILT_IN
from scrm.queries.models import CustomersQuery
from scrm.queries.views import custom_for, of_query, types_of
from scrm.staff.dynamodb import directory
from scrm.staff.model import Directory, key
from scrm.tags.dynamodb import catalogue

Custom = Mapping[str, str]
MOST_BYTES = 256 * 1024
"""So much a plan may say: its row, which holds the numbers of its batches too, ends at 400 KB."""


def terms_of(request: Request, asked: PlanTermsIn) -> dict[str, Any]:
    """Return the terms of a plan; raises 422 naming each wrong place, 403 outside the data scope."""
    staff = directory(request.now)
    _refuse_wrong(asked, staff, request.now)
    handovers = _spelt(asked.handovers, staff)
    takeovers = [
        {**each.model_dump(exclude_none=True), "userid": _spelt([each.userid], staff)[0]}
        for each in asked.takeovers
    ]
    refuse_out_of_scope(request, [*handovers, *(each["userid"] for each in takeovers)])
    custom = types_of(custom_for(request.staff.role, request.now))
    terms: dict[str, Any] = {
        "mode": asked.mode,
        "handovers": handovers,
        "takeovers": takeovers,
        "condition": _condition(request, asked, custom),
        "query_id": asked.query_id,
        "external_userids": asked.external_userids,
        "customer_ids": asked.customer_ids,
        "allocation": asked.allocation,
        "within": asked.within if asked.allocation == "rule" else None,
        "matrix": [[*_spelt([each.handover, each.takeover], staff), each.count] for each in asked.matrix],
        "rules": list(_rules(asked, staff, custom)),
        "split": asked.split,
        "order": asked.order,
        "blocks": asked.blocks,
        "notice": asked.notice,
        "notices": list(_notices(asked, custom)),
        "on_limit": asked.on_limit,
    }
    said = {name: value for name, value in terms.items() if value not in (None, "", [], False)}
    if asked.tag_ids is not None:
        # None at all is said, too: not even the corp's own tag.
        said["tag_ids"] = list(dict.fromkeys(asked.tag_ids))
    if len(json.dumps(said)) > MOST_BYTES:
        field = max(said, key=lambda name: len(json.dumps(said[name])))
        raise problems.invalid_field(field, "方案的内容过长，请分成几个方案")
    return said


def previewed(terms: Mapping[str, Any], now: datetime) -> Preview:
    """Return what a plan would do now; raises a 422 problem when it selects more than one plan may."""
    try:
        return preview(terms, now)
    except TooMany:
        raise problems.invalid_field(
            "filter", f"选中的客户超过 {MOST} 个，请用筛选条件分成几个方案"
        ) from None


def refuse_out_of_scope(request: Request, userids: list[str]) -> None:
    """Refuse (403) a plan about members whose customers are not the caller's to see."""
    seen = colleagues(request.staff, directory(request.now))
    if seen is not None and not seen.issuperset(map(key, userids)):
        raise problems.forbidden("你没有移交这些同事客户的权限", code="out_of_scope")


def _spelt(userids: list[str], staff: Directory) -> list[str]:
    """Return userids as WeCom spells them."""
    return [member.userid if (member := staff.get(each)) else each for each in userids]


def _refuse_wrong(asked: PlanTermsIn, staff: Directory, now: datetime) -> None:
    errors = [*_wrong_people(asked, staff), *_wrong_room(asked), *_wrong_shares(asked)]
    if asked.reason == "other" and not asked.note:
        errors.append(FieldError("note", "原因为其他时必填"))
    known = catalogue(now, asked.tag_ids).tags if asked.tag_ids else {}
    errors += [
        FieldError(f"tag_ids.{place}", "标签不存在或已被删除")
        for place, each in enumerate(asked.tag_ids or ())
        if each not in known
    ]
    if errors:
        raise problems.invalid(*errors)


def _wrong_people(asked: PlanTermsIn, staff: Directory) -> Iterator[FieldError]:
    handovers: set[str] = set()
    for place, userid in enumerate(asked.handovers):
        if key(userid) in handovers:
            yield FieldError(f"handovers.{place}", "成员重复")
        elif staff.get(userid) is None and not owned(userid, 1).cards:
            yield FieldError(f"handovers.{place}", "没有这位成员，也没有其名下的客户")
        handovers.add(key(userid))
    takeovers: set[str] = set()
    for place, each in enumerate(asked.takeovers):
        name = f"takeovers.{place}.userid"
        if key(each.userid) in takeovers:
            yield FieldError(name, "成员重复")
        elif key(each.userid) in handovers:
            yield FieldError(name, "移交人不能同时是接替人")
        elif staff.get(each.userid) is None:
            yield FieldError(name, "没有这位成员，请先同步组织架构")
        takeovers.add(key(each.userid))


def _wrong_room(asked: PlanTermsIn) -> Iterator[FieldError]:
    """Yield who has to say how much room they have, where that decides how many they get."""
    if "headroom" in {asked.allocation, asked.within if asked.allocation == "rule" else ""}:
        for place, each in enumerate(asked.takeovers):
            if each.max_load is None and each.max_take is None:
                yield FieldError(f"takeovers.{place}.max_load", "按余量分配时必填")


def _wrong_shares(asked: PlanTermsIn) -> Iterator[FieldError]:
    """Yield what is wrong with the matrix or the rules: they name members of this plan, each cell once."""
    handovers = set(map(key, asked.handovers))
    takeovers = {key(each.userid) for each in asked.takeovers}
    for name, wanted, given in (("matrix", "matrix", asked.matrix), ("rules", "rule", asked.rules)):
        if (asked.allocation == wanted) is not bool(given):
            yield FieldError(name, f"allocation 为 {wanted} 时必填，否则不填")
    met: set[tuple[str, str]] = set()
    for place, cell in enumerate(asked.matrix):
        yield from _wrong_cell(f"matrix.{place}", cell, handovers, takeovers)
        pair = key(cell.handover), key(cell.takeover)
        if pair in met:
            yield FieldError(f"matrix.{place}", "同一对成员重复")
        met.add(pair)
    for place, rule in enumerate(asked.rules):
        for at, userid in enumerate(rule.takeovers):
            if key(userid) not in takeovers:
                yield FieldError(f"rules.{place}.takeovers.{at}", "不是本方案的接替人")
            elif key(userid) in map(key, rule.takeovers[:at]):
                yield FieldError(f"rules.{place}.takeovers.{at}", "成员重复")


def _wrong_cell(name: str, cell: CellIn, handovers: set[str], takeovers: set[str]) -> Iterator[FieldError]:
    if key(cell.handover) not in handovers:
        yield FieldError(f"{name}.handover", "不是本方案的移交人")
    if key(cell.takeover) not in takeovers:
        yield FieldError(f"{name}.takeover", "不是本方案的接替人")


def _condition(request: Request, asked: PlanTermsIn, custom: Custom) -> dict[str, Any] | None:
    """Return what all selected customers answer with yes; None where everybody is selected."""
    parts = _parts(asked, "", custom)
    if asked.query_id:
        query = BUILT_IN.get(asked.query_id) or saved_queries.seen(request.staff.userid, asked.query_id)
        if query is None:
            raise problems.invalid_field("query_id", "没有这个快捷查询")
        parts.append(dict(query.condition))
    return _together(parts)


def _notices(asked: PlanTermsIn, custom: Custom) -> Iterator[dict[str, Any]]:
    for place, each in enumerate(asked.notices):
        parts = _parts(each, f"notices.{place}.", custom)
        if not parts:
            raise problems.invalid_field(f"notices.{place}.condition", "请说明发给哪些客户")
        yield {"text": each.text, "condition": _together(parts)}


def _rules(asked: PlanTermsIn, staff: Directory, custom: Custom) -> Iterator[dict[str, Any]]:
    for place, each in enumerate(asked.rules):
        condition = _together(_parts(each, f"rules.{place}.", custom))
        takeovers = _spelt(each.takeovers, staff)
        yield {"takeovers": takeovers, **({"condition": condition} if condition else {})}


def _parts(asked: PlanTermsIn | NoticeIn | RuleIn, place: str, custom: Custom) -> list[dict[str, Any]]:
    """Return the condition and the filter that are asked for, as conditions."""
    parts: list[dict[str, Any]] = []
    if asked.condition is not None:
        try:
            checked(asked.condition, custom, f"{place}condition")
        except WrongCondition as wrong:
            raise problems.invalid(*wrong.errors) from None
        parts.append(plain(asked.condition))
    if asked.filter is not None:
        try:
            parts.append(_of_filter(asked.filter))
        except ValidationError as error:
            errors = field_errors(error, "filter")
            raise problems.invalid(
                *(replace(each, field=f"{place}filter.{each.field}") for each in errors)
            ) from None
    return parts


def _of_filter(asked: FilterIn) -> dict[str, Any]:
    """Return the condition a filter stands for: that of the list of customers, with stage and segment."""
    said = asked.model_dump(exclude_none=True, exclude={"stage", "segment"})
    given = {name: value for name, value in said.items() if value != []}
    lists = {name: ",".join(map(str, value)) for name, value in given.items() if isinstance(value, list)}
    condition = of_query(CustomersQuery(**{**given, **lists}))
    questions = [("stage", "in", asked.stage), ("segments", "any", asked.segment)]
    more = [
        {"field": name, "op": op, "value": value.split(",") if isinstance(value, str) else value}
        for name, op, value in questions
        if value
    ]
    return {"all": [*condition["all"], *more]}


def _together(parts: list[dict[str, Any]]) -> dict[str, Any] | None:
    return {"all": parts} if len(parts) > 1 else parts[0] if parts else None
