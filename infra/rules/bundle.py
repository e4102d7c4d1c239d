"""The template under inspection, as written and as expanded, with what the rules ask of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from infra.rules.expand import Template, expand, read

ROOT = Path(__file__).resolve().parents[2]
Resource = dict[str, Any]


@dataclass(frozen=True, order=True)
class Finding:
    rule: str
    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what} [{self.rule}]"


@dataclass(frozen=True)
class Bundle:
    source: Template
    folders: frozenset[str]

    @cached_property
    def expanded(self) -> Template:
        return expand(self.source)

    def of_type(self, kind: str) -> list[tuple[str, Resource]]:
        """Return the expanded resources of a type with their logical names."""
        resources = self.expanded["Resources"].items()
        return [(name, resource) for name, resource in resources if resource["Type"] == kind]

    def properties(self, kind: str) -> list[tuple[str, dict[str, Any]]]:
        return [(name, resource.get("Properties", {})) for name, resource in self.of_type(kind)]

    def functions(self) -> dict[str, dict[str, Any]]:
        return dict(self.properties("AWS::Lambda::Function"))

    def statements(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield every statement that grants something, with the role's name."""
        for name, properties in self.properties("AWS::IAM::Role"):
            for policy in listed(properties.get("Policies", [])):
                for statement in listed(policy["PolicyDocument"]["Statement"]):
                    if statement["Effect"] == "Allow":
                        yield name, statement


def bundle(root: Path = ROOT) -> Bundle:
    """Return the bundle that lies at `root`."""
    folders = [
        path.name for path in (root / "functions").iterdir() if path.is_dir() and path.name[0] not in "_."
    ]
    return Bundle(read(root / "template.yaml"), frozenset(folders))


def listed(value: Any) -> list[Any]:
    """Return the value as a list; both branches of a condition count, absence does not."""
    if isinstance(value, dict) and "Fn::If" in value:
        return [item for branch in value["Fn::If"][1:] for item in listed(branch)]
    if value is None or value == {"Ref": "AWS::NoValue"}:
        return []
    return [item for part in value for item in listed(part)] if isinstance(value, list) else [value]


def target(value: Any) -> str:
    """Return the logical name a value refers to, or nothing."""
    if not isinstance(value, dict):
        return ""
    if "Ref" in value:
        return str(value["Ref"])
    attribute = value.get("Fn::GetAtt", "")
    return attribute[0] if isinstance(attribute, list) else str(attribute).partition(".")[0]


def text(value: Any) -> str:
    """Return a string, or the pattern of a substitution."""
    if isinstance(value, dict) and "Fn::Sub" in value:
        inner = value["Fn::Sub"]
        return str(inner[0] if isinstance(inner, list) else inner)
    return value if isinstance(value, str) else ""


def leaves(node: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield every string of a template with the keys that lead to it."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield from leaves(value, (*path, str(key)))
    elif isinstance(node, list):
        for value in node:
            yield from leaves(value, path)
    elif isinstance(node, str):
        yield path, node


def snake(name: str) -> str:
    """Return a logical name as a folder's: AssignLeads is assign_leads."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
