"""The oracles of spec 4.8 through POST /integrations/leads, the stream, the queue and the clock (LED-12)."""

import json
import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from scrm.channel_codes.model import Shift
from scrm.leads.policy import Member
from tests.component.conftest import app_of
from tests.component.integrations_api.senders import KEY, SECRET, sent
from tests.component.leads.playing import closed, in_force, lead, notices, play

DAY = "2026-03-02"
XIHU, NINGBO, BEIJING, HANGZHOU, ZHEJIANG = "330106", "330200", "110000", "330100", "330000"
ENGLISH_SAAS = {"english": 2, "saas": 1}
MORNING, AFTERNOON = (Shift("09:00", "12:00"),), (Shift("14:00", "18:00"),)


@dataclass(frozen=True)
class Oracle:
    """A pool and its rule, what members have at first, the leads that come a minute apart, and who gets them.

    `away` says who is on leave from one lead to another; `at` gives a lead its own time; `ticks` are the
    moments at which the clock looks afterwards. A dot is the pool.
    """

    name: str
    members: tuple[Member, ...]
    owners: str
    rule: Mapping[str, Any] = field(default_factory=dict)
    loads: Mapping[str, int] = field(default_factory=dict)
    rows: tuple[Mapping[str, Any], ...] = ()
    away: tuple[tuple[str, int, int], ...] = ()
    at: tuple[str, ...] = ()
    ticks: tuple[str, ...] = ()
    why: str = ""


def members(names: str, **each: Mapping[str, Any]) -> tuple[Member, ...]:
    """Return members in the order of their names, with what is special of each."""
    return tuple(Member(name, place, **each.get(name, {})) for place, name in enumerate(names))


def weights(**each: int) -> tuple[Member, ...]:
    """Return members by weight."""
    return members("".join(each), **{name: {"weight": weight} for name, weight in each.items()})


OFF_HOURS = members("AB", A={"shifts": MORNING}, B={"shifts": AFTERNOON})
REGIONS = members("ABC", A={"regions": (ZHEJIANG,)}, B={"regions": (HANGZHOU,)})
SKILLED = members(
    "ABC",
    A={"skills": {"english": 3}},
    B={"skills": {"english": 2, "saas": 1}, "max_open": 1},
    C={"skills": {"saas": 3}},
)
ORACLES = (
    Oracle("L1", members("ABC"), "ABCABCA"),
    Oracle("L2", members("ABC"), "ACABC", away=(("B", 1, 3),)),
    Oracle("L3", weights(A=5, B=3, C=2), "ABCAABACBA", {"algorithm": "weighted"}),
    Oracle("L3b", weights(A=5, B=1, C=1), "AABACAA", {"algorithm": "weighted"}),
    Oracle("L4", members("ABC", A={"weight": 2, "daily_cap": 3}), "ABCAABCB", {"algorithm": "weighted"}),
    Oracle(
        "L5",
        members("ABC", A={"max_open": 10}, B={"max_open": 20}, C={"max_open": 5}),
        "BBCBBBBA",
        {"algorithm": "load_ratio"},
        {"A": 8, "B": 10, "C": 3},
    ),
    Oracle("L6", members("ABC"), "BCBCAB", {"algorithm": "least_open"}, {"A": 4, "B": 2, "C": 2}),
    Oracle(
        "L7",
        REGIONS,
        "BACA",
        {"by_region": True},
        rows=tuple({"region": each} for each in (XIHU, NINGBO, BEIJING, XIHU)),
        away=(("B", 3, 4),),
    ),
    Oracle("L8", SKILLED, "B.", {"skills": ENGLISH_SAAS}, why="skill_unmet"),
    Oracle(
        "L8 asked by the lead",
        SKILLED,
        "B.",
        rows=({"skills": ENGLISH_SAAS}, {"skills": ENGLISH_SAAS}),
        why="skill_unmet",
    ),
    Oracle(
        "L9",
        OFF_HOURS,
        "ABA",
        {"off_hours": "queue_until_open"},
        at=("2026-03-02T10:00", "2026-03-02T13:00", "2026-03-02T20:00"),
        ticks=("2026-03-02T14:00", "2026-03-03T09:00"),
    ),
    Oracle("L9 with duty", OFF_HOURS, "D", {"off_hours": "duty", "duty": "D"}, at=("2026-03-02T20:00",)),
    Oracle(
        "L9 over National Day, by the calendar",
        members("A", A={"shifts": MORNING, "by_calendar": True}),
        "A",
        {"off_hours": "queue_until_open"},
        at=("2026-10-01T10:00",),
        ticks=("2026-10-08T09:00",),
    ),
    Oracle("L12", members("AB", A={"max_open": 2}, B={"max_open": 1}), "ABA..", why="nobody_free"),
    Oracle(
        "L20",
        members("ABC", A={"max_open": 5}, B={"max_open": 4}, C={"shifts": AFTERNOON}),
        "BABABA.",
        {"algorithm": "load_ratio"},
        {"A": 2, "B": 1},
        why="nobody_free",
    ),
)


@pytest.fixture
def feed(corp: Any, queues: Any, parameters: Callable[[str, str], None]) -> Any:
    """The corp with five members more, and a key for the systems that feed it."""
    from scrm.integrations import gate
    from scrm.staff.dynamodb import StaffRow
    from scrm.staff.model import Member as Staff

    gate.forget()
    parameters(f"integrations/{KEY}", json.dumps({"secret": SECRET}))
    for each in ("A", "B", "C", "D", "U2"):
        StaffRow.of(Staff(each, each)).save()
    return corp


def comes(number: int, **more: Any) -> str:
    """Let a lead come; return its id."""
    row = {"kind": "website", "phone": f"1390000{number:04}", "source_id": f"s{number}", **more}
    answer = sent("POST", "/integrations/leads", row)
    assert answer.status == 200, answer.text
    (result,) = answer.json["results"]
    return str(result["lead_id"])


def moment(minute: int) -> str:
    """Return the time of a lead by its place."""
    return f"{DAY}T10:{minute:02}:00+08:00"


def tick(at: Callable[[str], datetime], when: str, context: Any) -> None:
    """Let the clock look at what is due."""
    now = at(f"{when}:00+08:00")
    app_of("recycle_leads").handler({"time": now.isoformat().replace("+00:00", "Z")}, context)


@pytest.mark.parametrize("oracle", ORACLES, ids=lambda each: each.name)
def test_who_gets_the_leads(
    oracle: Oracle, feed: Any, tables: Any, queues: Any, at: Any, lambda_context: Any
) -> None:
    from scrm.leads import leaves_dynamodb
    from scrm.leads.loads_dynamodb import LoadRow

    at(moment(0))
    in_force(*oracle.members, **oracle.rule)
    for userid, count in oracle.loads.items():
        LoadRow("LOADS", userid.lower(), open=count, version=1).save()
    for userid, first, last in oracle.away:
        start, end = (datetime.fromisoformat(moment(each)) for each in (first, last))
        leaves_dynamodb.put(userid, start, end, "admin")

    ids = []
    for number in range(len(oracle.owners)):
        at(f"{oracle.at[number]}:00+08:00" if oracle.at else moment(number))
        ids.append(comes(number, **(oracle.rows[number] if oracle.rows else {})))
        play(tables, queues, lambda_context)
    for each in oracle.ticks:
        tick(at, each, lambda_context)

    found = [lead(each) for each in ids]
    assert "".join(each.owner or "." for each in found) == oracle.owners
    assert {each.reason for each in found if not each.owner} == ({oracle.why} if oracle.why else set())
    told = Counter(each["kind"] for each in notices(queues))
    assert told["new_lead"] == len(oracle.owners) - oracle.owners.count(".") - len(oracle.ticks)
    assert told["alert"] == ("." in oracle.owners)


def test_l10_a_touch_of_an_open_lead_changes_neither_owner_nor_turn(
    feed: Any, tables: Any, queues: Any, at: Any, lambda_context: Any
) -> None:
    from scrm.leads.rules_dynamodb import cursors

    at(moment(0))
    in_force(Member("U2", 0, max_open=10), Member("A", 1))
    lead_id = comes(0)
    play(tables, queues, lambda_context)
    turn = cursors(["R"])["R"]
    notices(queues)
    at(moment(5))

    met = comes(0, source_id="again")
    play(tables, queues, lambda_context)

    assert (met, lead(lead_id).owner, cursors(["R"])["R"]) == (lead_id, "U2", turn)
    assert {each["userid"] for each in notices(queues)} == {"U2"}


def test_l11_the_owner_who_won_has_left(
    feed: Any, tables: Any, queues: Any, at: Any, lambda_context: Any
) -> None:
    from scrm.kept import Kept
    from scrm.leads.telling import explained
    from scrm.staff.dynamodb import StaffRow
    from scrm.staff.model import Member as Staff

    at(moment(0))
    in_force("U2")
    won = comes(0)
    play(tables, queues, lambda_context)
    closed(won, "WON")
    in_force("A", "B")
    StaffRow.of(Staff("U2", "U2", status="departed")).save()
    Kept.forget_all()
    now = at(moment(9))

    renewal = comes(0, source_id="renewal")
    play(tables, queues, lambda_context)

    assert lead(renewal).previous_lead_id == won
    assert (lead(renewal).owner, lead(renewal).reason) == ("B", "rule")  # the next after U2, who had the turn
    told = explained(renewal, now).decision
    assert told is not None
    asked = [each for each in told.stages if each.stage in {"sticky", "rule"}]
    assert [(each.subject, each.code) for each in asked] == [
        ("U2", "sticky_inactive"),
        ("R", "round_robin"),
    ]


@pytest.mark.parametrize(("followed_at", "owner"), [("09:59", "A"), ("", "B")])
def test_l17_two_hours_of_work_over_a_weekend(
    feed: Any, tables: Any, queues: Any, at: Any, lambda_context: Any, followed_at: str, owner: str
) -> None:
    from scrm.leads import rules_dynamodb
    from scrm.leads.living import change
    from scrm.leads.policy import Pool, RuleOfPool, RuleSet
    from scrm.leads.protection import Policy
    from scrm.leads.steps import followed

    now = at("2026-03-06T17:00:00+08:00")
    pool = Pool("P", "公海", members("AB"), protection=Policy(first_sla=timedelta(hours=2)))
    rules_dynamodb.add(RuleSet(rules=(RuleOfPool("R", "P"),), pools=(pool,), default_pool="P"), "a", now)
    lead_id = comes(0)
    play(tables, queues, lambda_context)
    assert lead(lead_id).first_due == datetime.fromisoformat("2026-03-09T10:00:00+08:00")

    tick(at, "2026-03-09T09:59", lambda_context)
    if followed_at:
        acted = at(f"2026-03-09T{followed_at}:00+08:00")
        change(lead_id, lambda one, terms: followed(one, terms.protection, "A", acted, None), acted)
    tick(at, "2026-03-09T10:01", lambda_context)

    assert lead(lead_id).owner == owner


def test_l21_a_hundred_leads_each_message_three_times(
    feed: Any, tables: Any, queues: Any, at: Any, lambda_context: Any
) -> None:
    """Told through the API, delivered out of order; twenty workers at once: tests/faults/test_leads.py."""
    from scrm.leads.rules_dynamodb import cursors

    at(moment(0))
    in_force("A", "B", "C")
    rows = [{"kind": "website", "phone": f"1390000{n:04}", "source_id": f"s{n}"} for n in range(100)]
    answer = sent("POST", "/integrations/leads", {"leads": rows})
    ids = [each["lead_id"] for each in answer.json["results"]]
    app_of("react_to_changes").handler({"Records": tables.stream()}, lambda_context)
    bodies = 3 * [json.dumps(each) for each in queues.messages("LeadIntake")]
    random.Random(21).shuffle(bodies)

    for number, body in enumerate(bodies):
        record = {"messageId": str(number), "body": body}
        answered = app_of("assign_leads").handler({"Records": [record]}, lambda_context)
        assert answered == {"batchItemFailures": []}

    owners = Counter(lead(each).owner for each in ids)
    assert len(set(ids)) == 100
    assert sorted(owners.values(), reverse=True) == [34, 33, 33]
    assert cursors(["R"])["R"][1] == 100


def test_l22_black_and_white(feed: Any, tables: Any, queues: Any, at: Any, lambda_context: Any) -> None:
    from scrm.leads.lists_dynamodb import list_step
    from scrm.table import in_transaction

    now = at(moment(0))
    in_force("A")

    def listed(colour: str) -> None:
        with in_transaction() as transaction:
            list_step(("phone", "13900000000"), colour, "test", "admin", now)(transaction)

    listed("black")
    refused = comes(0)
    play(tables, queues, lambda_context)
    assert (lead(refused).status, lead(refused).reason, lead(refused).owner) == ("INVALID", "blacklist", "")
    assert notices(queues) == []

    listed("white")
    taken = comes(0, source_id="again")
    play(tables, queues, lambda_context)
    assert (lead(taken).status, lead(taken).owner) == ("ASSIGNED", "A")
