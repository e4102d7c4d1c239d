"""Claiming a lead from its pool: one wins, in one transaction with what they hold (G1, G3, G5)."""

from datetime import datetime

from scrm.leads import dynamodb as stored
from scrm.leads import loads_dynamodb
from scrm.leads.assigning import next_look, owned_by
from scrm.leads.claims import Refusal, refusal
from scrm.leads.loads import claimed
from scrm.leads.model import Lead
from scrm.leads.policy import Pool

ATTEMPTS = 5


class ClaimRefused(Exception):
    """The lead cannot be claimed; nothing was written."""

    def __init__(self, why: Refusal) -> None:
        super().__init__(why)
        self.why = why


def claim(lead_id: str, pool: Pool, userid: str, now: datetime) -> Lead:
    """Make a lead of a pool `userid`'s; return it. 2 RRU, 7 WRU.

    Not safe to repeat blindly: the winner's second try is refused with not_in_pool. Raises ClaimRefused,
    LookupError where there is no such lead, LeadChanged when others kept changing what the member holds.
    """
    for _ in range(ATTEMPTS):
        lead = stored.lead(lead_id)
        if lead is None:
            raise LookupError(lead_id)
        load = loads_dynamodb.load_of(userid)
        if why := refusal(lead, pool, userid, load, now):
            raise ClaimRefused(why)
        owned = owned_by(lead, userid, pool, now, "claim", userid)
        steps = [loads_dynamodb.load_step(load, claimed(load, now))]
        try:
            return stored.save(owned, lead, next_look(owned, pool.protection), steps)
        except stored.LeadChanged:
            continue
    raise stored.LeadChanged
