"""Secrets stay known while SSM is busy; one that is gone is gone."""

import pytest
from botocore.exceptions import ClientError

from scrm import secret_store


@pytest.fixture
def later(monkeypatch):
    """Let the time pass for which a secret is kept."""

    def pass_by(times: int = 1) -> None:
        began = secret_store.time.monotonic()
        monkeypatch.setattr(secret_store.time, "monotonic", lambda: began + times * secret_store.KEPT_SECONDS)

    return pass_by


def throttled(_name):
    raise ClientError({"Error": {"Code": "ThrottlingException"}}, "GetParameter")


def test_a_secret_known_goes_on_while_ssm_is_busy(parameters, monkeypatch, later):
    parameters("wecom/secret", "first")
    secret_store.secret("wecom/secret")
    parameters("wecom/secret", "second")
    secret_store._memory["wecom/secret"] = (-1, "first")

    with monkeypatch.context() as busy:
        busy.setattr(secret_store, "_fetch", throttled)
        assert secret_store.secret("wecom/secret") == "first"
    later()

    assert secret_store.secret("wecom/secret") == "second"


def test_one_never_known_is_not_made_up(monkeypatch):
    secret_store.forget()
    monkeypatch.setattr(secret_store, "_fetch", throttled)

    with pytest.raises(ClientError):
        secret_store.secret("wecom/secret")
