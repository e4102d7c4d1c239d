"""A catalogue is read again as it was written: else the schedule would make the same one for ever."""

import gzip
import json
from dataclasses import replace

from hypothesis import given

from scrm.library.catalogue import Catalogue
from scrm.library.model import Group, Item, Shown
from scrm.library.storing import (
    packed,
    plain_shown,
    plain_visibility,
    shown_of,
    unpacked,
    visibility_of,
)
from scrm.library.visibility import Visibility
from tests.unit.library.model_strategies import CATALOGUES, ITEMS, SHOWN, VISIBILITIES


@given(CATALOGUES)
def test_a_catalogue_is_read_again_as_it_was_written(catalogue: Catalogue) -> None:
    again = unpacked(packed(catalogue))

    assert again == catalogue
    assert packed(again) == packed(catalogue)


@given(VISIBILITIES)
def test_a_scope_is_read_again_as_it_was_written(scope: Visibility | None) -> None:
    assert visibility_of(json.loads(json.dumps(plain_visibility(scope)))) == scope


@given(SHOWN)
def test_what_is_shown_is_read_again_as_it_was_written(shown: Shown) -> None:
    assert shown_of(json.loads(json.dumps(plain_shown(shown)))) == shown


@given(ITEMS)
def test_a_search_before_it_is_stored_changes_nothing(item: Item) -> None:
    catalogue = Catalogue("script", items={item.item_id: item})
    before = packed(catalogue)

    assert item.draft.texts
    assert packed(catalogue) == before


def test_a_scope_that_names_nobody_is_not_no_scope() -> None:
    assert plain_visibility(Visibility()) == {}
    assert visibility_of({}) == Visibility()
    assert plain_visibility(None) is None


def test_a_draft_that_is_as_published_is_written_once() -> None:
    shown = Shown("价格", words="很长的一段话" * 50)
    item = Item("script", "sc_1", "", "V", "published", shown, shown, 1)
    once, twice = (
        packed(Catalogue("script", items={"sc_1": each}))
        for each in (item, replace(item, draft=replace(shown, title="新价格")))
    )

    assert gzip.decompress(once).decode().count("很长的一段话" * 50) == 1
    assert gzip.decompress(twice).decode().count("很长的一段话" * 50) == 2


def test_what_is_deleted_is_not_written() -> None:
    gone = Catalogue(
        "script",
        {"g1": Group("script", "g1", "旧", deleted=True)},
        {"sc_1": Item("script", "sc_1", "", "V", "deleted", Shown("旧"))},
    )

    assert unpacked(packed(gone)) == Catalogue("script")


def test_another_versions_catalogue_is_not_read() -> None:
    other = {**json.loads(gzip.decompress(packed(Catalogue("script")))), "format": 0}

    assert unpacked(gzip.compress(json.dumps(other).encode())) is None
