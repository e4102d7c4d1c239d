"""WeCom's refusals: codes, their texts in the long hint form, and the ways of giving no answer at all."""

from __future__ import annotations

from typing import Any

TEXTS: dict[int, str] = {
    -1: "system busy",
    40001: "invalid credential",
    40003: "invalid userid",
    40004: "invalid media type",
    40005: "invalid media file type",
    40006: "invalid media size",
    40007: "invalid media_id",
    40008: "invalid message type",
    40009: "invalid image size",
    40013: "invalid corpid",
    40014: "invalid access_token",
    40029: "invalid code",
    40032: "invalid userid list size",
    40056: "invalid agentid",
    40058: "invalid Request Parameter",
    40063: "some parameters are empty",
    40066: "invalid party list",
    40068: "invalid tag id",
    40071: "tag name has been existed",
    40091: "invalid secret",
    40096: "invalid external userid",
    40097: "handover user is not resigned",
    40098: "user is not real-name verified",
    40099: "customer limit of takeover user exceeded",
    40100: "customer of the user is in transfer",
    40126: "corp tag count exceeds limit",
    40128: "customer transferred too frequently",
    40129: "customer is being transferred",
    40130: "handover and takeover are the same user",
    40131: "handover user is not a follower of the customer",
    41001: "access_token missing",
    41002: "corpid missing",
    41004: "secret missing",
    41006: "media_id missing",
    41008: "code missing",
    41009: "userid missing",
    41035: "external userid missing",
    41041: "contact way user list exceeds limit",
    41043: "config_id missing",
    41044: "invalid config_id",
    41048: "no customer to send",
    41049: "welcome code missing",
    41050: "invalid welcome code",
    41051: "externaluser has started chatting",
    41053: "externaluser has not agreed to archive",
    41054: "user is not activated",
    41063: "mass message is being dispatched",
    41079: "moment is being dispatched",
    41093: "mass message is cancelled",
    41094: "mass message reminder limit exceeded",
    41096: "welcome msg is being distributed",
    42001: "access_token expired",
    42014: "invalid task id",
    42045: "template card misses card_action",
    44001: "empty media data",
    44004: "empty content",
    45001: "media size out of limit",
    45009: "api freq out of limit",
    45033: "api concurrent out of limit",
    48002: "api forbidden",
    50100: "invalid cursor",
    60003: "department not found",
    60011: "no privilege to access/modify contact/party/agent",
    60020: "not allow to access from your ip",
    60111: "userid not found",
    60140: "invalid response_code",
    81011: "no privilege to access/modify tag",
    81013: "user & party & tag all invalid",
    81017: "too many objects",
    82001: "touser & toparty & totag all empty",
    82002: "too many parties",
    82003: "too many tags",
    84061: "not external contact",
    84074: "no privilege of external contact",
    90500: "the owner of this chat is not resigned",
    90501: "chat is not external group chat",
    90502: "the owner of this chat has resigned",
    90504: "new owner is the owner",
    91040: "invalid ticket type",
    301002: "agentid not match with access_token",
}

_HELP = "https://open.work.weixin.qq.com/devtool/query?e="


class Refused(Exception):
    """WeCom answers with a non-zero errcode; `extra` joins the error body."""

    def __init__(self, code: int, text: str = "", **extra: Any) -> None:
        super().__init__(code)
        self.code = code
        self.text = text
        self.extra = extra


def long_text(code: int, text: str, now: float, number: int, mark: str, source_ip: str) -> str:
    """Return errmsg as real replies show it; nobody may decide anything on it."""
    reason = text or TEXTS.get(code, "request refused")
    return f"{reason}, hint: [{int(now)}_{number}_{mark}], from ip: {source_ip}, more info at {_HELP}{code}"


class NoAnswer(Exception):
    """The caller gets no HTTP answer. `done` tells whether the call took effect before that."""

    def __init__(self, how: str, *, done: bool, seconds: float = 0.0) -> None:
        super().__init__(how)
        self.how = how
        self.done = done
        self.seconds = seconds
