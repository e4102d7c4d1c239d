"""L4: what a tap on "send" asks of WeCom, over eight days of a file's media ids.

python -m tests.bench L4
"""

from __future__ import annotations

import itertools
import json
from datetime import timedelta
from typing import Any

from tests.bench.bars import Options, Result, at_least, exactly, progress
from tests.bench.scenarios import with_staff
from tests.capacity.recording import recording
from tests.doubles.bundle import Bundle, http_event
from tests.doubles.pictures import png

DAYS = 8
TICK = timedelta(minutes=30)
TAPS_EVERY = 13
"""Ticks from one tap to the next: at any hour of a day."""
UPLOADS = "/cgi-bin/media/upload"
MEDIA_LIVES = timedelta(days=3)


def taps(_options: Options) -> list[Result]:
    """A script with a picture is sent again and again while its media ids come and go at WeCom."""
    bundle = Bundle()
    uploads, asked, old, sent = 0, 0, 0, 0
    with bundle.running():
        person = _Person(bundle)
        script = person.script_with_picture()
        for tick in range(int(timedelta(days=DAYS) / TICK)):
            bundle.time.sleep(TICK.total_seconds())
            bundle.invoke("warm_media", {"time": bundle.time.now().isoformat()})
            bundle.settle()
            if tick % TAPS_EVERY:
                continue
            with recording(bundle.cloud) as used:
                media_id = person.taps(script)
            asked += len(used.wecom())
            uploads += sum(path.startswith(UPLOADS) for path in used.wecom())
            old += not person.takes(media_id)
            sent += 1
        made = len(bundle.wecom.calls.listed("media/upload"))
    progress(f"L4: {sent} taps in {DAYS} days, {made} uploads by the schedule")
    return [
        exactly("L4", "taps_that_upload", uploads, 0, f" of {sent}"),
        exactly("L4", "taps_that_ask_wecom", asked, 0, f" of {sent}"),
        exactly("L4", "taps_with_a_dead_media_id", old, 0, f" of {sent}"),
        at_least("L4", "uploads_by_the_schedule", made, DAYS // 3),
    ]


class _Person:
    """Who makes a script and who sends it."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self.numbers = itertools.count(1)
        with_staff(bundle)
        self.there = bundle.wecom.people.scan(userid="zhangsan", name="小雨")["external_userid"]
        bundle.arrive()
        bundle.settle()

    def script_with_picture(self) -> str:
        """Return a published script whose second part is a picture, warm."""
        content = png(640, 480)
        announced = {"name": "海报.png", "type": "image/png", "size": len(content)}
        file_id = self._asks("admin", "POST", "/admin/files", announced)["file_id"]
        self.bundle.cloud.objects.put(f"uploads/{file_id}", content, "image/png")
        self._asks("admin", "POST", f"/admin/files/{file_id}:complete")
        picture = {"kind": "image", "file_id": file_id}
        parts = [{"kind": "text", "text": "{customer}您好"}, picture]
        script = self._asks("admin", "POST", "/admin/scripts", {"title": "活动", "parts": parts})["item_id"]
        self._asks("admin", "POST", f"/admin/scripts/{script}:publish", {"version": 1})
        self.bundle.settle()
        return str(script)

    def taps(self, script: str) -> str:
        """Prepare a send and tell that the SDK has taken it; return the media id of its picture."""
        asked = {"external_userid": self.there}
        made = self._asks("zhangsan", "POST", f"/sidebar/scripts/{script}:prepare", asked)
        self._asks("zhangsan", "POST", "/sidebar/sends", {"send_id": made["send_id"], "ok": True})
        (picture,) = [each["image"] for each in made["payloads"] if each["msgtype"] == "image"]
        return str(picture["mediaid"])

    def takes(self, media_id: str) -> bool:
        """Return whether WeCom still takes a media id."""
        media = self.bundle.wecom.world.media.get(media_id)
        return media is not None and self.bundle.time.seconds - media.created_at < MEDIA_LIVES.total_seconds()

    def _asks(self, userid: str, method: str, path: str, body: Any = None) -> dict[str, Any]:
        from scrm.http.caller import Caller

        caller = (
            Caller("admin", "operations_admin", "all")
            if userid == "admin"
            else Caller(userid, "staff", "own")
        )
        headers = {"accept": "application/json", "content-type": "application/json"}
        event = http_event(method, path, json.dumps(body) if body else "", headers)
        event["requestContext"]["authorizer"] = {"lambda": caller.context()}
        event["requestContext"]["requestId"] = f"taps-{next(self.numbers)}"
        answer = self.bundle.invoke("admin_api" if path.startswith("/admin") else "sidebar_api", event)
        if answer["statusCode"] >= 300:
            raise AssertionError(f"{path}: {answer['statusCode']} {answer['body']}")
        return dict(json.loads(answer["body"] or "{}"))
