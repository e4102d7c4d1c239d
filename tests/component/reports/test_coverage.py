"""The report of coverage (RPT-17): exact, now or as a census found it."""

from tests.component.http_world import befriended
from tests.component.segments.conftest import ask, bundle, friend, make, tell

__all__ = ["ask", "bundle", "make", "tell"]

REPORT = "/admin/reports/coverage"


def test_rpt_17_each_customer_counts_once_whoever_knows_them(bundle, ask, make, tell):
    listed = make("清单")
    people = [friend(bundle, name=f"客户{n}") for n in range(4)]
    for there, _ in people[:2]:
        befriended(bundle.wecom, "wangwu", external_userid=there)
    for there, customer_id in people[:3]:
        body = {"external_userid": there, "crmid": f"C-{customer_id}"}
        assert tell("POST", "/integrations/identities", body).status == 200
    members = {"customer_ids": [people[0][1], people[2][1], people[3][1]]}
    ask("POST", f"/admin/segments/{listed}/members:add", members)
    bundle.settle()

    found = ask("GET", REPORT).json

    assert {name: found[name] for name in ("customers", "identified", "layered")} == {
        "customers": 4,
        "identified": 3,
        "layered": 2,
    }
    assert (found["identified_share"], round(found["layered_share"], 4)) == (0.75, 0.6667)


def test_too_many_for_a_request_are_counted_by_a_job(bundle, ask, monkeypatch):
    monkeypatch.setattr("scrm.reports.census.PAGE", 2)
    monkeypatch.setattr("scrm.reports.census.LIVE_PAGES", 1)
    for n in range(5):
        friend(bundle, name=f"客户{n}")
    bundle.settle()

    assert ask("GET", REPORT).code == "not_computed"
    assert ask("POST", f"{REPORT}:compute", {}).status == 202
    bundle.settle()

    found = ask("GET", REPORT).json
    assert (found["customers"], found["identified"], found["layered_share"]) == (5, 0, None)
