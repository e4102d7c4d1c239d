"""The default rule of a handover: to whom the customers of a member who is gone go (INH-12). Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scrm.staff.model import Directory, Member

EVERYBODY = "*"
"""Names the rule of departments that have none of their own."""
MOST = 100
"""So many members may take over in one plan."""


@dataclass(frozen=True)
class Rule:
    """How a handover is shared out where nobody says otherwise.

    `takeovers` are named members; none: the colleagues of the same departments. `max_load` is up to how many
    customers each of them has then, None without a limit.
    """

    allocation: str = "level"
    takeovers: tuple[str, ...] = ()
    max_load: int | None = None
    tag_ids: tuple[str, ...] = ()
    notice: str = ""
    on_limit: str = "next"
    groups: bool = True


def rule_of(member: Member | None, rules: Mapping[str, Mapping[str, Any]], people: Directory) -> Rule:
    """Return the rule that holds for a member: of the nearest department that has one, else everybody's."""
    for department_id in _upwards(member.departments if member else (), people):
        if told := rules.get(str(department_id)):
            return _rule(told)
    return _rule(rules.get(EVERYBODY, {}))


def _rule(told: Mapping[str, Any]) -> Rule:
    given = {name: value for name, value in told.items() if name in Rule.__dataclass_fields__}
    for name in ("takeovers", "tag_ids"):
        given[name] = tuple(given.get(name, ()))
    return Rule(**given)


def takeovers_of(userid: str, rule: Rule, people: Directory) -> list[str]:
    """Return who takes over by the rule, by userid; the first of these that has anybody who can:

    whom the rule names; the colleagues of the same departments, without who leads them; who leads them; the
    colleagues of the departments above, from below. Empty where nobody can.
    """
    member = people.get(userid)
    named = [found for each in rule.takeovers if (found := people.get(each))]
    for those in (named, *_by_department(member, people)):
        able = [each.userid for each in those if each.may_take_customers and each.key != userid.lower()]
        if able:
            return able[:MOST]
    return []


def _by_department(member: Member | None, people: Directory) -> list[Sequence[Member]]:
    if member is None:
        return []
    leaders = people.leaders_of(member.userid)
    above = {each.key for each in leaders}
    colleagues = [each for each in people.in_departments(member.departments) if each.key not in above]
    upwards = [people.in_departments([each]) for each in _upwards(member.departments, people)]
    return [colleagues, leaders, *upwards]


def _upwards(department_ids: Sequence[int], people: Directory) -> list[int]:
    """Return departments and those above them, the nearest first."""
    found: dict[int, None] = {}
    level = [each for each in department_ids if each]
    while level:
        found |= dict.fromkeys(level)
        parents = (people.departments[each].parent_id for each in level if each in people.departments)
        level = [each for each in dict.fromkeys(parents) if each and each not in found]
    return list(found)


def terms_asked(
    departed: str, mode: str, rule: Rule, people: Directory, given: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what is asked of a plan by the rule, where the caller has said nothing else (`given`)."""
    takeovers: list[dict[str, Any]] = [
        {"userid": each, **({"max_load": rule.max_load} if rule.max_load is not None else {})}
        for each in takeovers_of(departed, rule, people)
    ]
    by_rule = {
        "takeovers": takeovers,
        "allocation": rule.allocation,
        "tag_ids": list(rule.tag_ids) or None,
        "notice": rule.notice,
        "on_limit": rule.on_limit,
        "filter": {"status": "active"},
        "reason": "resign",
    }
    return {**by_rule, **given, "mode": mode, "handovers": [departed]}
