"""The format a message takes in WeCom (NTF-01), within WeCom's limits in bytes of UTF-8 (document 90236).

The same words give the same JSON, byte for byte, so that WeCom's duplicate check recognises a repetition.
"""

from collections.abc import Callable
from dataclasses import dataclass

from scrm.notices.messages import Words, cut
from scrm.notices.model import Format
from scrm.wecom import messages
from scrm.wecom.messages import Article, Message

TITLE_BYTES = 128
DESCRIPTION_BYTES = 512
TEXT_BYTES = 2048
_OPEN = "查看"
_NEEDS_ADDRESS = frozenset({"textcard", "news", "template_card"})


@dataclass(frozen=True)
class MiniProgram:
    """The mini program bound to the corp that a miniprogram_notice opens."""

    app_id: str
    page: str = "pages/index/index"


def message(said: Words, wanted: Format, mini_program: MiniProgram | None = None) -> Message:
    """Return the message in the wanted format.

    Without an address to open a card becomes text, without a mini program its notice a text card.
    """
    if wanted == "miniprogram_notice" and mini_program:
        return _mini_program_notice(said, mini_program)
    card: Format = "textcard" if wanted == "miniprogram_notice" else wanted
    chosen = "text" if card in _NEEDS_ADDRESS and not said.url else card
    return _MAKERS[chosen](said)


def _text(said: Words) -> Message:
    link = f'\n<a href="{said.url}">{_OPEN}</a>' if said.url else ""
    content = cut("\n".join((said.title, *said.lines)), TEXT_BYTES - len(link.encode()))
    return messages.text(content + link)


def _markdown(said: Words) -> Message:
    link = f"\n[{_OPEN}]({said.url})" if said.url else ""
    lines = (f"**{said.title}**", *(f">{line}" for line in said.lines))
    return messages.markdown(cut("\n".join(lines), TEXT_BYTES - len(link.encode())) + link)


def _text_card(said: Words) -> Message:
    return messages.text_card(
        cut(said.title, TITLE_BYTES),
        cut("\n".join(said.lines) or said.title, DESCRIPTION_BYTES),
        said.url,
        button=_OPEN,
    )


def _news(said: Words) -> Message:
    description = cut("\n".join(said.lines), DESCRIPTION_BYTES)
    return messages.news([Article(cut(said.title, TITLE_BYTES), said.url, description)])


def _template_card(said: Words) -> Message:
    first = said.lines[0] if said.lines else ""
    rows = {str(number): line[:30] for number, line in enumerate(said.lines[1:7], 2)}
    return messages.notice_card(said.title[:36], first[:44], said.url, rows=rows)


def _mini_program_notice(said: Words, mini_program: MiniProgram) -> Message:
    rows = [(str(number), line) for number, line in enumerate(said.lines[:10], 1)]
    title = said.title[:12].ljust(4, "。")
    return messages.mini_program_notice(mini_program.app_id, title, rows, page=mini_program.page)


_MAKERS: dict[str, Callable[[Words], Message]] = {
    "text": _text,
    "markdown": _markdown,
    "textcard": _text_card,
    "news": _news,
    "template_card": _template_card,
}
