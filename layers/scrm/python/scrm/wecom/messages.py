"""App messages to staff, within WeCom's limits. WeCom document 90236.

A member gets at most 30 messages a minute and 1,000 an hour from an app; what exceeds it WeCom drops without
a word, so the sender keeps count. Receivers that are partly wrong still give success.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from scrm.wecom.checks import Missing, at_most, in_bytes, in_characters, required
from scrm.wecom.client import WeCom

SAME_SECONDS = 1800
_MOST_ARTICLES = 8
_TASK_ID_BYTES = 128
_KEY_BYTES = 1024


@dataclass(frozen=True)
class Message:
    """What is sent: WeCom's msgtype and its object, made by the functions below."""

    msgtype: str
    body: dict[str, Any] = field(repr=False)


@dataclass(frozen=True)
class Sent:
    """WeCom's answer. Receivers it could not reach are named; userids come back lower-cased.

    `response_code` updates a template card once, within 24 h.
    """

    msgid: str
    invalid_userids: tuple[str, ...]
    unlicensed_userids: tuple[str, ...]
    invalid_departments: tuple[str, ...]
    invalid_tags: tuple[str, ...]
    response_code: str = field(repr=False)


@dataclass(frozen=True)
class Article:
    """One article of a news message."""

    title: str
    url: str
    description: str = ""
    picture: str = ""


@dataclass(frozen=True)
class Button:
    """A button of a card: `url` opens a page, otherwise `key` comes back in a CardClicked event."""

    text: str
    key: str = ""
    url: str = ""
    style: int = 1


def text(content: str) -> Message:
    """Return plain text of at most 2048 bytes; line breaks and `<a href>` work."""
    return Message("text", {"content": in_bytes("消息内容", required("消息内容", content), 2048)})


def markdown(content: str) -> Message:
    """Return markdown of at most 2048 bytes; shown in WeCom only, not in the WeChat plugin."""
    return Message("markdown", {"content": in_bytes("消息内容", required("消息内容", content), 2048)})


def text_card(title: str, description: str, url: str, *, button: str = "") -> Message:
    """Return a card that opens `url`."""
    body = {
        "title": in_bytes("标题", required("标题", title), 128),
        "description": in_bytes("描述", required("描述", description), 512),
        "url": in_bytes("链接地址", required("链接地址", url), 2048),
    }
    if button:
        body["btntxt"] = in_characters("按钮文字", button, 4)
    return Message("textcard", body)


def news(articles: Sequence[Article]) -> Message:
    """Return one to eight articles."""
    if not articles:
        raise Missing("图文")
    at_most("图文", articles, _MOST_ARTICLES)
    return Message("news", {"articles": [_article(each) for each in articles]})


def mini_program_notice(
    app_id: str, title: str, rows: Sequence[tuple[str, str]] = (), *, page: str = "", description: str = ""
) -> Message:
    """Return a notice of a mini program bound to the corp; NoPermission when there is none."""
    at_most("通知内容", rows, 10)
    body: dict[str, Any] = {
        "appid": required("小程序 AppID", app_id),
        "title": _title_of_notice("标题", title),
        "content_item": [{"key": key, "value": value} for key, value in rows],
    }
    if page:
        body["page"] = in_bytes("小程序页面", page, 1024)
    if description:
        body["description"] = _title_of_notice("描述", description)
    return Message("miniprogram_notice", body)


def notice_card(title: str, description: str, url: str, *, rows: Mapping[str, str] | None = None) -> Message:
    """Return a template card that opens `url`, with up to six key and value rows."""
    body = _card("text_notice", title, description, rows or {})
    body["card_action"] = {"type": 1, "url": in_bytes("链接地址", required("链接地址", url), 2048)}
    return Message("template_card", body)


def button_card(
    task_id: str,
    title: str,
    description: str,
    buttons: Sequence[Button],
    *,
    rows: Mapping[str, str] | None = None,
) -> Message:
    """Return a template card with one to six buttons. `task_id` is unique in the app and comes back."""
    if not buttons:
        raise Missing("按钮")
    at_most("按钮", buttons, 6)
    body = _card("button_interaction", title, description, rows or {})
    body["task_id"] = in_bytes("task_id", required("task_id", task_id), _TASK_ID_BYTES)
    body["button_list"] = [_button(each) for each in buttons]
    return Message("template_card", body)


def send(
    wecom: WeCom,
    message: Message,
    *,
    userids: Sequence[str] = (),
    departments: Sequence[int] = (),
    same_within: int = SAME_SECONDS,
) -> Sent:
    """Send to up to 1000 members and 100 departments.

    Safe to repeat within `same_within` seconds (at most 4 h): WeCom does not deliver the same request
    twice. With 0 it may, and no unknown outcome is repeated. Raises NoReceiver when nobody can be reached.
    """
    if not userids and not departments:
        raise Missing("接收人")
    at_most("接收人", userids, 1000)
    at_most("接收部门", departments, 100)
    body: dict[str, Any] = {
        "touser": "|".join(userids),
        "toparty": "|".join(str(each) for each in departments),
        "agentid": wecom.settings.agent_id,
        "msgtype": message.msgtype,
        message.msgtype: message.body,
    }
    if same_within:
        body |= {"enable_duplicate_check": 1, "duplicate_check_interval": min(same_within, 14_400)}
    answer = wecom.call("POST", "/cgi-bin/message/send", json=body, idempotent=bool(same_within))
    return Sent(
        msgid=str(answer.get("msgid") or ""),
        invalid_userids=_names(answer, "invaliduser"),
        unlicensed_userids=_names(answer, "unlicenseduser"),
        invalid_departments=_names(answer, "invalidparty"),
        invalid_tags=_names(answer, "invalidtag"),
        response_code=str(answer.get("response_code") or ""),
    )


def _article(article: Article) -> dict[str, str]:
    body = {
        "title": in_bytes("标题", required("标题", article.title), 128),
        "url": in_bytes("链接地址", required("链接地址", article.url), 2048),
    }
    if article.description:
        body["description"] = in_bytes("描述", article.description, 512)
    if article.picture:
        body["picurl"] = article.picture
    return body


def _title_of_notice(name: str, value: str) -> str:
    if len(value) < 4:
        raise Missing(name)
    return in_characters(name, value, 12)


def _card(kind: str, title: str, description: str, rows: Mapping[str, str]) -> dict[str, Any]:
    at_most("内容行", rows, 6)
    body: dict[str, Any] = {
        "card_type": kind,
        "main_title": {"title": required("标题", title), "desc": description},
    }
    if rows:
        body["horizontal_content_list"] = [{"keyname": key, "value": value} for key, value in rows.items()]
    return body


def _button(button: Button) -> dict[str, Any]:
    body: dict[str, Any] = {"text": required("按钮文字", button.text), "style": button.style}
    if button.url:
        return {**body, "type": 1, "url": in_bytes("链接地址", button.url, 2048)}
    return {**body, "type": 0, "key": in_bytes("按钮标识", required("按钮标识", button.key), _KEY_BYTES)}


def _names(answer: Mapping[str, Any], name: str) -> tuple[str, ...]:
    # A "|"-separated text here, a list in the answers of related calls: take both.
    value = answer.get(name) or ""
    parts = value.split("|") if isinstance(value, str) else [str(each) for each in value]
    return tuple(part.lower() for part in parts if part)
