"""Pre-tagging: tags put down for phones and unionids before their owners come."""

from typing import Any

import pytest

from tests.component.http_world import corp_tag


def put(admin: Any, *rows: Any) -> Any:
    return admin.send("PUT", "/admin/pretags", {"rows": list(rows)})


def test_each_row_is_judged_by_itself_and_says_what_became_of_it(corp: Any, admin: Any, tables: Any) -> None:
    tag = corp_tag(corp, "VIP")

    answered = put(
        admin,
        {"phone": "+86 138-0000-8000", "tag_ids": [tag, tag]},
        {"unionid": "oU1", "tag_ids": [tag]},
        {"phone": "abc", "tag_ids": [tag]},
        {"phone": "13800008001", "tag_ids": ["et_nothing"]},
        {"phone": "13800008001", "unionid": "oU2", "tag_ids": [tag]},
        {"phone": "13800008001"},
        "x",
    )

    assert (answered.status, answered.json["stored"]) == (200, 2)
    results = answered.json["results"]
    assert [each["status"] for each in results] == ["stored"] * 2 + ["invalid"] * 5
    fields = [[error["field"] for error in each["errors"]] for each in results[2:]]
    assert fields[:2] == [["phone"], ["tag_ids"]]
    assert fields[3] == ["tag_ids"]
    assert {row["PK"] for row in tables.rows("PRETAG#")} == {
        "PRETAG#phone#13800008000",
        "PRETAG#unionid#oU1",
    }
    assert all(row["tag_ids"] == [tag] for row in tables.rows("PRETAG#"))


def test_the_same_rows_again_store_the_same_and_the_audit_log_holds_no_number(
    corp: Any, admin: Any, tables: Any
) -> None:
    row = {"phone": "13800008000", "tag_ids": [corp_tag(corp, "VIP")]}
    put(admin, row)
    before = tables.rows("PRETAG#")

    put(admin, row, row)

    assert tables.rows("PRETAG#") == before
    lines = [each for each in tables.rows("AUDIT") if each.get("action") == "pretags_put"]
    assert len(lines) == 2
    assert "13800008000" not in str(lines)


@pytest.mark.parametrize(
    "body", [{}, {"rows": []}, {"rows": "x"}, {"rows": [{}], "more": 1}, {"rows": [1] * 501}]
)
def test_a_batch_that_is_none_is_refused(admin: Any, body: Any) -> None:
    assert admin.send("PUT", "/admin/pretags", body).status == 422
