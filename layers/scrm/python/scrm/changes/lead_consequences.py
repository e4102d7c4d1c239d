"""Carrying out what follows for leads and their money; imported when the first of it comes."""

from collections.abc import Callable, Mapping
from typing import Any

from scrm import clock
from scrm.changes.carrying_out import Consequences, tell
from scrm.changes.effects import (
    CampaignAnswered,
    CustomerFollowed,
    HandoverWentOn,
    LeadActivity,
    LeadsOfGone,
    RelationLost,
    Signalled,
)
from scrm.changes.lead_effects import (
    AccountOpened,
    CustomerVisited,
    LeadFollowed,
    LeadJoined,
    LeadReached,
    LeadScored,
    LeadSigned,
    LeadStep,
    LeadToDecide,
    LeadToDo,
    NobodyFree,
    OrderPaid,
    ToDoOver,
)
from scrm.changes.lead_work import step_entry
from scrm.facts.recording import followed_up
from scrm.leads import campaigns_dynamodb, followed_dynamodb, history_dynamodb
from scrm.leads import following as leads
from scrm.leads.alerting import alerts
from scrm.leads.dynamodb import lead as lead_as_stored
from scrm.leads.earning import settle_account, settle_lead, settle_order
from scrm.leads.handing import go_on, hand_over
from scrm.leads.queueing import ask
from scrm.leads.signalling import consider
from scrm.tasks.model import TaskClosed


def done_by(carrier: Consequences) -> Mapping[type[Any], Callable[[Any, Any], None]]:
    """Return how each effect is carried out, with the carrier's timeline and to-dos."""
    return {
        LeadToDecide: lambda effect, _: ask(effect.lead_id, effect.epoch),
        LeadStep: lambda effect, _: _step(effect),
        NobodyFree: lambda effect, _: _alert(effect),
        LeadToDo: lambda effect, _: _plan(carrier, effect),
        ToDoOver: lambda effect, _: _end(carrier, effect),
        LeadJoined: lambda effect, _: _join(carrier, effect),
        CustomerVisited: lambda effect, _: _visited(carrier, effect),
        LeadFollowed: lambda effect, _: _follow(carrier, effect),
        LeadActivity: lambda effect, _: leads.customer_acted(
            effect.customer_id, effect.external_userid, effect.at, clock.now()
        ),
        LeadScored: lambda effect, _: leads.told_score(effect.lead_id, effect.score, effect.at, clock.now()),
        Signalled: lambda effect, _: consider(effect.customer_id, effect.entry, clock.now()),
        CustomerFollowed: lambda effect, _: followed_dynamodb.note_act(effect.userid, effect.act, effect.at),
        CampaignAnswered: lambda effect, _: campaigns_dynamodb.note(
            effect.campaign, effect.answer, effect.act, effect.at, gone=effect.gone
        ),
        LeadsOfGone: lambda effect, _: _leave(effect),
        RelationLost: lambda effect, _: leads.relation_lost(effect.external_userid, clock.now()),
        LeadSigned: lambda effect, _: settle_lead(effect.lead_id, clock.now()),
        LeadReached: lambda effect, _: hand_over(effect.lead_id, effect.event, effect.at, clock.now()),
        HandoverWentOn: lambda effect, _: go_on(effect.lead_id, effect.number, effect.at),
        OrderPaid: lambda effect, _: settle_order(effect.source, effect.order_no, clock.now()),
        AccountOpened: lambda effect, _: settle_account(effect.crmid, clock.now()),
    }


def _step(effect: LeadStep) -> None:
    history_dynamodb.put(effect.lead_id, effect.version, effect.step)
    owner = effect.step["owner"]
    if owner and owner != effect.step["former"]:
        leads.came_to(effect.lead_id, owner, clock.now())


def _alert(effect: NobodyFree) -> None:
    for each in alerts(effect.pool_id, effect.why, effect.source, effect.at, clock.now()):
        tell(each)


def _plan(carrier: Consequences, effect: LeadToDo) -> None:
    carrier.tasks.open(effect.task)


def _end(carrier: Consequences, effect: ToDoOver) -> None:
    """Close a to-do, unless somebody has."""
    there = carrier.tasks.get(effect.task_id)
    if there is None or there.status != "open":
        return
    try:
        carrier.tasks.close(there.id, there.version, effect.status, by=effect.by, at=effect.at)
    except TaskClosed:
        return


def _join(carrier: Consequences, effect: LeadJoined) -> None:
    for step in leads.steps_of(effect.lead_id):
        carrier.timeline.append(effect.customer_id, step_entry(effect.lead_id, **step))


def _follow(carrier: Consequences, effect: LeadFollowed) -> None:
    lead, told = lead_as_stored(effect.lead_id), effect.entry
    if told.userid:
        followed_dynamodb.note(told.userid, effect.lead_id, told.entry_id, told.at)
    if lead and lead.customer_id and effect.entry.userid:
        carrier.timeline.append(lead.customer_id, effect.entry)
        followed_up(lead.customer_id, effect.entry.userid, effect.entry.at)


def _visited(carrier: Consequences, effect: CustomerVisited) -> None:
    carrier.timeline.append(effect.customer_id, effect.entry)
    if effect.entry.userid:
        followed_up(effect.customer_id, effect.entry.userid, effect.entry.at)


def _leave(effect: LeadsOfGone) -> None:
    leads.owner_left(effect.userid, clock.now())
