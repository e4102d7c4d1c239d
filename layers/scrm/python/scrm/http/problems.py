"""Errors an HTTP caller sees, as application/problem+json (RFC 9457). Statuses are chosen here, once."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any


@dataclass(frozen=True)
class FieldError:
    """One thing wrong with one field of a request."""

    field: str
    message: str


@dataclass
class Problem(Exception):
    """An answer other than success: `code` is stable and snake_case, `detail` is for a person."""

    status: int
    code: str
    detail: str
    errors: Sequence[FieldError] = ()
    headers: dict[str, str] = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)

    def body(self) -> str:
        """Return the problem as JSON text."""
        content: dict[str, Any] = {
            **self.extra,
            "type": f"urn:scrm:problem:{self.code}",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
        }
        if self.errors:
            content["errors"] = [{"field": e.field, "message": e.message} for e in self.errors]
        return json.dumps(content, ensure_ascii=False)


def unauthenticated(detail: str = "登录已过期，请重新登录") -> Problem:
    """No valid session or signature."""
    return Problem(401, "unauthenticated", detail, headers={"WWW-Authenticate": "Bearer"})


def forbidden(detail: str = "当前角色没有此权限", code: str = "forbidden") -> Problem:
    """A known caller whose role does not allow this."""
    return Problem(403, code, detail)


def not_found(detail: str = "不存在，或你没有查看的权限") -> Problem:
    """What does not exist, and what the caller may not know of, look the same."""
    return Problem(404, "not_found", detail)


def conflict(code: str, detail: str, **extra: Any) -> Problem:
    """The state does not allow this; nothing was written."""
    return Problem(409, code, detail, extra=extra)


def version_conflict() -> Problem:
    """The thing was changed by someone else since the caller read it."""
    return conflict("version_conflict", "内容已被他人修改，请刷新后重试")


def invalid(*errors: FieldError, detail: str = "请求内容有误") -> Problem:
    """The request is understood and wrong; each field is named."""
    return Problem(422, "invalid_request", detail, errors=errors)


def invalid_field(field_name: str, message: str) -> Problem:
    """One field of the request is wrong."""
    return invalid(FieldError(field_name, message))


def too_large(limit_bytes: int) -> Problem:
    """The body is over the limit."""
    return Problem(413, "body_too_large", f"请求内容超过 {limit_bytes} 字节")


def too_many(retry_after_seconds: int, detail: str = "请求过于频繁，请稍后再试") -> Problem:
    """A limit was reached; the caller may try again after the given seconds."""
    return Problem(429, "too_many_requests", detail, headers={"Retry-After": str(retry_after_seconds)})


def unavailable(detail: str = "服务繁忙，请稍后再试", code: str = "unavailable") -> Problem:
    """Something we depend on did not answer; trying again later may help."""
    return Problem(503, code, detail, headers={"Retry-After": "5"})
