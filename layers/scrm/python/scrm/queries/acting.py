"""The kind of job `selected`: something done to everybody a condition selects, one by one (spec SEG-17).

What is selected is asked as of the moment the job was started, page after page in the order of the adds: who
is done is behind the walk, so that what the action changes brings nobody back. An action is a module with
a `run(work)` over items, relations as `scrm.tagging.pairs` names them, as for a job of its own; whoever has a
new action names it in `ACTIONS`.
"""

import importlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from scrm.conditions.plan import plan
from scrm.conditions.running import Position, search
from scrm.conditions.tree import of_plain
from scrm.jobs.model import CHUNK_ITEMS, GiveUp, Outcome, Runner, Work
from scrm.moments import rfc3339
from scrm.queries.asking import Asked
from scrm.queries.model import SORTS

KIND = "selected"
ACTIONS: Mapping[str, str] = {"tag": "scrm.tagging.job"}
"""Action to module."""


def params_of(asked: Asked, action: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a job keeps of a question and of what is to be done to whom it selects."""
    return {
        "condition": dict(asked.condition),
        "custom": dict(asked.custom),
        "scope": None if asked.scope is None else sorted(asked.scope),
        "as_of": rfc3339(asked.now),
        "action": action,
        "params": dict(params),
    }


def run(work: Work) -> Outcome:
    """Do the action to the next page of the selected, and to those that come back. Safe to repeat."""
    act = _action(work)
    inner = replace(work, job=replace(work.job, params=work.job.params["params"]))
    if work.items:
        return act(inner)
    items, following = _page(work)
    if not items:
        return Outcome(next_cursor=following)
    done = act(replace(inner, chunk=replace(work.chunk, items=items, cursor="")))
    return replace(done, next_cursor=following)


def _action(work: Work) -> Runner:
    name = work.job.params["action"]
    if name not in ACTIONS:
        raise GiveUp("unknown_action")
    runner: Runner = importlib.import_module(ACTIONS[name]).run
    return runner


def _page(work: Work) -> tuple[tuple[str, ...], str | None]:
    """Return the next page's card ids, and the cursor of the one after it."""
    asked = work.job.params
    scope = None if asked["scope"] is None else frozenset(asked["scope"])
    node = of_plain(asked["condition"], asked["custom"])
    planned = plan(node, scope, datetime.fromisoformat(asked["as_of"]))
    after = Position(0, work.cursor.removeprefix("-"))
    found = search(planned, SORTS["-added_at"], CHUNK_ITEMS, after)
    items = tuple(each.card_id for each in found.cards)
    return items, f"-{found.next.at}" if found.next else None
