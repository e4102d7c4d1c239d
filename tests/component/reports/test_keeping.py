"""Who stays and who deletes, from callbacks in to numbers out: RPT-02 (M1), RPT-03 (M2), RPT-19."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from scrm.http.caller import Caller
from tests.bench.scenarios import STATE, with_channel
from tests.component.conftest import http_event_of
from tests.component.http_world import Answered
from tests.doubles.bundle import START, Bundle
from wecom_simulator.acts import customer_deletes, member_deletes

Report = Callable[..., Any]
MARCH = {"from": "2026-03-01", "to": "2026-03-31"}
FROM_THE_4TH = MARCH | {"from": "2026-03-04"}
NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def bundle() -> Iterator[Bundle]:
    made = Bundle(seed="keeping")
    with made.running():
        yield made


@pytest.fixture
def asked(bundle: Bundle) -> Callable[..., Answered]:
    def ask(name: str, who: Caller | None = None, **query: str) -> Answered:
        caller = who or Caller("admin", "operations_admin", "all")
        event = http_event_of("GET", f"/admin/reports/{name}", None, caller=caller, query=query)
        return Answered(bundle.invoke("admin_api", event))

    return ask


@pytest.fixture
def report(asked: Callable[..., Answered]) -> Report:
    def told(name: str, who: Caller | None = None, **query: str) -> Any:
        answered = asked(name, who, **query)
        assert answered.status == 200, answered.text
        return answered.json

    return told


def day(bundle: Bundle, number: float) -> None:
    """Move to so many days after 2 March, 10:15, once everything so far has been taken in."""
    bundle.arrive()
    bundle.settle()
    bundle.time.seconds = START + number * 86_400


def a_month(bundle: Bundle) -> list[str]:
    """Let six come through a channel and one without: what becomes of each is in their order."""
    state = with_channel(bundle)
    scan, sim = bundle.wecom.people.scan, bundle.wecom
    stays, leaves, returns, deleted, moved, both = (
        str(scan(state=state, name=name)["external_userid"])
        for name in ("留下", "离开", "回来", "被删", "移交", "互删")
    )
    scan(userid="lisi", name="另一位")
    day(bundle, 2)
    for each in (leaves, returns):
        customer_deletes(sim, userid="zhangsan", external_userid=each)
    member_deletes(sim, userid="zhangsan", external_userid=deleted)
    member_deletes(sim, userid="zhangsan", external_userid=both)
    day(bundle, 3)
    customer_deletes(sim, userid="zhangsan", external_userid=both)
    sim.transfers.accept("zhangsan", "lisi", moved, sim.clock(), "", resigned=False)
    sim.transfers.complete(sim.transfers.waiting(moved), sim.clock())
    day(bundle, 4)
    scan(state=state, external_userid=returns)
    day(bundle, 9)
    return [stays, leaves, returns, deleted, moved, both]


def snapshot(bundle: Bundle, **event: str) -> list[dict[str, Any]]:
    bundle.invoke("snapshot_reports", {"time": bundle.time.now().isoformat(), **event})
    bundle.settle()
    return bundle.rows("SNAPSHOT#")


def lines(told: Any) -> dict[str, Any]:
    return {each["id"]: each for each in told["lines"]}


def test_rpt_02_rpt_03_from_callbacks_to_retention_and_deletion(bundle: Bundle, report: Report) -> None:
    a_month(bundle)

    told = report("retention", d="7", group="staff", **{"from": "2026-03-02", "to": "2026-03-02"})
    assert (told["source"], told["total"]["added"], told["total"]["matured"]) == ("relations", 7, 7)
    assert lines(told)["zhangsan"] == {
        "id": "zhangsan",
        "name": lines(told)["zhangsan"]["name"],
        "added": 6,
        "matured": 6,
        "lost": 2,
        "rate": 0.6667,
        "deleted_by_staff": 1,
        "handed_over": 1,
        "readded": 1,
        "active": 2,
        "current": 0.3333,
    }
    # The takeover's relation is no add.
    assert (lines(told)["lisi"]["added"], lines(told)["lisi"]["active"]) == (1, 1)
    by_channel = report("retention", d="1")
    assert {each["id"]: (each["added"], each["lost"]) for each in by_channel["lines"]} == {
        STATE: (6, 0),
        "": (1, 0),
    }

    told = report("deletion", group="staff", **{"from": "2026-03-04", "to": "2026-03-05"})
    keys = ("active_at_start", "added", "deleted", "deleted_by_staff", "transferred_in", "transferred_out")
    assert [lines(told)["zhangsan"][each] for each in keys] == [6, 0, 3, 2, 0, 1]
    assert [lines(told)["lisi"][each] for each in keys] == [1, 0, 0, 0, 1, 0]
    assert told["total"]["rate"] == 0.4286
    (cohort,) = report("cohort-retention", month="2026-02", months="2")["total"]["months"][1:]
    assert (cohort["added"], cohort["ages"][0]["lost"], cohort["ages"][0]["readded"]) == (7, 2, 1)


def test_rpt_19_twice_for_one_date_identical_rows_and_a_late_callback_corrects_an_older_date(
    bundle: Bundle, report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = a_month(bundle)
    once = snapshot(bundle)
    assert len(once) == 130 * 3
    assert snapshot(bundle) == once
    assert snapshot(bundle, date="2026-03-04") == once
    exact = [
        report("deletion", **FROM_THE_4TH, group="staff"),
        report("retention", d="7", as_of="2026-03-10", **MARCH),
    ]

    monkeypatch.setattr("scrm.reports.relations.MOST", 1)
    counted = [
        report("deletion", **FROM_THE_4TH, group="staff"),
        report("retention", d="7", as_of="2026-03-10", **MARCH),
    ]
    assert [each["source"] for each in counted] == ["snapshots", "snapshots"]
    assert counted[0]["as_of"] == "2026-03-10T23:59:59+08:00"
    for one, other in zip(exact, counted, strict=True):
        for left, right in zip([one["total"], *one["lines"]], [other["total"], *other["lines"]], strict=True):
            assert right == left | {each: None for each in ("active", "current") if each in left}

    # Nobody had told that the one who stayed has left on the 4th.
    at = START + 2 * 86_400
    bundle.wecom.people.external_event("del_follow_user", "zhangsan", there[0], at=at)
    bundle.arrive()
    bundle.settle()
    assert snapshot(bundle, date="2026-03-03") == once
    corrected = snapshot(bundle, date="2026-03-04")
    differing = [row["PK"] for row, other in zip(corrected, once, strict=True) if row != other]
    assert differing == ["SNAPSHOT#2026-03-04"] * 3
    assert report("deletion", **FROM_THE_4TH)["total"]["deleted"] == exact[0]["total"]["deleted"] + 1
    snapshot(bundle)
    assert report("retention", d="7", **MARCH)["total"]["lost"] == exact[1]["total"]["lost"] + 1


def test_rpt_19_what_no_snapshot_says_is_refused_not_guessed(
    bundle: Bundle, asked: Callable[..., Answered], monkeypatch: pytest.MonkeyPatch
) -> None:
    a_month(bundle)
    snapshot(bundle, first="2026-03-02", last="2026-03-08")
    monkeypatch.setattr("scrm.reports.relations.MOST", 1)
    days = {"from": "2026-03-03", "to": "2026-03-11"}
    missing = asked("deletion", **days)
    assert (missing.status, missing.code) == (409, "not_computed")
    assert "2026-03-09" in missing.text
    snapshot(bundle, date="2026-03-09")
    told = asked("deletion", **days).json
    # Only of the latest closed day the night has not come yet.
    assert (told["source"], told["as_of"]) == ("snapshots", "2026-03-09T23:59:59+08:00")
    assert asked("retention", d="8", **days).json["errors"][0]["field"] == "d"
    leader = Caller("zhangsan", "team_lead", "team", (2,), (2,))
    assert asked("deletion", leader, **days).code == "too_many"
    with pytest.raises(ValueError, match="days up to 2026-03-10"):
        snapshot(bundle, date="2026-03-11")


def cards(stocks: list[tuple[int, float, dict[str, Any]]]) -> None:
    """Store so many cards of relations added so many days before NOW, with what became of them."""
    from scrm.cards.dynamodb import CardRow, add_month
    from scrm.cards.model import Card

    number = 0
    with CardRow.batch_write() as batch:
        for count, ago, told in stocks:
            added = NOW - ago * DAY
            add_month(f"{added:%Y-%m}")
            for _ in range(count):
                number += 1
                more = {"status": "active", **told}
                if "after" in more:
                    more["deleted_at"] = added + more.pop("after") * DAY
                card = Card(f"cu{number}", f"wm{number}", "lisi", first=True, added_at=added, **more)
                batch.save(CardRow.of(card, 1))


LOST, REMOVED, MOVED = (
    {"status": status} for status in ("deleted_by_customer", "deleted_by_staff", "transferred_out")
)


def test_rpt_02_m1_91_percent_after_7_days_84_percent_after_30(bundle: Bundle, report: Report) -> None:
    """M1: 200 added, 18 lost in 7 days; of 150 that have been there for 30 days 24 lost; 10 handed over."""
    bundle.time.seconds = NOW.timestamp()
    cards(
        [
            (18, 40, LOST | {"after": 3}),
            (6, 40, LOST | {"after": 20}),
            (116, 40, {}),
            (10, 40, MOVED | {"after": 2}),
            (50, 20, {}),
            (5, 40, {"add_way": 202}),
        ]
    )
    assert report("retention", d="7")["total"]["rate"] == 0.91
    told = report("retention", d="30")["total"]
    assert (told["rate"], told["added"], told["matured"], told["lost"]) == (0.84, 200, 150, 24)
    assert (told["handed_over"], told["active"], told["current"]) == (10, 166, 0.83)


def test_rpt_03_m2_3_percent_and_4_deletions_by_staff_apart(bundle: Bundle, report: Report) -> None:
    """M2: 1000 there and 200 added, 36 deleted by customers, 4 by staff."""
    bundle.time.seconds = NOW.timestamp()
    cards(
        [
            (966, 90, {}),
            (30, 90, LOST | {"after": 80}),
            (4, 90, REMOVED | {"after": 80}),
            (194, 20, {}),
            (6, 20, LOST | {"after": 3}),
            (9, 90, LOST | {"after": 5}),
        ]
    )
    told = report("deletion", **MARCH)["total"]
    assert (told["base"], told["deleted"], told["rate"]) == (1200, 36, 0.03)
    assert told["deleted_by_staff"] == 4


def test_a_team_leader_counts_their_own_members_and_bad_days_are_named(
    bundle: Bundle, report: Report, asked: Callable[..., Answered]
) -> None:
    a_month(bundle)
    leader = Caller("lisi", "team_lead", "own")
    for name, field in (("retention", "added"), ("deletion", "base")):
        told = report(name, leader, group="staff")
        assert [each["id"] for each in told["lines"]] == ["lisi"]
        assert told["total"][field] == told["lines"][0][field]
    wrong = {"from": "2024-01-01", "to": "2026-01-01"}
    for name in ("retention", "deletion"):
        assert asked(name, **wrong).json["errors"][0]["field"] == "from"
        assert asked(name, Caller("hr", "hr", "all")).status == 403
    assert asked("retention", d="0").json["errors"][0]["field"] == "d"
    assert asked("retention", as_of="2027-01-01").json["errors"][0]["field"] == "as_of"
    assert asked("cohort-retention", month="2026-13").json["errors"][0]["field"] == "month"
    told = asked("cohort-retention", month="2026-03", channel_id="there is none")
    assert told.json["errors"][0]["field"] == "channel_id"
