"""Files for three days, pictures for ever."""

import pytest

from tests.simulator.conftest import PNG, Wecom


def test_a_file_is_kept_for_three_days(wecom, simulator, clock):
    answer = wecom.upload("media/upload", PNG, "价目表.png", type="image")
    assert answer["created_at"] == str(int(clock.now))
    target = f"/cgi-bin/media/get?access_token={wecom.token}&media_id={answer['media_id']}"
    status, headers, content = simulator.handle("GET", target)
    assert (status, content) == (200, PNG)
    assert "Content-disposition" in headers
    clock.advance(days=3)
    wecom.token = ""
    assert wecom.get("media/get", media_id=answer["media_id"])["errcode"] == 40007


def test_an_expired_file_is_refused_in_a_welcome(wecom, clock):
    media = wecom.upload("media/upload", PNG, type="image")["media_id"]
    clock.advance(days=3)
    wecom.token = ""
    code = wecom.control("POST", "people/scan", {"userid": "lisi"})["welcome_code"]
    wish = {"welcome_code": code, "attachments": [{"msgtype": "image", "image": {"media_id": media}}]}
    assert wecom.post("externalcontact/send_welcome_msg", wish)["errcode"] == 40007


def test_a_part_of_a_file(wecom, simulator):
    media = wecom.upload("media/upload", b"0123456789", "a.txt", type="file")["media_id"]
    target = f"/cgi-bin/media/get?access_token={wecom.token}&media_id={media}"
    status, headers, content = simulator.handle("GET", target, headers={"Range": "bytes=2-4"})
    assert (status, content, headers["Content-Range"]) == (206, b"234", "bytes 2-4/10")


@pytest.mark.parametrize(
    ("content", "kind", "code"),
    [
        (PNG, "picture", 40004),
        (b"", "file", 44001),
        (b"12345", "file", 40006),
        (b"not a picture", "image", 40005),
        (b"not a video either", "video", 40005),
        (PNG + bytes(10 * 1024 * 1024), "image", 40009),
        (bytes(2 * 1024 * 1024 + 1), "voice", 45001),
    ],
    ids=["kind", "empty", "five-bytes", "no-picture", "no-video", "big-picture", "big-voice"],
)
def test_uploads_that_are_refused(wecom, content, kind, code):
    assert wecom.upload("media/upload", content, type=kind)["errcode"] == code


def test_a_body_without_a_file_is_44001(wecom):
    assert wecom.post("media/upload", {"a": 1}, type="file")["errcode"] == 44001


def test_attachments_are_not_interchangeable(wecom):
    moment = wecom.upload("media/upload_attachment", PNG, media_type="image", attachment_type=1)
    assert moment["errcode"] == 0
    assert isinstance(moment["created_at"], int)
    code = wecom.control("POST", "people/scan", {"userid": "lisi"})["welcome_code"]
    attachment = [{"msgtype": "image", "image": {"media_id": moment["media_id"]}}]
    wish = {"welcome_code": code, "attachments": attachment}
    assert wecom.post("externalcontact/send_welcome_msg", wish)["errcode"] == 40007
    assert (
        wecom.upload("media/upload_attachment", PNG, media_type="file", attachment_type=1)["errcode"] == 41072
    )


def test_pictures_have_a_day_and_a_month(wecom, clock):
    wecom.control("PUT", "limits", {"uploadimg_per_day": 2, "uploadimg_per_month": 3})
    assert [wecom.upload("media/uploadimg", PNG)["errcode"] for _ in range(3)] == [0, 0, 45009]
    clock.advance(hours=14)  # past midnight in Beijing
    wecom.token = ""
    assert [wecom.upload("media/uploadimg", PNG)["errcode"] for _ in range(2)] == [0, 45009]


def test_a_file_belongs_to_the_corp_not_to_the_app(wecom, simulator):
    media = wecom.upload("media/upload", PNG, type="image")["media_id"]
    wecom.control("PUT", "apps/1000009", {"secret": "other"})
    other = Wecom(simulator, "other")
    wish = {"touser": "lisi", "agentid": 1000009, "msgtype": "image", "image": {"media_id": media}}
    assert other.post("message/send", wish)["errcode"] == 0


def test_the_log_says_whether_anything_was_uploaded_between_two_moments(wecom, clock):
    start = clock.now
    wecom.upload("media/upload", PNG, type="image")
    clock.advance(hours=1)
    wecom.upload("media/uploadimg", PNG)

    def between(first: float, last: float) -> list[str]:
        target = f"calls?path=media/*&start={first}&end={last}"
        return [row["path"] for row in wecom.control("GET", target)["calls"]]

    assert between(start, start + 1) == ["/cgi-bin/media/upload"]
    assert between(start + 1, clock.now) == []
    assert between(start, clock.now + 1) == ["/cgi-bin/media/upload", "/cgi-bin/media/uploadimg"]
