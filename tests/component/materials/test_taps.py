"""No tap uploads media: WeCom's log shows it (issue bar)."""

import json
from datetime import timedelta

import pytest

from scrm.http.caller import Caller
from scrm.materials import files_dynamodb as stored
from tests.component.conftest import http_event_of
from tests.component.http_world import Answered, befriended
from tests.doubles.bundle import STACK
from tests.doubles.pictures import mp4, png


@pytest.fixture
def tap(bundle):
    """Ask the sidebar as lisi, about a friend of hers: `tap("GET", path)`; `{there}` in it is the friend."""
    from scrm.staff.dynamodb import StaffRow
    from scrm.staff.model import Member

    bundle.cloud.parameters.values[f"/{STACK}/session/keys"] = json.dumps(["key"])
    StaffRow.of(Member("lisi", "李四")).save()
    there = befriended(bundle.wecom, "lisi", "小雨")
    bundle.settle()

    def tapped(method, path, body=None):
        sent = None if body is None else {**body, "external_userid": there}
        target, _, query = path.format(there=there).partition("?")
        event = http_event_of(method, target, sent, caller=Caller("lisi", "staff", "own"))
        event["rawQueryString"] = query
        return Answered(bundle.invoke("sidebar_api", event))

    return tapped


def published(ask, path, body):
    answered = ask("POST", path, body)
    assert answered.status == 201, answered.text
    return answered.json["item_id"]


def uploads(bundle, start=0.0):
    return bundle.wecom.calls.listed("media/*", start=start)


def test_no_tap_uploads_media_for_days(bundle, ask, kept, tap):
    picture, cover, film = kept(png(1, 1)), kept(png(2, 2)), kept(mp4(), "介绍.mp4", "video/mp4")
    image = published(ask, "/admin/materials", {"kind": "image", "name": "海报", "file_id": picture})
    parts = [
        {"kind": "text", "text": "您好"},
        {"kind": "material", "material_id": image},
        {"kind": "video", "file_id": film},
        {"kind": "h5", "title": "价格", "url": "https://shop.example.com", "cover_file_id": cover},
    ]
    script = published(ask, "/admin/scripts", {"title": "开场", "parts": parts})
    bundle.settle()
    for _ in range(5):  # every day somebody opens, previews and sends
        bundle.time.sleep(timedelta(days=1).total_seconds())
        bundle.invoke("warm_media", {"time": bundle.time.now().isoformat()})
        bundle.settle()
        before = len(bundle.wecom.calls.listed("media/*"))
        assert tap("GET", "/sidebar/materials").status == 200
        assert tap("GET", f"/sidebar/scripts/{script}/preview?external_userid={{there}}").json["ready"]
        prepared = [
            tap("POST", f"/sidebar/{path}:prepare", {})
            for path in (f"scripts/{script}", f"materials/{image}")
        ]
        assert [each.status for each in prepared] == [201, 201], prepared[0].text
        assert len(bundle.wecom.calls.listed("media/*")) == before
        sent = prepared[0].json["payloads"]
        held = {
            each: stored.file(each).media("message", bundle.time.now()).media_id for each in (picture, film)
        }
        assert [each["msgtype"] for each in sent] == ["text", "image", "video", "news"]
        assert sent[1]["image"]["mediaid"] == held[picture]
        assert sent[2]["video"]["mediaid"] == held[film]
        assert sent[3]["news"]["imgUrl"].startswith(f"https://scrm.test/h5/files/{cover}/")


def test_con_20_what_is_wanted_while_its_id_has_ended_is_made_at_once_in_the_background(
    bundle, ask, kept, tap
):
    file_id = kept()
    item = published(ask, "/admin/materials", {"kind": "image", "name": "海报", "file_id": file_id})
    bundle.settle()
    bundle.wecom.faults.add({"endpoint": "media/upload", "what": "errcode", "errcode": -1, "count": 0})
    for _ in range(80):  # WeCom takes nothing for days
        bundle.time.sleep(timedelta(hours=1).total_seconds())
        bundle.invoke("warm_media", {"time": bundle.time.now().isoformat()})
        bundle.settle()
    bundle.wecom.faults.clear()
    start = bundle.time.seconds
    assert tap("POST", f"/sidebar/materials/{item}:prepare", {}).code == "media_not_ready"
    assert uploads(bundle, start) == []
    bundle.settle()
    assert len(uploads(bundle, start)) == 1
    assert tap("POST", f"/sidebar/materials/{item}:prepare", {}).status == 201


def test_a_file_that_wecom_will_not_take_is_not_tried_by_every_tap(bundle, ask, kept, tap):
    file_id = kept()
    bundle.wecom.faults.add({"endpoint": "media/upload", "what": "errcode", "errcode": 40005, "count": 0})
    item = published(ask, "/admin/materials", {"kind": "image", "name": "海报", "file_id": file_id})
    bundle.settle()
    for _ in range(3):
        assert tap("POST", f"/sidebar/materials/{item}:prepare", {}).code == "media_not_ready"
        bundle.settle()
    assert len(uploads(bundle)) == 1
