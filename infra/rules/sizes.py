"""Hints, not verdicts: files and functions that may hold two ideas.

python -m infra.rules.sizes
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from infra.rules.sources import Module, modules

FILE_LINES = 300
FUNCTION_LINES = 40


def hints(module: Module) -> Iterator[str]:
    lines = module.text.count("\n")
    if lines > FILE_LINES:
        yield f"hint: {module.path} has {lines} lines"
    for node in ast.walk(module.tree):
        length = (node.end_lineno or 0) - node.lineno if isinstance(node, ast.FunctionDef) else 0
        if isinstance(node, ast.FunctionDef) and length > FUNCTION_LINES:
            yield f"hint: {module.path}:{node.lineno} {node.name} has {length} lines"


def main() -> None:
    for module in modules():
        for hint in hints(module):
            print(hint)


if __name__ == "__main__":
    main()
