"""Where the rows of exports come from, by name; a source's module is imported when it is used."""

import importlib
from collections.abc import Mapping
from typing import cast

from scrm.exports.model import Rows
from scrm.jobs.model import GiveUp

SOURCES: Mapping[str, str] = {
    "cards": "scrm.exports.cards_dynamodb",
    "inheritance": "scrm.inheritance.export_dynamodb",
    "selected": "scrm.queries.export_rows",
}
"""Source to module (scrm.exports.model.Rows)."""


def source(name: str) -> Rows:
    """Return a source by its name; raises GiveUp for one this version does not know."""
    if name not in SOURCES:
        raise GiveUp("unknown_source")
    return cast("Rows", importlib.import_module(SOURCES[name]))
