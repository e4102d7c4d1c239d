"""Handovers in small, at more trouble for each; and what breaks one of their guarantees is found."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

import tests.component.conftest  # noqa: F401  # settings before imports
from tests.faults import inheriting, inheriting_trouble
from tests.faults.inheriting import Handover, lived


def test_three_hundred_customers_of_three_members_go_to_four(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inheriting_trouble, "KILLED_AT_ITS_HEART", 1 / 30)
    monkeypatch.setattr(inheriting_trouble, "KILLED", 1 / 500)

    found = lived(seed=4, customers=300, handovers=3, takeovers=4)

    assert found.judge.wrong == Counter(), found.judge.seen
    assert found.trouble.kills > 10
    assert found.trouble.doubles > 2
    assert found.judge.told["replanned"] > 1
    assert {"in vain", "of a batch", "for who waited"} == set(found.judge.told["calls"])


def _few(monkeypatch: pytest.MonkeyPatch) -> Handover:
    """Hand twenty customers over while every second call has no answer."""
    monkeypatch.setattr(inheriting, "FAULTS", ((1 / 2, {"what": "unknown_outcome"}),))
    return lived(seed=6, customers=20, handovers=2, takeovers=2)


def test_what_is_sent_again_without_asking_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    from scrm.inheritance import working

    def forgets(plan: Any, batch: Any, now: Any) -> Any:
        from dataclasses import replace

        from scrm.inheritance import plans_dynamodb as stored

        again = [replace(each, status="PLANNED", at=now) for each in batch.having("UNKNOWN")]
        return stored.save_batch(batch.with_items(again), batch) if again else real(plan, batch, now)

    real = working.ask
    monkeypatch.setattr(working, "ask", forgets)

    assert _few(monkeypatch).judge.wrong["asked_for_twice"]


def test_a_lead_left_behind_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    from scrm.inheritance import handing_on

    monkeypatch.setattr(inheriting, "WITH_LEAD", 1)
    monkeypatch.setattr(handing_on, "inherit", lambda *_: 0)

    assert _few(monkeypatch).judge.wrong["leads_of_another"]
