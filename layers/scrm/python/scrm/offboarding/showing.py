"""What a member leaves behind, read for whoever looks at it."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import Any

from scrm.cards.model import Card
from scrm.channel_codes.dynamodb import channels
from scrm.http.request import Request
from scrm.http.scope import OWN_ONLY
from scrm.inheritance import plans_dynamodb as plans
from scrm.inheritance.plan import Plan
from scrm.inheritance.showing import plan_out
from scrm.leads import rules_dynamodb
from scrm.moments import BEIJING
from scrm.offboarding import counting
from scrm.offboarding.console_models import (
    FriendOut,
    GoneOut,
    GroupLeftOut,
    GroupsHandedOut,
    GroupStaysOut,
    LeadLeftOut,
    NamedOut,
    OffboardingOut,
    ProposedOut,
    RemainsOut,
    ToDoLeftOut,
)
from scrm.offboarding.groups import GroupsHanded
from scrm.offboarding.model import Departure, Remains, mode_of
from scrm.offboarding.rule import rule_of, takeovers_of
from scrm.settings.dynamodb import load as load_settings
from scrm.sidebar import masking
from scrm.staff.model import Directory, Member, key

FIRST = 20
MOST_FRIENDS = 2_000
PLANS_READ = 100


def gone_values(gone: Departure | None, member: Member | None, userid: str) -> dict[str, Any]:
    """Return what every answer about a member holds; one who is there leaves nothing yet."""
    until = gone.until if gone else None
    return {
        "userid": member.userid if member else userid,
        "name": member.name if member else userid,
        "status": gone.status if gone else member.status if member else "left",
        "departments": list(member.departments) if member else [],
        "gone_at": gone.gone_at if gone else None,
        "left_at": gone.left_at if gone else None,
        "mode": mode_of(gone, member),
        "handed_over_until": until.astimezone(BEIJING).date() if until else None,
        "remains": RemainsOut.model_validate(gone.remains) if gone and gone.remains else None,
        "counted_at": gone.counted_at if gone else None,
        "unassigned": gone.listed if gone else None,
        "unassigned_at": gone.listed_at if gone else None,
    }


def gone_out(gone: Departure, people: Directory) -> GoneOut:
    """Return a member who is gone as a line of the list."""
    return GoneOut(**gone_values(gone, people.get(gone.userid), gone.userid))


def offboarding_out(
    request: Request, userid: str, gone: Departure | None, people: Directory
) -> OffboardingOut:
    """Return a member with what they leave behind. One query each, and the cards by their bytes."""
    member = people.get(userid)
    friends, every = _friends(userid)
    leads, to_dos = list(counting.leads_of(userid)), counting.open_to_dos(userid)
    groups = counting.groups_owned(userid)
    remains = Remains(len(friends), len(groups), len(leads), len(to_dos), len(counting.bars_of(to_dos)))
    if not every and gone and gone.remains:
        remains = replace(remains, customers=max(gone.remains.customers, len(friends)))
    shown = FIRST if request.staff.role not in OWN_ONLY else 0
    rule = rule_of(member, load_settings().offboarding_rules, people)
    values = gone_values(gone, member, userid) | {
        "remains": RemainsOut.model_validate(remains),
        "counted_at": request.now,
    }
    return OffboardingOut(
        **values,
        customers=[_friend(each) for each in friends[:shown]],
        groups=[GroupLeftOut.model_validate(each) for each in groups[:shown]],
        leads=[
            LeadLeftOut(lead_id=each.lead_id, name=masking.text(each.name), status=each.status)
            for each in leads[:shown]
        ],
        to_dos=[
            ToDoLeftOut(task_id=each.id, kind=each.kind, due=each.due, customer_id=each.customer_id)
            for each in to_dos[:shown]
        ],
        channels=_channels(userid),
        pools=_pools(userid, request.now),
        plans=[plan_out(each) for each in plans_of(userid)],
        proposed=ProposedOut(
            takeovers=takeovers_of(userid, rule, people),
            allocation=rule.allocation,
            tag_ids=list(rule.tag_ids),
            notice=rule.notice,
            on_limit=rule.on_limit,
        ),
    )


def groups_out(handed: GroupsHanded) -> GroupsHandedOut:
    """Return what becomes of a member's groups."""
    stay = [GroupStaysOut(chat_id=chat_id, code=code) for chat_id, code in handed.stay]
    return GroupsHandedOut(groups=handed.groups, job_ids=list(handed.job_ids), stay=stay)


def plans_of(userid: str) -> list[Plan]:
    """Return the plans that hand a member's customers over, of the latest 100. A query and a batch read."""
    found, _ = plans.plans(PLANS_READ)
    return [each for each in found if key(userid) in map(key, each.terms["handovers"])]


def _friends(userid: str) -> tuple[list[Card], bool]:
    """Return a member's friends, the newest 2,000, and whether these are all."""
    found = list(islice(counting.friends_of(userid), MOST_FRIENDS + 1))
    return found[:MOST_FRIENDS], len(found) <= MOST_FRIENDS


def _friend(card: Card) -> FriendOut:
    return FriendOut(
        customer_id=card.customer_id,
        external_userid=card.external_userid,
        name=masking.text(card.name),
        added_at=card.added_at,
    )


def _channels(userid: str) -> list[NamedOut]:
    named = (
        each
        for each in channels()
        if key(userid) in {*(key(one.userid) for one in each.staff), *map(key, each.fallback)}
    )
    return _named((each.channel_id, each.name) for each in named)


def _pools(userid: str, now: datetime) -> list[NamedOut]:
    pools = rules_dynamodb.in_force.get(now).pools
    named = (each for each in pools if key(userid) in {key(one.userid) for one in each.members})
    return _named((each.pool_id, each.name) for each in named)


def _named(those: Iterable[tuple[str, str]]) -> list[NamedOut]:
    return [NamedOut(id=each, name=name) for each, name in those]
