"""What a set of rules decides on a lead: asked when one comes, and when rules are tried on the past. Pure."""

from collections.abc import Mapping
from datetime import datetime

from scrm.leads.algorithms import Cursor
from scrm.leads.deciding import Decision, Sticky, decide
from scrm.leads.model import Lead
from scrm.leads.policy import Pool, RuleSet, Standing, ready

DEFAULT_POOL = "default"


def decided_by(
    rules: RuleSet,
    lead: Lead,
    standing: Standing,
    cursors: Mapping[str, tuple[Cursor, int]],
    now: datetime,
) -> Decision:
    """Return what a set of rules decides on a lead, where the turns stand as in `cursors`."""
    fitting = rules.fitting(lead)
    pools = {each.pool_id: each for each in rules.pools}
    # One after the other: the members of a rule that is not asked need not be judged.
    asked = (
        ready(each, pools[each.pool_id], cursors[each.rule_id][0], standing, lead, now)
        for each in fitting
        if each.pool_id in pools
    )
    sticky = [
        Sticky(source, userid, userid.lower() in standing.active)  # type: ignore[arg-type]  # one of the sources
        for source, userid in lead.sticky
    ]
    return decide(sticky, asked, lead.region, lead.cooling(now) | _taken_from(lead))


def _taken_from(lead: Lead) -> frozenset[str]:
    """Return from whom a lead was taken that is decided on again (R1): the next owner is another (L17)."""
    return frozenset(each.userid for each in lead.cooldowns[-1:]) if lead.status == "POOLED" else frozenset()


def pool_for(decision: Decision, rules: RuleSet, lead: Lead) -> Pool:
    """Return the pool whose terms hold: of the rule that chose, of the first that fits, or the default."""
    by_rule = {each.rule_id: each.pool_id for each in rules.rules}
    fitting = rules.fitting(lead)
    pool_id = by_rule.get(decision.rule_id) or (fitting[0].pool_id if fitting else rules.default_pool)
    return rules.pool(pool_id) or Pool(pool_id or DEFAULT_POOL, "公海")
