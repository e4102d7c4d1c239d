"""Leads that are somebody's from the beginning: made by hand, or brought for a member (spec 4.3, 4.9).

Whoever brings a lead knows whom they mean: caps of the pool do not stop it, and it takes no turn of theirs;
it counts among the leads that they have.
"""

from datetime import datetime

from scrm.leads import loads_dynamodb, rules_dynamodb
from scrm.leads.assigning import next_look, owned_by
from scrm.leads.deciding import Decision
from scrm.leads.dedupe import Answer
from scrm.leads.engine import pool_for
from scrm.leads.intake import Begin, Begun
from scrm.leads.loads import brought
from scrm.leads.model import Lead
from scrm.staff.dynamodb import directory
from scrm.staff.model import key


def owned_from_the_start(userid: str) -> Begin:
    """Return how a lead begins that is `userid`'s at once, with the load it adds to theirs.

    A person who was won before is their owner's of then, as long as they work here.
    """

    def begin(new: Lead, answer: Answer, now: datetime) -> Begun:
        renews = answer.outcome == "renewal" and _is_active(answer.owner, now)
        owner, why = (answer.owner, "renewal") if renews else (userid, "")
        pool = pool_for(Decision(owner, "no_rule"), rules_dynamodb.in_force.get(now), new)
        owned = owned_by(new, owner, pool, now, "create", new.updated_by, why)
        load = loads_dynamodb.load_of(owner)
        step = loads_dynamodb.load_step(load, brought(load))
        return Begun(owned, next_look(owned, pool.protection), (step,))

    return begin


def _is_active(userid: str, now: datetime) -> bool:
    member = directory(now).members.get(key(userid))
    return member is not None and member.status == "active"
