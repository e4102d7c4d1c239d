"""What each function's module has to do for its cold start."""

import ast
from pathlib import Path

import pytest

FUNCTIONS = sorted((Path(__file__).parents[2] / "functions").glob("*/app.py"))


@pytest.mark.parametrize("app", FUNCTIONS, ids=lambda app: app.parent.name)
def test_a_function_says_when_its_init_is_over(app):
    body = ast.parse(app.read_text(encoding="utf-8")).body
    made = [at for at, each in enumerate(body) if isinstance(each, ast.Assign | ast.Expr)]
    last = body[made[-1]]

    assert isinstance(last, ast.Expr)
    assert ast.unparse(last) == "initialised()"
