"""A week of three SOPs in small, and what breaks one of its guarantees is found."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from tests.faults import sop_month
from tests.faults.sop_month import Month, lived


def test_a_week_of_three_sops() -> None:
    found = lived(seed=4, customers=45, days=7)

    assert found.judge.wrong == Counter(), found.judge.seen
    assert found.trouble.kills > 2
    assert found.trouble.doubles > 3
    assert min(found.ticks[each] for each in ("in_time", "doubled", "late", "missed")) > 15
    assert len(found.judge.started) > 100


def _few(monkeypatch: pytest.MonkeyPatch) -> Month:
    """Return three days of few customers, with a second worker at every third claim."""
    monkeypatch.setattr(sop_month, "TWO_AT_ONCE", 1 / 3)
    return lived(seed=5, customers=12, days=3)


def test_a_cap_that_is_not_counted_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    from scrm.sops import running

    monkeypatch.setattr(running, "count_touch", lambda *_, **__: None)

    assert _few(monkeypatch).judge.wrong["over_the_cap_of_a_day"]


def test_a_to_do_of_another_customer_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    from scrm.sops import delivering

    kept: list[Any] = []
    real = delivering.to_do

    def of_the_first(it: Any, *rest: Any) -> Any:
        from dataclasses import replace

        kept.append(it)
        return real(replace(it, external_userid=kept[0].external_userid), *rest)

    monkeypatch.setattr(delivering, "to_do", of_the_first)

    assert _few(monkeypatch).judge.wrong["content_of_another"]


def test_values_of_another_customer_in_a_mass_send_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    from scrm.mass_sends import sending

    kept: list[Any] = []
    real = sending.values_of

    def of_the_first(*asked: Any) -> Any:
        kept.append(real(*asked))
        return kept[0]

    monkeypatch.setattr(sending, "values_of", of_the_first)

    assert _few(monkeypatch).judge.wrong["content_of_another"]
