"""Secrets are created once, completed later, and never shown."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from infra.build import secrets


@pytest.fixture
def ssm(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        yield boto3.client("ssm", region_name="us-east-1")


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WECOM_SECRET", "app-secret")
    monkeypatch.delenv("WECOM_CALLBACK_TOKEN", raising=False)
    monkeypatch.delenv("WECOM_CALLBACK_AES_KEY", raising=False)


def test_a_new_stack_gets_every_secret_encrypted(ssm: Any, given: None) -> None:
    values = secrets.complete({}, "shop")

    assert sorted(secrets.put(ssm, "scrm", values)) == [
        "callbacks/app",
        "h5/keys",
        "integrations/shop",
        "privacy/key",
        "session/keys",
        "wecom/secret",
    ]
    stored = ssm.get_parameter(Name="/scrm/wecom/secret")["Parameter"]
    assert stored["Type"] == "SecureString"
    assert secrets.current(ssm, "scrm") == values
    assert len(json.loads(values["callbacks/app"])["aes_key"]) == 43
    assert len(bytes.fromhex(json.loads(values["session/keys"])[0])) == 32


def test_what_is_in_place_stays(ssm: Any, given: None) -> None:
    secrets.put(ssm, "scrm", secrets.complete({}, "shop"))

    assert secrets.put(ssm, "scrm", secrets.complete(secrets.current(ssm, "scrm"), "shop")) == []


def test_a_new_value_from_wecom_replaces_the_old(
    ssm: Any, given: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets.put(ssm, "scrm", secrets.complete({}, "shop"))
    monkeypatch.setenv("WECOM_SECRET", "rotated")

    assert secrets.put(ssm, "scrm", secrets.complete(secrets.current(ssm, "scrm"), "shop")) == [
        "wecom/secret"
    ]


def test_stacks_do_not_see_each_other(ssm: Any, given: None) -> None:
    secrets.put(ssm, "scrm", secrets.complete({}, "shop"))

    assert secrets.current(ssm, "scrm-staging") == {}


def test_nothing_secret_is_printed(
    ssm: Any, given: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["secrets", "--stack", "scrm"])
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")

    secrets.main()

    printed = capsys.readouterr().out
    values = [
        json.loads(value) if value[0] in "[{" else value for value in secrets.current(ssm, "scrm").values()
    ]
    words = [
        word
        for value in values
        for word in (
            value.values() if isinstance(value, dict) else value if isinstance(value, list) else [value]
        )
    ]
    assert len(words) == 7
    assert [word for word in words if word in printed] == []


def test_a_new_session_key_signs_while_the_one_before_it_still_opens(ssm: Any, given: None) -> None:
    before = secrets.complete({}, "shop")

    once = secrets.with_new_session_key(before)
    twice = secrets.with_new_session_key(once)

    (old,), first, second = (json.loads(each["session/keys"]) for each in (before, once, twice))
    assert first[1] == old
    assert second[1] == first[0]
    assert len({old, *first, *second}) == 3
    assert len(second) == 2
