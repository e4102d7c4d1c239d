"""What is wrong with a request, field by field, in the words of the people who read it."""

from typing import Any, TypeVar
from urllib.parse import parse_qsl

from pydantic import BaseModel, ValidationError

from scrm.http import problems
from scrm.http.problems import FieldError

MOST_ERRORS = 20
MOST_QUERY_FIELDS = 50

_SENTENCES = {
    "missing": "必填",
    "extra_forbidden": "不支持的字段",
    "json_invalid": "不是有效的 JSON",
    "model_type": "应为 JSON 对象",
    "model_attributes_type": "应为 JSON 对象",
    "dict_type": "应为 JSON 对象",
    "list_type": "应为列表",
    "string_type": "应为文本",
    "string_unicode": "含有无效的字符",
    "string_too_short": "至少 {min_length} 个字符",
    "string_too_long": "最多 {max_length} 个字符",
    "too_short": "至少 {min_length} 项",
    "too_long": "最多 {max_length} 项",
    "int_type": "应为整数",
    "int_parsing": "应为整数",
    "int_parsing_size": "数字过大",
    "int_from_float": "应为整数",
    "float_type": "应为数字",
    "float_parsing": "应为数字",
    "finite_number": "应为有限的数字",
    "bool_type": "应为 true 或 false",
    "bool_parsing": "应为 true 或 false",
    "greater_than": "应大于 {gt}",
    "greater_than_equal": "不能小于 {ge}",
    "less_than": "应小于 {lt}",
    "less_than_equal": "不能大于 {le}",
    "literal_error": "应为 {expected} 之一",
    "enum": "应为 {expected} 之一",
    "kind_unknown": "应为 {expected} 之一",
    "timezone_aware": "时间应带时区，例如 2026-03-02T10:15:00+08:00",
    "union_tag_invalid": "应为 {expected_tags} 之一",
    "union_tag_not_found": "必填",
}
_BY_FAMILY = {
    "datetime": "应为带时区的时间，例如 2026-03-02T10:15:00+08:00",
    "date": "应为日期，例如 2026-03-02",
    "time": "应为时刻，例如 09:30",
    "url": "应为网址",
}

M = TypeVar("M", bound=BaseModel)


def body(model: type[M], raw: bytes) -> M:
    """Return a body as its model; raises a 422 problem that names each wrong field."""
    try:
        return model.model_validate_json(raw or b"{}")
    except ValidationError as error:
        raise _problem(error, "body") from None
    except (ValueError, RecursionError):
        raise problems.invalid_field("body", _SENTENCES["json_invalid"]) from None


def query(model: type[M], text: str) -> M:
    """Return a query string as its model; a repeated name counts once, its last value."""
    try:
        text.encode()
        given = dict(
            parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MOST_QUERY_FIELDS)
        )
    except ValueError:
        raise problems.invalid_field("query", "无法解码") from None
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise _problem(error, "query") from None


def field_errors(error: ValidationError, whole: str) -> list[FieldError]:
    """Return what is wrong, field by field; `whole` names what is wrong as a whole."""
    found = error.errors(include_url=False, include_input=False)[:MOST_ERRORS]
    return [_field_error(each, whole) for each in found]


def _problem(error: ValidationError, whole: str) -> problems.Problem:
    return problems.invalid(*field_errors(error, whole))


def _field_error(each: Any, whole: str) -> FieldError:
    """Return one error; a name the sender made up is cut short, its value is never repeated."""
    context = each.get("ctx") or {}
    place = ".".join([*_named(each["loc"]), *filter(None, [str(context.get("field", ""))])])[:100]
    return FieldError(place or whole, sentence(each["type"], context))


def _named(loc: Any) -> list[str]:
    """Return the names on the way to a field, without what pydantic tried there ([key], constrained-int).

    `form-…` is the tag of a form among several (scrm.conditions.language, scrm.materials.content).
    """
    names = [str(part) for part in loc]
    names = [part for part in names if part != "[key]" and not part.startswith(("constrained-", "form-"))]
    return names[:-1] if len(names) > 2 and names[-1] in {"bool", "float", "int", "str"} else names


def sentence(kind: str, context: dict[str, Any]) -> str:
    """Return what to tell a person about a pydantic error; validators of ours bring their own words."""
    if kind == "value_error":
        return str(context.get("error", "")) or "格式不正确"
    if "expected" in context:
        context = context | {"expected": _listed(str(context["expected"]))}
    if kind in _SENTENCES:
        return _SENTENCES[kind].format_map(context)
    return _BY_FAMILY.get(kind.split("_")[0], "格式不正确")


def _listed(choices: str) -> str:
    """Return pydantic's list of choices, "'a', 'b' or 'c'", as it is written in Chinese: a、b、c."""
    return choices.replace("' or '", "', '").replace("', '", "、").strip("'")
