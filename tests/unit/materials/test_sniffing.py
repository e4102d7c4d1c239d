"""What arrived is told from its bytes: wrong ones, cut ones, disguised ones, several in one (issue bar)."""

import io
import zipfile
from dataclasses import replace
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrm.materials import sniffing
from scrm.materials.arriving import checked, kind_of, refuse_announced
from scrm.materials.files import File
from scrm.materials.sniffing import Unfit
from tests.doubles.pictures import jpeg, mp4, png

MB = 1024 * 1024
TYPES = {
    "image": ("海报.png", "image/png"),
    "video": ("介绍.mp4", "video/mp4"),
    "file": ("手册.pdf", "application/pdf"),
}


def archive() -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as packed:
        packed.writestr("run.exe", b"MZ" * 100)
    return held.getvalue()


def announced(content: bytes, kind: str = "image", name: str = "", content_type: str = "") -> File:
    stated_name, stated_type = TYPES[kind]
    return File("fi_1", name or stated_name, kind, content_type or stated_type, len(content))


def refused(content: bytes, kind: str = "image", **more: str) -> Unfit:
    with pytest.raises(Unfit) as unfit:
        checked(announced(content, kind, **more), content)
    return unfit.value


@pytest.mark.parametrize("content", [png(640, 480), png(1, 1, extra=4096)])
def test_a_whole_png_is_kept_with_its_size(content):
    kept, same = checked(announced(content), content)
    assert (kept.status, kept.width > 0, same) == ("ready", True, content)
    assert (kept.size, kept.sha256) == (len(content), sha256(content).hexdigest())


@pytest.mark.parametrize("progressive", [False, True])
def test_a_whole_jpeg_is_walked_past_thumbnails_stuffing_restarts_and_scans(progressive):
    found = sniffing.picture(jpeg(1440, 1080, progressive))
    assert (found.content_type, found.width, found.height) == ("image/jpeg", 1440, 1080)
    assert found.length == len(jpeg(1440, 1080, progressive))


@pytest.mark.parametrize(
    "whole", [png(9, 9, extra=50), jpeg(), jpeg(progressive=True)], ids=["png", "jpeg", "scans"]
)
def test_a_picture_cut_anywhere_is_refused(whole):
    for length in range(6, len(whole)):
        with pytest.raises(Unfit):
            sniffing.picture(whole[:length])


@pytest.mark.parametrize("whole", [png(), jpeg()], ids=["png", "jpeg"])
@pytest.mark.parametrize("hidden", [archive(), b"<script>alert(1)</script>", jpeg(), b"\0"])
def test_what_hides_behind_a_picture_is_cut_off(whole, hidden):
    kind = "image/png" if whole == png() else "image/jpeg"
    kept, content = checked(announced(whole + hidden, content_type=kind), whole + hidden)
    assert content == whole
    assert (kept.size, kept.sha256) == (len(whole), sha256(whole).hexdigest())


@pytest.mark.parametrize(
    "content",
    [
        archive(),
        b"GIF89a" + bytes(40),
        b"RIFF\x24\0\0\0WEBPVP8 " + bytes(30),
        b"<svg xmlns=''/>",
        b"\x89PNG\r\n\x1a\n" + bytes(60),
        b"\xff\xd8\xff" + b"x" * 60,
    ],
    ids=["zip", "gif", "webp", "svg", "png-head", "jpeg-head"],
)
def test_what_only_calls_itself_a_picture_is_refused(content):
    assert refused(content).field in {"type", "size"}


def test_a_png_under_the_type_of_a_jpeg_is_refused():
    wrong = refused(png(), name="a.jpg", content_type="image/jpeg")
    assert (wrong.field, str(wrong)) == ("type", "文件内容是 image/png，与填写的类型不符")


@pytest.mark.parametrize(
    ("width", "height", "good"), [(10_800, 1, True), (10_801, 1, False), (1, 10_801, False), (0, 5, False)]
)
def test_sides_of_a_picture_are_limited(width, height, good):
    for content in (png(width, height), jpeg(width, height)):
        if good:
            assert sniffing.picture(content).width == width
        else:
            with pytest.raises(Unfit):
                sniffing.picture(content)


def test_a_video_is_whole_and_an_mp4():
    whole = mp4(extra=100)
    assert checked(announced(whole, "video"), whole)[0].is_ready
    for length in range(9, len(whole)):
        with pytest.raises(Unfit):
            sniffing.refuse_no_video(whole[:length])
    for other in (mp4(brand=b"qt  "), archive(), png(), b"\0\0\0\x08ftyp" + bytes(20)):
        assert refused(other, "video").field in {"type", "size"}


@pytest.mark.parametrize(
    "start", [b"MZ\x90\0", b"\x7fELF\2\1", b"\xcf\xfa\xed\xfe", b"#!/bin/sh\n", b"dex\n035"]
)
def test_programs_are_refused_whatever_they_are_called(start):
    assert refused(start + bytes(100), "file", name="价格表.pdf").field == "type"


@pytest.mark.parametrize(
    "name",
    [
        "安装.exe",
        "A.EXE",
        "a.pdf.js",
        "a.html",
        "a.svg",
        "a.apk",
        "a.apk.1",
        "a.hap",
        "a.xht",
        "a.svgz",
        "a.chm",
        "a.exe.",
        "a.lnk ",
    ],
)
def test_programs_are_refused_by_their_name_before_they_arrive(name):
    with pytest.raises(Unfit) as unfit:
        refuse_announced(name, "file", "application/octet-stream", 100)
    assert unfit.value.field == "name"


@pytest.mark.parametrize(("kind", "most"), [("image", 10 * MB), ("video", 10 * MB), ("file", 20 * MB)])
def test_sizes_at_the_limit_and_one_byte_over(kind, most):
    name, content_type = TYPES[kind]
    refuse_announced(name, kind, content_type, most)
    refuse_announced(name, kind, content_type, 6)
    for size, told in ((most + 1, f"最多 {most // MB} MB"), (5, "至少 6 字节"), (0, "至少 6 字节")):
        with pytest.raises(Unfit, match=told) as unfit:
            refuse_announced(name, kind, content_type, size)
        assert unfit.value.field == "size"


def test_a_name_is_limited_in_bytes_and_names_no_place():
    full = "价" * 65 + "x.pdf"
    assert len(full.encode()) == 200
    refuse_announced(full, "file", "application/pdf", 100)
    for name in (full + "x", "../a.pdf", "a\\b.pdf", "a\n.pdf", "..", 'a".pdf', "a:b.pdf"):
        with pytest.raises(Unfit) as unfit:
            refuse_announced(name, "file", "application/pdf", 100)
        assert unfit.value.field == "name", name


def test_name_type_and_kind_belong_together():
    assert [
        kind_of(each) for each in ("image/png", "image/jpeg", "video/mp4", "image/gif", "text/plain")
    ] == [
        "image",
        "image",
        "video",
        "file",
        "file",
    ]
    refuse_announced("海报.JPEG", "image", "image/jpeg", 100)
    refuse_announced("海报.png", "file", "image/png", 100)
    for name, kind, content_type, field in (
        ("a.png", "image", "image/jpeg", "name"),
        ("a.gif", "image", "image/gif", "type"),
        ("a.mov", "video", "video/quicktime", "type"),
        ("a.avi", "video", "video/mp4", "name"),
    ):
        with pytest.raises(Unfit) as unfit:
            refuse_announced(name, kind, content_type, 100)
        assert unfit.value.field == field


def test_another_size_or_digest_than_announced_is_refused():
    content = png()
    with pytest.raises(Unfit) as unfit:
        checked(replace(announced(content), size=len(content) + 1), content)
    assert unfit.value.field == "size"
    with pytest.raises(Unfit) as unfit:
        checked(replace(announced(content), sha256="0" * 64), content)
    assert unfit.value.field == "sha256"
    assert checked(replace(announced(content), sha256=sha256(content).hexdigest()), content)[0].is_ready


@given(
    st.sampled_from([png(), jpeg(), mp4(), b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b""]),
    st.binary(max_size=60),
    st.data(),
)
def test_no_bytes_break_the_checks(whole, noise, data):
    at = data.draw(st.integers(0, len(whole)))
    content = whole[:at] + noise + whole[at + data.draw(st.integers(0, 5)) :]
    for kind in TYPES:
        try:
            checked(announced(content, kind), content)
        except Unfit as wrong:
            assert wrong.field in {"type", "size", "name"}  # noqa: PT017 - what is refused names a field
