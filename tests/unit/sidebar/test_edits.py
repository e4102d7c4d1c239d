"""What of an edit is really asked, and what it leaves behind."""

import json

import pytest

from scrm.customers.model import Relation
from scrm.sidebar.edits import Edit, done, needed, touched

RELATION = Relation("wm1", "lisi", remark="小雨", mobiles=("13800008000",), tags=("a", "b"), version=3)


@pytest.mark.parametrize(
    ("wanted", "asked"),
    [
        (Edit(), Edit()),
        (Edit(remark="小雨"), Edit()),
        (Edit(remark=""), Edit(remark="")),
        (Edit(remark="x", company=""), Edit(remark="x")),
        (Edit(phones=("13800008000",)), Edit()),
        (Edit(phones=()), Edit(phones=())),
        (Edit(add_tags=("a", "c", "c")), Edit(add_tags=("c",))),
        (Edit(remove_tags=("a", "z")), Edit(remove_tags=("a",))),
        (Edit(add_tags=("a",), remove_tags=("z",)), Edit()),
    ],
)
def test_only_what_differs_is_asked(wanted, asked):
    assert needed(RELATION, wanted) == asked
    assert needed(RELATION, wanted).is_empty == (asked == Edit())


@pytest.mark.parametrize(
    "edit",
    [
        Edit(remark="x", description="d", company="c", phones=()),
        Edit(phones=("1", "2")),
        Edit(add_tags=("c",), remove_tags=("a",)),
        Edit(remark=""),
    ],
)
def test_an_edit_that_is_done_needs_nothing_more_and_survives_storage(edit):
    assert needed(done(RELATION, edit), edit).is_empty
    assert done(done(RELATION, edit), edit) == done(RELATION, edit)
    assert Edit.of(json.loads(json.dumps(edit.plain()))) == edit


def test_tags_keep_their_order_and_the_rest_stays():
    changed = done(RELATION, Edit(add_tags=("c",), remove_tags=("a",)))

    assert (changed.tags, changed.remark, changed.open_edit) == (("b", "c"), "小雨", None)


def test_the_audit_log_sees_only_what_the_edit_speaks_of():
    edit = Edit(remark="x", add_tags=("c",))

    assert touched(RELATION, edit) == {"remark": "小雨", "tags": ["a", "b"]}
    assert touched(done(RELATION, edit), edit) == {"remark": "x", "tags": ["a", "b", "c"]}
