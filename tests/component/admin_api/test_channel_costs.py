"""IDN-17: what a channel costs is recorded by month."""

import pytest

from tests.component.console import channel_body


@pytest.fixture
def costs(ask):
    channel_id = ask("POST", "/admin/channels", channel_body()).json["channel_id"]
    return f"/admin/channels/{channel_id}/costs"


def test_idn_17_costs_are_kept_by_month(ask, costs):
    assert ask("PUT", costs, {"2026-01": 12000}).json["costs"] == {"2026-01": 12000}
    ask("PUT", costs, {"2025-12": 500, "2026-01": 13000})

    shown = ask("GET", costs, role="finance").json
    assert shown["costs"] == {"2025-12": 500, "2026-01": 13000}
    assert shown["total"] == 13500


def test_idn_17_a_month_is_taken_away_by_null(ask, costs):
    ask("PUT", costs, {"2026-01": 12000, "2026-02": 1})

    assert ask("PUT", costs, {"2026-02": None}).json["costs"] == {"2026-01": 12000}


@pytest.mark.parametrize(
    "body",
    [{"2026-13": 1}, {"2026-1": 1}, {"januar": 1}, {"2026-01": -1}, {"2026-01": 1.5}, {"2026-01": "12"}, {}],
)
def test_what_is_no_month_or_no_money_is_refused(ask, costs, body):
    refused = ask("PUT", costs, body)

    assert refused.status == 422
    assert refused.json["errors"]
    assert ask("GET", costs).json["costs"] == {}


def test_an_unknown_channel_has_no_costs(ask):
    assert ask("GET", "/admin/channels/ch_none/costs").status == 404
    assert ask("PUT", "/admin/channels/ch_none/costs", {"2026-01": 1}).status == 404


def test_a_change_leaves_one_line(ask, costs):
    ask("PUT", costs, {"2026-01": 12000})

    line = ask("GET", "/admin/audit").json["items"][0]
    assert (line["action"], line["after"]) == ("channel_costs_set", {"2026-01": 12000})
