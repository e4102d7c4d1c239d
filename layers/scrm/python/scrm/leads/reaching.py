"""Who reaches a lead, and as whom they may act on it (spec CUS-02, LED-14, LED-16).

A member reaches the leads they own, those of the members whom their data scope reaches, and, while nobody
owns them, those of the pools they work for. Who administers a pool reaches all of its leads. Who may not see
a lead gets one and the same refusal, whether it exists or not; only who may see everybody's is told that
there is none.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from scrm.http import problems
from scrm.http.caller import Caller
from scrm.http.request import Request
from scrm.http.scope import may_see, may_see_of, sees_everybody
from scrm.leads import dynamodb as stored
from scrm.leads.living import pool_of
from scrm.leads.machine import Actor, Trigger, allowed
from scrm.leads.model import Lead
from scrm.leads.policy import Pool
from scrm.staff.dynamodb import directory
from scrm.staff.model import key

MANAGERS = frozenset({"team_lead", "operations_admin"})

_CALLED: Mapping[Actor, str] = {
    "owner": "负责人",
    "manager": "管理者",
    "admin": "公海管理员",
    "pool_member": "公海成员",
    "finance": "财务",
    "system": "系统",
}


@dataclass(frozen=True)
class Reached:
    """A lead as one caller reaches it: its pool, and what they are to it."""

    lead: Lead
    pool: Pool
    actors: frozenset[Actor]

    @property
    def actions(self) -> tuple[Trigger, ...]:
        """Return what the caller may do with it now, in the machine's order.

        `win` is nobody's to ask for: a payment or an opened account does it (docs/decisions/0025).
        """
        found = [step for each in sorted(self.actors) for step in allowed(self.lead.status, each)]
        refused = {"win", "recycle"} if self.lead.locked else {"win"}
        return tuple(step for step in dict.fromkeys(found) if step not in refused)

    def as_one_of(self, *wanted: Actor) -> Actor:
        """Return the first of these that the caller is; raises 403 wrong_actor."""
        for each in wanted:
            if each in self.actors:
                return each
        who = "或".join(_CALLED[each] for each in wanted)
        raise problems.forbidden(f"这个操作需要由{who}进行", code="wrong_actor")


def reached(request: Request, lead_id: str) -> Reached:
    """Return a lead as the caller reaches it; raises the refusal. 1 RRU."""
    caller, now = request.staff, request.now
    lead = stored.lead(lead_id)
    if lead is None:
        raise problems.not_found("没有这条线索") if sees_everybody(caller) else refusal()
    pool = pool_of(lead, now)
    if not _sees(caller, lead, pool, now):
        raise refusal()
    return Reached(lead, pool, frozenset(_actors(caller, lead, pool, now)))


def refusal() -> problems.Problem:
    """Return what everybody is told who may not see a lead."""
    return problems.forbidden("你没有查看这条线索的权限", code="no_access_to_lead")


def works_for(caller: Caller, pool: Pool) -> bool:
    """Return whether the caller is a member of a pool."""
    return key(caller.userid) in {key(each.userid) for each in pool.members}


def administers(caller: Caller, pool: Pool) -> bool:
    """Return whether the caller looks after a pool: named by it, or an operations administrator."""
    if caller.role == "operations_admin" and caller.data_scope == "all":
        return True
    return key(caller.userid) in {key(each) for each in pool.admins}


def _sees(caller: Caller, lead: Lead, pool: Pool, now: datetime) -> bool:
    if sees_everybody(caller) or administers(caller, pool):
        return True
    if lead.owner:
        return may_see_of(caller, lead.owner, directory(now))
    return _sees_unowned(caller, lead, pool, now)


def _sees_unowned(caller: Caller, lead: Lead, pool: Pool, now: datetime) -> bool:
    """Return whether the caller works for its pool, leads somebody who does, or has made the lead."""
    mine = key(caller.userid)
    if works_for(caller, pool) or (lead.created_by and key(lead.created_by) == mine):
        return True
    return caller.role in MANAGERS and may_see(caller, _userids(pool), directory(now))


def _actors(caller: Caller, lead: Lead, pool: Pool, now: datetime) -> Iterable[Actor]:
    if lead.owner and key(lead.owner) == key(caller.userid):
        yield "owner"
    if caller.role in MANAGERS:
        # Nobody manages what is their own.
        theirs = [lead.owner] if lead.owner else _userids(pool)
        others = [each for each in theirs if key(each) != key(caller.userid)]
        if sees_everybody(caller) or may_see(caller, others, directory(now)):
            yield "manager"
    if administers(caller, pool):
        yield "admin"
    if caller.role == "finance":
        yield "finance"
    if works_for(caller, pool):
        yield "pool_member"


def _userids(pool: Pool) -> list[str]:
    return [each.userid for each in pool.members]
