"""LED-12, LED-16: rules and pools by the console, in versions; what is wrong is named, nothing written."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.component.console import Ask, ask, corp, wecom

__all__ = ["ask", "corp", "wecom"]

NOW = datetime(2026, 3, 2, 2, 15, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _clock(at: Any, tables: Any) -> Iterator[None]:
    at("2026-03-02T10:15:00+08:00")
    yield
    from scrm.kept import Kept

    Kept.forget_all()


def pool(ask: Ask, pool_id: str = "east", *userids: str, **changes: Any) -> Any:
    """Make a pool and return the answer."""
    members = [{"userid": each} for each in userids or ("lisi", "wangwu")]
    body = {"pool_id": pool_id, "name": "华东", "members": members, **changes}
    return ask("POST", "/admin/pools", body)


def rules(ask: Ask, *each: dict[str, Any], **changes: Any) -> Any:
    """Put rules in force and return the answer."""
    version = ask("GET", "/admin/lead-rules").json["version"]
    body = {"version": version, "default_pool": "east", "rules": list(each), **changes}
    return ask("PUT", "/admin/lead-rules", body)


def test_led_16_a_pool_has_members_caps_and_terms_and_the_engine_uses_them(ask: Ask, tables: Any) -> None:
    from scrm.leads import dynamodb as stored
    from scrm.leads.assigning import assign
    from scrm.leads.model import Lead

    members = [
        {"userid": "wangwu", "weight": 2, "max_open": 5, "daily_cap": 3, "skills": {"english": 2}},
        {"userid": "lisi", "regions": ["330100"], "shifts": [{"start": "14:00", "end": "18:00"}]},
    ]
    terms = {"default_days": 7, "max_days": 14, "first_sla_minutes": 120, "cooldown_minutes": 60}
    made = pool(ask, members=members, admins=["zhangsan"], claim_daily_cap=3, hold_cap=5, protection=terms)
    assert made.status == 201, made.text
    assert made.json["protection"]["first_sla_minutes"] == 120
    assert [(each["userid"], each["order_no"]) for each in made.json["members"]] == [
        ("wangwu", 0),
        ("lisi", 1),
    ]
    assert rules(ask, {"rule_id": "all", "pool_id": "east"}).status == 200
    assert ask("GET", "/admin/pools/east").json == made.json

    lead = Lead("L", "NEW", "website", created_at=NOW, updated_at=NOW)
    stored.create(lead, {}, NOW)
    owned = assign("L", 0, NOW)

    assert owned is not None
    assert (owned.owner, owned.pool_id) == ("wangwu", "east")
    assert owned.protect_until == NOW.replace(day=9)
    assert owned.hard_until == NOW.replace(day=16)


def test_led_12_each_change_is_a_version_and_an_older_one_comes_back(ask: Ask) -> None:
    pool(ask)
    first = rules(ask, {"rule_id": "all", "pool_id": "east"}).json
    second = rules(ask, {"rule_id": "web", "pool_id": "east", "fits": {"sources": ["website"]}}).json
    assert (first["number"], second["number"]) == (2, 3)
    assert [(each["number"], each["in_force"]) for each in second["versions"]] == [
        (3, True),
        (2, False),
        (1, False),
    ]

    back = ask("POST", "/admin/lead-rules/2:activate")

    assert back.status == 200, back.text
    assert (back.json["number"], [each["rule_id"] for each in back.json["rules"]]) == (2, ["all"])
    assert ask("GET", "/admin/lead-rules/3").json["rules"][0]["fits"]["sources"] == ["website"]
    assert rules(ask).json["number"] == 4
    assert ask("POST", "/admin/lead-rules/9:activate").status == 404
    actions = [each["action"] for each in ask("GET", "/admin/audit").json["items"]]
    assert {"lead_rules_activated", "lead_rules_changed", "pool_created"} <= set(actions)


def test_who_changes_what_others_changed_meanwhile_is_told(ask: Ask, tables: Any) -> None:
    pool(ask)
    version = ask("GET", "/admin/lead-rules").json["version"]
    rules(ask, {"rule_id": "all", "pool_id": "east"})
    before = tables.typed()

    late = ask("PUT", "/admin/lead-rules", {"version": version, "default_pool": "east", "rules": []})
    assert (late.status, late.code) == (409, "version_conflict")
    body = {"name": "华东", "members": [{"userid": "lisi"}], "version": 0}
    assert ask("PUT", "/admin/pools/east", body).code == "version_conflict"
    assert tables.typed() == before


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        ({"rule_id": "r", "pool_id": "nowhere"}, "rules.0.pool_id"),
        ({"rule_id": "r", "pool_id": "east", "algorithm": "fair"}, "rules.0.algorithm"),
        ({"rule_id": "r", "pool_id": "east", "fits": {"regions": ["33"]}}, "rules.0.fits.regions.0"),
        ({"rule_id": "r", "pool_id": "east", "fits": {"sources": ["radio"]}}, "rules.0.fits.sources.0"),
        ({"rule_id": "r", "pool_id": "east", "only": ["zhaoliu"]}, "rules.0.only.0"),
        ({"rule_id": "r", "pool_id": "east", "off_hours": "duty"}, "rules.0.duty"),
        ({"rule_id": "r", "pool_id": "east", "off_hours": "duty", "duty": "nobody"}, "rules.0.duty"),
        ({"rule_id": "r", "pool_id": "east", "off_hours": "queue_until_open"}, "rules.0.off_hours"),
        ({"rule_id": "r", "pool_id": "east", "skills": {"english": 0}}, "rules.0.skills.english"),
    ],
)
def test_what_is_wrong_with_a_rule_is_named(ask: Ask, tables: Any, rule: dict[str, Any], field: str) -> None:
    pool(ask)
    before = tables.typed()

    refused = rules(ask, rule)

    assert refused.status == 422
    assert [each["field"] for each in refused.json["errors"]] == [field]
    assert tables.typed() == before


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"members": []}, "members"),
        ({"members": [{"userid": "nobody"}]}, "members.0.userid"),
        ({"members": [{"userid": "lisi"}, {"userid": "LISI"}]}, "members.1.userid"),
        ({"members": [{"userid": "lisi", "weight": 0}]}, "members.0.weight"),
        ({"members": [{"userid": "lisi", "regions": ["杭州"]}]}, "members.0.regions.0"),
        (
            {"members": [{"userid": "lisi", "shifts": [{"start": "25:00", "end": "18:00"}]}]},
            "members.0.shifts.0.start",
        ),
        ({"admins": ["nobody"]}, "admins.0"),
        ({"protection": {"default_days": 30, "max_days": 20}}, "protection.max_days"),
    ],
)
def test_what_is_wrong_with_a_pool_is_named(
    ask: Ask, tables: Any, changes: dict[str, Any], field: str
) -> None:
    before = tables.typed()

    refused = pool(ask, **changes)

    assert refused.status == 422
    assert [each["field"] for each in refused.json["errors"]] == [field]
    assert [row for row in tables.typed() if row["PK"] == "LEADRULES"] == [
        row for row in before if row["PK"] == "LEADRULES"
    ]


def test_a_pool_that_is_needed_is_neither_deleted_nor_emptied(ask: Ask) -> None:
    from scrm.leads import dynamodb as stored
    from scrm.leads.model import Lead

    pool(ask)
    pool(ask, "west")
    rules(ask, {"rule_id": "r", "pool_id": "west", "only": ["wangwu"]})

    assert ask("DELETE", "/admin/pools/east").code == "pool_in_use"
    assert ask("DELETE", "/admin/pools/west").code == "pool_in_use"
    body = {"name": "华西", "members": [{"userid": "lisi"}], "version": 1}
    refused = ask("PUT", "/admin/pools/west", body)
    assert [each["field"] for each in refused.json["errors"]] == ["members"]

    rules(ask)
    stored.create(Lead("L", "POOLED", "website", pool_id="west", created_at=NOW), {}, None)
    assert ask("DELETE", "/admin/pools/west").code == "pool_not_empty"
    assert ask("POST", "/admin/lead-rules/1:activate").code == "pool_not_empty"
    pool(ask, "north")
    assert ask("DELETE", "/admin/pools/north").status == 204
    assert [each["pool_id"] for each in ask("GET", "/admin/pools").json["items"]] == ["east", "west"]


def test_a_changed_pool_is_a_version_and_says_who_joined(ask: Ask) -> None:
    pool(ask)
    body = {"name": "华东二", "members": [{"userid": "lisi"}, {"userid": "zhangsan"}], "version": 1}

    changed = ask("PUT", "/admin/pools/east", body)

    assert (changed.status, changed.json["version"], changed.json["name"]) == (200, 2, "华东二")
    assert ask("GET", "/admin/lead-rules").json["number"] == 2
    line = ask("GET", "/admin/audit").json["items"][0]
    assert (line["action"], line["after"]["joined"], line["after"]["left"]) == (
        "pool_changed",
        ["zhangsan"],
        ["wangwu"],
    )


def test_who_is_on_leave_gets_no_leads_until_it_is_over_or_taken_back(ask: Ask) -> None:
    from scrm.leads.leaves_dynamodb import on_leave

    leave = {"userid": "lisi", "start": "2026-03-02T09:00:00+08:00", "end": "2026-03-03T09:00:00+08:00"}
    made = ask("POST", "/admin/leaves", leave)

    assert made.status == 201
    assert on_leave(NOW) == {"lisi"}
    assert on_leave(NOW.replace(day=3, hour=1, minute=0)) == frozenset()
    assert [each["userid"] for each in ask("GET", "/admin/leaves").json["items"]] == ["lisi"]
    assert ask("DELETE", f"/admin/leaves/{made.json['leave_id']}").status == 204
    assert on_leave(NOW) == frozenset()
    assert ask("DELETE", f"/admin/leaves/{made.json['leave_id']}").status == 404
    wrong = ask("POST", "/admin/leaves", {**leave, "userid": "nobody"})
    assert [each["field"] for each in wrong.json["errors"]] == ["userid"]
    late = ask("POST", "/admin/leaves", {**leave, "end": leave["start"]})
    assert [each["field"] for each in late.json["errors"]] == ["end"]
