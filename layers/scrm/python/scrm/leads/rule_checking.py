"""What is wrong with rules and pools beyond their form: unknown pools, members, places. Pure."""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence

from scrm.http.problems import FieldError
from scrm.leads.plain import plain_rules
from scrm.leads.policy import Pool, RuleOfPool, RuleSet

LARGEST = 350_000
"""Bytes of one version with its pools; a row of the table holds 400 KB."""


def wrong_rules(rules: Sequence[RuleOfPool], default_pool: str, pools: Iterable[Pool]) -> list[FieldError]:
    """Return what is wrong with rules beside these pools, by field."""
    known = {each.pool_id: each for each in pools}
    found = [] if default_pool in known else [FieldError("default_pool", "没有这个公海")]
    for place, each in enumerate(rules):
        at = f"rules.{place}"
        if each.rule_id in {other.rule_id for other in rules[:place]}:
            found.append(FieldError(f"{at}.rule_id", "与另一条规则重复"))
        if pool := known.get(each.pool_id):
            found += _wrong_rule(each, pool, at)
        else:
            found.append(FieldError(f"{at}.pool_id", "没有这个公海"))
    return found


def _wrong_rule(rule: RuleOfPool, pool: Pool, at: str) -> Iterator[FieldError]:
    members = {each.userid.lower() for each in pool.members}
    for place, each in enumerate(rule.only):
        if each.lower() not in members:
            yield FieldError(f"{at}.only.{place}", "不是该公海的成员")
    if (rule.off_hours == "duty") is not bool(rule.duty):
        yield FieldError(f"{at}.duty", "off_hours 为 duty 时必填，且只有此时可填")
    if rule.off_hours == "queue_until_open" and not any(each.shifts for each in pool.members):
        yield FieldError(f"{at}.off_hours", "该公海的成员没有排班，不会有开班时间")


def wrong_pool(pool: Pool, staff: Collection[str]) -> list[FieldError]:
    """Return what is wrong with a pool, by field; `staff` are the userids there are, in lower case."""
    found = []
    seen: set[str] = set()
    for place, each in enumerate(pool.members):
        if each.userid.lower() not in staff:
            found.append(FieldError(f"members.{place}.userid", "没有这个成员"))
        elif each.userid.lower() in seen:
            found.append(FieldError(f"members.{place}.userid", "重复"))
        seen.add(each.userid.lower())
    for place, userid in enumerate(pool.nurture):
        if userid.lower() not in staff:
            found.append(FieldError(f"nurture.{place}", "没有这个成员"))
    for place, userid in enumerate(pool.admins):
        if userid.lower() not in staff:
            found.append(FieldError(f"admins.{place}", "没有这个成员"))
    terms = pool.protection
    if terms.max_days is not None and terms.max_days < terms.default_days:
        found.append(FieldError("protection.max_days", "不能短于 default_days"))
    return found


def wrong_duty(rules: Sequence[RuleOfPool], staff: Collection[str]) -> list[FieldError]:
    """Return which duty is nobody, by field."""
    return [
        FieldError(f"rules.{place}.duty", "没有这个成员")
        for place, each in enumerate(rules)
        if each.duty and each.duty.lower() not in staff
    ]


def is_too_large(rules: RuleSet) -> bool:
    """Return whether a set of rules with its pools does not fit its row."""
    return len(json.dumps(plain_rules(rules), ensure_ascii=False).encode()) > LARGEST
