"""What is sent keeps to WeCom's limits, at the limit and one beyond, in the unit WeCom counts."""

from typing import Any

import pytest

from scrm.wecom import attachments, media, messages
from scrm.wecom.checks import BreaksLimit, Missing
from scrm.wecom.events import words

NOBODY: Any = None  # the limit is checked before anyone is called
AT_LIMIT = {
    "welcome text, 4000 bytes": lambda n: attachments.content("啊" * 1333 + "a" * (n + 1), []),
    "9 attachments": lambda n: attachments.content("", [attachments.video("m")] * (9 + n)),
    "link title, 128 bytes": lambda n: attachments.link("啊" * 42 + "a" * (2 + n), "https://h5.example.com"),
    "link description, 512 bytes": lambda n: attachments.link("a", "https://x", description="a" * (512 + n)),
    "link address, 2048 bytes": lambda n: attachments.link("a", "h" * (2048 + n)),
    "mini program title, 64 bytes": lambda n: attachments.mini_program("a" * (64 + n), "wx1", "p.html", "m"),
    "text message, 2048 bytes": lambda n: messages.text("a" * (2048 + n)),
    "markdown, 2048 bytes": lambda n: messages.markdown("a" * (2048 + n)),
    "card title, 128 bytes": lambda n: messages.text_card("a" * (128 + n), "d", "https://x"),
    "card description, 512 bytes": lambda n: messages.text_card("t", "a" * (512 + n), "https://x"),
    "card button, 4 characters": lambda n: messages.text_card("t", "d", "https://x", button="看" * (4 + n)),
    "8 articles": lambda n: messages.news([messages.Article("t", "https://x")] * (8 + n)),
    "notice title, 12 characters": lambda n: messages.mini_program_notice("wx1", "题" * (12 + n)),
    "10 notice rows": lambda n: messages.mini_program_notice("wx1", "题题题题", [("k", "v")] * (10 + n)),
    "6 card rows": lambda n: messages.notice_card(
        "t", "d", "https://x", rows={str(i): "v" for i in range(6 + n)}
    ),
    "6 buttons": lambda n: messages.button_card("t1", "t", "d", [messages.Button("b", key="k")] * (6 + n)),
    "task id, 128 bytes": lambda n: messages.button_card(
        "t" * (128 + n), "t", "d", [messages.Button("b", "k")]
    ),
}


@pytest.mark.parametrize("make", AT_LIMIT.values(), ids=AT_LIMIT)
def test_a_limit_holds_at_the_limit_and_not_beyond(make):
    make(0)
    with pytest.raises(BreaksLimit, match="最多"):
        make(1)


EMPTY = {
    "welcome": lambda: attachments.content("", []),
    "image": lambda: attachments.image(),
    "link": lambda: attachments.link("", "https://x"),
    "text": lambda: messages.text(""),
    "news": lambda: messages.news([]),
    "buttons": lambda: messages.button_card("t1", "t", "d", []),
    "button": lambda: messages.button_card("t1", "t", "d", [messages.Button("b")]),
    "upload": lambda: media.upload(NOBODY, "image", "a.png", b"12345", "image/png"),
}


@pytest.mark.parametrize("make", EMPTY.values(), ids=EMPTY)
def test_what_wecom_requires_is_asked_for(make):
    with pytest.raises(Missing, match="不能为空"):
        make()


def test_an_upload_beyond_its_size_is_not_sent():
    with pytest.raises(BreaksLimit):
        media.upload(NOBODY, "voice", "a.amr", bytes(2 * 1024 * 1024 + 1), "audio/amr")


def test_comma_separated_ids_are_read_leniently():
    assert words(" a,,b , c") == ("a", "b", "c")
    assert words("") == ()
