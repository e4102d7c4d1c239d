"""The condition language as JSON: its one definition, and the check that names what is wrong.

    {"all": [
        {"field": "tags", "op": "any", "value": ["et1"]},
        {"field": "order_amount", "op": "gte", "value": 500000},
        {"not": {"field": "last_contact_at", "op": "within_days", "value": 30}}]}

Eight levels deep at most, 60 questions at most, 100 values in a list at most.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, StrictBool, Tag

from scrm.conditions.fields import OPS, field_named
from scrm.conditions.fields import Field as AskedField
from scrm.conditions.tree import Node, of_plain
from scrm.http.fields import In
from scrm.http.problems import FieldError
from scrm.moments import is_kept

MAX_DEPTH = 8
MAX_QUESTIONS = 60
MAX_VALUES = 100

Op = Literal[
    "is", "in", "not_in", "contains", "eq", "ne", "lt", "lte", "gt", "gte", "between", "before", "from",
    "within_days", "older_than_days", "since_midnight", "any", "all", "none", "known",
]  # fmt: skip

Text = Annotated[str, Field(min_length=1, max_length=200)]
_Number = (
    Annotated[int, Field(strict=True, ge=-(10**15), le=10**15)]
    | Annotated[float, Field(strict=True, ge=-1e15, le=1e15)]
)
Value = StrictBool | _Number | Text | Annotated[list[_Number | Text], Field(max_length=MAX_VALUES)]


class QuestionIn(In):
    """One question about one field."""

    field: Annotated[str, Field(min_length=1, max_length=100, examples=["order_amount"])]
    op: Op
    value: Value


class AllIn(In):
    """Every one of these; none at all selects everybody."""

    all: Annotated[list["Condition"], Field(max_length=MAX_QUESTIONS)]


class AnyIn(In):
    """At least one of these."""

    any: Annotated[list["Condition"], Field(max_length=MAX_QUESTIONS)]


class NotIn(In):
    """The opposite; what is not known stays so."""

    not_: Annotated["Condition", Field(alias="not")]


def _form(given: Any) -> str:
    named = given if isinstance(given, Mapping) else vars(given) if isinstance(given, In) else {}
    return next(
        (f"form-{form}" for form in ("all", "any", "not") if form in named or f"{form}_" in named),
        "form-question",
    )


Condition = Annotated[
    Annotated[AllIn, Tag("form-all")]
    | Annotated[AnyIn, Tag("form-any")]
    | Annotated[NotIn, Tag("form-not")]
    | Annotated[QuestionIn, Tag("form-question")],
    Discriminator(_form),
]
"""What a request body declares where customers are selected."""


class WrongCondition(ValueError):
    """The condition asks what cannot be asked; `errors` name each place."""

    def __init__(self, errors: list[FieldError]) -> None:
        super().__init__("wrong condition")
        self.errors = errors


def plain(condition: Any) -> dict[str, Any]:
    """Return a parsed condition as it is stored."""
    found: dict[str, Any] = condition.model_dump(by_alias=True)
    return found


def checked(condition: Any, custom: Mapping[str, str], place: str = "condition") -> Node:
    """Return a parsed condition as a tree; raises WrongCondition naming each wrong place below `place`.

    `custom` maps the custom fields the caller may ask about to their types.
    """
    errors: list[FieldError] = []
    questions = _check(condition, custom, place, 1, errors)
    if questions > MAX_QUESTIONS:
        errors.append(FieldError(place, f"最多 {MAX_QUESTIONS} 个条件"))
    if errors:
        raise WrongCondition(errors)
    return of_plain(plain(condition), custom)


def _check(
    condition: Any, custom: Mapping[str, str], place: str, depth: int, errors: list[FieldError]
) -> int:
    if depth > MAX_DEPTH:
        errors.append(FieldError(place[:100], f"最多嵌套 {MAX_DEPTH} 层"))
        return 0
    match condition:
        case AllIn():
            parts = [(f"{place}.all.{n}", each) for n, each in enumerate(condition.all)]
        case AnyIn():
            parts = [(f"{place}.any.{n}", each) for n, each in enumerate(condition.any)]
        case NotIn():
            parts = [(f"{place}.not", condition.not_)]
        case _:
            _check_question(condition, custom, place, errors)
            return 1
    return sum(_check(each, custom, where, depth + 1, errors) for where, each in parts)


def _check_question(
    asked: QuestionIn, custom: Mapping[str, str], place: str, errors: list[FieldError]
) -> None:
    known = field_named(asked.field, custom)
    if known is None:
        errors.append(FieldError(f"{place}.field", "没有这个字段"))
    elif asked.op not in OPS[known.kind]:
        errors.append(FieldError(f"{place}.op", f"这个字段支持 {'、'.join(OPS[known.kind])}"))
    elif wrong := _wrong_value(known, asked.op, asked.value):
        errors.append(FieldError(f"{place}.value", wrong))


def _wrong_value(known: AskedField, op: str, value: Any) -> str:
    if op in {"known", "is"} and known.kind != "text":
        return "" if isinstance(value, bool) else "应为 true 或 false"
    if op in {"within_days", "older_than_days", "since_midnight"}:
        least = 0 if op == "since_midnight" else 1
        return "" if type(value) is int and least <= value <= 3660 else f"应为 {least} 到 3660 的整数"
    if op == "between":
        return _wrong_range(known, value)
    if op in {"in", "not_in", "any", "all", "none"}:
        return _wrong_list(known, value)
    if known.kind == "time":
        return "" if _is_time(value) else "应为带时区的时间，例如 2026-03-02T10:15:00+08:00"
    if known.kind in {"number", "score"}:
        return "" if _is_number(value) else "应为数字"
    return "" if isinstance(value, str) else "应为文本"


def _wrong_range(known: AskedField, value: Any) -> str:
    judge = _is_time if known.kind == "time" else _is_number
    if not isinstance(value, list) or len(value) != 2 or not all(judge(each) for each in value):
        return "应为 [从, 到) 两个值"
    low, high = (datetime.fromisoformat(each) for each in value) if known.kind == "time" else value
    return "" if low < high else "前一个值应小于后一个"


def _wrong_list(known: AskedField, value: Any) -> str:
    if not isinstance(value, list) or not value:
        return "应为非空列表"
    if known.kind == "number":
        return "" if all(_is_number(each) for each in value) else "应为数字列表"
    if known.kind != "score" and not all(isinstance(each, str) for each in value):
        return "应为文本列表"
    if known.choices and (wrong := [each for each in value if each not in known.choices]):
        return f"没有 {len(wrong)} 个值；可选 {'、'.join(known.choices)}"
    return ""


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_time(value: Any) -> bool:
    try:
        at = datetime.fromisoformat(value)
        return at.tzinfo is not None and is_kept(at)
    except (TypeError, ValueError):
        return False


AllIn.model_rebuild()
AnyIn.model_rebuild()
NotIn.model_rebuild()
