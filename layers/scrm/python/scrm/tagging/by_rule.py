"""Applying a tag rule: its tags go on a customer's every friendship, once for each customer (TAG-05)."""

from collections.abc import Sequence
from datetime import datetime

from scrm import telemetry
from scrm.customers.dynamodb import Customers
from scrm.customers.model import Customer
from scrm.sidebar.edits import Edit
from scrm.tagging import rules_dynamodb as stored
from scrm.tagging.marking import mark
from scrm.tagging.pairs import pair_of
from scrm.wecom.deployed import wecom

customers = Customers()
log = telemetry.Log("tag_rule")


def apply(rule_id: str, customer_id: str, now: datetime) -> None:
    """Put a rule's tags on all of a customer's friendships, unless that was done before or the rule is off.

    What a member takes off later stays off. A customer who is nobody's friend yet waits for the next event.
    Safe to repeat: killed at any line, what is left is done. Raises WeComError; the message comes again then.
    """
    rule = stored.rule(rule_id)
    whole = customers.whole(customer_id, consistent=True)
    if rule is None or not rule.enabled or not whole or stored.is_applied(rule_id, whole[0].customer_id):
        return
    if put_on(whole, rule.tag_ids, rule_id, now):
        stored.record_applied(rule_id, whole[0].customer_id, now)
        telemetry.count("rule_applied")


def put_on(whole: Sequence[Customer], tag_ids: Sequence[str], cause: str, now: datetime) -> bool:
    """Put tags on every friendship of a customer; return whether any has them now. Raises WeComError."""
    pairs = [pair for each in whole for pair in _friendships(each.external_userids)]
    wanted = Edit(add_tags=tuple(tag_ids))
    results = [mark(wecom(), pair, wanted, now) for pair in pairs]
    for refusal in (each.code for each in results if each.code):
        log.warning("rule_tag_refused", rule_id=cause, refusal=refusal)
    return any(each.status == "done" for each in results)


def _friendships(external_userids: tuple[str, ...]) -> list[str]:
    found = [customers.collection(each, consistent=True)[1] for each in external_userids]
    return [
        pair_of(relation.userid, relation.external_userid)
        for relations in found
        for relation in relations
        if relation.status == "active"
    ]
