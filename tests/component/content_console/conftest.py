"""What tests of the libraries' console share: callers, files that are there, and what the sidebar sees."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.component.http_world import Browser, change_member, corp, logged_in, wecom

__all__ = ["corp", "wecom"]

FILE = "fi_0a1b2c3d4e5f60718293"
COVER = "fi_000000000000000000aa"
LATER = "fi_00000000000000000bad"


@pytest.fixture
def admin(corp, queues) -> Browser:
    """An operations administrator."""
    return logged_in(corp, "admin")


@pytest.fixture
def as_role(corp) -> Callable[[str, str], Browser]:
    """Return a caller with a role."""

    def become(userid: str, role: str) -> Browser:
        change_member(userid, role=role)
        return logged_in(corp, userid)

    return become


@pytest.fixture
def files(corp) -> None:
    """Two pictures that are ready, and one whose upload is not done."""
    from scrm import clock
    from scrm.materials import files_dynamodb as stored
    from scrm.materials.files import File
    from scrm.table import in_transaction

    for file_id in (FILE, COVER, LATER):
        new = File(file_id, "图.png", "image", "image/png", 1000, created_by="admin")
        stored.put_new(new, clock.now())
        if file_id != LATER:
            with in_transaction() as transaction:
                stored.kept_step(new)(transaction)


def made(browser: Browser, root: str, **body: Any) -> dict[str, Any]:
    """Make something in the console; return it."""
    answered = browser.send("POST", f"/admin/{root}", body)
    assert answered.status == 201, answered.text
    return dict(answered.json)


def text(browser: Browser, name: str = "开场白", **more: Any) -> dict[str, Any]:
    """Make a material of words."""
    return made(browser, "materials", kind="text", name=name, text=f"{name}的内容", **more)


def script(browser: Browser, title: str, **more: Any) -> dict[str, Any]:
    """Make a script of one part."""
    parts = more.pop("parts", [{"kind": "text", "text": f"{title}的话"}])
    return made(browser, "scripts", title=title, parts=parts, **more)


def titles(browser: Browser, root: str = "scripts", query: str = "") -> list[str]:
    """Return the titles as the console lists them, all pages."""
    found: list[str] = []
    cursor = ""
    while True:
        answered = browser.send("GET", f"/admin/{root}?limit=100{query}{cursor}")
        assert answered.status == 200, answered.text
        found += [each["title"] for each in answered.json["items"]]
        if not answered.json["next_cursor"]:
            return found
        cursor = f"&cursor={answered.json['next_cursor']}"


def seen_by(userid: str, kind: str) -> list[str]:
    """Return the titles that a member may see in the sidebar, in their order."""
    from scrm.library.opening import open_for
    from tests.component.http_world import caller_of

    items = open_for(kind, caller_of(userid)).seen.items()  # type: ignore[arg-type]  # one of KINDS
    return [each.live.title for each in items if each.live]
