"""The four ready-made SOPs 新客培育, 复购, 沉默激活, 公海培育, as data (SOP-09, spec 3.12). Pure.

A draft is made of one and completed: whoever operates the corp chooses channels and goals, and adds the cards
(H5, mini-program) that only the corp has. 复购 is ours; the other three are those of the spec.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from scrm.sops.model import Branch, Ending, Goal, Policies, Schedule, Step, Trigger, Version

MISSED_CALL = Branch(again_days=2, most=3)


@dataclass(frozen=True)
class Template:
    """One ready-made SOP; `texts` are what its steps say, by step key."""

    key: str
    title: str
    description: str
    version: Version
    texts: Mapping[str, str]

    @property
    def parts(self) -> dict[str, list[dict[str, Any]]]:
        """Return what each step sends, as it is written."""
        return {key: [{"kind": "text", "text": text}] for key, text in self.texts.items()}

    def drafted(self, sop_id: str, name: str) -> Version:
        """Return the first version of a SOP made of it."""
        return replace(self.version, sop_id=sop_id, number=1, name=name)


def _is(field: str, *values: str) -> dict[str, Any]:
    return {"field": field, "op": "in", "value": list(values)}


def _day(days: int, at: str) -> Schedule:
    return Schedule(days=days, at=at)


NEW_CUSTOMER = Template(
    "new_customer",
    "新客培育",
    "扫门店码、展会码添加的潜在客户，七天内一步一步带到预约量尺；上一步发出后才有下一步",
    Version(
        "",
        0,
        "全屋定制·新客七日培育",
        "step_by_step",
        (
            Step("A0", "欢迎语与《全屋定制避坑20问》", "welcome"),
            Step("A1", "问小区、面积、装修阶段", requires=("area",)),
            Step("A2", "同户型实景 H5", schedule=_day(1, "10:00")),
            Step("A3", "0元量尺小程序", schedule=_day(2, "20:00")),
            Step("A4", "电话：异议处理·价格，记录预算、工期、决策人", "call", _day(3, "10:00")),
            Step("A5", "群发：板材环保", "mass", _day(4, "20:00")),
        ),
        priority=10,
        triggers=(Trigger("added"),),
        condition={
            "all": [
                # Whoever has just been added has no stage yet: nobody has moved them beyond the first.
                {"any": [_is("stage", "potential"), {"field": "stage", "op": "known", "value": False}]},
                {"field": "order_count", "op": "eq", "value": 0},
            ]
        },
        goals=(Goal("event", "form"), Goal("order")),
    ),
    {
        "A0": "您好,我是{brand}家居顾问{staff}😊 先送您《全屋定制避坑20问》,户型、预算有疑问随时找我。",
        "A1": "方便告诉我小区、面积和装修阶段吗?我先帮您找同户型案例。",
        "A2": "{name},给您找了3套{field.area}㎡同户型实景,第2套的玄关收纳问的人最多。",
        "A3": "本周六量尺师傅还有2个名额,0元上门出平面图,帮您占一个?",
        "A4": "全屋定制/异议处理/价格",
        "A5": "板材环保怎么看?一张图讲清E0和ENF,选材不踩坑。",
    },
)

REPURCHASE = Template(
    "repurchase",
    "复购",
    "付款后从使用指导、回访到搭配推荐，三十天内带来第二单；从付款日起按天推送，互不影响",
    Version(
        "",
        0,
        "老客复购·三十天",
        "timed",
        (
            Step("R1", "使用指导", schedule=_day(1, "10:00"), marketing=False),
            Step("R2", "使用回访电话", "call", _day(7, "10:00"), marketing=False),
            Step("R3", "搭配推荐", schedule=_day(15, "20:00")),
            Step("R4", "老客专享券", schedule=_day(25, "20:00")),
            Step("R5", "转介绍邀请", schedule=_day(30, "10:00")),
        ),
        priority=40,
        triggers=(Trigger("order"),),
        anchor="order",
        goals=(Goal("order"),),
        policies=Policies(late_minutes=720, reentry_days=0),
    ),
    {
        "R1": "{name}您好,感谢您选择{brand}!这是使用和保养的几点提醒,有任何问题随时找我。",
        "R2": "使用回访:是否满意、有没有没解决的问题、家人和朋友有没有需要",
        "R3": "{name},和您上次选的搭配起来最受欢迎的三款,要不要我按您家的尺寸看一下?",
        "R4": "{name},给您申请到一张老客专享券,7天内有效,下单时告诉我就好。",
        "R5": "用得还满意的话,推荐给身边的朋友,双方都有礼,我来帮您登记。",
    },
)

SILENT = Template(
    "silent",
    "沉默激活",
    "60 天以上没有互动的老客户，三十天内按日子推送；错过一步不影响后面",
    Version(
        "",
        0,
        "汽车售后·沉默车主30天激活",
        "timed",
        (
            Step("B1", "免费安全检测", schedule=_day(0, "10:00")),
            Step("B2", "H5《冬季用车5个隐患》", schedule=_day(3, "20:00")),
            Step("B3", "小程序预约保养立减80元", schedule=_day(7, "10:00")),
            Step("B4", "老车主转介绍", schedule=_day(14, "20:00")),
            Step("B5", "回访电话", "call", _day(30, "10:00"), branches={"未接": Branch(exit="stopped")}),
        ),
        priority=30,
        triggers=(Trigger("segment", ("seg_lifecycle_silent",)),),
        condition={"all": [_is("lifecycle", "silent"), {"field": "order_count", "op": "gte", "value": 1}]},
        goals=(Goal("event", "check_in"),),
        policies=Policies(late_minutes=360),
    ),
    {
        "B1": "{name}您好,您的爱车{field.plate}距上次保养已{days}天,送您一次免费安全检测。",
        "B2": "冬季用车5个隐患",
        "B3": "预约保养立减80元",
        "B4": "老车主专享:介绍好友到店,双方各得200积分。",
        "B5": "回访:近期用车情况、是否需要保养;未接打标签「沉默-30天未激活」",
    },
)

PUBLIC_SEA = Template(
    "public_sea",
    "公海培育",
    "没有人跟进的公海线索，电话加企业微信双剑合璧，积满 60 分回到分配",
    Version(
        "",
        0,
        "企服·公海线索双剑合璧培育",
        "step_by_step",
        (
            Step(
                "C1",
                "电话：邀请加企业微信",
                "call",
                branches={
                    "同意加微": Branch(goto="C2"),
                    "未接": MISSED_CALL,
                    "拒绝": Branch(exit="refused", blacklist_days=180),
                },
            ),
            Step("C2", "添加后发报告 H5", schedule=Schedule(on="added"), points={"open": 10}),
            Step("C3", "同行案例", schedule=_day(3, "10:00"), points={"open": 10, "reply": 20}),
            Step("C4", "14天试用", schedule=_day(5, "14:00"), points={"activate": 40}),
            Step("C5", "回访电话", "call", _day(10, "10:00")),
        ),
        priority=20,
        subject="lead",
        triggers=(Trigger("lead"),),
        goals=(Goal("points", points=60),),
        achieved=Ending(lead=True),
    ),
    {
        "C1": "您好,之前您了解过招聘系统,想发您一份《2026行业薪酬报告》,方便加下企业微信吗?",
        "C2": "您好,这是《2026行业薪酬报告》,有想了解的岗位和城市随时告诉我。",
        "C3": "同行{field.industry}公司用3周把到面率提升了{field.uplift}%,2分钟看完。",
        "C4": "给您开了14天试用,账号今天可激活。",
        "C5": "回访:试用情况、招聘计划、决策人",
    },
)

TEMPLATES: Mapping[str, Template] = {
    each.key: each for each in (NEW_CUSTOMER, REPURCHASE, SILENT, PUBLIC_SEA)
}
"""All of them, by key, in the order they are shown."""
