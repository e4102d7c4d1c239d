"""Files come by presigned upload and are checked on what actually arrived (CON-02 to 04)."""

import base64
import json
from hashlib import sha256

import pytest
from botocore.client import BaseClient

from scrm.http.caller import Caller
from scrm.materials import files_dynamodb as stored
from tests.component.aborting import Steps, survives
from tests.doubles.pictures import jpeg, mp4, png

MB = 1024 * 1024


def policy_of(upload):
    return json.loads(base64.b64decode(upload["fields"]["policy"]))["conditions"]


def test_an_upload_may_only_be_what_was_announced(ask):
    body = {"name": "海报.png", "type": "image/png", "size": 1234}
    answered = ask("POST", "/admin/files", body)
    assert answered.status == 201
    file_id, upload = answered.json["file_id"], answered.json["upload"]
    conditions = policy_of(upload)
    assert ["content-length-range", 1234, 1234] in conditions
    assert {"Content-Type": "image/png"} in conditions
    assert {"key": f"uploads/{file_id}"} in conditions
    assert upload["fields"]["x-amz-algorithm"] == "AWS4-HMAC-SHA256"
    assert stored.file(file_id).status == "uploading"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"size": 10 * MB + 1}, "size"),
        ({"size": 5}, "size"),
        ({"type": "image/webp", "kind": "image"}, "type"),
        ({"type": "nonsense"}, "type"),
        ({"name": "a.exe", "type": "application/x-msdownload"}, "name"),
        ({"name": "../../a.png"}, "name"),
        ({"sha256": "xyz"}, "sha256"),
        ({"kind": "voice"}, "kind"),
        ({"url": "http://169.254.169.254/latest"}, "url"),
    ],
)
def test_what_may_not_be_sent_need_not_arrive(ask, bundle, changes, field):
    answered = ask("POST", "/admin/files", {"name": "海报.png", "type": "image/png", "size": 1234, **changes})
    assert answered.status == 422
    assert [each["field"] for each in answered.json["errors"]] == [field]
    assert bundle.rows("FILE#") == []


@pytest.mark.parametrize(
    ("content", "name", "kind", "content_type", "sides"),
    [
        (png(640, 480), "海报.png", "image", "image/png", (640, 480)),
        (jpeg(1440, 1080), "海报.jpg", "image", "image/jpeg", (1440, 1080)),
        (mp4(), "介绍.mp4", "video", "video/mp4", (0, 0)),
        (b"%PDF-1.7 ....", "手册.pdf", "file", "application/pdf", (0, 0)),
    ],
)
def test_con_02_a_file_is_checked_kept_and_shown(ask, bundle, kept, content, name, kind, content_type, sides):
    file_id = kept(content, name, content_type)
    shown = ask("GET", f"/admin/files/{file_id}").json
    assert {
        key: shown[key] for key in ("name", "kind", "type", "size", "status", "sha256", "created_by")
    } == {
        "name": name,
        "kind": kind,
        "type": content_type,
        "size": len(content),
        "status": "ready",
        "sha256": sha256(content).hexdigest(),
        "created_by": "ChenMei",
    }
    assert (shown["width"], shown["height"]) == sides
    assert f"/files/{file_id}?" in shown["url"]
    assert "X-Amz-Expires=600" in shown["url"]
    assert bundle.cloud.objects.held == {f"files/{file_id}": (content, content_type)}
    assert "expires_at" not in bundle.rows(f"FILE#{file_id}")[0]


def test_what_arrived_otherwise_is_refused_removed_and_stays_refused(ask, bundle, begun):
    file_id = begun(png())
    assert ask("POST", f"/admin/files/{file_id}:complete").code == "file_missing"
    bundle.cloud.objects.put(f"uploads/{file_id}", b"PK\3\4" + bytes(len(png()) - 4), "image/png")
    refused = ask("POST", f"/admin/files/{file_id}:complete")
    assert refused.status == 422
    assert refused.json["errors"] == [{"field": "type", "message": "不是 JPG 或 PNG 图片"}]
    assert bundle.cloud.objects.held == {}
    assert stored.file(file_id).status == "refused"
    bundle.cloud.objects.put(f"uploads/{file_id}", png(), "image/png")
    assert ask("POST", f"/admin/files/{file_id}:complete").code == "file_refused"
    assert ask("GET", f"/admin/files/{file_id}").json["url"] is None


def test_more_than_was_announced_is_never_read_whole(ask, bundle, begun):
    file_id = begun(png())
    bundle.cloud.objects.put(f"uploads/{file_id}", png() + bytes(21 * MB), "image/png")
    refused = ask("POST", f"/admin/files/{file_id}:complete")
    assert [each["field"] for each in refused.json["errors"]] == ["size"]


def test_completing_twice_is_harmless_and_changes_nothing_kept(ask, bundle, kept):
    file_id = kept(png(640, 480))
    bundle.cloud.objects.put(f"uploads/{file_id}", png(1, 1), "image/png")  # the form still holds for minutes
    before = bundle.rows("FILE#"), bundle.rows("AUDIT")
    again = ask("POST", f"/admin/files/{file_id}:complete")
    assert (again.status, again.json["width"]) == (200, 640)
    assert (bundle.rows("FILE#"), bundle.rows("AUDIT")) == before
    assert bundle.cloud.objects.held[f"files/{file_id}"][0] == png(640, 480)


def test_a_repeated_announcement_makes_one_file(ask, bundle):
    body = {"name": "海报.png", "type": "image/png", "size": 1234}
    first, second = (ask("POST", "/admin/files", body, key="once") for _ in range(2))
    assert first.json["file_id"] == second.json["file_id"]
    assert len(bundle.rows("FILE#")) == 1


def test_keeping_a_file_leaves_one_audit_line(ask, bundle, kept):
    file_id = kept()
    lines = [row for row in bundle.rows("AUDIT") if row["SK"] != "HEAD" and row.get("action") == "file_kept"]
    assert [row["subject"] for row in lines] == [f"FILE#{file_id}"]


def test_killed_at_any_step_and_completed_again_it_is_kept_once(bundle, ask, begun, monkeypatch):
    """A browser whose request died asks again."""
    steps, made = Steps(), {}

    def prepare():
        made["id"] = begun(png(640, 480))
        bundle.cloud.objects.put(f"uploads/{made['id']}", png(640, 480), "image/png")
        return lambda: ask("POST", f"/admin/files/{made['id']}:complete")

    def outcome():
        row = next(row for row in bundle.rows("FILE#") if row["PK"] == f"FILE#{made['id']}")
        audits = [r for r in bundle.rows("AUDIT") if r.get("subject") == f"FILE#{made['id']}"]
        return {
            "row": {name: row.get(name) for name in ("status", "size", "sha256", "width", "expires_at")},
            "kept": bundle.cloud.objects.held.get(f"files/{made['id']}"),
            "audits": len(audits),
        }

    with steps.watched(monkeypatch, bundle.wecom):
        assert survives(steps, prepare, outcome) == {}


@pytest.mark.parametrize("role", ["staff", "service", "auditor", "hr"])
def test_others_upload_nothing(ask, bundle, role):
    answered = ask(
        "POST",
        "/admin/files",
        {"name": "海报.png", "type": "image/png", "size": 1234},
        caller=Caller("lisi", role, "own"),
    )
    assert answered.status == 403
    assert bundle.rows("FILE#") == []


def test_completed_twice_at_once_with_another_file_in_between_the_row_tells_what_is_kept(
    ask, bundle, begun, monkeypatch
):
    """The form holds for minutes: what it put there may be replaced while the first is looked at."""
    first, second = png(640, 480), png(480, 640)
    assert len(first) == len(second)
    file_id = begun(first)
    bundle.cloud.objects.put(f"uploads/{file_id}", first, "image/png")
    real, met = BaseClient._make_api_call, []

    def meets_another(client, operation, request):
        if operation == "PutObject" and not met:
            met.append(request["Key"])
            bundle.cloud.objects.put(f"uploads/{file_id}", second, "image/png")
            assert ask("POST", f"/admin/files/{file_id}:complete").status == 200
        return real(client, operation, request)

    with monkeypatch.context() as patched:
        patched.setattr(BaseClient, "_make_api_call", meets_another)
        answered = ask("POST", f"/admin/files/{file_id}:complete")

    kept = sha256(bundle.cloud.objects.held[f"files/{file_id}"][0]).hexdigest()
    (row,) = bundle.rows("FILE#")
    assert met == [f"files/{file_id}"]
    assert (answered.status, answered.json["sha256"], row["sha256"]) == (200, kept, kept)
    assert answered.json["width"] == row["width"]
