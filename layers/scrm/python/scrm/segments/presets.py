"""Ready-made segments, as data (SEG-13, 14, 15, 21, 22). Pure.

Where spec 6 states a number it is in the fields (brand group, loyalty, RFM, lifecycle). The finders of SEG-15
have thresholds of ours, all of the last 90 or 365 days; after the installation they are the corp's to edit.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from scrm.cards.model import RFM_GROUPS

Group = Literal["brand", "loyalty", "rfm", "finder", "lifecycle"]


@dataclass(frozen=True)
class Preset:
    """One ready-made segment. `key` names it for good, within its group; `title` is what it is called."""

    group: Group
    key: str
    title: str
    condition: Mapping[str, Any]
    description: str

    @property
    def preset(self) -> str:
        """Return the name kept on the segment, e.g. "brand.advocate"."""
        return f"{self.group}.{self.key}"


def _is(field: str, value: str) -> dict[str, Any]:
    return {"field": field, "op": "in", "value": [value]}


def _least(field: str, value: float) -> dict[str, Any]:
    return {"field": field, "op": "gte", "value": value}


BRAND = {
    "indifferent": ("品牌无感者", "互动指数低于 1"),
    "follower": ("品牌关注者", "互动指数 1 到 5"),
    "interactor": ("品牌互动者", "互动指数 5 到 15"),
    "advocate": ("品牌追随者", "互动指数 15 以上，或 90 天内有转介绍"),
}
LOYALTY = {
    "potential": ("潜在客户", "一年内没有已付订单"),
    "ordinary": ("一般客户", "一年内只有 1 单，或不足 2000 元"),
    "loyal": ("忠实客户", "一年内至少 2 单且满 2000 元"),
    "member": ("会员客户", "忠实客户中的会员"),
}


KOL = {
    "any": [
        _least("referrals_90d", 3),
        {"all": [_least("interaction_index", 15), _least("shares_90d", 3)]},
    ]
}
REPEAT_ACTIVE = {"all": [_least("orders_365d", 2), _least("interaction_index", 5)]}
COCREATOR = _least("feedback_90d", 2)
SHARER = _least("shares_90d", 3)

FINDERS = {
    "kol": ("意见领袖", KOL, "90 天内转介绍至少 3 次，或互动指数至少 15 且分享至少 3 次"),
    "repeat_active": ("复购且活跃", REPEAT_ACTIVE, "一年内至少 2 单，且互动指数至少 5"),
    "cocreator": ("共创者", COCREATOR, "90 天内至少 2 次共创反馈"),
    "sharer": ("高频分享者", SHARER, "90 天内至少分享 3 次"),
}

PRESETS: tuple[Preset, ...] = (
    *(
        Preset("brand", key, title, _is("brand_group", key), description)
        for key, (title, description) in BRAND.items()
    ),
    *(
        Preset("loyalty", key, title, _is("loyalty", key), description)
        for key, (title, description) in LOYALTY.items()
    ),
    *(
        Preset("rfm", key, name, _is("rfm_group", name), f"一年内订单的近度、频度、额度：{key}")
        for key, name in RFM_GROUPS.items()
    ),
    *(
        Preset("finder", key, title, condition, description)
        for key, (title, condition, description) in FINDERS.items()
    ),
    Preset("lifecycle", "silent", "沉默客户", _is("lifecycle", "silent"), "60 天以上没有主动互动"),
)
"""All of them, in the order they are shown."""


def of_group(group: Group) -> tuple[Preset, ...]:
    """Return the presets of a group."""
    return tuple(each for each in PRESETS if each.group == group)
