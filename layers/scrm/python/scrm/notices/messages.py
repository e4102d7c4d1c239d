"""What notices say: one alone, or several in one message, whatever the format."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scrm.notices.model import SENTENCES, TITLES, Notice

LINES_MAX = 12
# Code points, since < and > open a link or a style in WeCom's text and text cards.
_HARMLESS = str.maketrans({"<": "＜", ">": "＞", "\r": " ", "\n": " "})


@dataclass(frozen=True)
class Words:
    """What a message says, before it takes a format. `url` is empty when there is no page to open."""

    title: str
    lines: tuple[str, ...]
    url: str


def words(notices: Sequence[Notice], names: Mapping[str, str], base_url: str) -> Words:
    """Return what one message about `notices` says; `names` are customers' by external_userid."""
    if len(notices) == 1:
        one = notices[0]
        line = _sentence(one, names)
        return Words(TITLES[one.kind], (line,) if line else (), link(one, base_url))
    lines = [f"{TITLES[each.kind]}：{_sentence(each, names)}".rstrip("：") for each in notices]
    if len(lines) > LINES_MAX:
        lines = [*lines[: LINES_MAX - 1], f"…… 共 {len(notices)} 条"]
    url = f"{base_url}/workbench/today" if base_url else ""
    return Words(f"你有 {len(notices)} 条新提醒", tuple(lines), url)


def link(notice: Notice, base_url: str) -> str:
    """Return the address that shows what the notice is about: its task, else its customer, else today.

    The address is the API's own, which looks whether the member may see it (NTF-06).
    """
    if not base_url:
        return ""
    if task_id := notice.subject.get("task_id"):
        return f"{base_url}/workbench/tasks/{task_id}"
    if external_userid := notice.subject.get("external_userid"):
        return f"{base_url}/sidebar/customers/{external_userid}"
    return f"{base_url}/workbench/today"


def cut(text: str, limit: int) -> str:
    """Return `text` shortened to `limit` bytes of UTF-8, ending in an ellipsis when shortened."""
    if len(text.encode()) <= limit:
        return text
    return text.encode()[: limit - 3].decode(errors="ignore") + "…"


class _Facts(dict[str, str]):
    def __missing__(self, _: str) -> str:
        return ""


def _sentence(notice: Notice, names: Mapping[str, str]) -> str:
    name = names.get(notice.subject.get("external_userid", ""), "")
    facts = _Facts({key: str(value).translate(_HARMLESS) for key, value in notice.facts.items()})
    facts["name"] = name.translate(_HARMLESS)
    return " ".join(SENTENCES[notice.kind].format_map(facts).split())
