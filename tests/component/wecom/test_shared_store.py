"""The volatile table keeps the promises of the store in memory: one suite, both stores."""

import pytest

from scrm.wecom.tokens import Entry, Held
from tests.component.wecom.store import MemoryStore

API, OTHER = "/cgi-bin/externalcontact/get", "/cgi-bin/user/get"
CEILINGS = (9600, 144_000)


@pytest.fixture(params=["memory", "dynamodb"])
def shared(request, tables):
    if request.param == "memory":
        return MemoryStore()
    from scrm.wecom.dynamodb import DynamoShared

    return DynamoShared()


def test_nothing_is_known_at_first(shared):
    assert shared.read("k") == Entry()
    assert shared.blocks("b") == {}
    assert shared.taken("r#1", 7) == (0, 0)


def test_one_of_two_takes_the_lease_and_publishes(shared):
    seen = shared.read("k")

    assert shared.acquire("k", "a", seen, 100.5)
    assert not shared.acquire("k", "b", seen, 100.6)
    assert shared.read("k") == Entry(None, "a", 100.5)
    assert not shared.publish("k", "b", Held("B", 1, 7300.25))
    assert shared.publish("k", "a", Held("A", 1, 7300.25))
    assert shared.read("k").held == Held("A", 1, 7300.25)
    assert shared.read("k").holder is None


def test_a_lease_is_taken_over_only_as_it_was_seen(shared):
    shared.acquire("k", "dead", shared.read("k"), 1.0)
    seen = shared.read("k")

    assert shared.acquire("k", "b", seen, 9.0)
    assert not shared.acquire("k", "c", seen, 9.0)
    assert not shared.publish("k", "dead", Held("old", 1, 7200.0))


def test_who_saw_an_older_token_does_not_fetch_again(shared):
    seen = shared.read("k")
    shared.acquire("k", "a", seen, 1.0)
    shared.publish("k", "a", Held("A", 1, 7200.0))

    assert not shared.acquire("k", "b", seen, 2.0)
    assert shared.acquire("k", "b", shared.read("k"), 2.0)
    assert shared.read("k").held == Held("A", 1, 7200.0), "the old token serves while the new one is fetched"
    assert not shared.publish("k", "b", Held("older", 1, 7200.0))
    assert shared.publish("k", "b", Held("B", 2, 9999.0))


def test_a_refused_secret_is_remembered_and_forgotten_with_the_next_token(shared):
    shared.acquire("k", "a", shared.read("k"), 1.0)
    shared.release("k", "stranger", 40001, 20.5)
    assert shared.read("k").holder == "a"

    shared.release("k", "a", 40001, 20.5)
    refused = shared.read("k")
    assert (refused.holder, refused.refusal, refused.refused_until) == (None, 40001, 20.5)

    shared.acquire("k", "b", refused, 30.0)
    shared.publish("k", "b", Held("B", 1, 7200.0))
    assert shared.read("k").refusal == 0


def test_counts_stop_at_either_ceiling(shared):
    key = "wecom-rate#ww1#/x#492338"

    assert shared.take(key, 5, 9500, 9500, CEILINGS)
    assert shared.take(key, 5, 100, 100, CEILINGS)
    assert not shared.take(key, 5, 1, 1, CEILINGS)
    assert shared.take(key, 6, 9600, 134_400, CEILINGS)
    assert not shared.take(key, 7, 100, 100, CEILINGS)
    assert shared.taken(key, 5) == (9600, 144_000)
    assert shared.taken(key, 7) == (0, 144_000)


def test_blocks_are_kept_by_api_and_a_shorter_one_does_not_end_a_longer_one(shared):
    shared.block("b", API, 160.25)
    shared.block("b", OTHER, 170.0)
    shared.block("b", API, 120.0)

    assert shared.blocks("b") == {API: 160.25, OTHER: 170.0}
    assert shared.blocks("c") == {}
