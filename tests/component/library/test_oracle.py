"""Lists, searches, looks by id and groups agree with the oracle on who sees what (CON-14): 2,080 cases.

A case is a viewer of a library at random: trees, scopes, states and moves are, and so is when a catalogue is
made and whether the process is a new one. Everything goes through the rows and the sidebar's routes.
"""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

import pytest

from scrm.http.caller import ROLES as EVERY_ROLE
from scrm.http.caller import Caller
from scrm.library.arranging import Asked, listed
from scrm.library.compiling import compile_library
from scrm.library.model import Group, Item, Shown
from scrm.library.opening import open_for
from scrm.library.visibility import Visibility
from tests.component.conftest import app_of, http_event_of
from tests.component.http_world import Answered
from tests.component.library.oracle import TWINS, Known, Oracle, Thing
from tests.component.library.world import NOW, change, forget, group, item, put, put_content
from tests.doubles.cloud import Cloud

ROLES = sorted(EVERY_ROLE)[:4]
PEOPLE = ["LiSi", "wangwu", "Zhang"]
RANKS = ["A", "B", "B", "C", "CV"]
WORDS = ["价格", "欢迎", "VIP", "售后"]
STATES = ["published"] * 6 + ["draft", "archived", "deleted"]
WORLDS, VIEWERS = 260, 8


@dataclass
class Story:
    """One library as it came about, in the table and as the oracle knows it."""

    rng: random.Random
    known: Known = field(default_factory=Known)
    stored: dict[str, Any] = field(default_factory=dict)

    def begin(self) -> None:
        """Make departments, groups, items and a few moves, with catalogues somewhere between."""
        self._departments()
        for number in range(self.rng.randrange(9)):
            self._group(f"g{number}")
        for number in range(self.rng.randrange(2, 12)):
            self._item(f"sc_{number}")
        for turn in range(self.rng.randrange(7)):
            self.rng.choice([self._compile, self._restart, self._move_item, self._move_group, self._new])(
                turn
            )
        self._uses()

    def viewer(self) -> Thing:
        """Return somebody at random."""
        return {
            "userid": self.rng.choice([*PEOPLE, "LISI", "nobody"]),
            "role": self.rng.choice(ROLES),
            "departments": self.rng.sample(range(1, 9), self.rng.randrange(3)),
        }

    def _departments(self) -> None:
        from scrm.staff.dynamodb import DepartmentRow
        from scrm.staff.model import Department

        for number in range(2, 9):
            self.known.parents[number] = self.rng.randrange(1, number)
            DepartmentRow.of(Department(number, f"部门{number}", self.known.parents[number])).save()

    def _scope(self) -> Thing | None:
        if self.rng.random() < 0.55:
            return None
        named = (
            ("roles", self.rng.sample(ROLES, self.rng.randrange(1, 4))),
            ("departments", self.rng.sample(range(1, 9), self.rng.randrange(1, 3))),
            ("people", [each.lower() for each in self.rng.sample(PEOPLE, self.rng.randrange(1, 3))]),
        )
        return {name: some if self.rng.random() < 0.6 else [] for name, some in named}

    def _group(self, group_id: str) -> None:
        told = {
            "parent": self.rng.choice(["", *self.known.groups]),
            "rank": self.rng.choice(RANKS),
            "scope": self._scope(),
            "deleted": self.rng.random() < 0.05,
        }
        self.known.groups[group_id] = told
        put(self._stored_group(group_id, group(group_id)))

    def _stored_group(self, group_id: str, before: Group) -> Group:
        told = self.known.groups[group_id]
        after = replace(
            before,
            parent_id=told["parent"],
            rank=told["rank"],
            visibility=visibility(told["scope"]),
            deleted=told["deleted"],
        )
        self.stored[group_id] = after
        return after

    def _item(self, item_id: str) -> None:
        told = {
            "group": self.rng.choice(["", *self.known.groups, *self.known.groups]),
            "rank": self.rng.choice(RANKS),
            "status": self.rng.choice(STATES),
            "scope": self._scope(),
            "title": "".join(self.rng.sample(WORDS, 2)),
        }
        self.known.items[item_id] = told
        put(self._stored_item(item_id, item(item_id)))
        put_content("script", item_id, {"title": told["title"]})

    def _stored_item(self, item_id: str, before: Item) -> Item:
        told = self.known.items[item_id]
        shown = Shown(told["title"])
        after = replace(
            before,
            group_id=told["group"],
            rank=told["rank"],
            status=told["status"],
            visibility=visibility(told["scope"]),
            draft=shown,
            live=None if told["status"] == "draft" else shown,
        )
        self.stored[item_id] = after
        return after

    def _move_item(self, _: int) -> None:
        item_id = self.rng.choice(sorted(self.known.items))
        told = self.known.items[item_id]
        told.update(
            self.rng.choice(
                [
                    {"group": self.rng.choice(["", *self.known.groups])},
                    {"rank": self.rng.choice(RANKS)},
                    {"status": self.rng.choice(STATES)},
                    {"scope": self._scope()},
                ]
            )
        )
        before = self.stored[item_id]
        after = self._stored_item(item_id, before)
        self.stored[item_id] = change(before, **{name: getattr(after, name) for name in ITEM_FIELDS})

    def _move_group(self, _: int) -> None:
        if not self.known.groups:
            return
        group_id = self.rng.choice(sorted(self.known.groups))
        told = self.known.groups[group_id]
        told.update(
            self.rng.choice(
                [
                    {"parent": self.rng.choice(["", "gone", *self.known.groups])},
                    {"rank": self.rng.choice(RANKS)},
                    {"deleted": not told["deleted"]},
                    {"scope": self._scope()},
                ]
            )
        )
        before = self.stored[group_id]
        after = self._stored_group(group_id, before)
        self.stored[group_id] = change(before, **{name: getattr(after, name) for name in GROUP_FIELDS})

    def _new(self, turn: int) -> None:
        self._group(f"h{turn}")
        self._item(f"sc_new{turn}")

    def _restart(self, _: int) -> None:
        forget()

    def _compile(self, _: int) -> None:
        compile_library("script", NOW)

    def _uses(self) -> None:
        """Count some sends; a catalogue has them when it is made."""
        from datetime import date

        from scrm.library.model import Uses
        from scrm.sends.uses_dynamodb import used_step
        from scrm.table import in_transaction

        if self.rng.random() < 0.5:
            return
        for item_id in self.rng.sample(sorted(self.known.items), 2):
            self.known.items[item_id]["sends"] = self.rng.randrange(1, 4)
            with in_transaction() as transaction:
                sends = Uses(sends=self.known.items[item_id]["sends"])
                used_step("script", item_id, "lisi", date(2026, 3, 2), sends)(transaction)
        compile_library("script", NOW)


ITEM_FIELDS = ("group_id", "rank", "status", "visibility", "draft", "live")
GROUP_FIELDS = ("parent_id", "rank", "visibility", "deleted")


def visibility(scope: Thing | None) -> Visibility | None:
    """Return a scope as the product keeps it."""
    if scope is None:
        return None
    return Visibility(*(frozenset(scope[name]) for name in ("roles", "departments", "people")))


@contextmanager
def worlds(count: int, seed: int) -> Iterator[Iterator[Story]]:
    """Yield libraries, each in a table of its own."""

    def stories() -> Iterator[Story]:
        for number in range(count):
            forget()
            fresh = Cloud()
            cloud.store, cloud.objects = fresh.store, fresh.objects
            story = Story(random.Random(f"{seed} {number}"))
            story.begin()
            yield story

    cloud = Cloud()
    with cloud.active("fast"):
        yield stories()


class Sidebar:
    """What the routes answer to one viewer."""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller
        self.app = app_of("sidebar_api")

    def get(self, path: str) -> Answered:
        """Send a request; `path` may carry a query."""
        path, _, query = path.partition("?")
        event = http_event_of("GET", path, caller=self.caller)
        event["rawQueryString"] = query
        return Answered(self.app.handler(event, None))

    def ids(self, query: str = "") -> list[str]:
        """Return the ids of a list."""
        return [each["item_id"] for each in self.get(f"/sidebar/scripts?limit=100{query}").json["items"]]

    def groups(self) -> list[tuple[str, int]]:
        """Return the groups with their counts."""
        return [
            (each["group_id"], each["count"]) for each in self.get("/sidebar/script-groups").json["items"]
        ]


def disagreements(story: Story, viewer: Thing, oracle: type[Oracle] = Oracle) -> list[str]:
    """Return in what an oracle differs from an opened library, and from a route."""
    told, rng = oracle(story.known, viewer), story.rng
    caller = Caller(viewer["userid"], viewer["role"], "own", tuple(viewer["departments"]))
    word, within = rng.choice(WORDS), rng.choice(["gone", *story.known.groups])
    one = rng.choice(sorted(story.known.items))
    opened, routes = open_for("script", caller), Sidebar(caller)

    def ids(asked: Asked) -> list[str]:
        return [each.item_id for each in listed(opened.seen, opened.personal, asked).items]

    expected: dict[str, Any] = {
        "list": told.listed(),
        "search": told.found(word),
        "group": told.of_group(within),
        "groups": told.groups(),
        "by id": [each for each in story.known.items if told.sees(each)],
        "route by id": 200 if told.sees(one) else 404,
    }
    found: dict[str, Any] = {
        "list": ids(Asked()),
        "search": ids(Asked(word.lower())),
        "group": ids(Asked(group_id=within)),
        "groups": [(each.group_id, count) for each, count in opened.seen.groups()],
        "by id": [each for each in story.known.items if opened.seen.item(each)],
        "route by id": routes.get(f"/sidebar/scripts/{one}").status,
    }
    asking = {
        "list": routes.ids,
        "search": lambda: routes.ids(f"&q={quote(word.lower())}"),
        "group": lambda: routes.ids(f"&group_id={within}"),
        "groups": routes.groups,
    }
    route = rng.choice(sorted(asking))
    found[f"route {route}"], expected[f"route {route}"] = asking[route](), expected[route]
    return [f"{name}: {found[name]}, not {expected[name]}" for name in found if found[name] != expected[name]]


@pytest.mark.usefixtures("aws", "at")
def test_con_14_everything_agrees_with_the_oracle_on_who_sees_what(capsys):
    cases = shown = 0
    with worlds(WORLDS, 4) as stories:
        for number, story in enumerate(stories):
            for _ in range(VIEWERS):
                viewer = story.viewer()
                assert disagreements(story, viewer) == [], (number, viewer, story.known)
                shown += len(Oracle(story.known, viewer).listed())
                cases += 1
    capsys.readouterr()

    assert cases >= 2_000
    assert shown > 2 * cases, "the cases show too little to prove anything"


@pytest.mark.usefixtures("aws", "at")
@pytest.mark.parametrize("twin", TWINS)
def test_a_wrong_twin_is_found_out(twin, capsys):
    with worlds(WORLDS, 5) as stories:
        found = any(disagreements(story, story.viewer(), twin) for story in stories for _ in range(2))
    capsys.readouterr()

    assert found
