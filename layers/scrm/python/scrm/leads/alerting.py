"""Telling a pool's administrators that nobody is free, once an hour (spec 4.1, oracle L12)."""

from datetime import datetime

from scrm.leads import alerts_dynamodb, rules_dynamodb
from scrm.leads.policy import Pool
from scrm.leads.sentences import SHORTAGES
from scrm.notices.model import Notice, notice
from scrm.staff.dynamodb import directory
from scrm.telemetry import count


def alerts(pool_id: str, why: str, source: str, at: datetime, now: datetime) -> list[Notice]:
    """Return whom to tell that a lead found nobody; nobody where a pool's were told within the hour.

    Safe to repeat: the same `source` gives the same notices. A pool without administrators alerts those of
    operations. Where no rule fits, a pool's members claim; only what nobody could claim is told. 1 WRU.
    """
    pool = rules_dynamodb.in_force.get(now).pool(pool_id) or Pool(pool_id, "公海")
    if why == "no_rule" and pool.members:
        return []
    if not alerts_dynamodb.tells(pool_id, source, at):
        count("lead_alert_within_the_hour")
        return []
    title = (
        "有新线索，但没有适用的分配规则，也没有可以领取的成员，请设置线索分配"
        if why == "no_rule"
        else f"公海「{pool.name}」{SHORTAGES.get(why, why)}，新线索留在公海"
    )
    return [
        notice("alert", userid, at, source, subject={"pool_id": pool_id}, facts={"title": title})
        for userid in _administrators(pool, now)
    ]


def _administrators(pool: Pool, now: datetime) -> list[str]:
    if pool.admins:
        return list(pool.admins)
    members = directory(now).members.values()
    return [each.userid for each in members if each.role == "operations_admin" and each.status == "active"]
