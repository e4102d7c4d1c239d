"""A file's way on the local engine: the browser's form, the check, WeCom's id, its renewal by the clock."""

from collections.abc import Callable
from datetime import datetime, timedelta

import httpx

from tests.doubles.pictures import png
from tests.local.conftest import Simulator


def test_con_20_a_file_is_uploaded_published_and_kept_warm(
    login: Callable[[str], httpx.Client],
    simulator: Simulator,
    drain: Callable[..., None],
    clock: Callable[[str], datetime],
    tick: Callable[[], None],
) -> None:
    console, picture = login("admin"), png(640, 480)
    body = {"name": "海报.png", "type": "image/png", "size": len(picture)}
    answered = console.post("/admin/files", json=body)
    assert answered.status_code == 201, answered.text
    begun = answered.json()
    file_id, form = begun["file_id"], begun["upload"]
    too_large = httpx.post(form["url"], data=form["fields"], files={"file": ("a.png", picture + b"x")})
    posted = httpx.post(form["url"], data=form["fields"], files={"file": ("a.png", picture)})
    kept = console.post(f"/admin/files/{file_id}:complete").json()
    assert (too_large.status_code, posted.status_code, kept["status"]) == (400, 204, "ready")
    assert httpx.get(kept["url"]).content == picture

    material = {"kind": "image", "name": "海报", "file_id": file_id}
    assert console.post("/admin/materials", json=material).status_code == 201
    drain()
    first = console.get(f"/admin/files/{file_id}").json()["media"]
    assert [each["use"] for each in first] == ["message"]

    later = datetime.fromisoformat(first[0]["expires_at"]) - timedelta(hours=20)
    clock(later.isoformat())
    tick()
    drain()
    clock("real")
    (renewed,) = console.get(f"/admin/files/{file_id}").json()["media"]
    assert datetime.fromisoformat(renewed["expires_at"]) >= later + timedelta(days=3)
    uploads = simulator.http.get("calls", params={"path": "media/*"}).json()["calls"]
    assert [each["body"]["size"] for each in uploads] == [len(picture)] * 2
