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

from scrm.cards.model import Card
from scrm.conditions.plan import plan
from scrm.conditions.running import Position, search
from scrm.conditions.tree import of_plain
from scrm.jobs.model import CHUNK_ITEMS, GiveUp, Outcome, Runner, Work
from scrm.moments import rfc3339
from scrm.queries.asking import Asked
from scrm.queries.model import SORTS

KIND = "selected"
ACTIONS: Mapping[str, str] = {
    "tag": "scrm.tagging.job",
    "push": "scrm.pushes.job",
    "enrol": "scrm.sops.entering_job",
}
"""Action to module."""


def params_of(asked: Asked, action: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a job keeps of a question and of what is to be done to whom it selects."""
    return {**question_of(asked), "action": action, "params": dict(params)}


def question_of(asked: Asked) -> dict[str, Any]:
    """Return what a job keeps of a question, as of its own moment."""
    return {
        "condition": dict(asked.condition),
        "custom": dict(asked.custom),
        "scope": None if asked.scope is None else sorted(asked.scope),
        "as_of": rfc3339(asked.now),
    }


def run(work: Work) -> Outcome:
    """Do the action to the next page of the selected, and to those that come back. Safe to repeat."""
    act = _action(work)
    inner = replace(work, job=replace(work.job, params=work.job.params["params"]))
    if work.items:
        return act(inner)
    cards, following = next_page(work.job.params, work.cursor, CHUNK_ITEMS)
    if not cards:
        return Outcome(next_cursor=following)
    items = tuple(each.card_id for each in cards)
    done = act(replace(inner, chunk=replace(work.chunk, items=items, cursor="")))
    return replace(done, next_cursor=following)


def _action(work: Work) -> Runner:
    name = work.job.params["action"]
    if name not in ACTIONS:
        raise GiveUp("unknown_action")
    runner: Runner = importlib.import_module(ACTIONS[name]).run
    return runner


def next_page(question: Mapping[str, Any], cursor: str, limit: int) -> tuple[tuple[Card, ...], str | None]:
    """Return the next cards of a kept question, newest add first, and the cursor of those after them.

    Begins at the cursor "" or "-".
    """
    scope = None if question["scope"] is None else frozenset(question["scope"])
    node = of_plain(question["condition"], question["custom"])
    planned = plan(node, scope, datetime.fromisoformat(question["as_of"]))
    found = search(planned, SORTS["-added_at"], limit, Position(0, cursor.removeprefix("-")))
    return found.cards, f"-{found.next.at}" if found.next else None
