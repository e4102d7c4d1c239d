"""The grammar of DynamoDB's expressions: text in, a tree out. What AWS cannot parse is refused.

A path is a tuple of names (str, a placeholder still in it) and list positions (int). Nodes are tuples whose
first member is the operation.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tests.doubles.dynamodb.values import invalid

Node = tuple[Any, ...]
RawPath = tuple[str | int, ...]

_TOKEN = re.compile(r"\s*(<>|<=|>=|[=<>(),.\[\]+\-]|[:#]?[A-Za-z0-9_]+)")
COMPARISONS = {"=", "<>", "<", "<=", ">", ">="}
CALLS = {"attribute_exists", "attribute_not_exists", "attribute_type", "begins_with", "contains"}
CLAUSES = {"SET", "REMOVE", "ADD", "DELETE"}


@cache
def reserved_words() -> frozenset[str]:
    """Return the words AWS refuses as bare attribute names, from the list that moto carries."""
    spec = find_spec("moto")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("moto, which carries the list of reserved words, is not installed")
    listed = Path(spec.submodule_search_locations[0]) / "dynamodb" / "parsing" / "reserved_keywords.txt"
    return frozenset(listed.read_text(encoding="utf-8").split())


class Parser:
    """One expression being read."""

    def __init__(self, expression: str) -> None:
        if not expression.strip():
            raise invalid("Invalid expression: The expression can not be empty;")
        self.tokens = self._split(expression)
        self.at = 0

    @staticmethod
    def _split(expression: str) -> list[str]:
        tokens, position = [], 0
        text = expression.rstrip()
        while position < len(text):
            found = _TOKEN.match(text, position)
            if not found:
                raise invalid(f'Invalid expression: Syntax error; token: "{text[position : position + 10]}"')
            tokens.append(found[1])
            position = found.end()
        return tokens

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def word(self) -> str:
        return self.peek().upper()

    def take(self, expected: str = "") -> str:
        token = self.peek()
        if not token or (expected and token.upper() != expected):
            raise invalid(f'Invalid expression: Syntax error; token: "{token or "<EOF>"}"')
        self.at += 1
        return token

    def finish(self) -> None:
        if self.peek():
            raise invalid(f'Invalid expression: Syntax error; token: "{self.peek()}"')

    # conditions, loosest binding first
    def condition(self) -> Node:
        left = self._conjunction()
        while self.word() == "OR":
            self.take()
            left = ("or", left, self._conjunction())
        return left

    def _conjunction(self) -> Node:
        left = self._negation()
        while self.word() == "AND":
            self.take()
            left = ("and", left, self._negation())
        return left

    def _negation(self) -> Node:
        if self.word() == "NOT":
            self.take()
            return ("not", self._negation())
        if self.peek() == "(":
            self.take()
            inner = self.condition()
            self.take(")")
            return inner
        return self._comparison()

    def _comparison(self) -> Node:
        if self.peek() in CALLS:
            return self._call()
        left = self.operand()
        if self.peek() in COMPARISONS:
            return ("compare", self.take(), left, self.operand())
        if self.word() == "BETWEEN":
            self.take()
            low = self.operand()
            self.take("AND")
            return ("between", left, low, self.operand())
        self.take("IN")
        return ("in", left, tuple(self._arguments()))

    def _call(self) -> Node:
        name = self.take()
        arguments = self._arguments()
        wanted = 1 if name in {"attribute_exists", "attribute_not_exists"} else 2
        if len(arguments) != wanted:
            raise invalid(
                f"Invalid expression: Incorrect number of operands for operator or function: {name}"
            )
        if arguments[0][0] != "path":
            raise invalid(f"Invalid expression: Operator or function requires a document path: {name}")
        return ("call", name, *arguments)

    def _arguments(self) -> list[Node]:
        self.take("(")
        arguments = [self.operand()]
        while self.peek() == ",":
            self.take()
            arguments.append(self.operand())
        self.take(")")
        return arguments

    def operand(self) -> Node:
        if self.peek().startswith(":"):
            return ("value", self.take())
        if self.peek() == "size":
            self.take()
            (argument,) = self._arguments()
            return ("size", argument)
        return ("path", self.path())

    def path(self) -> RawPath:
        steps: list[str | int] = [self._name()]
        while self.peek() in {".", "["}:
            if self.take() == ".":
                steps.append(self._name())
            else:
                steps.append(int(self.take()))
                self.take("]")
        return tuple(steps)

    def _name(self) -> str:
        name = self.take()
        if name.startswith("#"):
            return name
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name):
            raise invalid(f'Invalid expression: Syntax error; token: "{name}"')
        if name.upper() in reserved_words():
            raise invalid(
                f"Invalid expression: Attribute name is a reserved keyword; reserved keyword: {name}"
            )
        return name

    # updates
    def update(self) -> list[Node]:
        actions: list[Node] = []
        seen: set[str] = set()
        while self.peek():
            clause = self.take().upper()
            if clause not in CLAUSES:
                raise invalid(f'Invalid UpdateExpression: Syntax error; token: "{clause}"')
            if clause in seen:
                raise invalid(f'Invalid UpdateExpression: The "{clause}" section can only be used once')
            seen.add(clause)
            actions.append(self._action(clause))
            while self.peek() == ",":
                self.take()
                actions.append(self._action(clause))
        return actions

    def _action(self, clause: str) -> Node:
        target = ("path", self.path())
        if clause == "REMOVE":
            return ("REMOVE", target)
        if clause == "SET":
            self.take("=")
            return ("SET", target, self._sum())
        operand = self.operand()
        if operand[0] != "value":
            raise invalid(f"Invalid UpdateExpression: {clause} takes a value")
        return (clause, target, operand)

    def _sum(self) -> Node:
        left = self._term()
        if self.peek() in {"+", "-"}:
            return (self.take(), left, self._term())
        return left

    def _term(self) -> Node:
        if self.peek() == "(":
            self.take()
            inner = self._sum()
            self.take(")")
            return inner
        if self.peek() in {"if_not_exists", "list_append"}:
            name = self.take()
            self.take("(")
            first = self._term()
            self.take(",")
            second = self._term()
            self.take(")")
            return (name, first, second)
        return self.operand()


@cache
def condition(expression: str) -> Node:
    """Return the tree of a condition, filter or key condition."""
    parser = Parser(expression)
    tree = parser.condition()
    parser.finish()
    return tree


@cache
def update(expression: str) -> tuple[Node, ...]:
    """Return the actions of an update, in the order written."""
    return tuple(Parser(expression).update())


@cache
def projection(expression: str) -> tuple[RawPath, ...]:
    """Return the paths of a projection."""
    parser = Parser(expression)
    paths = [parser.path()]
    while parser.peek() == ",":
        parser.take()
        paths.append(parser.path())
    parser.finish()
    return tuple(paths)
