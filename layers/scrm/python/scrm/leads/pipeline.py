"""What came of a lead at every stage of the pipeline, in order, for its page (spec 4.1). Pure.

A lead's row keeps what members were judged (scrm.leads.explaining). What the stages before came to, and which
rules were not for it, follows from the lead and from that version of the rules.
"""

from collections.abc import Iterable, Mapping, Sequence

from scrm.leads.model import HardKind, Lead
from scrm.leads.policy import RuleOfPool, RuleSet
from scrm.leads.sentences import DecisionTold, StageTold

_KEYS: Mapping[HardKind, str] = {
    "phone": "手机号",
    "unionid": "unionid",
    "external_userid": "企业微信客户",
    "crmid": "CRM 编号",
}
_FITS: Mapping[str, str] = {
    "sources": "来源",
    "channels": "渠道",
    "products": "产品",
    "campaigns": "活动",
    "regions": "地区",
    "prelabels": "标签",
}


def stages_of(lead: Lead, decision: DecisionTold, rules: RuleSet) -> tuple[StageTold, ...]:
    """Return every stage that a lead went through until it was decided on by a version of the rules."""
    sticky = [each for each in decision.stages if each.stage == "sticky"]
    nobody = StageTold("sticky", "", "none", "没有熟悉该客户的成员")
    asked = [] if decision.why == "sticky" else _asked(lead, decision, rules)
    return (*_before(lead), *(sticky or [nobody]), *asked)


def _before(lead: Lead) -> Iterable[StageTold]:
    kinds = dict.fromkeys(_KEYS[kind] for kind, _ in lead.keys)
    known = f"按{'、'.join(kinds)}判重" if kinds else "没有可以判重的联系方式"
    yield StageTold("normalise", "", "keys" if kinds else "no_keys", known)
    yield StageTold("blacklist", "", "passed", "不在黑名单，或在白名单中")
    if lead.previous_lead_id:
        yield StageTold("dedupe", lead.previous_lead_id, "previous", "此人之前的线索已结束，新建并关联到它")
    else:
        yield StageTold("dedupe", "", "new", "此人没有未结线索，新建")


def _asked(lead: Lead, decision: DecisionTold, rules: RuleSet) -> Iterable[StageTold]:
    """Yield each rule down to the one that chose: what it came to, or why it was not for the lead."""
    judged: Mapping[str, Sequence[StageTold]] = {
        each.subject: (each,) for each in decision.stages if each.stage == "rule"
    }
    for rule in rules.in_order():
        yield from judged.get(rule.rule_id) or _not_for(lead, rule)
        if rule.rule_id == decision.rule_id:
            return


def _not_for(lead: Lead, rule: RuleOfPool) -> Iterable[StageTold]:
    if not rule.enabled:
        yield StageTold("rule", rule.rule_id, "disabled", f"规则「{rule.rule_id}」：已停用")
    elif unmet := rule.fits.unmet(lead):
        names = "、".join(_FITS[each] for each in unmet)
        yield StageTold("rule", rule.rule_id, "not_fitting", f"规则「{rule.rule_id}」：不适用，{names}不符")
