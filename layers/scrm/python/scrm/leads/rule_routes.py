"""/admin/lead-rules: the rules by which leads are given, in versions (LED-12)."""

from dataclasses import asdict, replace
from typing import Any

from scrm.admin.audited import audited
from scrm.admin.rights import KEEP_LEAD_RULES, SEE_LEAD_RULES
from scrm.http import problems
from scrm.http.request import Request
from scrm.http.routing import Api
from scrm.leads import rules_dynamodb as stored
from scrm.leads.dynamodb import of_pool
from scrm.leads.policy import RuleSet
from scrm.leads.rule_checking import is_too_large, wrong_duty, wrong_rules
from scrm.leads.rule_models import (
    ChangedRulesIn,
    MadeOut,
    PoolOut,
    RuleOut,
    RulesIn,
    RulesOut,
    RulesVersionOut,
)
from scrm.leads.rules_dynamodb import Head
from scrm.staff.dynamodb import directory

RULES = "/admin/lead-rules"
ONE = RULES + "/{rules_number}"
SHOWN = 20


def declare(api: Api) -> None:
    """Add the routes."""
    see: dict[str, Any] = {"roles": SEE_LEAD_RULES, "scope": "corp"}
    keep: dict[str, Any] = {"roles": KEEP_LEAD_RULES, "scope": "corp"}
    api.route("GET", RULES, answers=RulesOut, **see)(show)
    api.route("GET", ONE, answers=RulesVersionOut, **see)(show_version)
    api.route("PUT", RULES, body=ChangedRulesIn, answers=RulesOut, **keep)(change)
    api.route("POST", ONE + ":activate", answers=RulesOut, **keep)(activate)


def show(_: Request) -> RulesOut:
    """The rules in force, and the latest versions."""
    return _shown(stored.head())


def show_version(request: Request) -> RulesVersionOut:
    """One version of the rules, with the pools as they were."""
    rules = _version(request)
    return RulesVersionOut(
        number=rules.number,
        default_pool=rules.default_pool,
        rules=[RuleOut.model_validate(each) for each in rules.rules],
        pools=[PoolOut.of(each) for each in rules.pools],
    )


def change(request: Request) -> RulesOut:
    """Put other rules in force; the pools stay as they are."""
    head, asked = stored.head(), request.body
    if asked.version != head.version:
        raise problems.version_conflict()
    before = rules_of(head)
    wanted = checked(request, asked, before)
    put(request, head, wanted, "lead_rules_changed", RULES, _told(before), _told(wanted))
    return _shown(stored.head())


def activate(request: Request) -> RulesOut:
    """Put an earlier or later version in force again, with its pools."""
    rules, head = _version(request), stored.head()
    if rules.number != head.number:
        _refuse_to_strand(rules_of(head), rules)
        before, after = {"number": head.number}, {"number": rules.number}
        step = stored.activating(head, rules.number)
        audited(request, "lead_rules_activated", RULES, before, after, [step])
        stored.in_force.forget()
    return _shown(stored.head())


def _refuse_to_strand(now_are: RuleSet, wanted: RuleSet) -> None:
    """Refuse rules without a pool in which leads wait: nobody would find them. One query a pool that goes."""
    kept = {each.pool_id for each in wanted.pools}
    for pool in now_are.pools:
        if pool.pool_id not in kept and next(iter(of_pool(pool.pool_id)), None):
            raise problems.conflict("pool_not_empty", f"公海「{pool.name}」里还有线索，而该版本没有这个公海")


def checked(request: Request, asked: RulesIn, before: RuleSet) -> RuleSet:
    """Return the rules asked for beside the pools of `before`. Raises a 422 that names what is wrong."""
    rules = tuple(each.rule() for each in asked.rules)
    staff = directory(request.now).members
    wrong = [*wrong_rules(rules, asked.default_pool, before.pools), *wrong_duty(rules, staff)]
    if wrong:
        raise problems.invalid(*wrong)
    return replace(before, rules=rules, default_pool=asked.default_pool)


def rules_of(head: Head) -> RuleSet:
    """Return the rules in force as of a head, from the table itself."""
    return (stored.version(head.number) if head.number else None) or RuleSet()


def put(
    request: Request, head: Head, wanted: RuleSet, action: str, subject: str, before: Any, after: Any
) -> None:
    """Store a set of rules as the next version, in force, with its audit line.

    Raises a 409 where somebody was faster, a 422 where it is too large.
    """
    if is_too_large(wanted):
        raise problems.invalid_field("members", "规则和公海合计过大，请减少成员或规则")
    steps = stored.adding(wanted, head, request.staff.userid, request.now)
    number = {"number": head.latest + 1}
    audited(request, action, subject, before, {**after, **number} if after else number, steps)
    stored.in_force.forget()


def _version(request: Request) -> RuleSet:
    number = request.params["rules_number"]
    rules = (
        stored.version(int(number)) if number.isascii() and number.isdigit() and len(number) <= 6 else None
    )
    if rules is None:
        raise problems.not_found("没有这个版本")
    return rules


def _shown(head: Head) -> RulesOut:
    rules = rules_of(head)
    versions = [
        MadeOut(number=each.number, by=each.by, at=each.at, in_force=each.number == head.number)
        for each in stored.made(SHOWN)
    ]
    return RulesOut(
        number=head.number,
        version=head.version,
        default_pool=rules.default_pool,
        rules=[RuleOut.model_validate(each) for each in rules.rules],
        versions=versions,
    )


def _told(rules: RuleSet) -> dict[str, Any]:
    """Return what the audit log keeps of rules; whom they choose among is in the version it names."""
    told = [{**asdict(each), "only": len(each.only)} for each in rules.rules]
    return {"number": rules.number, "default_pool": rules.default_pool, "rules": told}
