"""Forms 表单 that customers fill in: what they ask, and what may be answered (spec IDN-13). Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from scrm.identities.normalise import IdentityKind, InvalidIdentity, normalised

FieldType = Literal["text", "phone", "email", "number", "date", "choice"]
LONGEST = 500


@dataclass(frozen=True)
class FormField:
    """One question. `identity` says which kind of identity the answer is; `options` are those of a choice."""

    key: str
    label: str
    type: FieldType = "text"
    required: bool = True
    options: tuple[str, ...] = ()
    identity: IdentityKind | None = None


@dataclass(frozen=True)
class Form:
    """A form. `consent` is the text that whoever sends it in agrees to, "" where none is asked for."""

    form_id: str
    name: str
    fields: tuple[FormField, ...]
    consent: str = ""
    active: bool = True
    version: int = 1
    created_at: str = ""
    updated_at: str = ""


def judged(form: Form, given: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the answers in their normal form, and what is wrong by field."""
    answers: dict[str, Any] = {}
    wrong = dict.fromkeys(given.keys() - {each.key for each in form.fields}, "不支持的字段")
    for field in form.fields:
        value = given.get(field.key)
        if value is None or value == "":
            if field.required:
                wrong[field.key] = "必填"
            continue
        try:
            answers[field.key] = _answer(field, value)
        except ValueError as error:
            wrong[field.key] = "格式不正确" if isinstance(error, InvalidIdentity) else str(error)
    return answers, wrong


def identities_of(form: Form, answers: Mapping[str, Any]) -> dict[IdentityKind, str]:
    """Return the identities among normal answers, by kind."""
    return {
        field.identity: str(answers[field.key])
        for field in form.fields
        if field.identity and field.key in answers
    }


def _answer(field: FormField, value: Any) -> Any:
    if field.type == "number":
        if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 10**15:
            raise ValueError("应为数字")
        return value
    text = value.strip() if isinstance(value, str) else ""
    if not text:
        raise ValueError("应为文本")
    if len(text) > LONGEST or not text.isprintable():
        raise ValueError(f"最多 {LONGEST} 个字符，不含特殊字符")
    if field.identity:
        return normalised(field.identity, text)
    if field.type in {"phone", "email"}:
        return normalised(field.type, text)
    if field.type == "choice" and text not in field.options:
        raise ValueError("应为选项之一")
    if field.type == "date":
        try:
            return date.fromisoformat(text).isoformat()
        except ValueError:
            raise ValueError("应为日期，例如 2026-10-01") from None
    return text
