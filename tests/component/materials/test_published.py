"""A file is warm while something published uses it: through the console's own requests (CON-02, 05, 20)."""

from typing import Any

from scrm.materials import files_dynamodb as stored
from tests.doubles.pictures import mp4, png


def made(ask, path: str, body: Any) -> tuple[str, int]:
    answered = ask("POST", path, body)
    assert answered.status == 201, answered.text
    return answered.json["item_id"], answered.json["version"]


def warm(bundle, file_id: str) -> bool:
    bundle.settle()
    return stored.file(file_id).media("message", bundle.time.now()) is not None


def due(bundle, file_id: str) -> bool:
    """Return whether the file goes on being renewed: two days later a tick uploads it."""
    before = len(bundle.wecom.calls.listed("media/upload"))
    bundle.time.sleep(2 * 86_400 + 60)
    bundle.invoke("warm_media", {"time": bundle.time.now().isoformat()})
    bundle.settle()
    return len(bundle.wecom.calls.listed("media/upload")) > before


def test_a_draft_s_file_waits_and_a_published_one_s_is_ready_at_once(bundle, ask, kept):
    file_id = kept()
    body = {"kind": "image", "name": "海报", "file_id": file_id, "status": "draft"}
    item_id, version = made(ask, "/admin/materials", body)
    assert not warm(bundle, file_id)
    assert ask("POST", f"/admin/materials/{item_id}:publish", {"version": version}).status == 200
    assert warm(bundle, file_id)
    assert stored.file(file_id).used_by == {f"material#{item_id}"}


def test_a_version_with_another_file_lets_go_of_the_former(bundle, ask, kept):
    first, second = kept(png(1, 1)), kept(png(2, 2))
    item_id, version = made(ask, "/admin/materials", {"kind": "image", "name": "海报", "file_id": first})
    assert warm(bundle, first)
    body = {"version": version, "kind": "image", "name": "海报", "file_id": second, "status": "published"}
    assert ask("PUT", f"/admin/materials/{item_id}", body).status == 200
    assert warm(bundle, second)
    assert (stored.file(first).used_by, len(stored.file(second).used_by)) == (frozenset(), 1)


def test_archiving_lets_the_id_end(bundle, ask, kept):
    file_id = kept()
    item_id, version = made(ask, "/admin/materials", {"kind": "image", "name": "海报", "file_id": file_id})
    assert warm(bundle, file_id)
    assert due(bundle, file_id)
    assert ask("POST", f"/admin/materials/{item_id}:archive", {"version": version}).status == 200
    assert not due(bundle, file_id)


def test_con_05_a_script_keeps_the_files_of_its_own_parts_and_of_its_materials(bundle, ask, kept):
    own, shared, cover = kept(png(1, 1)), kept(mp4(), "介绍.mp4", "video/mp4"), kept(png(3, 3))
    material, _ = made(ask, "/admin/materials", {"kind": "video", "name": "介绍", "file_id": shared})
    parts = [
        {"kind": "text", "text": "您好"},
        {"kind": "image", "file_id": own},
        {"kind": "material", "material_id": material},
        {"kind": "h5", "title": "价格", "url": "https://shop.example.com", "cover_file_id": cover},
    ]
    made(ask, "/admin/scripts", {"title": "开场", "parts": parts})
    assert [warm(bundle, each) for each in (own, shared, cover)] == [True, True, True]


def test_what_is_not_ready_of_another_kind_or_missing_is_refused_by_its_field(bundle, ask, kept, begun):
    video, waiting = kept(mp4(), "介绍.mp4", "video/mp4"), begun(png())
    for file_id in (video, waiting, "fi_00000000000000000000"):
        card = {
            "kind": "h5",
            "name": "x",
            "title": "x",
            "url": "https://a.example.com",
            "cover_file_id": file_id,
        }
        answered = ask("POST", "/admin/materials", card)
        assert answered.status == 422, answered.text
        assert [each["field"] for each in answered.json["errors"]] == ["cover_file_id"]
