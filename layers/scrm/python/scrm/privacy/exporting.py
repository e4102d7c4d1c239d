"""A person's own data, to hand over (PIPL 45): every stored field, as data and text (bar P2). Pure."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

LARGEST_PART = 3 * 1024 * 1024
"""Of one answer's data: with its text it stays below the 6 MB that Lambda hands back."""

# What a person reads; a field that is not here keeps its own name.
FIELDS = {
    "name": "姓名",
    "avatar": "头像",
    "gender": "性别",
    "unionid": "UnionID",
    "position": "职位",
    "corp_name": "企业简称",
    "corp_full_name": "企业全称",
    "customer_id": "客户编号",
    "external_userid": "微信外部联系人编号",
    "external_userids": "微信外部联系人编号",
    "identities": "身份标识",
    "contact_methods": "联系方式",
    "custom_fields": "自定义字段",
    "interests": "意向产品",
    "stage": "客户阶段",
    "consents": "同意记录",
    "opted_out_at": "退订时间",
    "remark": "备注",
    "description": "描述",
    "company": "备注企业",
    "mobiles": "备注手机号",
    "tags": "标签",
    "personal_tags": "个人标签",
    "status": "状态",
    "userid": "跟进成员",
    "add_way": "添加方式",
    "state": "渠道参数",
    "kind": "类型",
    "at": "时间",
    "chat_ids": "客户群编号",
    "facts": "内容",
    "created_at": "创建时间",
    "updated_at": "更新时间",
    "due": "截止时间",
    "note": "说明",
    "purpose": "用途",
    "given": "是否同意",
    "source": "来源",
    "by": "记录人",
    "amount_fen": "金额（分）",
    "payments": "支付",
    "refunds": "退款",
    "placed": "订单内容",
    "paid_fen": "已付（分）",
    "refunded_fen": "已退（分）",
}


Section = tuple[str, list[dict[str, Any]]]
Place = tuple[int, int]
"""A section by number, and how many of its rows were handed over: what comes later is put at its end."""


def part_of(
    sections: Sequence[tuple[str, Iterable[Mapping[str, Any]]]], start: Place
) -> tuple[list[Section], Place | None]:
    """Return the rows from a place on, as many as fit one answer, and the place to go on from.

    A section without rows is shown too, so that the reader sees what is not stored. None at the end.
    """
    found: list[Section] = []
    size = 0
    for number, (title, rows) in enumerate(sections[start[0] :], start[0]):
        skip = start[1] if number == start[0] else 0
        taken: list[dict[str, Any]] = []
        for row in islice(rows, skip, None):
            size += len(json.dumps(row, ensure_ascii=False, default=str).encode())
            if size > LARGEST_PART and (taken or any(each for _, each in found)):
                return [*found, (title, taken)], (number, skip + len(taken))
            taken.append(dict(row))
        found.append((title, taken))
    return found, None


def text_of(sections: Iterable[Section]) -> str:
    """Return the sections as a text that a person reads."""
    lines: list[str] = ["个人信息副本"]
    for title, rows in sections:
        lines += ["", f"【{title}】共 {len(rows)} 条"]
        for number, row in enumerate(rows, 1):
            lines.append(f"{number}. " + "；".join(_fields(row)))
    return "\n".join(lines) + "\n"


def _fields(row: Mapping[str, Any]) -> Iterator[str]:
    for name, value in row.items():
        if value not in (None, "", [], {}):
            yield f"{FIELDS.get(name, name)}：{_shown(value)}"


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return str(value)
