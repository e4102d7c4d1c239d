"""What linters miss: secrets and personal data on the way into logs, and signatures compared in the open.

python -m infra.rules.leaks
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator

from infra.rules.bundle import Finding
from infra.rules.sources import Module, modules

LOG_CALLS = re.compile(r"(self\.)?_?log(ger)?(\.(debug|info|warning|error|exception|critical))?")
CONSTANT = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
NEVER_LOGGED = re.compile(
    r"(full_|staff_|customer_|corp_|nick)?name|.*(phone|mobile|e?mail|address|avatar|remark|id_?card)"
    r"|.*(token|ticket|secret|password|passwd|aes_?key|cookie|authorization|signature|session|api_key)"
    r"|(welcome_|auth_|oauth_)?code|.*(content|text|body|xml|payload|headers)|event|record"
)
HARMLESS = {"event", "record"}
"""Field names that may hold an event's kind; as a bare argument the whole event is refused."""

SECRETS = re.compile(r".*(signature|digest|hmac|mac|token|secret|password)$")


def findings(of: list[Module]) -> list[Finding]:
    return sorted(
        {finding for module in of for finding in (*logs(module), *comparisons(module), *clients(module))}
    )


def logs(module: Module) -> Iterator[Finding]:
    """A log line is a constant, past-tense message with identifiers as fields."""
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.Call) or not LOG_CALLS.fullmatch(ast.unparse(node.func)):
            continue
        where = f"{module.path}:{node.lineno}"
        message = node.args[0] if node.args else None
        if message is not None and not constant(message):
            yield Finding(
                "log-message", where, "the message is a constant such as lead_assigned; facts are fields"
            )
        for name, value in fields(node):
            if NEVER_LOGGED.fullmatch(name) and name not in HARMLESS:
                yield Finding("log-leak", where, f"{name} does not belong in a log")
            elif isinstance(value, ast.Name | ast.Attribute) and NEVER_LOGGED.fullmatch(last_name(value)):
                yield Finding("log-leak", where, f"{ast.unparse(value)} does not belong in a log")


def constant(message: ast.expr) -> bool:
    """Return whether a message is one of a few constants; a name stands for one chosen above."""
    if isinstance(message, ast.IfExp):
        return constant(message.body) and constant(message.orelse)
    if isinstance(message, ast.Constant) and isinstance(message.value, str):
        return bool(CONSTANT.fullmatch(message.value))
    return isinstance(message, ast.Name | ast.Attribute) and not NEVER_LOGGED.fullmatch(last_name(message))


def fields(call: ast.Call) -> Iterator[tuple[str, ast.expr]]:
    for keyword in call.keywords:
        if keyword.arg == "extra" and isinstance(keyword.value, ast.Dict):
            for key, value in zip(keyword.value.keys, keyword.value.values, strict=True):
                yield str(key.value) if isinstance(key, ast.Constant) else "", value
        elif keyword.arg and keyword.arg not in {"exc_info", "stack_info"}:
            yield keyword.arg, keyword.value


def last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def comparisons(module: Module) -> Iterator[Finding]:
    """`==` stops at the first wrong byte, and so tells how many were right."""
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.Compare) or not isinstance(node.ops[0], ast.Eq | ast.NotEq):
            continue
        sides = (node.left, node.comparators[0])
        if all(not isinstance(side, ast.Constant) for side in sides) and any(
            SECRETS.fullmatch(last_name(side).lower()) for side in sides
        ):
            yield Finding("open-comparison", f"{module.path}:{node.lineno}", "use hmac.compare_digest")


def clients(module: Module) -> Iterator[Finding]:
    """botocore waits 60 s and tries ten times unless told otherwise: one place tells it."""
    if module.name == "scrm.aws":
        return
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("create_client", "boto3.client")):
            yield Finding(
                "client", f"{module.path}:{node.lineno}", "clients come from scrm.aws, with its time limits"
            )


def main() -> None:
    found = findings(modules())
    for finding in found:
        print(finding)
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
