"""A lead whose message was lost: the night finds it, the clock decides on it, once."""

from datetime import timedelta
from typing import Any

from tests.component.leads import playing
from tests.component.leads.leads_world import Leads


def taken_in(source_id: str, **more: Any) -> str:
    from scrm import clock
    from scrm.leads.intake import Told, take_in
    from scrm.leads.model import Lead

    told = Told(
        "website", source_id, (("phone", f"1380013800{source_id}"),), Lead("", "NEW", "website", **more)
    )
    return take_in(told, clock.now()).lead_id


def due(tables: Any) -> list[str]:
    return [each["PK"] for each in tables.rows("LEAD#", "LEAD") if each.get("due_pk")]


def test_a_lead_whose_message_was_lost_is_found_at_night_and_decided_on_once(
    leads: Leads, lambda_context: Any
) -> None:
    lost, uncleaned = taken_in("1"), taken_in("2", uncleaned=True)
    leads.react(lambda_context)
    (message,) = leads.queues.messages("LeadIntake")  # and nobody gets it
    leads.clock("2026-03-03", "02:55")
    young = taken_in("3")
    night = leads.clock("2026-03-03", "03:00")

    playing.night(night, leads.tables, leads.queues, lambda_context)

    assert due(leads.tables) == [f"LEAD#{lost}"]
    leads.clock("2026-03-03", "03:01")
    leads.tick(lambda_context)
    decided = leads[lost]
    assert (decided.status, decided.owner, decided.version) == ("ASSIGNED", "lisi", 2)
    assert (leads[young].status, leads[uncleaned].status) == ("NEW", "NEW")

    # The message turns up after all, and another night comes: nobody decides again.
    record = {"messageId": "1", "body": f'{{"lead_id": "{message["lead_id"]}", "epoch": {message["epoch"]}}}'}
    playing.app_of("assign_leads").handler({"Records": [record]}, lambda_context)
    night = leads.clock("2026-03-04", "03:00")
    playing.night(night, leads.tables, leads.queues, lambda_context)
    leads.clock("2026-03-04", "03:01")
    leads.tick(lambda_context)
    assert leads[lost].epoch == decided.epoch
    assert leads[young].owner == "wangwu"


def test_the_night_looks_at_the_leads_of_seven_days_and_repeating_it_changes_nothing(leads: Leads) -> None:
    from scrm.jobs.model import Chunk, Job, Work
    from scrm.leads.undecided import KIND, run
    from scrm.moments import rfc3339

    born = leads.clock("2026-03-02", "10:15")
    taken_in("1")
    hour = rfc3339(born - timedelta(minutes=15))
    job, chunk = Job("j", KIND, "system", born), Chunk("1", (hour, rfc3339(born + timedelta(days=9))))

    assert run(Work(job, chunk, born + timedelta(minutes=9))).done == 0
    assert due(leads.tables) == []
    for _ in range(2):
        assert run(Work(job, chunk, born + timedelta(minutes=11))).done == 1
    assert len(due(leads.tables)) == 1
