"""Leads given by the engine over the table: turns, caps and explanations hold however it is called."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.component.aborting import Killed, Steps

NOW = datetime(2026, 3, 2, 2, 15, tzinfo=UTC)


@pytest.fixture
def staff(tables: Any) -> None:
    """Three members who work."""
    from scrm.staff.dynamodb import StaffRow
    from scrm.staff.model import Member

    for userid in "ABC":
        StaffRow.of(Member(userid, userid)).save()


def in_force(*members: Any, **rule: Any) -> None:
    """Put a pool of the members with one rule in force."""
    from scrm.leads import rules_dynamodb
    from scrm.leads.policy import Pool, RuleOfPool, RuleSet

    rules = (RuleOfPool("R", "P", **rule),)
    rules_dynamodb.add(RuleSet(rules=rules, pools=(Pool("P", "公海", members),), default_pool="P"), "a", NOW)


def arrived(number: int) -> str:
    """Store a new lead and return its id."""
    from scrm.leads import dynamodb as stored
    from scrm.leads.model import Lead

    keys = (("phone", f"1380000{number:04}"),)
    lead = Lead(f"ld{number}", "NEW", "website", keys=keys, trigger="create", created_at=NOW, updated_at=NOW)  # type: ignore[arg-type]
    stored.create(lead, {}, NOW)
    return f"ld{number}"


def owners() -> str:
    """Return the owners of the leads in the order of their turns; a dot is the pool."""
    from scrm.leads import dynamodb as stored

    found = ""
    number = 0
    while lead := stored.lead(f"ld{number}"):
        found += lead.owner or "."
        number += 1
    return found


def test_l1_over_the_table(staff: None) -> None:
    from scrm.leads.assigning import assign
    from scrm.leads.policy import Member

    in_force(*(Member(userid, place) for place, userid in enumerate("ABC")))
    for number in range(7):
        assign(arrived(number), 0, NOW)

    assert owners() == "ABCABCA"


def test_l3_weighted_turns_go_on_where_another_version_of_the_rules_comes(staff: None) -> None:
    from scrm.leads.assigning import assign
    from scrm.leads.policy import Member

    weights = {"A": 5, "B": 3, "C": 2}
    for number in range(10):
        if number in {0, 5}:
            # Somebody stands before all others then: what each has gathered is not theirs by place.
            first = [Member("Z", 0)] if number else []
            here = (Member(each, ord(each), weight) for each, weight in weights.items())
            in_force(*first, *here, algorithm="weighted")
        assign(arrived(number), 0, NOW)

    assert owners() == "ABCAABACBA"


def test_l12_caps_are_never_exceeded_and_the_lead_says_why(staff: None) -> None:
    from scrm.leads.assigning import assign
    from scrm.leads.dynamodb import LeadRow, of_pool
    from scrm.leads.explaining import unfolded
    from scrm.leads.policy import Member

    in_force(Member("A", 0, max_open=2), Member("B", 1, max_open=1))
    for number in range(5):
        assign(arrived(number), 0, NOW)

    assert owners() == "ABA.."
    assert [each.lead_id for each in of_pool("P")] == ["ld3", "ld4"]
    told = unfolded(LeadRow.get("LEAD#ld3", "LEAD").decision, {"R": ["A", "B"]})
    assert told["why"] == "nobody_free"
    assert [(each["userid"], each["reason"]) for each in told["stages"][0]["members"]] == [
        ("A", "full"),
        ("B", "full"),
    ]


def test_g2_redelivery_changes_nothing(staff: None, tables: Any) -> None:
    from scrm.leads.assigning import assign
    from scrm.leads.policy import Member

    in_force(Member("A", 0), Member("B", 1))
    lead_id = arrived(0)
    assign(lead_id, 0, NOW)
    before = tables.typed()

    assert assign(lead_id, 0, NOW) is None
    assert tables.typed() == before


def test_g2_a_lead_that_went_to_its_pool_or_waits_is_not_decided_again(staff: None, tables: Any) -> None:
    from scrm.channel_codes.model import Shift
    from scrm.leads.assigning import assign
    from scrm.leads.policy import Member

    in_force(Member("A", max_open=0))
    pooled = arrived(0)
    assign(pooled, 0, NOW)
    in_force(Member("A", shifts=(Shift("14:00", "18:00"),)), off_hours="queue_until_open")
    waits = arrived(1)
    assign(waits, 0, NOW)
    before = tables.typed()

    assert assign(pooled, 0, NOW) is None
    assert assign(waits, 0, NOW) is None
    assert tables.typed() == before


def test_g1_g3_g4_killed_at_any_step_and_delivered_again(
    staff: None, tables: Any, monkeypatch: pytest.MonkeyPatch, wecom: Any
) -> None:
    from scrm.leads import rules_dynamodb
    from scrm.leads.assigning import assign
    from scrm.leads.loads_dynamodb import loads
    from scrm.leads.policy import Member

    in_force(Member("A", 0), Member("B", 1))
    steps, number = Steps(), 0
    while True:
        lead_id = arrived(number)
        number += 1
        steps.restart(number)
        with steps.watched(monkeypatch, wecom):
            try:
                assign(lead_id, 0, NOW)
                break
            except Killed:
                steps.restart(None)
                assign(lead_id, 0, NOW)

    given = owners()
    assert given == ("AB" * number)[:number]
    assert {name: each.open for name, each in loads().items()} == Counter(given.lower())
    assert rules_dynamodb.cursors(["R"])["R"][1] == number


def test_a_lead_off_hours_waits_and_is_decided_when_the_shift_begins(staff: None) -> None:
    from scrm.channel_codes.model import Shift
    from scrm.leads import dynamodb as stored
    from scrm.leads.assigning import assign
    from scrm.leads.policy import Member

    in_force(Member("A", shifts=(Shift("14:00", "18:00"),)), off_hours="queue_until_open")
    lead_id = arrived(0)

    waiting = assign(lead_id, 0, NOW)

    opens = NOW.replace(hour=6, minute=0)
    assert waiting is not None
    assert (waiting.owner, waiting.queued_until) == ("", opens)
    assert sorted(each for shard in range(4) for each in stored.due(shard, opens, 10)) == [lead_id]
    assigned = assign(lead_id, 0, opens)
    assert assigned is not None
    assert assigned.owner == "A"
    assert assigned.protect_until == opens.replace(day=12)


def test_a_new_lead_is_asked_for_and_its_history_told(
    staff: None, tables: Any, queues: Any, function: Any, lambda_context: Any, sqs_event: Any
) -> None:
    from scrm.leads.history_dynamodb import history
    from scrm.leads.policy import Member

    in_force(Member("A"))
    arrived(0)
    react = function("react_to_changes").handler
    react({"Records": tables.stream()}, lambda_context)
    (asked,) = queues.messages("LeadIntake")
    assert asked == {"lead_id": "ld0", "epoch": 0}

    function("assign_leads").handler(sqs_event(asked, queue="LeadIntake"), lambda_context)
    for _ in range(2):
        react({"Records": tables.stream("again")}, lambda_context)
        tables.rewind("again", 0)

    assert [(each.start, each.to, each.owner, each.trigger) for each in history("ld0")] == [
        (None, "NEW", None, "create"),
        ("NEW", "ASSIGNED", "A", "assign"),
    ]
    kinds = [each["notice"]["kind"] for each in queues.messages("Notifications")]
    assert set(kinds) == {"new_lead"}
