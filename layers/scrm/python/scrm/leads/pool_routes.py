"""/admin/pools: the pools 公海 with members, admins, caps and terms (LED-16), in versions of the rules."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from scrm.admin.rights import KEEP_LEAD_RULES, SEE_LEAD_RULES
from scrm.http import problems
from scrm.http.request import Request
from scrm.http.routing import Api
from scrm.leads import rules_dynamodb as stored
from scrm.leads.dynamodb import of_pool
from scrm.leads.policy import Pool, RuleSet
from scrm.leads.rule_checking import wrong_pool, wrong_rules
from scrm.leads.rule_models import MOST_POOLS, ChangedPoolIn, NewPoolIn, PoolOut, PoolsOut, shown
from scrm.leads.rule_routes import put, rules_of
from scrm.staff.dynamodb import directory

POOLS = "/admin/pools"
ONE = POOLS + "/{pool_id}"


def declare(api: Api) -> None:
    """Add the routes."""
    see: dict[str, Any] = {"roles": SEE_LEAD_RULES, "scope": "corp"}
    keep: dict[str, Any] = {"roles": KEEP_LEAD_RULES, "scope": "corp"}
    api.route("GET", POOLS, answers=PoolsOut, **see)(listed)
    api.route("GET", ONE, answers=PoolOut, **see)(show)
    api.route("POST", POOLS, body=NewPoolIn, answers=PoolOut, status=201, **keep)(create)
    api.route("PUT", ONE, body=ChangedPoolIn, answers=PoolOut, **keep)(change)
    api.route("DELETE", ONE, status=204, **keep)(remove)


def listed(_: Request) -> PoolsOut:
    """Every pool, by id."""
    pools = sorted(rules_of(stored.head()).pools, key=lambda each: each.pool_id)
    return PoolsOut(items=[PoolOut.of(each) for each in pools])


def show(request: Request) -> PoolOut:
    """One pool."""
    return PoolOut.of(_found(request, rules_of(stored.head())))


def create(request: Request) -> PoolOut:
    """Make a pool. The first one takes what no rule takes, until rules say otherwise."""
    head = stored.head()
    rules, pool_id = rules_of(head), request.body.pool_id or request.new_id("pool")
    if there := rules.pool(pool_id):
        if request.body.pool_id:
            raise problems.conflict("pool_exists", "已有这个公海")
        return PoolOut.of(there)
    if len(rules.pools) >= MOST_POOLS:
        raise problems.conflict("too_many_pools", f"最多 {MOST_POOLS} 个公海")
    pool = _checked(request, request.body.pool(pool_id, 1))
    wanted = replace(rules, pools=(*rules.pools, pool), default_pool=rules.default_pool or pool_id)
    put(request, head, wanted, "pool_created", f"POOL#{pool_id}", None, shown(pool))
    return PoolOut.of(pool)


def change(request: Request) -> PoolOut:
    """Make a pool what is asked; decisions from then on are made with it."""
    head = stored.head()
    rules = rules_of(head)
    before = _found(request, rules)
    if request.body.version != before.version:
        raise problems.version_conflict()
    pool = _checked(request, request.body.pool(before.pool_id, before.version + 1))
    wanted = replace(rules, pools=_with(rules.pools, pool))
    _refuse_what_rules_need(wanted)
    moved = {"joined": _beyond(pool, before), "left": _beyond(before, pool)}
    after = {**shown(pool), **moved}
    put(request, head, wanted, "pool_changed", f"POOL#{pool.pool_id}", shown(before), after)
    return PoolOut.of(pool)


def remove(request: Request) -> None:
    """Delete a pool that no rule names and no lead waits in."""
    head = stored.head()
    rules = rules_of(head)
    pool = _found(request, rules)
    if pool.pool_id == rules.default_pool or any(each.pool_id == pool.pool_id for each in rules.rules):
        raise problems.conflict("pool_in_use", "规则还在使用这个公海")
    if next(iter(of_pool(pool.pool_id)), None):
        raise problems.conflict("pool_not_empty", "公海里还有线索")
    wanted = replace(rules, pools=tuple(each for each in rules.pools if each.pool_id != pool.pool_id))
    put(request, head, wanted, "pool_deleted", f"POOL#{pool.pool_id}", shown(pool), None)


def _found(request: Request, rules: RuleSet) -> Pool:
    pool = rules.pool(request.params["pool_id"])
    if pool is None:
        raise problems.not_found("没有这个公海")
    return pool


def _checked(request: Request, pool: Pool) -> Pool:
    if wrong := wrong_pool(pool, directory(request.now).members):
        raise problems.invalid(*wrong)
    return pool


def _refuse_what_rules_need(rules: RuleSet) -> None:
    """Refuse a pool without the members that rules name."""
    if wrong := wrong_rules(rules.rules, rules.default_pool, rules.pools):
        named = ", ".join(each.field for each in wrong)
        raise problems.invalid_field("members", f"规则需要这些成员或排班：{named}")


def _with(pools: Iterable[Pool], changed: Pool) -> tuple[Pool, ...]:
    return tuple(changed if each.pool_id == changed.pool_id else each for each in pools)


def _beyond(one: Pool, other: Pool) -> list[str]:
    """Return the members that one pool has and the other has not."""
    there = {each.userid.lower() for each in other.members}
    return [each.userid for each in one.members if each.userid.lower() not in there]
