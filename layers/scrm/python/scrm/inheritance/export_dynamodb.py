"""The source `inheritance` of exports: a plan's items, batch by batch.

params: `plan_id`; `seen`, whose customers may be shown: userids in lower case, or null for all.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from scrm.exports.model import RowsPage
from scrm.inheritance import plans_dynamodb as stored
from scrm.inheritance.codes import STATUSES, text_of
from scrm.inheritance.naming import contacts_of
from scrm.sidebar import masking
from scrm.staff.model import key

COLUMNS = (
    "客户",
    "移交人",
    "接替人",
    "状态",
    "原因",
    "第几次",
    "状态时间",
    "提交时间",
    "批次",
    "后续批次",
    "客户编号",
)


def columns(_: Mapping[str, Any]) -> Sequence[str]:
    """Return the titles of the columns."""
    return COLUMNS


def page(params: Mapping[str, Any], cursor: str, _: int, __: datetime) -> RowsPage:
    """Return the items of the next batch as rows, 100 at most, and its number as where to go on."""
    batch = next(iter(stored.batches_of(str(params["plan_id"]), start_after=cursor)), None)
    if batch is None:
        return RowsPage((), None)
    seen = params.get("seen")
    if seen is not None and key(batch.handover) not in seen:
        return RowsPage((), batch.number)
    names = contacts_of(batch.items)
    rows = [
        [
            masking.text(names[each.external_userid].name) if each.external_userid in names else "",
            each.handover,
            each.takeover,
            STATUSES[each.status],
            text_of(each.code),
            each.attempt,
            each.at,
            each.sent_at,
            batch.number,
            each.next,
            each.customer_id,
        ]
        for each in batch.items
    ]
    return RowsPage(rows, batch.number)
