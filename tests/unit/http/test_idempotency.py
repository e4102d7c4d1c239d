"""A creation asked for twice is made once and answered alike."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import pytest
from pydantic import Field

from scrm.http import problems
from scrm.http.caller import Caller
from scrm.http.fields import In
from scrm.http.idempotency import FirstAnswer
from scrm.http.request import Answer, Request
from scrm.http.routing import ANY_STAFF, Api

NOW = datetime(2026, 3, 2, 2, 15, tzinfo=UTC)
DAY = timedelta(hours=24)
ANN, BOB = Caller("Ann", "staff", "own"), Caller("bob", "staff", "own")


class Kept:
    """First answers in memory, with the conditions of the table."""

    def __init__(self) -> None:
        self.rows: dict[str, FirstAnswer] = {}

    def claim(self, asked: FirstAnswer, now: int) -> FirstAnswer:
        standing = self.rows.get(asked.key)
        if standing is None or standing.expires_at <= now:
            self.rows[asked.key] = asked
            return asked
        return standing

    def record(self, answered: FirstAnswer) -> None:
        self.rows[answered.key] = answered


class ThingIn(In):
    name: Annotated[str, Field(max_length=300_000)]


class Shop:
    """A feature that creates things under natural ids, and may die or refuse."""

    def __init__(self) -> None:
        self.things: dict[str, str] = {}
        self.runs: Counter[str] = Counter()
        self.dies = self.refuses = False
        self.kept = Kept()
        self.api = Api("shop", first_answers=self.kept)
        self.api.route("POST", "/things", roles=ANY_STAFF, scope="all", body=ThingIn, status=201)(self.create)
        self.api.route("POST", "/things/{thing_id}:paint", roles=ANY_STAFF, scope="all", body=ThingIn)(
            self.create
        )

    def create(self, request: Request) -> Answer:
        """Create a thing."""
        if self.refuses:
            raise problems.conflict("full", "满了")
        thing_id = request.new_id("th")
        self.runs[thing_id] += 1
        self.things.setdefault(thing_id, request.body.name)
        if self.dies:
            raise RuntimeError
        return Answer({"thing_id": thing_id, "name": self.things[thing_id]}, 201, headers={"X-Made": "yes"})

    def ask(
        self,
        key: str | None = "k-1",
        name: str = "one",
        caller: Caller = ANN,
        after: timedelta = timedelta(),
        path: str = "/things",
    ) -> Any:
        context = {"http": {"method": "POST", "path": path}, "authorizer": {"lambda": caller.context()}}
        event = {
            "requestContext": context,
            "headers": {"Idempotency-Key": key} if key is not None else {},
            "body": json.dumps({"name": name}),
        }
        answer = self.api.answer(event, NOW + after)
        return answer["statusCode"], json.loads(answer["body"]), answer["headers"]


@pytest.fixture
def shop() -> Shop:
    return Shop()


def test_the_first_answer_is_given_again_with_its_status_and_headers(shop):
    first, again = shop.ask(), shop.ask(after=DAY - timedelta(seconds=1))

    assert first[:2] == again[:2]
    assert first[0] == 201
    assert again[2]["X-Made"] == "yes"
    assert ("Idempotent-Replayed" in first[2], again[2]["Idempotent-Replayed"]) == (False, "true")
    assert sum(shop.runs.values()) == 1


def test_another_body_under_the_same_key_is_a_conflict(shop):
    shop.ask()

    status, body, _ = shop.ask(name="two")

    assert (status, body["code"]) == (409, "idempotency_conflict")
    assert list(shop.things.values()) == ["one"]


def test_another_path_under_the_same_key_is_a_conflict(shop):
    shop.api.route("POST", "/others", roles=ANY_STAFF, scope="all", body=ThingIn, status=201)(shop.create)
    shop.ask()

    assert shop.ask(path="/others")[1]["code"] == "idempotency_conflict"


def test_after_a_day_the_key_is_free_again(shop):
    shop.ask()

    assert shop.ask(name="two", after=DAY)[0] == 201


def test_a_key_belongs_to_its_caller(shop):
    first, other = shop.ask(), shop.ask(caller=BOB, name="two")

    assert (first[0], other[0]) == (201, 201)
    assert first[1]["thing_id"] != other[1]["thing_id"]


def test_without_a_key_each_request_creates(shop):
    assert shop.ask(key=None)[1]["thing_id"] != shop.ask(key=None)[1]["thing_id"]
    assert not shop.kept.rows


def test_a_creation_that_died_after_its_effect_is_found_and_not_doubled(shop):
    shop.dies = True
    assert shop.ask()[0] == 500
    shop.dies = False

    again = shop.ask()

    assert (again[0], len(shop.things)) == (201, 1)
    assert shop.ask()[1] == again[1]


def test_another_body_is_refused_even_when_the_first_request_died(shop):
    shop.dies = True
    shop.ask()
    shop.dies = False

    assert shop.ask(name="two")[1]["code"] == "idempotency_conflict"


def test_a_refusal_is_judged_again(shop):
    shop.refuses = True
    assert shop.ask()[0] == 409
    shop.refuses = False

    assert shop.ask()[0] == 201


def test_an_invalid_request_takes_no_key(shop):
    event_body = shop.ask(name="x" * 300_001)

    assert event_body[0] == 422
    assert shop.ask()[0] == 201


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 201, "é", "a\n", "\ud800"])
def test_a_key_is_short_and_visible(shop, key):
    status, body, _ = shop.ask(key=key)

    assert (status, body["errors"][0]["field"]) == (422, "Idempotency-Key")


def test_what_creates_nothing_keeps_nothing(shop):
    shop.ask(path="/things/t1:paint")

    assert not shop.kept.rows


def test_an_answer_too_large_to_keep_is_made_again_under_its_id(shop):
    name = "x" * 250_000
    first, again = shop.ask(name=name), shop.ask(name=name)

    assert first[:2] == again[:2]
    assert "Idempotent-Replayed" not in again[2]
    assert len(shop.things) == 1
