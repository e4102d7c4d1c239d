"""What each callback says of a relation, from WeCom's own XML (wecom sheet, section 2.1)."""

from datetime import UTC, datetime, timedelta

import pytest

from scrm.customers.arrival import arrival_of, believed_now, wanted
from scrm.customers.model import Intents
from scrm.wecom.callbacks import parse
from scrm.wecom.events import typed

EVENT_ID = "ab" * 32


def arrival(change: str, **fields: str):  # type: ignore[no-untyped-def]
    elements = {"ChangeType": change, "UserID": "ChenYu", "ExternalUserID": "wmE1", **fields}
    inner = "".join(f"<{name}><![CDATA[{value}]]></{name}>" for name, value in elements.items())
    xml = f"<xml><CreateTime>1732240123</CreateTime><Event>change_external_contact</Event>{inner}</xml>"
    return arrival_of(typed(parse(xml.encode())), EVENT_ID)


@pytest.mark.parametrize(
    ("change", "fields", "kind", "about"),
    [
        ("add_external_contact", {}, "add", ""),
        ("add_half_external_contact", {}, "half", ""),
        ("edit_external_contact", {}, "edit", ""),
        ("del_external_contact", {}, "deleted_by_staff", ""),
        ("del_external_contact", {"Source": "DELETE_BY_TRANSFER"}, "transferred", ""),
        ("del_follow_user", {}, "deleted_by_customer", ""),
        ("transfer_fail", {"FailReason": "customer_refused"}, "transfer_failed", "customer_refused"),
        ("msg_audit_approved", {"WelcomeCode": "w"}, "archive_agreed", ""),
    ],
)
def test_each_change_is_a_fact_of_the_relation(
    change: str, fields: dict[str, str], kind: str, about: str
) -> None:
    found = arrival(change, **fields)

    assert (found.fact.kind, found.fact.at, found.fact.about) == (kind, 1732240123, about)
    assert (found.userid, found.external_userid) == ("ChenYu", "wmE1")
    assert found.welcome_code == fields.get("WelcomeCode", "")


def test_an_unknown_change_is_none() -> None:
    assert arrival("adopt_external_contact") is None


def test_an_add_makes_us_welcome_read_and_tag() -> None:
    added = arrival("add_external_contact", State="ch_1", WelcomeCode="w")

    assert wanted(added, None, ("t1",)) == Intents(EVENT_ID[:32], True, "w", ("t1",))


def test_a_deletion_makes_us_ask_nothing_and_leaves_open_what_is_open() -> None:
    earlier = Intents("earlier", True, "", ("t1",))

    assert wanted(arrival("del_follow_user"), None) is None
    assert wanted(arrival("del_follow_user"), earlier) == earlier


def test_a_later_event_asks_along_what_an_older_one_left_but_not_with_its_dead_code() -> None:
    earlier = Intents("earlier", True, "dead", ("t1",))

    assert wanted(arrival("edit_external_contact"), earlier) == Intents(EVENT_ID[:32], True, "", ("t1",))


def test_the_clock_that_stamped_the_event_is_believed() -> None:
    real, moved = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC)

    assert believed_now((moved, real), int(real.timestamp()) - 3) == real
    assert believed_now((moved, real), int((moved - timedelta(seconds=9)).timestamp())) == moved
