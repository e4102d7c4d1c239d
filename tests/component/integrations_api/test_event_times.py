"""The times of events that other systems tell: none of them breaks a customer's trace."""

import pytest

from tests.component.conftest import START
from tests.component.http_world import befriended, logged_in
from tests.component.integrations_api.test_integrations import EVENTS, crm, send

__all__ = ["crm"]


@pytest.mark.parametrize(
    "told", ["0001-01-01T00:00:00+08:00", "0999-01-01T00:00:00+08:00", "1999-12-31T23:59:59+00:00"]
)
def test_a_time_before_all_customers_is_named_and_leaves_the_trace_readable(crm, at, told):
    at(START)
    there = befriended(crm, "lisi")
    event = {"kind": "visit", "source_id": "v-1", "at": told, "external_userid": there, "page": "/"}

    (row,) = send("POST", EVENTS, {"events": [event]}).json["results"]
    trace = logged_in(crm, "lisi").send("GET", f"/sidebar/customers/{there}/timeline")

    assert (row["status"], row["errors"][0]["field"]) == ("invalid", "at")
    assert (trace.status, trace.json["items"]) == (200, [])
