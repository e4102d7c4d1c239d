"""A set of rules as plain values, and read again the same: a row of its version. Pure, without pydantic.

What is as it is by default is left out; times that last are seconds.
"""

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from datetime import timedelta
from typing import Any

from scrm.channel_codes.model import Shift
from scrm.leads.policy import Fits, Member, Pool, RuleOfPool, RuleSet
from scrm.leads.protection import Policy


def plain_rules(rules: RuleSet) -> dict[str, Any]:
    """Return a set of rules as plain values, without its number."""
    plain = _plain(rules)
    plain.pop("number", None)
    return dict(plain)


def rules_of(plain: Mapping[str, Any], number: int) -> RuleSet:
    """Return the set of rules that plain values say."""
    return RuleSet(
        number,
        tuple(_rule(each) for each in plain.get("rules", ())),
        tuple(pool_of_plain(each) for each in plain.get("pools", ())),
        plain.get("default_pool", ""),
    )


def pool_of_plain(plain: Mapping[str, Any]) -> Pool:
    """Return the pool that plain values say."""
    told = {**plain, "admins": tuple(plain.get("admins", ()))}
    told["nurture"] = tuple(plain.get("nurture", ()))
    told["members"] = tuple(_member(each) for each in plain.get("members", ()))
    told["protection"] = _policy(plain.get("protection", {}))
    return Pool(**told)


def _rule(plain: Mapping[str, Any]) -> RuleOfPool:
    fits = Fits(**{name: tuple(each) for name, each in plain.get("fits", {}).items()})
    return RuleOfPool(**{**plain, "fits": fits, "only": tuple(plain.get("only", ()))})


def _member(plain: Mapping[str, Any]) -> Member:
    shifts = tuple(Shift(**{**each, **_weekdays(each)}) for each in plain.get("shifts", ()))
    return Member(**{**plain, "regions": tuple(plain.get("regions", ())), "shifts": shifts})


def _weekdays(plain: Mapping[str, Any]) -> dict[str, Any]:
    return {"weekdays": tuple(plain["weekdays"])} if "weekdays" in plain else {}


def _policy(plain: Mapping[str, Any]) -> Policy:
    told = dict(plain)
    for name in ("first_sla", "cooldown"):
        if told.get(name) is not None:
            told[name] = timedelta(seconds=told[name])
    return Policy(**told)


def _plain(value: Any) -> Any:
    if isinstance(value, timedelta):
        return int(value.total_seconds())
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    if not hasattr(value, "__dataclass_fields__"):
        return value
    told = {each.name: getattr(value, each.name) for each in fields(value)}
    return {each.name: _plain(told[each.name]) for each in fields(value) if told[each.name] != _usual(each)}


def _usual(of: Field[Any]) -> Any:
    return of.default_factory() if of.default_factory is not MISSING else of.default
