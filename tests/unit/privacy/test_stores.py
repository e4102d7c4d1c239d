"""Every family of rows is known to export and erasure (P1, P2)."""

import re
from pathlib import Path

import tests.component.conftest  # noqa: F401  # settings before imports
from scrm.privacy.stores import NOBODYS, STORES
from tests.doubles.dynamodb.tables import template

MODEL = Path(__file__).parents[3] / "docs" / "data-model.md"


def documented() -> set[str]:
    """Return the item collections of the table in docs/data-model.md."""
    section = MODEL.read_text().split("## Item collections")[1].split("\n## ")[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    return {key for cell in rows for key in re.findall(r"`([^`]+)`", cell)}


def test_p1_p2_every_family_of_the_data_model_is_registered():
    registered = {key for store in STORES for key in store.keys} | NOBODYS.keys()

    assert documented() - registered == set()
    assert registered - documented() == set()


def test_p1_every_dead_letter_queue_is_searched():
    resources = template()["Resources"]
    dead = {name for name in resources if name.endswith("Dead")}
    searched = resources["RunJob"]["Properties"]["Environment"]["Variables"]

    assert {
        next(iter(each.values())) if isinstance(each, dict) else each for each in searched.values()
    } == dead
    assert all(name.endswith("_DEAD_URL") for name in searched)
