"""RPT-12: what came of a SOP, on the fixture of M12, and the customers behind each number."""

from dataclasses import replace
from typing import Any

import pytest

from scrm.http.caller import Caller
from scrm.sops.enrollment import Enrollment
from scrm.sops.moving import dispatched, ended, exited
from tests.component.conftest import http_event_of
from tests.component.http_world import Answered
from tests.unit.sops.journeys import CORP, SOP_A, at, in_sop, sent


def fixture() -> list[Enrollment]:
    """Return 200 who entered: 120 completed, 30 goal, 20 lost after A1, 10 segment, 20 running."""
    entered = in_sop(SOP_A, "02 10:15")
    one = sent(_go(entered), SOP_A, "02 10:40")
    done = one
    while done.status == "ACTIVE":
        done = sent(_go(done), SOP_A, "09 12:00")
    ends = [
        (120, done),
        (30, exited(one, "goal", at("04 12:00"))),
        (20, exited(one, "lost_relation", at("06 12:00"))),
        (10, exited(entered, "segment", at("03 12:00"))),
        (20, one),
    ]
    return [it for count, it in ends for _ in range(count)]


def _go(it: Enrollment) -> Enrollment:
    step = SOP_A.step(it.cursor)
    assert step
    return dispatched(it, step, SOP_A, CORP, it.due_at or at("02 10:15"))


@pytest.fixture
def m12(sops: Any) -> Any:
    """The fixture stored, and one of another version and one of another month."""
    from scrm.sops.dynamodb import EnrollmentRow

    sops.put(SOP_A)
    more = [replace(in_sop(SOP_A, "02 10:15"), version=2), in_sop(SOP_A, "04-02 10:15")]
    with EnrollmentRow.batch_write() as batch:
        for number, it in enumerate([*fixture(), *more]):
            owner = "lisi" if number % 2 else "zhangsan"
            batch.save(EnrollmentRow.of(replace(it, subject=f"cu_{number:03}", owner=owner, revision=1)))
    return sops


def asked(sops: Any, path: str = "", query: str = "", caller: Caller | None = None) -> Answered:
    """Ask for the report of March."""
    who = caller or Caller("admin", "operations_admin", "all")
    event = http_event_of("GET", f"/admin/reports/sop/A{path}", None, caller=who)
    event["rawQueryString"] = f"from=2026-03-01&to=2026-03-31{query}"
    return Answered(sops.bundle.invoke("admin_api", event))


def test_m12_completion_goal_and_reasons(m12: Any) -> None:
    told = asked(m12, query="&version=1").json
    assert (told["entered"], told["running"], told["completed"]) == (200, 20, 120)
    assert told["exits"] == {"goal": 30, "lost_relation": 20, "segment": 10}
    assert (told["completion"], told["goal_rate"]) == (0.6667, 0.15)
    assert told["lost_after_welcome"] == 0
    first, second = told["steps"][:2]
    assert (first["dispatched"], first["sent"], first["on_time"], first["lost_after"]) == (190, 190, 190, 20)
    assert (first["conversion"], first["lost_after_rate"]) == (0.95, 0.1053)
    assert (second["sent"], second["on_time"], second["lost_after"]) == (120, 0, 0)


def test_rpt_12_by_version_and_the_customers_behind_each_number(m12: Any) -> None:
    assert asked(m12).json["entered"] == 201
    page = asked(m12, "/customers", "&version=1&measure=lost:A1&limit=15").json
    assert (len(page["items"]), {each["bar"] for each in page["items"]}) == (15, {"1/5"})
    rest = asked(m12, "/customers", f"&version=1&measure=lost:A1&limit=15&cursor={_quoted(page)}").json
    assert (len(rest["items"]), rest["next_cursor"]) == (5, None)
    assert asked(m12, "/customers", "&measure=").status == 422
    m12.put(replace(SOP_A, number=2, steps=SOP_A.steps[:4]))
    m12.switch("A", "paused")
    (other,) = [
        each for each in asked(m12, "/customers", "&measure=running").json["items"] if each["version"] == 2
    ]
    listed = m12.done("GET", f"/admin/sops/A/enrollments/{other['subject']}")
    assert (other["bar"], other["status"], other["why"], other["entered_at"]) == (
        listed["progress"],
        listed["status"],
        listed["why"],
        listed["entered_at"],
    )
    assert (other["bar"], other["status"]) == ("0/3", "PAUSED"), "as on the version they are on"
    assert asked(m12, query="&version=9").json["errors"][0]["field"] == "version"


def _quoted(page: dict[str, Any]) -> str:
    return str(page["next_cursor"]).replace("#", "%23").replace(":", "%3A")


def test_rpt_12_who_deletes_after_the_welcome_is_counted_against_it() -> None:
    from scrm.sops.reporting import report

    welcomed = ended(in_sop(SOP_A, "02 10:15"), SOP_A.steps[0], "SENT", at("02 10:15"), SOP_A, CORP)
    found = report([exited(welcomed, "lost_relation", at("02 11:00"))], SOP_A)
    assert (found.lost_after_welcome, {each.lost for each in found.steps}) == (1, {0})


def test_a_failed_step_is_none_that_was_sent() -> None:
    from scrm.sops.reporting import report

    step = SOP_A.step("A1")
    assert step
    it = ended(_go(in_sop(SOP_A, "02 10:15")), step, "FAILED", at("02 10:16"), SOP_A, CORP)
    found = report([it], SOP_A)
    assert (found.steps[0].failed, found.steps[0].sent, found.on_time) == (1, 0, None)
