"""Two leads that are one person's: one goes into the other, and out again (spec 2.3, 0026). Pure."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Literal

from scrm.leads.model import Lead

Refusal = Literal[
    "same_lead",
    "wrong_status",
    "into_closed",
    "contract_stays_behind",
    "being_decided",
    "too_many",
    "not_merged",
    "survivor_closed",
    "keys_claimed",
]
Warned = Literal["owners_differ", "nobody_accountable", "customers_differ", "further_ahead"]

MOST_ABSORBED = 10
MOST_KEYS = 20
"""What one lead may have taken in: its row stays small."""

TITLES: Mapping[Refusal, str] = {
    "same_lead": "不能把线索合并到它自己",
    "wrong_status": "只有未关闭的线索可以合并",
    "into_closed": "目标线索已关闭，不能合并到它",
    "contract_stays_behind": "这条线索已签约，请改为把另一条合并到它",
    "being_decided": "线索正在重新分配，请稍后再试",
    "too_many": "目标线索合并的线索或联系方式已达上限",
    "not_merged": "这条线索没有被合并",
    "survivor_closed": "合并到的线索已关闭，不能撤销合并",
    "keys_claimed": "这条线索的联系方式已属于其他线索，不能撤销合并",
}
WARNINGS: Mapping[Warned, str] = {
    "owners_differ": "两条线索的负责人不同，合并后由目标线索的负责人继续负责",
    "nobody_accountable": "目标线索没有负责人，合并后无人负责，可改为把它合并到这条线索",
    "customers_differ": "两条线索属于不同的客户，请先确认是否同一个人",
    "further_ahead": "这条线索的阶段比目标线索更靠后，合并后以目标线索的阶段为准",
}
_ORDER = ("NURTURE", "NEW", "POOLED", "ASSIGNED", "FOLLOWING", "QUALIFIED", "INTENT", "SIGNED")


class MergeRefused(Exception):
    """The two cannot be merged, or parted, as they are; nothing is written."""

    def __init__(self, code: Refusal) -> None:
        super().__init__(TITLES[code])
        self.code = code


def merged(goes: Lead, stays: Lead, by: str, now: datetime, reason: str) -> tuple[Lead, Lead]:
    """Return both leads after `goes` went into `stays`, which has its keys from then on. Raises MergeRefused.

    The one who stays keeps owner, stage and protection. One that is SIGNED goes only into another that is:
    the payment of its contract has to find a lead that waits for it.
    """
    if goes.lead_id == stays.lead_id:
        raise MergeRefused("same_lead")
    if not goes.is_open:
        raise MergeRefused("wrong_status")
    if not stays.is_open:
        raise MergeRefused("into_closed")
    if goes.status == "SIGNED" and stays.status != "SIGNED":
        raise MergeRefused("contract_stays_behind")
    if _is_being_decided(goes) or _is_being_decided(stays):
        raise MergeRefused("being_decided")
    absorbed = tuple(dict.fromkeys([*stays.absorbed, goes.lead_id, *goes.absorbed]))
    keys = tuple(dict.fromkeys([*stays.keys, *goes.keys]))
    if len(absorbed) > MOST_ABSORBED or len(keys) > MOST_KEYS:
        raise MergeRefused("too_many")
    at = now.replace(microsecond=0)
    gone = replace(
        _noted(goes, "merge", by, at, reason),
        status="MERGED",
        merged_into=stays.lead_id,
        merged_from=goes.status,
        closed_at=at,
    )
    return gone, replace(_noted(stays, "absorb", by, at, reason), absorbed=absorbed, keys=keys)


def parted(gone: Lead, stays: Lead, by: str, now: datetime, reason: str) -> tuple[Lead, Lead]:
    """Return both leads as they are without the merge: status, owner and keys are back. Raises MergeRefused.

    Only while the other is open, and has the keys: later they may be somebody else's.
    """
    if gone.status != "MERGED" or gone.merged_into != stays.lead_id:
        raise MergeRefused("not_merged")
    if not stays.is_open:
        raise MergeRefused("survivor_closed")
    if not set(gone.keys) <= set(stays.keys):
        raise MergeRefused("keys_claimed")
    if _is_being_decided(stays):
        raise MergeRefused("being_decided")
    at = now.replace(microsecond=0)
    back = replace(
        _noted(gone, "unmerge", by, at, reason),
        status=gone.merged_from or "POOLED",
        merged_into="",
        merged_from="",
        closed_at=None,
        parted_at=at,
    )
    gone_too = {gone.lead_id, *gone.absorbed}
    left = replace(
        _noted(stays, "part", by, at, reason),
        absorbed=tuple(each for each in stays.absorbed if each not in gone_too),
        keys=tuple(each for each in stays.keys if each not in gone.keys),
    )
    return back, left


def warned_of(goes: Lead, stays: Lead) -> list[Warned]:
    """Return what whoever merges two leads should know before."""
    found: list[Warned] = []
    if goes.is_owned and stays.is_owned and goes.owner.lower() != stays.owner.lower():
        found.append("owners_differ")
    if goes.is_owned and not stays.is_owned:
        found.append("nobody_accountable")
    if goes.customer_id and stays.customer_id and goes.customer_id != stays.customer_id:
        found.append("customers_differ")
    if _ORDER.index(goes.status) > _ORDER.index(stays.status):
        found.append("further_ahead")
    return found


def _is_being_decided(lead: Lead) -> bool:
    """Return whether the clock is about to give the lead to somebody else (R1): a step between loses that."""
    return lead.status == "POOLED" and (lead.trigger, lead.reason) == ("recycle", "R1")


def _noted(lead: Lead, trigger: str, by: str, at: datetime, reason: str) -> Lead:
    return replace(lead, trigger=trigger, reason=reason, updated_by=by, updated_at=at)
