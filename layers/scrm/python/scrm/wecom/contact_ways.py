"""Contact ways (联系我), the codes behind our channel codes. WeCom document 96348.

Codes made by API are invisible in the admin console: a lost `config_id` is a lost code.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from scrm.wecom.checks import Missing, at_most, in_characters
from scrm.wecom.client import WeCom

SINGLE, MULTI = 1, 2
QR_CODE = 2
_MOST_STAFF = 100


@dataclass(frozen=True)
class ContactWay:
    """A code as WeCom holds it. `multi` codes may name up to 100 members, departments' included."""

    config_id: str
    multi: bool
    scene: int
    remark: str
    skip_verify: bool
    state: str
    qr_code: str
    userids: tuple[str, ...]
    departments: tuple[int, ...]


@dataclass(frozen=True)
class NewContactWay:
    """What WeCom answers to a new code."""

    config_id: str
    qr_code: str


def add_contact_way(
    wecom: WeCom,
    *,
    userids: Sequence[str] = (),
    departments: Sequence[int] = (),
    state: str,
    remark: str = "",
    skip_verify: bool = True,
    multi: bool = False,
) -> NewContactWay:
    """Create a QR code for one or several members.

    The kind cannot be edited later: `multi` makes a code for one member that may lead to several one day.
    Not safe to repeat: after UnknownOutcome look through `contact_way_ids` for the state before another
    code is made. Raises UnknownStaff, NoCustomerContact, QuotaUsedUp, BreaksLimit.
    """
    if not userids and not departments:
        raise Missing("接待成员")
    at_most("接待成员", userids, _MOST_STAFF)
    single = len(userids) == 1 and not departments and not multi
    body: dict[str, Any] = {
        "type": SINGLE if single else MULTI,
        "scene": QR_CODE,
        "remark": in_characters("备注", remark, 30),
        "skip_verify": skip_verify,
        "state": in_characters("渠道参数", state, 30),
        "user": list(userids),
    }
    if not single:
        body["party"] = list(departments)
    answer = wecom.call("POST", "/cgi-bin/externalcontact/add_contact_way", json=body, idempotent=False)
    return NewContactWay(str(answer["config_id"]), str(answer.get("qr_code") or ""))


def contact_way(wecom: WeCom, config_id: str) -> ContactWay:
    """Return one code. Raises UnknownContactWay."""
    answer = wecom.call(
        "POST", "/cgi-bin/externalcontact/get_contact_way", json={"config_id": config_id}, idempotent=True
    )
    row = answer.get("contact_way", {})
    return ContactWay(
        config_id=str(row.get("config_id") or config_id),
        multi=int(row.get("type") or SINGLE) == MULTI,
        scene=int(row.get("scene") or QR_CODE),
        remark=str(row.get("remark") or ""),
        skip_verify=bool(row.get("skip_verify", True)),
        state=str(row.get("state") or ""),
        qr_code=str(row.get("qr_code") or ""),
        userids=tuple(str(each) for each in row.get("user") or ()),
        departments=tuple(int(each) for each in row.get("party") or ()),
    )


def contact_way_ids(
    wecom: WeCom, start: int, end: int, cursor: str | None = None, limit: int = 1000
) -> tuple[tuple[str, ...], str | None]:
    """Return a page of the ids of codes made between two times (unix seconds), and the next cursor if any."""
    body: dict[str, Any] = {"start_time": start, "end_time": end, "limit": limit}
    if cursor:
        body["cursor"] = cursor
    answer = wecom.call("POST", "/cgi-bin/externalcontact/list_contact_way", json=body, idempotent=True)
    ids = tuple(str(row["config_id"]) for row in answer.get("contact_way", []))
    return ids, answer.get("next_cursor") or None


def update_contact_way(
    wecom: WeCom,
    config_id: str,
    *,
    userids: Sequence[str] | None = None,
    departments: Sequence[int] | None = None,
    state: str | None = None,
    remark: str | None = None,
    skip_verify: bool | None = None,
) -> None:
    """Replace what is given; None leaves a value alone. Safe to repeat. Raises UnknownContactWay."""
    body: dict[str, Any] = {"config_id": config_id}
    if userids is not None:
        at_most("接待成员", userids, _MOST_STAFF)
        body["user"] = list(userids)
    if departments is not None:
        body["party"] = list(departments)
    if state is not None:
        body["state"] = in_characters("渠道参数", state, 30)
    if remark is not None:
        body["remark"] = in_characters("备注", remark, 30)
    if skip_verify is not None:
        body["skip_verify"] = skip_verify
    wecom.call("POST", "/cgi-bin/externalcontact/update_contact_way", json=body, idempotent=True)


def delete_contact_way(wecom: WeCom, config_id: str) -> None:
    """Delete a code; whoever scans it later is told so. Safe to repeat: UnknownContactWay means gone."""
    wecom.call(
        "POST", "/cgi-bin/externalcontact/del_contact_way", json={"config_id": config_id}, idempotent=True
    )
