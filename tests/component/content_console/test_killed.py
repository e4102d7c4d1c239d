"""A console that is killed between any two requests, asked again, reaches the same end state."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.component.aborting import Steps, survives
from tests.component.content_console.conftest import COVER, FILE, made, script, seen_by, text
from tests.component.http_world import Browser

LEFT_OUT = ("due_pk", "due_sk", "updated_at", "created_at", "published_at", "at", "entries")


@pytest.fixture
def kills(corp, admin, tables, monkeypatch) -> Callable[..., None]:
    """Try a request with a kill at each of its steps; the rows of the libraries have to be the same."""

    def check(prepare: Callable[[], Any], work: Callable[[Any], Any], *, least: int) -> None:
        from scrm.kept import Kept

        steps, most = Steps(), list[int]()

        def prepared() -> Callable[[], Any]:
            steps.restart(None)
            for row in tables.typed():
                if row["PK"]["S"].startswith(("LIBRARY#", "ITEM#", "AUDIT")):
                    key = {name: row[name] for name in ("PK", "SK")}
                    tables.client.delete_item(TableName="ScrmTable", Key=key)
            for row in tables.typed("VolatileTable"):
                if row["key"]["S"].startswith("ANSWER#"):
                    tables.client.delete_item(TableName="VolatileTable", Key={"key": row["key"]})
            Kept.forget_all()
            given = prepare()
            return lambda: work(given)

        def outcome() -> Any:
            taken = steps.taken
            steps.restart(None)
            rows = [
                {name: each for name, each in row.items() if name not in LEFT_OUT}
                for row in (*tables.rows("LIBRARY#"), *tables.rows("ITEM#"))
                if row["SK"] != "HEAD"
            ]
            files = {row["PK"]: row.get("used_by") for row in tables.rows("FILE#")}
            found = [rows, files, seen_by("lisi", "script"), seen_by("lisi", "material")]
            most.append(taken)
            steps.taken = taken
            return found

        with steps.watched(monkeypatch, corp):
            assert survives(steps, prepared, outcome) == {}
        assert most[0] >= least

    return check


def keyed(admin: Browser, method: str, path: str, body: Any = None) -> Any:
    """Send a request with an Idempotency-Key of its own address, as a client repeats it."""
    return admin.send(method, path, body, {"idempotency-key": path})


def test_a_material_is_made_and_published_once(admin, files, kills):
    body = {"kind": "image", "name": "海报", "file_id": FILE}

    kills(lambda: None, lambda _: keyed(admin, "POST", "/admin/materials", body), least=8)


def test_a_script_is_published_whole_or_not_at_all(admin, files, kills):
    def prepare() -> str:
        used = keyed(admin, "POST", "/admin/materials", {"kind": "text", "name": "资料", "text": "x"}).json
        parts = [{"kind": "material", "material_id": used["item_id"]}, {"kind": "image", "file_id": FILE}]
        body = {"title": "话", "parts": parts, "status": "draft"}
        return str(keyed(admin, "POST", "/admin/scripts", body).json["item_id"])

    kills(prepare, lambda one: admin.send("POST", f"/admin/scripts/{one}:publish", {"version": 1}), least=10)


def test_a_move_into_another_group_is_done_once(admin, kills):
    def prepare() -> tuple[str, str]:
        group = keyed(admin, "POST", "/admin/script-groups", {"name": "售前"}).json["group_id"]
        body = {"title": "话", "parts": [{"kind": "text", "text": "x"}]}
        return keyed(admin, "POST", "/admin/scripts", body).json["item_id"], group

    kills(
        prepare,
        lambda made: admin.send("PATCH", f"/admin/scripts/{made[0]}/position", {"group_id": made[1]}),
        least=10,
    )


def test_what_is_deleted_lets_its_files_go(admin, files, kills):
    body = {"kind": "h5", "name": "卡", "title": "卡", "url": "https://a.example", "cover_file_id": COVER}

    kills(
        lambda: keyed(admin, "POST", "/admin/materials", body).json["item_id"],
        lambda one: admin.send("DELETE", f"/admin/materials/{one}"),
        least=8,
    )


def test_a_write_stands_though_no_catalogue_can_be_made(admin, tables, monkeypatch):
    from botocore.client import BaseClient

    real = BaseClient._make_api_call

    def call(self: Any, name: str, arguments: Any) -> Any:
        if name == "PutObject":
            raise ConnectionError("no bucket")
        return real(self, name, arguments)

    with monkeypatch.context() as patch:
        patch.setattr(BaseClient, "_make_api_call", call)
        for number in range(6):
            script(admin, f"话{number}")
        text(admin, "资料")
        made(admin, "script-groups", name="组")
        assert seen_by("lisi", "script") == [f"话{number}" for number in range(6)]
    script(admin, "话6")
    assert seen_by("lisi", "script") == [f"话{number}" for number in range(7)]
