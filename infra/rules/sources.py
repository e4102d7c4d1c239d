"""The product's modules: what each imports, found from its text without running it."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from infra.rules.bundle import ROOT

LAYER = Path("layers/scrm/python")


@dataclass(frozen=True)
class Module:
    """`path` is relative to the repository, `name` what others import."""

    name: str
    path: Path
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @cached_property
    def imports(self) -> frozenset[str]:
        """Return every dotted name imported at run time; imports for type checkers alone do not count."""
        return frozenset(imported(self.tree))

    @property
    def third_party(self) -> set[str]:
        roots = {name.partition(".")[0] for name in self.imports}
        return {root for root in roots if root not in sys.stdlib_module_names and root != "scrm"}


def modules(root: Path = ROOT) -> list[Module]:
    """Return the layer's modules and the functions' handlers."""
    found = []
    for path in sorted((root / LAYER).rglob("*.py")):
        parts = path.relative_to(root / LAYER).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found.append(Module(name, path.relative_to(root), path.read_text()))
    handlers = sorted((root / "functions").glob("*/*.py"))
    return found + [
        Module(f"functions.{path.parent.name}.{path.stem}", path.relative_to(root), path.read_text())
        for path in handlers
    ]


def imported(tree: ast.Module) -> Iterator[str]:
    """Yield module names; of `from a import b` both `a` and `a.b`, as `b` may be a module."""
    for_types = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in for_types:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
