"""Mass sends 企业群发: tasks that members confirm. WeCom documents 92135, 97610, 97611, 93338, 96997.

A task that was made reaches nobody before its member confirms it. Making one is never repeated blindly: after
UnknownOutcome the tasks are listed, since a second task would be a second message.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from scrm.wecom.attachments import Attachment, content
from scrm.wecom.checks import Missing, at_most
from scrm.wecom.client import WeCom
from scrm.wecom.paging import pages

MOST_CUSTOMERS = 10_000
MOST_CHATS = 2_000
PAGE = 1_000
_LIST_PAGE = 100
_MOST_PAGES = 100
_EXTERNAL = "/cgi-bin/externalcontact"

ChatType = Literal["single", "group"]


@dataclass(frozen=True)
class Made:
    """A task that was made, and whom it leaves out: invalid, or nobody that may be sent to."""

    msgid: str
    failed: tuple[str, ...]


@dataclass(frozen=True)
class Listed:
    """A task as WeCom lists it; `created_at` in unix seconds, `text` and `attachments` as they were sent."""

    msgid: str
    created_at: int
    text: str
    attachments: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class Confirmation:
    """Whether a member has confirmed; `sent_at` in unix seconds, 0 before."""

    userid: str
    sent: bool
    sent_at: int


@dataclass(frozen=True)
class Result:
    """What became of one recipient: 0 not sent, 1 sent, 2 no friend, 3 had as many as one may have.

    `sent_at` in unix seconds, 0 where nothing was sent.
    """

    recipient: str
    status: int
    sent_at: int


def add_msg_template(
    wecom: WeCom,
    sender: str,
    recipients: Sequence[str],
    text: str,
    attachments: Sequence[Attachment] = (),
    *,
    chat_type: ChatType = "single",
) -> Made:
    """Make a task for customers of a member, or for groups that the member owns.

    Not to be repeated blindly. Raises BreaksLimit and Missing before anything is asked; NoReceiver (41048)
    where nobody is left; MediaGone, UnknownStaff, NoCustomerContact, OutOfRange and other Refused.
    """
    if not sender or not recipients:
        raise Missing("群发对象")
    at_most("群发对象", recipients, MOST_CUSTOMERS if chat_type == "single" else MOST_CHATS)
    name = "external_userid" if chat_type == "single" else "chat_id_list"
    body = {
        "chat_type": chat_type,
        "sender": sender,
        name: list(recipients),
        **content(text, attachments),
    }
    answer = wecom.call("POST", f"{_EXTERNAL}/add_msg_template", json=body, idempotent=False)
    return Made(str(answer["msgid"]), tuple(str(each) for each in answer.get("fail_list") or ()))


def remind_groupmsg_send(wecom: WeCom, msgid: str) -> None:
    """Remind who has not confirmed; three times in 24 hours at most, so never repeated without an answer.

    Raises RemindedEnough, TaskCancelled, UnknownTask.
    """
    wecom.call("POST", f"{_EXTERNAL}/remind_groupmsg_send", json={"msgid": msgid}, idempotent=False)


def cancel_groupmsg_send(wecom: WeCom, msgid: str) -> None:
    """Stop what is not sent yet; what was sent stays. Safe to repeat: TaskCancelled then says that it is."""
    wecom.call("POST", f"{_EXTERNAL}/cancel_groupmsg_send", json={"msgid": msgid}, idempotent=True)


def get_groupmsg_task(wecom: WeCom, msgid: str) -> tuple[Confirmation, ...]:
    """Return who is to confirm a task and who has. Raises Busy while WeCom still gives it out (41063)."""
    rows = pages(
        wecom, f"{_EXTERNAL}/get_groupmsg_task", {"msgid": msgid, "limit": PAGE}, "task_list", _MOST_PAGES
    )
    return tuple(
        Confirmation(str(row["userid"]), int(row.get("status") or 0) == 2, int(row.get("send_time") or 0))
        for row in rows
    )


def get_groupmsg_send_result(wecom: WeCom, msgid: str, userid: str) -> Iterator[Result]:
    """Yield what became of each recipient of a member; of groups only those that were sent to.

    One call for each 1,000. Raises as get_groupmsg_task.
    """
    body = {"msgid": msgid, "userid": userid, "limit": PAGE}
    for row in pages(wecom, f"{_EXTERNAL}/get_groupmsg_send_result", body, "send_list", _MOST_PAGES):
        recipient = str(row.get("external_userid") or row.get("chat_id") or "")
        yield Result(recipient, int(row.get("status") or 0), int(row.get("send_time") or 0))


def get_groupmsg_list_v2(wecom: WeCom, chat_type: ChatType, start: int, end: int) -> Iterator[Listed]:
    """Yield the tasks that the corp made between two times (unix seconds, a month apart at most)."""
    body = {
        "chat_type": chat_type,
        "start_time": start,
        "end_time": end,
        "filter_type": 0,
        "limit": _LIST_PAGE,
    }
    for row in pages(wecom, f"{_EXTERNAL}/get_groupmsg_list_v2", body, "group_msg_list", _MOST_PAGES):
        yield Listed(
            str(row["msgid"]),
            int(row.get("create_time") or 0),
            str((row.get("text") or {}).get("content") or ""),
            tuple(row.get("attachments") or ()),
        )


def owner_of_chat(wecom: WeCom, chat_id: str) -> str:
    """Return who owns a customer group 客户群, who alone can send to it. Raises Refused."""
    body = {"chat_id": chat_id, "need_name": 0}
    answer = wecom.call("POST", f"{_EXTERNAL}/groupchat/get", json=body, idempotent=True)
    return str((answer.get("group_chat") or {}).get("owner") or "")
