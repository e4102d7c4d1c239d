"""The API's description (OpenAPI 3.1), made from the route tables at build time.

    python -m scrm.http.openapi     writes scrm/openapi.json

It is served as a file, so that describing every API costs the serving function no import of any.
"""

import importlib
import json
import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, models_json_schema

from scrm.http.fields import Out
from scrm.http.routing import Api, Route

APIS = (
    "scrm.sessions.public_api",
    "scrm.sidebar.routes",
    "scrm.workbench.routes",
    "scrm.admin.api",
    "scrm.integrations.routes",
    "scrm.h5.routes",
)
DESCRIPTION = Path(__file__).parent.parent / "openapi.json"
SCHEMAS = "#/components/schemas/{model}"
STAFF_SECURITY: list[dict[str, list[str]]] = [{"bearer": []}, {"cookie": []}]
SIGNED_SECURITY: list[dict[str, list[str]]] = [{"key": [], "timestamp": [], "signature": []}]

# What importing the route tables asks of the environment; nothing is called.
_PLACEHOLDERS = {
    "TABLE_NAME": "domain",
    "VOLATILE_TABLE_NAME": "volatile",
    "AWS_DEFAULT_REGION": "us-east-1",
    "STACK_NAME": "described",
    "WECOM_CORP_ID": "described",
    "WECOM_AGENT_ID": "1",
    "WECOM_BASE_URL": "https://qyapi.weixin.qq.com",
}


class FieldErrorOut(Out):
    """One thing wrong with one field of a request."""

    field: str
    message: str


class ProblemOut(Out):
    """Why a request was not done (RFC 9457). `code` is stable; `detail` is for a person, in Chinese."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[FieldErrorOut] | None = None


def apis() -> list[Api]:
    """Return the route tables of every API, with every area that is imported when called."""
    for name, value in _PLACEHOLDERS.items():
        os.environ.setdefault(name, value)
    found = [importlib.import_module(name).api for name in APIS]
    for api in found:
        api.load()
    return found


def described(tables: Sequence[Api]) -> dict[str, Any]:
    """Return the description of these route tables and of WeCom's callback."""
    routes = [(api, route) for api in tables for route in api.routes]
    names, schemas = _schemas(route for _, route in routes)
    paths: dict[str, dict[str, Any]] = {}
    for api, route in routes:
        paths.setdefault(route.pattern, {})[route.method.lower()] = _operation(api, route, names)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "SCRM",
            "version": "1",
            "description": "Serverless SCRM for Enterprise WeChat. Times are RFC 3339, money is integer fen, "
            "lists are pages with opaque cursors, errors are application/problem+json.",
        },
        "servers": [{"url": "/"}],
        "paths": dict(sorted((paths | _callback()).items())),
        "components": {"schemas": schemas, "securitySchemes": _security_schemes()},
    }


def text(description: dict[str, Any]) -> str:
    """Return a description as the file holds it: the same routes give the same bytes."""
    return json.dumps(description, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


# ------------------------------------------------------------------ operations

Names = dict[tuple[Any, str], str]


def _schemas(routes: Iterable[Route]) -> tuple[Names, dict[str, Any]]:
    """Return the schema's name of each model, by whether it comes in or goes out, and the schemas."""
    wanted: dict[tuple[type[BaseModel], Any], None] = {(ProblemOut, "serialization"): None}
    for route in routes:
        for model in (route.body, route.query):
            if model:
                wanted[model, "validation"] = None
        if route.answers:
            wanted[route.answers, "serialization"] = None
    references, defined = models_json_schema(
        list(wanted), ref_template=SCHEMAS, schema_generator=GenerateJsonSchema
    )
    names: Names = {}
    for place, reference in references.items():
        names[place] = reference["$ref"].rpartition("/")[2]
    return names, defined["$defs"]


def _operation(api: Api, route: Route, names: Names) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": _operation_id(route),
        "tags": [api.name],
        "summary": route.summary,
        "description": _access(api, route),
        "parameters": [*_path_parameters(route), *_query_parameters(route), *_headers(route)],
        "responses": _responses(route, names),
        "security": _security(api, route),
    }
    if route.roles:
        operation["x-roles"] = sorted(route.roles)
    if route.body:
        reference = {"$ref": SCHEMAS.format(model=names[route.body, "validation"])}
        operation["requestBody"] = {
            "required": bool(route.body.model_json_schema().get("required")),
            "content": {"application/json": {"schema": reference}},
        }
    if route.takes:
        operation["requestBody"] = {"required": True, "content": _file(route)}
    return operation


def _file(route: Route) -> dict[str, Any]:
    """Return the forms in which a file is taken: itself, or in JSON."""
    text = {"type": "string"}
    named = {
        "type": "object",
        "required": ["content_base64"],
        "properties": {"name": text, "content_base64": text},
    }
    return {**_itself(route.takes), "application/json": {"schema": named}}


def _itself(types: Iterable[str]) -> dict[str, Any]:
    """Return a file by itself, in each of its types."""
    return {each: {"schema": {"type": "string", "format": "binary"}} for each in types}


def _operation_id(route: Route) -> str:
    words = re.sub(r"[^0-9A-Za-z]+", "_", f"{route.method.lower()}_{route.pattern}")
    return words.strip("_")


def _access(api: Api, route: Route) -> str:
    if route.roles:
        return f"Roles: {', '.join(sorted(route.roles))}. Scope: {route.scope}."
    if api.name == "integrations":
        return f"Signed by an integration key. Scope: {route.scope}."
    return f"No session needed. Scope: {route.scope}."


def _security(api: Api, route: Route) -> list[dict[str, list[str]]]:
    if route.roles:
        return STAFF_SECURITY
    return SIGNED_SECURITY if api.name == "integrations" else []


def _path_parameters(route: Route) -> Iterator[dict[str, Any]]:
    for name in re.findall(r"{([a-z_]+)}", route.pattern):
        schema = {"type": "string", "minLength": 1, "maxLength": 256}
        yield {"name": name, "in": "path", "required": True, "schema": schema}


def _query_parameters(route: Route) -> Iterator[dict[str, Any]]:
    if route.query is None:
        return
    schema = route.query.model_json_schema(ref_template=SCHEMAS)
    for name, field in schema["properties"].items():
        plain = _not_null(field)
        yield {"name": name, "in": "query", "required": name in schema.get("required", ()), "schema": plain}


def _not_null(field: dict[str, Any]) -> dict[str, Any]:
    """Return a query field's schema: an absent value is absent, never the word null."""
    choices = [each for each in field.get("anyOf", ()) if each != {"type": "null"}]
    rest = {name: value for name, value in field.items() if name != "anyOf" and value is not None}
    if not choices:
        return rest
    return {**rest, **choices[0]} if len(choices) == 1 else {**rest, "anyOf": choices}


def _headers(route: Route) -> Iterator[dict[str, Any]]:
    if route.creates:
        yield {
            "name": "Idempotency-Key",
            "in": "header",
            "required": False,
            "description": "The same key with the same body gets the first answer for 24 hours.",
            "schema": {"type": "string", "pattern": "^[!-~]{1,200}$"},
        }


def _responses(route: Route, names: Names) -> dict[str, Any]:
    done: dict[str, Any] = {"description": "Done"}
    if route.answers:
        reference = {"$ref": SCHEMAS.format(model=names[route.answers, "serialization"])}
        done["content"] = {"application/json": {"schema": reference}}
    if route.gives:
        done["content"] = _itself(route.gives)
    if route.status == 302:
        done = {"description": "Elsewhere", "headers": {"Location": {"schema": {"type": "string"}}}}
    problem = {"$ref": SCHEMAS.format(model=names[ProblemOut, "serialization"])}
    refused = {"description": "Refused", "content": {"application/problem+json": {"schema": problem}}}
    return {str(route.status): done, "default": refused}


# ------------------------------------------------------------------ what no route table holds


def _security_schemes() -> dict[str, Any]:
    return {
        "bearer": {
            "type": "http",
            "scheme": "bearer",
            "description": "The token of POST /auth/session. A renewed one comes in X-Scrm-Session.",
        },
        "cookie": {"type": "apiKey", "in": "cookie", "name": "scrm_session"},
        "key": {"type": "apiKey", "in": "header", "name": "X-Scrm-Key"},
        "timestamp": {
            "type": "apiKey",
            "in": "header",
            "name": "X-Scrm-Timestamp",
            "description": "Unix seconds, within five minutes.",
        },
        "signature": {
            "type": "apiKey",
            "in": "header",
            "name": "X-Scrm-Signature",
            "description": "Hex HMAC-SHA256 of timestamp, method, path and the body's hex SHA-256, joined by "
            "line feeds. Each signature is accepted once; again only with the Idempotency-Key it came with.",
        },
    }


def _callback() -> dict[str, Any]:
    receiver = {"name": "receiver", "in": "path", "required": True, "schema": {"type": "string"}}
    signed = [
        {"name": name, "in": "query", "required": True, "schema": {"type": "string"}}
        for name in ("msg_signature", "timestamp", "nonce")
    ]
    echo = {"name": "echostr", "in": "query", "required": True, "schema": {"type": "string"}}
    plain = {"text/plain": {"schema": {"type": "string"}}}
    refused = {"description": "Not from WeCom, or not understood"}
    return {
        "/wecom/callbacks/{receiver}": {
            "get": {
                "operationId": "get_wecom_callbacks_receiver",
                "tags": ["wecom"],
                "summary": "WeCom checks the address.",
                "parameters": [receiver, *signed, echo],
                "responses": {"200": {"description": "The echo", "content": plain}, "default": refused},
                "security": [],
            },
            "post": {
                "operationId": "post_wecom_callbacks_receiver",
                "tags": ["wecom"],
                "summary": "WeCom reports an event.",
                "parameters": [receiver, *signed],
                "requestBody": {
                    "required": True,
                    "content": {"text/xml": {"schema": {"type": "string"}}},
                },
                "responses": {"200": {"description": "Durably queued"}, "default": refused},
                "security": [],
            },
        }
    }


def main() -> int:
    """Write the description; with --check only tell whether the file is what the routes say."""
    fresh = text(described(apis()))
    if "--check" in sys.argv[1:]:
        return int(not DESCRIPTION.exists() or DESCRIPTION.read_text(encoding="utf-8") != fresh)
    DESCRIPTION.write_text(fresh, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
