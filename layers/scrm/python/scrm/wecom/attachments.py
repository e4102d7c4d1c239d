"""Attachments of messages to customers, within WeCom's limits. WeCom documents 92599 and 92135."""

from collections.abc import Sequence
from typing import Any

from scrm.wecom.checks import Missing, at_most, in_bytes, required

MOST = 9
TEXT_BYTES = 4000

Attachment = dict[str, Any]
"""One attachment in WeCom's own shape, made by the functions below."""


def image(*, media_id: str = "", pic_url: str = "") -> Attachment:
    """Return a picture, by temporary media id (3 days) or by the URL that `uploadimg` gave."""
    if media_id:
        return {"msgtype": "image", "image": {"media_id": media_id}}
    return {"msgtype": "image", "image": {"pic_url": required("图片", pic_url)}}


def link(title: str, url: str, *, description: str = "", picture: str = "") -> Attachment:
    """Return a link with its card."""
    card = {
        "title": in_bytes("链接标题", required("链接标题", title), 128),
        "url": in_bytes("链接地址", required("链接地址", url), 2048),
    }
    if description:
        card["desc"] = in_bytes("链接描述", description, 512)
    if picture:
        card["picurl"] = in_bytes("链接封面", picture, 2048)
    return {"msgtype": "link", "link": card}


def mini_program(title: str, app_id: str, page: str, cover_media_id: str) -> Attachment:
    """Return a card of a mini program that is bound to the corp."""
    card = {
        "title": in_bytes("小程序标题", required("小程序标题", title), 64),
        "pic_media_id": required("小程序封面", cover_media_id),
        "appid": required("小程序 AppID", app_id),
        "page": required("小程序页面", page),
    }
    return {"msgtype": "miniprogram", "miniprogram": card}


def video(media_id: str) -> Attachment:
    """Return a video by temporary media id."""
    return {"msgtype": "video", "video": {"media_id": required("视频", media_id)}}


def file(media_id: str) -> Attachment:
    """Return a file by temporary media id."""
    return {"msgtype": "file", "file": {"media_id": required("文件", media_id)}}


def content(text: str, attachments: Sequence[Attachment]) -> dict[str, Any]:
    """Return text and attachments as a body takes them. Raises Missing when both are empty, BreaksLimit."""
    if not text and not attachments:
        raise Missing("消息内容")
    at_most("附件", attachments, MOST)
    body: dict[str, Any] = {}
    if text:
        body["text"] = {"content": in_bytes("文字内容", text, TEXT_BYTES)}
    if attachments:
        body["attachments"] = list(attachments)
    return body
