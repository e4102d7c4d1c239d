"""Handing customers over to other members. WeCom documents 92125, 94088 (on the job), 94081, 94082.

A call that was taken starts 24 hours in which the customer may refuse; it is never repeated blindly: after
UnknownOutcome the results of the pair are asked for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from scrm.wecom.checks import Missing, at_most, in_characters
from scrm.wecom.client import WeCom
from scrm.wecom.paging import pages

MOST = 100
NOTICE_CHARACTERS = 200
_EXTERNAL = "/cgi-bin/externalcontact"
_MOST_PAGES = 100

Mode = Literal["onjob", "resigned"]


@dataclass(frozen=True)
class Result:
    """How one handover stands: 1 done, 2 waiting, 3 refused, 4 the takeover is full, 5 no record.

    `takeover_time` in unix seconds: when it happened (1), or will by itself (2); else 0.
    """

    external_userid: str
    status: int
    takeover_time: int


@dataclass(frozen=True)
class Unassigned:
    """A customer of a member who left that nobody was given; `left_at` in unix seconds."""

    handover: str
    external_userid: str
    left_at: int


def transfer_customer(
    wecom: WeCom,
    mode: Mode,
    handover: str,
    takeover: str,
    external_userids: Sequence[str],
    notice: str = "",
) -> Mapping[str, int]:
    """Hand up to 100 customers over and return WeCom's code for each: 0 was taken, and is not final.

    `notice` is what the customers read; only on the job. Not to be repeated blindly. Raises BreaksLimit and
    Missing before anything is asked; Refused where the whole call is (40003, 40097, 40098, 40130, 84074 …).
    """
    if not external_userids:
        raise Missing("客户")
    at_most("客户", external_userids, MOST)
    body: dict[str, object] = {
        "handover_userid": handover,
        "takeover_userid": takeover,
        "external_userid": list(external_userids),
    }
    if notice and mode == "onjob":
        body["transfer_success_msg"] = in_characters("交接通知", notice, NOTICE_CHARACTERS)
    answer = wecom.call("POST", _path(mode, "transfer_customer"), json=body, idempotent=False)
    rows = answer.get("customer") or ()
    return {str(row.get("external_userid") or ""): int(row.get("errcode") or 0) for row in rows}


def transfer_result(wecom: WeCom, mode: Mode, handover: str, takeover: str) -> Mapping[str, Sequence[Result]]:
    """Return how the handovers of a pair stand, by external_userid: a call for each 1,000.

    A customer whom the pair has had before may be listed several times, in no order that WeCom documents.

    Raises UnknownOutcome where the list was cut off; Refused.
    """
    body = {"handover_userid": handover, "takeover_userid": takeover}
    rows = pages(wecom, _path(mode, "transfer_result"), body, "customer", _MOST_PAGES)
    found: dict[str, list[Result]] = {}
    for row in rows:
        there = str(row.get("external_userid") or "")
        result = Result(there, int(row.get("status") or 0), int(row.get("takeover_time") or 0))
        found.setdefault(there, []).append(result)
    return found


def unassigned_page(wecom: WeCom, cursor: str = "") -> tuple[list[Unassigned], str]:
    """Return up to 1,000 customers of members who left that nobody was given yet, and where to go on.

    The cursor is "" at the end. One call. Raises CursorExpired, NoPermission.
    """
    body = {"page_size": 1000, **({"cursor": cursor} if cursor else {})}
    answer = wecom.call("POST", f"{_EXTERNAL}/get_unassigned_list", json=body, idempotent=True)
    rows = [
        Unassigned(
            str(row.get("handover_userid") or ""),
            str(row.get("external_userid") or ""),
            int(row.get("dimission_time") or 0),
        )
        for row in answer.get("info") or ()
    ]
    return rows, str(answer.get("next_cursor") or "")


def _path(mode: Mode, name: str) -> str:
    return f"{_EXTERNAL}/resigned/{name}" if mode == "resigned" else f"{_EXTERNAL}/{name}"
