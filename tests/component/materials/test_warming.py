"""Media ids are made in the background and renewed before their three days end (CON-20; no tap uploads)."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from scrm.materials import files_dynamodb as stored
from scrm.materials.files import MEGABYTE, item_key
from scrm.table import in_transaction, rfc3339
from tests.component.aborting import Steps, survives
from tests.doubles.pictures import mp4, png

ITEM = item_key("material", "it_1")
UPLOAD, ATTACHMENT, PICTURE = "media/upload", "media/upload_attachment", "media/uploadimg"


def now(bundle):
    return bundle.time.now()


def publish(bundle, file_id, item=ITEM):
    """Publish an item with a file, as a transaction of the console does."""
    with in_transaction() as transaction:
        stored.use_step(file_id, item, now(bundle))(transaction)


def archive(file_id, item=ITEM):
    with in_transaction() as transaction:
        stored.release_step(file_id, item)(transaction)


def tick(bundle, **later):
    """Let time pass and the schedule fire."""
    bundle.time.sleep(timedelta(**later).total_seconds())
    due = bundle.invoke("warm_media", {"time": now(bundle).isoformat()})["due"]
    bundle.settle()
    return due


def uploads(bundle, path=UPLOAD):
    return bundle.wecom.calls.listed(path)


def usable(bundle, file_id, use="message"):
    held = stored.file(file_id).media(use, now(bundle))
    return held.media_id if held else None


def at_wecom(bundle, media_id):
    return bundle.wecom.world.media[media_id]


def test_con_20_publishing_makes_the_id_at_once_and_it_is_renewed_before_it_ends(bundle, kept):
    file_id = kept(png(640, 480))
    bundle.settle()
    assert uploads(bundle) == []  # a file that nobody publishes is never uploaded
    publish(bundle, file_id)
    bundle.settle()
    first = usable(bundle, file_id)
    assert at_wecom(bundle, first).filename == "海报.png"
    for _ in range(40):  # ten days, a look every six hours
        tick(bundle, hours=6)
        held = usable(bundle, file_id)
        assert held is not None
        assert now(bundle).timestamp() < at_wecom(bundle, held).created_at + 3 * 86_400 - 12 * 3600
    assert len(uploads(bundle)) == 1 + 5  # one every two days
    assert stored.file(file_id).tries == 0


def test_con_20_no_id_is_handed_out_that_ends_while_the_member_confirms(bundle, kept):
    file_id = kept()
    publish(bundle, file_id)
    bundle.settle()
    held = usable(bundle, file_id)
    bundle.time.sleep(timedelta(days=3, minutes=-31).total_seconds())
    assert usable(bundle, file_id) == held
    bundle.time.sleep(60)
    assert usable(bundle, file_id) is None


def test_an_archived_item_s_file_is_kept_warm_no_longer_and_again_when_it_is_published(bundle, kept):
    file_id = kept()
    publish(bundle, file_id)
    publish(bundle, file_id, item_key("script", "it_2"))
    bundle.settle()
    archive(file_id)
    assert tick(bundle, days=2, minutes=1) == 1
    assert len(uploads(bundle)) == 2  # the script still uses it
    archive(file_id, item_key("script", "it_2"))
    tick(bundle, days=2, minutes=1)
    assert len(uploads(bundle)) == 2
    assert stored.file(file_id).due is None
    assert tick(bundle, days=9) == 0
    publish(bundle, file_id)
    bundle.settle()
    assert usable(bundle, file_id)
    assert len(uploads(bundle)) == 3


def test_an_item_published_again_the_next_day_uploads_nothing(bundle, kept):
    file_id = kept()
    publish(bundle, file_id)
    bundle.settle()
    archive(file_id)
    publish(bundle, file_id)
    bundle.settle()
    assert tick(bundle, hours=24) == 0
    assert len(uploads(bundle)) == 1


def test_a_file_that_is_not_ready_cannot_be_published(bundle, begun):
    from scrm.audit.dynamodb import WriteRefused, record

    file_id = begun(png())
    with pytest.raises(WriteRefused):
        record(
            "a", "x", "y", None, None, "r", now(bundle), writes=[stored.use_step(file_id, ITEM, now(bundle))]
        )
    assert stored.file(file_id).used_by == frozenset()


def test_every_use_has_an_upload_of_its_own_and_only_when_asked(bundle, kept):
    file_id = kept(png(640, 480))
    for use in ("album", "moment", "picture", "message"):
        assert stored.ask(file_id, use, now(bundle))
    bundle.settle()
    file = stored.file(file_id)
    scenes = {use: at_wecom(bundle, file.held[use].media_id).scene for use in ("message", "moment", "album")}
    assert scenes == {"message": 0, "moment": 1, "album": 2}
    assert file.held["picture"].media_id.startswith("https://wework.qpic.cn/")
    assert (file.asked, file.due, file.failure) == (frozenset(), None, "")
    bundle.time.sleep(timedelta(days=4).total_seconds())
    assert [usable(bundle, file_id, use) is None for use in ("message", "moment", "album", "picture")] == [
        True,
        True,
        True,
        False,
    ]
    assert not stored.ask("fi_00000000000000000000", "album", now(bundle))


def test_an_id_that_wecom_refuses_is_replaced_within_seconds(bundle, kept):
    file_id = kept()
    publish(bundle, file_id)
    bundle.settle()
    dead = usable(bundle, file_id)
    stored.media_refused(file_id, "message", dead, now(bundle))
    assert usable(bundle, file_id) is None
    bundle.settle()
    fresh = usable(bundle, file_id)
    assert fresh not in {None, dead}
    stored.media_refused(file_id, "message", dead, now(bundle))  # told late, of the former one
    bundle.settle()
    assert usable(bundle, file_id) == fresh
    assert len(uploads(bundle)) == 2


def test_delivered_twice_it_is_uploaded_once(bundle, kept, sqs_event):
    file_id = kept()
    publish(bundle, file_id)
    bundle.settle()
    message = {"file_id": file_id}
    assert bundle.invoke("run_job", sqs_event(message, message)) == {"batchItemFailures": []}
    assert len(uploads(bundle)) == 1
    bundle.time.sleep(timedelta(days=2, minutes=1).total_seconds())
    bundle.invoke("run_job", sqs_event(message, message, message))
    assert len(uploads(bundle)) == 2


def test_while_one_uploads_another_leaves_it_alone(bundle, kept, sqs_event):
    file_id = kept()
    publish(bundle, file_id)
    assert stored.claim(file_id, now(bundle))
    bundle.settle()
    assert uploads(bundle) == []
    assert tick(bundle, minutes=5) == 1  # whoever had it has died
    assert len(uploads(bundle)) == 1


def test_a_newer_id_is_never_replaced_by_an_older(bundle, kept):
    from scrm.materials.files import Media

    file_id = kept()
    newer = Media("newer", now(bundle))
    stored.record(file_id, "message", newer)
    stored.record(file_id, "message", Media("older", now(bundle) - timedelta(seconds=1)))
    assert stored.file(file_id).held["message"] == newer


def test_killed_at_any_step_it_is_uploaded_again_and_comes_to_the_same_end(
    bundle, kept, sqs_event, monkeypatch
):
    steps, made = Steps(), {}
    publish(bundle, kept())
    bundle.settle()  # with a token that later runs have already

    def prepare():
        made["id"] = kept(png(640, 480))
        publish(bundle, made["id"])

        def work():
            bundle.time.sleep(121)  # the message comes again after its visibility timeout
            bundle.invoke("run_job", sqs_event({"file_id": made["id"]}))

        return work

    def outcome():
        row = next(row for row in bundle.rows("FILE#") if row["PK"] == f"FILE#{made['id']}")
        due, made_at = row["due_sk"].partition("#")[0], datetime.fromtimestamp(row["message_at"], UTC)
        return {
            "held": row["message_id"] in bundle.wecom.world.media,
            "renewed": due == rfc3339(made_at + timedelta(days=2)),
            "leased": "leased_until" in row,
        }

    with steps.watched(monkeypatch, bundle.wecom):
        assert survives(steps, prepare, outcome) == {}


@pytest.mark.parametrize("code", [40004, 40005, 40006, 45001])
def test_what_wecom_does_not_take_is_told_once_and_not_tried_for_ever(bundle, kept, code):
    file_id = kept()
    bundle.wecom.faults.add({"endpoint": UPLOAD, "what": "errcode", "errcode": code, "count": 0})
    publish(bundle, file_id)
    bundle.settle()
    for _ in range(8):
        assert tick(bundle, hours=12) == 0
    assert len(uploads(bundle)) == 1
    file = stored.file(file_id)
    assert (file.due, bool(file.failure)) == (None, True)
    alerts = [
        json.loads(row["notice"])["facts"]["title"]
        for row in bundle.rows("MEMBER#chenmei")
        if row["SK"].startswith("NOTICE#")
    ]
    assert alerts == [f"素材文件「海报.png」无法用于发送：{file.failure}"]
    bundle.wecom.faults.clear()
    archive(file_id)
    publish(bundle, file_id)  # published anew, it is tried once more
    bundle.settle()
    assert usable(bundle, file_id)
    assert stored.file(file_id).failure == ""


def test_a_wecom_that_is_busy_is_asked_later_and_later_until_it_takes_it(bundle, kept):
    file_id = kept()
    bundle.wecom.faults.add({"endpoint": UPLOAD, "what": "errcode", "errcode": 45009, "count": 0})
    publish(bundle, file_id)
    bundle.settle()
    for _ in range(24 * 12):
        tick(bundle, minutes=5)
    file = stored.file(file_id)
    assert 7 <= file.tries <= 12  # 5, 10, 20 … minutes, then every six hours
    assert file.failure == "企业微信繁忙，已排队，稍后自动重试"
    bundle.wecom.faults.clear()
    for _ in range(7 * 12):
        tick(bundle, minutes=5)
    assert usable(bundle, file_id)
    assert (stored.file(file_id).tries, stored.file(file_id).failure) == (0, "")


def test_a_day_without_wecom_costs_no_tap_its_id(bundle, kept):
    file_id = kept()
    publish(bundle, file_id)
    bundle.settle()
    tick(bundle, days=2)
    bundle.wecom.faults.add({"endpoint": UPLOAD, "what": "errcode", "errcode": -1, "count": 0})
    for _ in range(17):
        tick(bundle, hours=1)
        assert usable(bundle, file_id)
    bundle.wecom.faults.clear()
    tick(bundle, hours=6)
    assert usable(bundle, file_id)


def test_what_is_no_picture_for_an_album_leaves_its_messages_alone(bundle, kept):
    file_id = kept(mp4(), "介绍.mp4", "video/mp4")
    publish(bundle, file_id)
    stored.ask(file_id, "album", now(bundle))
    bundle.settle()
    file = stored.file(file_id)
    assert usable(bundle, file_id)
    assert uploads(bundle, ATTACHMENT) == []
    assert file.failure == "该用途不支持这种文件"
    assert file.due is not None
    assert file.asked == frozenset()


def test_a_lasting_picture_is_refused_above_two_megabytes_without_a_call(bundle, kept):
    file_id = kept(png(extra=2 * MEGABYTE))
    stored.ask(file_id, "picture", now(bundle))
    bundle.settle()
    assert uploads(bundle, PICTURE) == []
    assert stored.file(file_id).failure == "素材 最多 2 MB"


def test_lasting_pictures_wait_for_the_next_day_when_the_corp_s_are_used_up(bundle, kept):
    bundle.wecom.limits.uploadimg_per_day = 1
    first, second = kept(png(1, 1)), kept(png(2, 2))
    for each in (first, second):
        stored.ask(each, "picture", now(bundle))
        bundle.settle()
    assert [usable(bundle, each, "picture") is not None for each in (first, second)] == [True, False]
    for _ in range(6):
        tick(bundle, hours=6)
    assert usable(bundle, second, "picture")
    assert stored.file(second).due is None


def test_an_original_that_is_gone_is_told(bundle, kept):
    file_id = kept()
    bundle.cloud.objects.held.clear()
    publish(bundle, file_id)
    bundle.settle()
    assert stored.file(file_id).failure == "原文件已不存在，请重新上传"
    assert uploads(bundle) == []


def test_many_due_at_once_are_taken_in_turns_those_longest_due_first(bundle, kept, monkeypatch):
    ids = [kept(png(each + 1, 1)) for each in range(5)]
    for each in ids:
        publish(bundle, each)
        bundle.settle()
        bundle.time.sleep(1)
    monkeypatch.setattr(bundle.app("warm_media"), "MOST", 2)
    bundle.time.sleep(timedelta(days=2, minutes=1).total_seconds())
    handled = []
    for _ in range(3):
        tick(bundle)
        handled.append(
            {
                each
                for each in ids
                if stored.file(each).held["message"].created_at > now(bundle) - timedelta(days=1)
            }
        )
    assert handled == [set(ids[:2]), set(ids[:4]), set(ids)]


def test_no_upload_lies_between_two_moments_of_a_quiet_day(bundle, kept):
    """The simulator's log answers: was any media uploaded between two moments."""
    file_id = kept()
    publish(bundle, file_id)
    bundle.settle()
    start = now(bundle).timestamp() + 1
    tick(bundle, hours=24)
    assert bundle.wecom.calls.listed("media/*", start=start, end=now(bundle).timestamp() + 1) == []
    tick(bundle, hours=25)
    uploaded = bundle.wecom.calls.listed("media/*", start=start, end=now(bundle).timestamp() + 1)
    assert [row["path"] for row in uploaded] == ["/cgi-bin/media/upload"]
