"""First answers in the table keep the promises that the edge relies on."""

from datetime import datetime

import pytest

from scrm.http.idempotency import FirstAnswer
from tests.component.conftest import START

NOW = int(datetime.fromisoformat(START).timestamp())


def asked(fingerprint="f1", expires_at=NOW + 100):
    return FirstAnswer("ANSWER#staff:ann#k", fingerprint, expires_at)


@pytest.fixture
def answers(tables):
    from scrm.http.dynamodb import DynamoFirstAnswers

    return DynamoFirstAnswers()


def test_the_first_claim_stands(answers):
    assert answers.claim(asked(), NOW) == asked()
    assert answers.claim(asked("f2"), NOW + 99).fingerprint == "f1"


def test_an_expired_claim_gives_way(answers):
    answers.claim(asked(), NOW)

    assert answers.claim(asked("f2", NOW + 500), NOW + 100).fingerprint == "f2"


def test_an_answer_is_kept_whole(answers):
    response = {"statusCode": 201, "headers": {"X-Made": "是"}, "body": '{"name":"张"}'}
    answers.claim(asked(), NOW)

    answers.record(FirstAnswer(asked().key, "f1", NOW + 100, response))

    assert answers.claim(asked(), NOW).response == response
