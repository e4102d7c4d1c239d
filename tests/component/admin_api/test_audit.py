"""The audit log: one line for each write, chained; a tampered row is named (spec ADM-03, S15)."""

import pytest

from scrm import clock
from scrm.audit import dynamodb as audit
from scrm.http import paging


def written(count=4):
    for number in range(1, count + 1):
        audit.record(
            "ann", "thing_changed", f"THING#{number}", None, {"n": number}, f"r{number}", clock.now()
        )


def rows(tables):
    return [row for row in tables.typed() if row["PK"]["S"] == "AUDIT" and row["SK"]["S"] != "HEAD"]


def test_an_untouched_log_verifies(ask):
    written()

    assert ask("GET", "/admin/audit:verify").json == {
        "ok": True,
        "checked": 4,
        "tampered_seq": None,
        "reason": None,
        "next_cursor": None,
    }


def test_one_changed_row_is_named(ask, tables):
    written()
    row = rows(tables)[1]
    row["actor"] = {"S": "bob"}
    tables.client.put_item(TableName="ScrmTable", Item=row)

    answer = ask("GET", "/admin/audit:verify").json

    assert (answer["ok"], answer["tampered_seq"], answer["reason"]) == (False, 2, "changed")


def test_a_removed_row_is_named(ask, tables):
    written()
    row = rows(tables)[2]
    tables.client.delete_item(TableName="ScrmTable", Key={"PK": row["PK"], "SK": row["SK"]})

    answer = ask("GET", "/admin/audit:verify").json

    assert (answer["ok"], answer["tampered_seq"], answer["reason"]) == (False, 3, "missing")


def test_a_cut_end_is_named(ask, tables):
    written()
    row = rows(tables)[-1]
    tables.client.delete_item(TableName="ScrmTable", Key={"PK": row["PK"], "SK": row["SK"]})

    answer = ask("GET", "/admin/audit:verify").json

    assert (answer["ok"], answer["tampered_seq"], answer["reason"]) == (False, 4, "truncated")


def test_a_clock_that_runs_backwards_keeps_the_chain_in_order(ask, at):
    written(2)
    at("2026-03-01T08:00:00+08:00")
    written(2)

    assert ask("GET", "/admin/audit:verify").json["ok"]
    seqs = [each["seq"] for each in ask("GET", "/admin/audit").json["items"]]
    assert seqs == [4, 3, 2, 1]


def test_a_log_longer_than_one_reading_is_verified_in_parts(ask, monkeypatch):
    monkeypatch.setattr("scrm.admin.audit_routes.VERIFIED_AT_MOST", 3)
    written(7)

    checked, cursor = 0, None
    for _ in range(4):
        part = ask("GET", "/admin/audit:verify", query={"cursor": cursor} if cursor else None).json
        assert part["ok"]
        checked, cursor = checked + part["checked"], part["next_cursor"]
        if cursor is None:
            break

    assert (checked, cursor) == (7, None)


def test_lines_are_found_by_actor_action_and_subject(ask):
    written(3)
    audit.record("Bob", "other", "THING#1", None, None, "r", clock.now())

    def found(**query):
        return [each["seq"] for each in ask("GET", "/admin/audit", query=query).json["items"]]

    assert found(actor="bob") == [4]
    assert found(action="thing_changed", limit="2") == [3, 2]
    assert found(subject="THING#1") == [4, 1]
    assert found(subject="THING#*") == [4, 3, 2, 1]


def test_secrets_phones_and_identity_numbers_are_not_kept_in_clear(ask, tables):
    before = {"phone": "联系 13812348000", "api_secret": "s3cr3t", "id": "11010119900307721X"}
    audit.record("ann", "x", "y", before, None, "r", clock.now())

    (line,) = ask("GET", "/admin/audit").json["items"]

    assert line["before"] == {"phone": "联系 138****8000", "api_secret": "***", "id": "110101********721X"}
    assert "13812348000" not in str(tables.typed())


def test_writers_who_meet_at_the_end_of_the_chain_all_get_in(ask, monkeypatch):
    real, met = audit._head, []

    def slow_head():
        head = real()
        if len(met) < 3:
            met.append(1)
            audit.record("other", "x", "y", None, None, "r", clock.now())
        return head

    monkeypatch.setattr(audit, "_head", slow_head)
    audit.record("ann", "x", "y", None, None, "r", clock.now())
    monkeypatch.setattr(audit, "_head", real)

    assert ask("GET", "/admin/audit:verify").json == {
        "ok": True,
        "checked": 4,
        "tampered_seq": None,
        "reason": None,
        "next_cursor": None,
    }


def test_a_chain_that_always_moves_is_given_up_and_nothing_is_written(corp, monkeypatch):
    written(1)
    monkeypatch.setattr(audit, "_head", lambda: None)

    with pytest.raises(audit.AuditBusy):
        audit.record("ann", "x", "y", None, None, "r", clock.now())

    monkeypatch.undo()
    assert audit.end().seq == 1


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("AUDIT", {"x": "1"}),
        ("AUDIT", {"before": 5}),
        ("AUDIT", {"before": "HEAZ"}),
        ("AUDIT:verify", {"x": "1"}),
        ("AUDIT:verify", {"place": "ZZZ", "seq": 1, "hash": "0"}),
        ("AUDIT:verify", {"place": "2026-03-02T02:15:00Z#000000000001", "seq": "q", "hash": "0"}),
    ],
)
def test_a_made_up_cursor_is_refused(ask, path, told):
    written(1)

    answer = ask("GET", f"/admin/{path.lower()}", query={"cursor": paging.encode(path, told)})

    assert (answer.status, answer.json["errors"][0]["field"]) == (422, "cursor")
