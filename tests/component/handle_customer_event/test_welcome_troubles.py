"""IDN-19 when WeCom misbehaves: never twice, never silently, never at the cost of the rest. WeCom 92599."""

from typing import Any

import pytest

SEND_WELCOME = "externalcontact/send_welcome_msg"
GET = "externalcontact/get"


def welcome_of(customers: Any) -> tuple[str, int]:
    """Return outcome and errcode of the welcome."""
    welcome = customers.relation("wmE1", "lisi").welcome
    return welcome.outcome, welcome.errcode


@pytest.mark.parametrize(
    ("errcode", "outcome"),
    [
        (41051, ("delivered", 0)),
        (41050, ("expired", 41050)),
        (41053, ("consent_missing", 41053)),
        (40007, ("refused", 40007)),
        (41064, ("refused", 41064)),
        (45009, ("throttled", 45009)),
    ],
)
def test_an_answer_that_settles_is_recorded_and_never_asked_again(
    wecom: Any, handle: Any, customers: Any, channel: Any, errcode: int, outcome: tuple[str, int], capsys: Any
) -> None:
    added = wecom.add(state=channel())
    wecom.fail(SEND_WELCOME, errcode=errcode, count=0)

    assert handle(added, added) == []

    logged = capsys.readouterr().out
    assert "welcome_settled" in logged
    assert "wmE1" not in logged
    assert welcome_of(customers) == outcome
    assert len(wecom.called(SEND_WELCOME)) == 1
    assert customers.relation("wmE1", "lisi").remark


@pytest.mark.parametrize("what", ["timeout", "reset", "http500", "html", "unknown_outcome"])
def test_no_answer_is_asked_again_with_the_same_code_and_reaches_the_customer_once(
    wecom: Any, handle: Any, customers: Any, channel: Any, what: str
) -> None:
    added = wecom.add(state=channel())
    wecom.fail(SEND_WELCOME, what, count=1)

    assert handle(added) == []

    codes = {call["body"].get("welcome_code") for call in wecom.called(SEND_WELCOME)} - {None}
    assert len(codes) == 1
    assert welcome_of(customers) == ("delivered", 0)
    assert wecom.simulator.world.relation("lisi", "wmE1").welcomed


@pytest.mark.parametrize("errcode", [-1, 41096])
def test_a_busy_answer_is_asked_again_within_the_20_s(
    wecom: Any, handle: Any, customers: Any, channel: Any, errcode: int
) -> None:
    added = wecom.add(state=channel())
    wecom.fail(SEND_WELCOME, errcode=errcode, count=5)

    assert handle(added) == []

    assert welcome_of(customers) == ("delivered", 0)
    assert wecom.stopwatch.passed < 20


def test_silence_until_the_code_has_died_is_unknown_and_costs_nothing_else(
    wecom: Any, handle: Any, customers: Any, channel: Any
) -> None:
    added = wecom.add(state=channel(), name="小雨")
    wecom.fail(SEND_WELCOME, "timeout", count=0)

    assert handle(added) == []

    assert welcome_of(customers)[0] == "unknown"
    assert customers.contact("wmE1").name == "小雨"
    asked = len(wecom.called(SEND_WELCOME))
    assert handle(added) == []
    assert len(wecom.called(SEND_WELCOME)) == asked


@pytest.mark.parametrize(
    "fault", [{"errcode": 45009}, {"errcode": -1}, {"what": "timeout"}, {"what": "http500"}], ids=str
)
def test_a_detail_that_fails_is_asked_for_on_redelivery_and_the_welcome_is_not(
    wecom: Any, handle: Any, customers: Any, channel: Any, at: Any, fault: dict[str, Any]
) -> None:
    added = wecom.add(state=channel(), name="小雨")
    wecom.fail(GET, **{"count": 0, **fault})

    assert handle(added) == ["message-1"]
    assert welcome_of(customers) == ("delivered", 0)
    assert customers.relation("wmE1", "lisi").status == "active"

    wecom.simulator.faults.clear()
    at("2026-03-02T10:17:30+08:00")
    assert handle(added) == []

    assert customers.contact("wmE1").name == "小雨"
    assert welcome_of(customers) == ("delivered", 0)
    assert len(wecom.called(SEND_WELCOME)) == 1


def test_a_worker_killed_before_the_answer_leaves_an_unknown_welcome_when_the_code_has_died(
    wecom: Any, handle: Any, customers: Any, channel: Any, at: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from scrm.customers import intake

    class Killed(BaseException):
        pass

    def killed(*_: Any, **__: Any) -> None:
        raise Killed

    added = wecom.add(state=channel())
    with monkeypatch.context() as patch:
        patch.setattr(intake, "send_welcome", killed)
        with pytest.raises(Killed):
            handle(added)
    at("2026-03-02T10:17:00+08:00")

    assert handle(added) == []

    assert welcome_of(customers) == ("unknown", 0)
    assert wecom.called(SEND_WELCOME) == []


def test_a_welcome_that_took_long_is_recorded_before_anything_else_is_asked(
    wecom: Any, handle: Any, customers: Any, channel: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from scrm.customers import intake

    class Killed(BaseException):
        pass

    def killed(*_: Any, **__: Any) -> None:
        raise Killed

    added = wecom.add(state=channel())
    wecom.fail(SEND_WELCOME, "timeout", count=0)
    monkeypatch.setattr(intake.wecom_customers, "customer", killed)
    with pytest.raises(Killed):
        handle(added)

    assert welcome_of(customers)[0] == "unknown"
    assert customers.relation("wmE1", "lisi").intents is not None


def test_a_channel_that_rests_neither_welcomes_nor_tags(
    wecom: Any, handle: Any, customers: Any, channel: Any, tag: Any
) -> None:
    handle(wecom.add(state=channel(tags=(tag("展会"),), status="paused")))

    assert welcome_of(customers)[0] == "nothing_to_send"
    assert [call["path"] for call in wecom.called()] == ["/cgi-bin/externalcontact/get"]
    assert customers.relation("wmE1", "lisi").channel_id == "ch_expo"


def test_consent_that_comes_later_brings_the_welcome(
    wecom: Any, handle: Any, customers: Any, channel: Any, at: Any
) -> None:
    handle(wecom.add(state=channel(), consent_open=True))
    at("2026-03-02T12:00:00+08:00")
    wecom.people.consent(userid="lisi", external_userid="wmE1")
    (agreed,) = wecom.events()

    assert handle(agreed) == []

    assert welcome_of(customers) == ("delivered", 0)
    assert [each.kind for each in customers.relation("wmE1", "lisi").facts] == ["add", "archive_agreed"]


def test_a_half_add_is_completed_by_its_add(
    wecom: Any, handle: Any, customers: Any, channel: Any, tag: Any, at: Any
) -> None:
    state = channel(tags=(tag("展会"),))
    assert handle(wecom.add(state=state, half=True)) == []
    half = customers.relation("wmE1", "lisi")
    assert (half.status, half.detail_unavailable, half.tags) == ("active", 84061, ())
    assert welcome_of(customers) == ("delivered", 0)

    at("2026-03-02T10:30:00+08:00")
    wecom.people.accept(userid="lisi", external_userid="wmE1")
    assert handle(*wecom.events()) == []

    whole = customers.relation("wmE1", "lisi")
    assert (whole.detail_unavailable, len(whole.tags), len(whole.periods)) == (None, 1, 1)
    assert len(wecom.called(SEND_WELCOME)) == 1


def test_a_customer_wecom_no_longer_shows_is_kept_without_a_storm_of_retries(
    wecom: Any, handle: Any, customers: Any, at: Any
) -> None:
    added = wecom.add()
    at("2026-03-02T10:16:00+08:00")
    deleted = wecom.act("member_deletes", userid="lisi", external_userid="wmE1")

    assert handle(deleted, added) == []

    relation = customers.relation("wmE1", "lisi")
    assert (relation.status, relation.detail_unavailable) == ("deleted_by_staff", 84061)
    assert relation.welcome.outcome == "not_friends"
    assert len(wecom.called(GET)) == 1
    assert customers.contact("wmE1") is not None


def test_d8_a_failed_transfer_is_kept_on_the_takeovers_relation(
    wecom: Any, handle: Any, customers: Any
) -> None:
    wecom.people.new_customer(external_userid="wmE1")
    wecom.people.external_event("transfer_fail", "lisi", "wmE1", FailReason="customer_refused")

    assert handle(*wecom.events()) == []

    (fact,) = customers.relation("wmE1", "lisi").facts
    assert (fact.kind, fact.about) == ("transfer_failed", "customer_refused")
    assert wecom.called() == []


def test_an_event_of_an_unknown_kind_is_kept_for_30_days(wecom: Any, handle: Any, tables: Any) -> None:
    wecom.people.external_event("adopt_external_contact", "lisi", "wmE1")

    assert handle(*wecom.events()) == []

    (row,) = tables.rows("CALLBACKS#")
    assert (row["PK"], row["change_type"]) == ("CALLBACKS#2026-03-02", "adopt_external_contact")
    assert row["expires_at"] - 1772417700 == 30 * 86400


def test_a_message_that_is_no_callback_is_handed_back(handle: Any, wecom: Any) -> None:
    assert handle("<xml>") == ["message-1"]


def test_idn_07_a_unionid_that_another_customer_holds_stays_theirs(
    wecom: Any, handle: Any, customers: Any, serial: Any, capsys: Any, at: Any
) -> None:
    handle(wecom.add("lisi", "wmE1", unionid="oU1"))
    other = customers.contact("wmE1").customer_id
    wecom.simulator.world.by_unionid.clear()
    from scrm.identities.dynamodb import Identities

    Identities().bind("crmid", "CRM-7", "cu_else", at("2026-03-02T10:15:00+08:00"))
    handle(wecom.add("lisi", "wmE2", serial("sc_1", "CRM-7"), unionid="oU1"))

    assert customers.contact("wmE2").customer_id == "cu_else"
    assert Identities().owner("unionid", "oU1") == other
    assert '"identity_conflict":1' in capsys.readouterr().out
