"""Leads given by the engine over the table: turns, caps and explanations hold however it is called."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.component.aborting import every_abort

NOW = datetime(2026, 3, 2, 2, 15, tzinfo=UTC)


def pool(*members: Any, **changes: Any) -> None:
    """Put a pool with one round-robin rule in force."""
    from scrm.leads import rules_dynamodb
    from scrm.leads.policy import Pool, RuleOfPool, RuleSet

    rule = RuleOfPool("R", "P", **changes)
    rules_dynamodb.add(RuleSet(rules=(rule,), pools=(Pool("P", "公海", members),), default_pool="P"), "a", NOW)
