"""Moments 客户朋友圈: tasks that members publish, made by a job. WeCom documents 95094, 93333, 97612.

A corp makes ten a minute and 100,000 a month at most: beyond it WeCom answers 45009 or 41210, and the caller
comes back later. A job that was begun is never begun again blindly.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from scrm.wecom.checks import BreaksLimit, Missing, at_most, in_bytes, in_characters
from scrm.wecom.client import WeCom
from scrm.wecom.paging import pages

TEXT_CHARACTERS = 2_000
TEXT_BYTES = 4_000
MOST_IMAGES = 9
MOST_SENDERS = 100_000
_PAGE = 1_000
_RESULT_PAGE = 5_000
_LIST_PAGE = 20
_MOST_PAGES = 200
_EXTERNAL = "/cgi-bin/externalcontact"


@dataclass(frozen=True)
class Job:
    """How far a job is: "started", "running" or "done"; then the moment's id, or why there is none."""

    status: Literal["started", "running", "done"]
    moment_id: str = ""
    errcode: int = 0


@dataclass(frozen=True)
class ListedMoment:
    """A moment as WeCom lists it; `created_at` in unix seconds."""

    moment_id: str
    created_at: int
    text: str


def add_moment_task(
    wecom: WeCom,
    text: str,
    attachments: Sequence[Mapping[str, Any]] = (),
    *,
    tags: Sequence[str] = (),
    senders: Sequence[str] = (),
) -> str:
    """Begin to make a moment and return the job's id, good for 24 hours.

    With `tags` only customers who have one see it, and only members who have such customers publish it; with
    `senders` only these. Not to be repeated blindly. Raises BreaksLimit, Missing, Throttled, Refused.
    """
    if not text and not attachments:
        raise Missing("朋友圈内容")
    _only_what_goes_together(attachments)
    at_most("发表成员", senders, MOST_SENDERS)
    body: dict[str, Any] = {}
    if text:
        in_characters("朋友圈文字", text, TEXT_CHARACTERS)
        body["text"] = {"content": in_bytes("朋友圈文字", text, TEXT_BYTES)}
    if attachments:
        body["attachments"] = [dict(each) for each in attachments]
    seen: dict[str, Any] = {}
    if senders:
        seen["sender_list"] = {"user_list": list(senders)}
    if tags:
        seen["external_contact_list"] = {"tag_list": list(tags)}
    if seen:
        body["visible_range"] = seen
    answer = wecom.call("POST", f"{_EXTERNAL}/add_moment_task", json=body, idempotent=False)
    return str(answer["jobid"])


def get_moment_task_result(wecom: WeCom, job_id: str) -> Job:
    """Return how far a job is. Raises InvalidRequest for one that is unknown or older than 24 hours."""
    answer = wecom.call(
        "GET", f"{_EXTERNAL}/get_moment_task_result", params={"jobid": job_id}, idempotent=True
    )
    if int(answer.get("status") or 0) != 3:
        return Job("started" if int(answer.get("status") or 0) == 1 else "running")
    result = answer.get("result") or {}
    return Job("done", str(result.get("moment_id") or ""), int(result.get("errcode") or 0))


def get_moment_task(wecom: WeCom, moment_id: str) -> dict[str, bool]:
    """Return by userid whether each member who is to publish a moment has. Raises Busy (41079) at first."""
    rows = pages(
        wecom,
        f"{_EXTERNAL}/get_moment_task",
        {"moment_id": moment_id, "limit": _PAGE},
        "task_list",
        _MOST_PAGES,
    )
    return {str(row["userid"]): int(row.get("publish_status") or 0) == 1 for row in rows}


def get_moment_send_result(wecom: WeCom, moment_id: str, userid: str) -> Iterator[str]:
    """Yield the customers who can see what a member published. Raises NotPublished before that."""
    body = {"moment_id": moment_id, "userid": userid, "limit": _RESULT_PAGE}
    for row in pages(wecom, f"{_EXTERNAL}/get_moment_send_result", body, "customer_list", _MOST_PAGES):
        yield str(row["external_userid"])


def get_moment_list(wecom: WeCom, start: int, end: int) -> Iterator[ListedMoment]:
    """Yield the moments that the corp made between two times (unix seconds, 30 days apart at most)."""
    body = {"start_time": start, "end_time": end, "filter_type": 0, "limit": _LIST_PAGE}
    for row in pages(wecom, f"{_EXTERNAL}/get_moment_list", body, "moment_list", _MOST_PAGES):
        text = str((row.get("text") or {}).get("content") or "")
        yield ListedMoment(str(row["moment_id"]), int(row.get("create_time") or 0), text)


def cancel_moment_task(wecom: WeCom, moment_id: str) -> None:
    """Stop the copies that are not published yet. Safe to repeat."""
    wecom.call("POST", f"{_EXTERNAL}/cancel_moment_task", json={"moment_id": moment_id}, idempotent=True)


def picture(media_id: str) -> dict[str, Any]:
    """Return a picture, by an id of `upload_attachment`."""
    return {"msgtype": "image", "image": {"media_id": media_id}}


def film(media_id: str) -> dict[str, Any]:
    """Return a video, by an id of `upload_attachment`."""
    return {"msgtype": "video", "video": {"media_id": media_id}}


def page(title: str, url: str, media_id: str) -> dict[str, Any]:
    """Return a link with its picture, by an id of `upload_attachment`. Raises BreaksLimit."""
    shown = in_bytes("链接标题", in_characters("链接标题", title, 64), 128)
    return {"msgtype": "link", "link": {"title": shown, "url": url, "media_id": media_id}}


def _only_what_goes_together(attachments: Sequence[Mapping[str, Any]]) -> None:
    kinds = {str(each["msgtype"]) for each in attachments}
    if len(kinds) > 1:
        raise BreaksLimit("朋友圈附件", 1, "种")
    at_most("朋友圈附件", attachments, MOST_IMAGES if kinds == {"image"} else 1)
