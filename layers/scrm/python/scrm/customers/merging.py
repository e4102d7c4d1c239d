"""Who may be merged into whom, and what that leaves of both (docs/decisions/0011). Pure."""

from collections.abc import Sequence
from dataclasses import replace

from scrm.customers.model import Customer

MOST_ABSORBED = 20
"""Each costs whoever reads the customer a row more. A person has a few customers, not dozens."""


class MergeRefused(ValueError):
    """The customers cannot be merged, or parted; `code` is stable, the text is for a person."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


def merged(goes: Customer, stays: Customer) -> tuple[Customer, Customer]:
    """Return the one who goes and the one who stays, linked. Raises MergeRefused.

    Both must be roots, so that no ring can come about and everybody absorbed stands with the root.
    """
    if goes.customer_id == stays.customer_id:
        raise MergeRefused("same_customer", "不能把客户合并到自己")
    if goes.merged_into or stays.merged_into:
        raise MergeRefused("already_merged", "其中一位客户已被合并，请刷新后重试")
    if goes.erased_at or stays.erased_at:
        raise MergeRefused("customer_erased", "已删除个人信息的客户不能合并")
    absorbed = tuple(dict.fromkeys((*stays.absorbed, goes.customer_id, *goes.absorbed)))
    if len(absorbed) > MOST_ABSORBED:
        raise MergeRefused("too_many_merged", f"一位客户最多合并 {MOST_ABSORBED} 位其他客户")
    return replace(goes, merged_into=stays.customer_id), replace(stays, absorbed=absorbed)


def parted(gone: Customer, above: Sequence[Customer]) -> tuple[Customer, ...]:
    """Return whoever is changed when a merge is taken back: the one who went, then all they went into.

    `above` is the one they were merged into, the one that was merged into, and so on to the root. Whoever had
    been merged into `gone` stays with them. Raises MergeRefused.
    """
    if gone.merged_into is None:
        raise MergeRefused("not_merged", "这位客户没有被合并")
    leaving = {gone.customer_id, *gone.absorbed}
    kept = (
        replace(each, absorbed=tuple(one for one in each.absorbed if one not in leaving)) for each in above
    )
    return (replace(gone, merged_into=None), *kept)
