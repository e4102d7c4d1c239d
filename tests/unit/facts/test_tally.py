"""The interaction index, sessions and windows are the same whatever order acts arrive in (spec 6)."""

from datetime import datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrm.facts.model import Interaction, index_at, with_act
from scrm.facts.tally import MOST_CHATS, Tally, acted, chatted
from scrm.settings.model import BEIJING

DAY0 = datetime(2026, 3, 2, 10, tzinfo=BEIJING)
NOW = DAY0 + timedelta(days=60)


def day(number: float) -> datetime:
    return DAY0 + timedelta(days=number)


def index(acts: list[tuple[float, float]], at: float) -> float:
    interaction = Interaction()
    for weight, on in acts:
        interaction = with_act(interaction, weight, day(on))
    return round(index_at(interaction, day(at)), 4)


@pytest.mark.parametrize("acts", list(permutations([(3, 0), (5, 7), (10, 14)])))
def test_oae_15_the_three_example_events_in_any_order(acts: tuple[tuple[float, float], ...]) -> None:
    assert index(list(acts), 14) == 15.0355
    assert index(list(acts), 28) == 7.5178
    assert index(list(acts), 42) == 3.7589


@pytest.mark.parametrize("acts", list(permutations([(3, 0), (3, 2), (2, 9)])))
def test_oae_15_x_is_an_interactor(acts: tuple[tuple[float, float], ...]) -> None:
    assert index(list(acts), 10) == 5.7508


@pytest.mark.parametrize("acts", list(permutations([(8, 5), (3, 8), (10, 10)])))
def test_oae_15_y_is_an_advocate(acts: tuple[tuple[float, float], ...]) -> None:
    assert index(list(acts), 10) == 18.9628


@pytest.mark.parametrize("acts", list(permutations([("message", 0), ("comment", 7), ("referral", 14)])))
def test_oae_15_by_the_kinds_of_acts(acts: tuple[tuple[str, float], ...]) -> None:
    tally = Tally()
    for kind, on in acts:
        tally = acted(tally, kind, day(on), NOW)
    assert round(index_at(tally.acts, day(14)), 4) == 15.0355
    assert tally.acts.inbound_at == day(14)


ACTS = st.lists(
    st.tuples(
        st.sampled_from(["message", "link_open", "menu", "scan", "comment", "share", "check_in", "referral"]),
        st.integers(0, 40 * 24 * 60),
    ),
    max_size=12,
)


@given(st.data())
def test_any_order_of_arrival_leaves_the_same_facts(data: st.DataObject) -> None:
    acts = data.draw(ACTS)
    shuffled = data.draw(st.permutations(acts))
    first, second = Tally(), Tally()
    for (kind, minutes), (other, later) in zip(acts, shuffled, strict=True):
        first = acted(first, kind, DAY0 + timedelta(minutes=minutes), NOW)
        second = acted(second, other, DAY0 + timedelta(minutes=later), NOW)
    assert index_at(first.acts, NOW) == pytest.approx(index_at(second.acts, NOW), abs=1e-9)
    assert first.message_days == second.message_days
    assert (first.acts.inbound_at, first.acts.acts) == (second.acts.inbound_at, second.acts.acts)


@pytest.mark.parametrize("hours", list(permutations([9, 12, 20])))
def test_the_first_message_of_a_beijing_day_carries_the_weight(hours: tuple[int, ...]) -> None:
    tally = Tally()
    for hour in hours:
        tally = acted(tally, "message", DAY0.replace(hour=hour), NOW)
    midnight = DAY0.replace(hour=0) + timedelta(days=1)
    assert index_at(tally.acts, midnight) == pytest.approx(3 * 2 ** (-(15 / 24) / 14))
    assert index_at(acted(tally, "message", midnight, NOW).acts, midnight) > 5.9


def test_feedback_is_counted_and_weighs_nothing() -> None:
    tally = acted(Tally(), "feedback", day(0), NOW)
    assert index_at(tally.acts, NOW) == 0
    assert tally.acts.acts == {"feedback": (("2026-03-02", 1),)}


def test_acts_are_kept_for_ninety_days() -> None:
    tally = acted(Tally(), "share", day(0), day(0))
    tally = acted(acted(tally, "share", day(80), day(80)), "share", day(80), day(80))
    assert tally.acts.acts["share"] == (("2026-03-02", 1), ("2026-05-21", 2))
    tally = acted(tally, "share", day(95), day(95))
    assert tally.acts.acts["share"] == (("2026-05-21", 2), ("2026-06-05", 1))
    assert acted(tally, "share", day(0), day(95)).acts.acts == tally.acts.acts


@pytest.mark.parametrize("minutes", list(permutations([0, 20, 45, 80, 200])))
def test_cus_10_messages_thirty_minutes_apart_are_one_session(minutes: tuple[int, ...]) -> None:
    tally = Tally()
    for each in minutes:
        at = DAY0 + timedelta(minutes=each)
        tally = chatted(tally, at, at)
    assert tally.chats is not None
    told = tally.chats.sessions()
    # 0, 20, 45 are one session; 80 is 35 minutes later; 200 by itself.
    assert (told.count, told.seconds, told.last_at) == (3, 45 * 60, DAY0 + timedelta(minutes=200))


def test_a_conversation_and_its_messages_are_one_session() -> None:
    tally = chatted(Tally(), DAY0, DAY0 + timedelta(minutes=10))
    tally = chatted(tally, DAY0 + timedelta(minutes=5), DAY0 + timedelta(minutes=5))
    assert tally.chats is not None
    assert (tally.chats.sessions().count, tally.chats.sessions().seconds) == (1, 600)


def test_sessions_are_counted_beyond_those_remembered() -> None:
    tally = Tally()
    for each in range(MOST_CHATS + 10):
        tally = chatted(tally, day(each), day(each) + timedelta(minutes=1))
    assert tally.chats is not None
    assert len(tally.chats.latest) == MOST_CHATS
    told = tally.chats.sessions()
    assert (told.count, told.seconds) == (MOST_CHATS + 10, (MOST_CHATS + 10) * 60)
    assert chatted(tally, day(3), day(3)).chats == tally.chats
