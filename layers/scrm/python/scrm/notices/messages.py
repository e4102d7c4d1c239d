"""What notices say: one alone, or several in one message, whatever the format."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from scrm.notices.model import SENTENCES, TITLES, Notice
from scrm.notices.window import BEIJING

LINES_MAX = 12
TODAY = "/workbench/today"
# Code points, since < and > open a link or a style in WeCom's text and text cards.
_HARMLESS = str.maketrans({"<": "＜", ">": "＞", "\r": " ", "\n": " "})


@dataclass(frozen=True)
class Words:
    """What a message says, before it takes a format. `url` is empty when there is no page to open."""

    title: str
    lines: tuple[str, ...]
    url: str


def words(notices: Sequence[Notice], names: Mapping[str, str], base_url: str) -> Words:
    """Return what one message about `notices` says; `names` are customers' and members' by id.

    Two messages never read alike, or WeCom would drop the later one as a repetition: the address names the
    notice, and without an address the words end in its time.
    """
    last = notices[-1]
    if len(notices) == 1:
        title, lines = TITLES[last.kind], [_sentence(last, names)]
        path = _path(last)
    else:
        title, lines = f"你有 {len(notices)} 条新提醒", _overview(notices, names)
        path = TODAY
    if base_url:
        return Words(title, _filled(lines), f"{base_url}{path}?notice={last.id}")
    return Words(title, _filled([*lines, f"{last.at.astimezone(BEIJING):%m-%d %H:%M:%S}"]), "")


def _overview(notices: Sequence[Notice], names: Mapping[str, str]) -> list[str]:
    lines = [f"{TITLES[each.kind]}：{_sentence(each, names)}".rstrip("：") for each in notices]
    if len(lines) > LINES_MAX:
        lines = [*lines[: LINES_MAX - 1], f"…… 共 {len(notices)} 条"]
    return lines


def _filled(lines: Sequence[str]) -> tuple[str, ...]:
    return tuple(line for line in lines if line)


def _path(notice: Notice) -> str:
    """Return what shows the notice's matter: its task, customer, lead, plan, who is gone, else today.

    These are the API's own paths: it is the API that looks whether the member may see it (NTF-06).
    """
    if task_id := notice.subject.get("task_id"):
        return f"/workbench/tasks/{quote(task_id, safe='')}"
    if external_userid := notice.subject.get("external_userid"):
        return f"/sidebar/customers/{quote(external_userid, safe='')}"
    if lead_id := notice.subject.get("lead_id"):
        return f"/workbench/leads/{quote(lead_id, safe='')}"
    if plan_id := notice.subject.get("plan_id"):
        return f"/admin/inheritance/plans/{quote(plan_id, safe='')}"
    if gone := notice.subject.get("offboarding"):
        return f"/admin/offboarding/{quote(gone, safe='')}"
    return TODAY


def cut(text: str, limit: int) -> str:
    """Return `text` shortened to `limit` bytes of UTF-8, ending in an ellipsis when shortened."""
    if len(text.encode()) <= limit:
        return text
    return text.encode()[: limit - 3].decode(errors="ignore") + "…"


class _Facts(dict[str, str]):
    def __missing__(self, _: str) -> str:
        return ""


def _sentence(notice: Notice, names: Mapping[str, str]) -> str:
    about = notice.subject.get("external_userid") or notice.subject.get("lead_id", "")
    name = names.get(about, "")
    facts = _Facts({key: str(value).translate(_HARMLESS) for key, value in notice.facts.items()})
    facts["name"] = name.translate(_HARMLESS)
    facts["staff"] = names.get(notice.subject.get("userid", ""), "").translate(_HARMLESS)
    if facts["channel"]:
        facts["channel"] = f"来自 {facts['channel']}"
    return " ".join(SENTENCES[notice.kind].format_map(facts).split())
