"""spec INT-09: other systems tell of cards that were viewed and passed on."""

from typing import Any

import pytest

from scrm.library.model import Uses
from tests.component.sends.test_links import index, trace, uses

FEED = "/integrations/card-events"
AT = "2026-03-02T10:10:00+08:00"


def event(kind: str = "forward", **more: Any) -> dict[str, Any]:
    return {"kind": kind, "source_id": "c-1", "at": AT, "card": "名片", **more}


def customer(there: str) -> str:
    from scrm.customers.model import customer_id_of
    from tests.component.conftest import CORP_ID

    return customer_id_of(CORP_ID, there)


def test_int_09_a_forward_is_in_the_trace_and_weighs_eight(there: str, told: Any, tables: Any) -> None:
    first, again = (told(FEED, event(external_userid=there)) for _ in range(2))

    assert (first.status, first.json["recorded"], again.json["recorded"]) == (200, 1, 1)
    (entry,) = tables.rows(f"TIMELINE#{customer(there)}")
    assert (entry["kind"], entry["SK"][:20]) == ("share", "2026-03-02T02:10:00Z")
    assert index(customer(there)) == pytest.approx(8.0, abs=0.01)
    told(FEED, event("view", external_userid=there, source_id="c-2"))
    assert index(customer(there)) == pytest.approx(10.0, abs=0.01)


def test_int_09_with_a_share_id_it_counts_for_the_send(
    send: Any, told: Any, react: Any, tables: Any, there: str
) -> None:
    made = send()
    rows = [
        event(share_id=made.send_id),
        event(share_id=made.send_id),
        event("view", share_id=made.send_id, source_id="c-2"),
    ]

    assert told(FEED, {"events": rows}).json["recorded"] == 3
    assert told(FEED, {"events": rows}).json["recorded"] == 3
    react()

    assert uses() == Uses(sends=1, opens=1, forwards=1)
    assert sorted(trace(tables, made.customer_id)) == ["link_open", "sent", "share"]
    assert index(made.customer_id) == pytest.approx(10.0, abs=0.01)


def test_int_09_an_unknown_share_falls_back_on_whom_it_names(there: str, told: Any, tables: Any) -> None:
    unknown = "b" * 24
    answered = told(
        FEED,
        {
            "events": [
                event(share_id=unknown),
                event(share_id=unknown, external_userid=there),
                event(external_userid="wmNobody"),
                event(),
                event("like", external_userid=there),
                event(external_userid=there, at="2027-01-01T00:00:00Z"),
                event(share_id="../x"),
            ]
        },
    )

    assert [each["status"] for each in answered.json["results"]] == [
        "unknown_customer",
        "recorded",
        "unknown_customer",
        "invalid",
        "invalid",
        "invalid",
        "invalid",
    ]
    wrong = [each["errors"][0]["field"] for each in answered.json["results"] if each["errors"]]
    assert wrong == ["row", "kind", "at", "share_id"]
    assert len(tables.rows("TIMELINE#")) == 1
