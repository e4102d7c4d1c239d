"""Why an item is not handed over, in words for people: our own codes, and those of WeCom's calls. Pure."""

from collections.abc import Mapping

from scrm.inheritance.model import TAG_FAILED, ItemStatus

TEXTS: Mapping[str, str] = {
    "40129": "客户正在另一次继承中，请等待其结束",
    "40096": "不是移交人的客户，企业微信不能继承",
    "40100": "客户已分配或正在分配，请等待其结束",
    "40099": "接替人的客户数已达上限，请更换接替人",
    "40128": "客户 90 天内已在职继承 2 次，企业微信未受理",
    "40131": "移交人不是该客户的跟进人",
    "40143": "移交人或接替人已被封禁",
    "40205": "移交人或接替人一年内未登录企业微信",
    "40097": "移交人尚未离职，请改用在职继承",
    "40098": "接替人尚未实名认证",
    "quota90": "90 个自然日内已在职继承 2 次，达到企业微信上限",
    "not_friend": "客户与移交人已不是好友",
    "takeover_full": "接替人的客户数已达上限",
    "takeover_unfit": "接替人不可接替：未在职、未开通客户联系，或就是移交人",
    "resigned_long_ago": "移交人离职已超过 1 年，企业微信不再支持继承",
    "unassigned": "接替人名额不足，未分配",
    "duplicate": "同一客户重复",
    "cancelled": "方案已取消，未发送",
    "given_up": "30 天没有结果，不再查询",
    "not_told": "成员已不在，企业微信 7 天未告知结果，不再查询",
    "again": "结果未知，已重新发送",
    "refused_recently": "客户 90 天内拒绝过；到期后可重试，或由创建人以外的管理员批准",
    "erased": "客户已被永久删除",
    "tag": "标签待补打",
    "not_retriable": "该状态不能重试",
    "employed": "移交人仍在职，企业微信只接受在职继承",
    "matrix_short": "可移交的客户或接替人的名额少于矩阵的数量",
    "left": "移交人已离职，企业微信只接受离职继承",
}
"""By code, ours and those of WeCom that a row of a call may have."""

STATUSES: Mapping[ItemStatus, str] = {
    "PLANNED": "待发送",
    "SKIPPED": "已跳过",
    "WAITING": "等待接替（24 小时）",
    "UNKNOWN": "结果未知，查询中",
    "REJECTED": "企业微信未受理",
    "SUCCEEDED": "接替成功",
    "REFUSED": "客户拒绝",
    "LIMIT_EXCEEDED": "接替人客户数达上限",
    "NO_RECORD": "没有接替记录",
    "STUCK": "超过 72 小时无结果",
    "SETTLED": "已完成",
}


def text_of(code: str) -> str:
    """Return what a code means, "" for none; one of WeCom that nobody has explained is named."""
    if not code:
        return ""
    if code.startswith(TAG_FAILED):
        return f"未能打上标签（{code.removeprefix(TAG_FAILED)}）"
    return TEXTS.get(code, f"企业微信错误码 {code}" if code.isdecimal() else code)
