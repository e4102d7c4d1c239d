"""What the stream's consumer imports when it comes is there for every kind of row and of effect."""

import importlib
import pkgutil

import pytest

from scrm import changes
from scrm.changes import images
from scrm.changes.carrying_out import Consequences
from scrm.changes.effects import Effect

for found in pkgutil.iter_modules(changes.__path__):
    importlib.import_module(f"scrm.changes.{found.name}")


@pytest.mark.parametrize("kind", Effect.__subclasses__(), ids=lambda kind: kind.__name__)
def test_every_effect_is_carried_out(tables, kind):
    assert callable(Consequences()._how(kind))


@pytest.mark.parametrize("row", [*images._COLLECTIONS, *images._PLACES], ids=lambda row: row[0])
def test_every_row_is_read(row):
    assert callable(images._following(row[1]))
