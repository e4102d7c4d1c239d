"""INT-04: other systems are told what happens, signed; a failing one is tried again, then redriven once."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.bench.scenarios import with_channel
from tests.component.privacy.world import ask
from tests.doubles.bundle import STACK, Bundle

SECRET = "s3cret-of-the-receiver"
EVERYTHING = ["customer.added", "relation.deleted", "follow_up.created", "stage.changed"]
HOOK = {"name": "CRM", "url": "https://crm.example.com/hooks/scrm", "events": EVERYTHING, "secret": "crm"}


class Receiver:
    """Another system: what it took, and how it answers."""

    def __init__(self) -> None:
        self.status = 200
        self.tried: list[tuple[Any, dict[str, str], bytes]] = []
        self.taken: list[dict[str, Any]] = []

    def post(self, target: Any, body: bytes, headers: dict[str, str]) -> int:
        self.tried.append((target, headers, body))
        if self.status < 300:
            self.taken.append(json.loads(body))
        return self.status


@pytest.fixture
def receiver(monkeypatch) -> Receiver:
    made = Receiver()
    monkeypatch.setattr("scrm.outside.posting.Poster", lambda: made)
    return made


@pytest.fixture
def bundle(receiver) -> Iterator[Bundle]:
    made = Bundle(seed="outgoing")
    with made.running():
        made.cloud.parameters.values[f"/{STACK}/webhooks/crm"] = json.dumps({"secret": SECRET})
        yield made


def hooked(bundle: Bundle, **changes: Any) -> str:
    made = ask(bundle, "POST", "/admin/webhooks", {**HOOK, **changes})
    assert made.status == 201, made.text
    return str(made.json["webhook_id"])


def befriended(bundle: Bundle) -> str:
    state = with_channel(bundle)
    added = bundle.wecom.people.scan(userid="zhangsan", state=state, name="甲乙丙丁")
    bundle.arrive()
    bundle.settle()
    return str(added["external_userid"])


def test_int_04_a_new_friend_is_told_signed_and_without_names(bundle, receiver):
    from scrm.integrations.signing import signature

    hook = hooked(bundle)
    there = befriended(bundle)

    ((target, headers, body),) = receiver.tried
    assert (target.host, target.path) == ("crm.example.com", "/hooks/scrm")
    stamp = int(headers["X-Scrm-Timestamp"])
    assert headers["X-Scrm-Signature"] == signature(SECRET, stamp, "POST", "/hooks/scrm", body)
    assert headers["X-Scrm-Key"] == hook
    (told,) = receiver.taken
    assert (told["event"], told["external_userid"], told["userid"]) == ("customer.added", there, "zhangsan")
    assert told["event_id"] == headers["X-Scrm-Event-Id"]
    assert "甲乙丙丁".encode() not in body


def test_int_04_a_follow_up_is_told(bundle, receiver):
    hooked(bundle, events=["follow_up.created"])
    befriended(bundle)
    (task,) = [row for row in bundle.rows("MEMBER#zhangsan") if row["SK"].startswith("TASK#")]
    from scrm.http.caller import Caller

    done = ask(
        bundle,
        "POST",
        f"/workbench/tasks/{task['SK'].removeprefix('TASK#')}:complete",
        {},
        Caller("zhangsan", "staff", "own"),
    )
    assert done.status == 200
    bundle.settle()

    assert [each["event"] for each in receiver.taken] == ["follow_up.created"]


def test_int_04_three_failures_end_among_the_dead_and_a_redrive_delivers_once(bundle, receiver):
    hooked(bundle)
    receiver.status = 500
    befriended(bundle)

    assert len(receiver.tried) == 3
    assert len({headers["X-Scrm-Event-Id"] for _, headers, _ in receiver.tried}) == 1
    assert bundle.waiting() == {"OutgoingEventsDead": 1}

    receiver.status = 200
    moved = bundle.invoke("redrive_dead_letters", {"queue": "OutgoingEvents"})
    bundle.settle()

    assert moved["moved"] == 1
    assert [each["event"] for each in receiver.taken] == ["customer.added"]
    assert bundle.waiting() == {}


@pytest.mark.parametrize("status", [301, 302, 307, 404, 410])
def test_a_redirect_or_refusal_is_no_success(bundle, receiver, status):
    hooked(bundle)
    receiver.status = status
    befriended(bundle)

    assert bundle.waiting() == {"OutgoingEventsDead": 1}


def test_nobody_is_told_what_they_did_not_ask_for(bundle, receiver):
    hooked(bundle, events=["stage.changed"])
    hooked(bundle, active=False)
    befriended(bundle)

    assert receiver.tried == []
    assert bundle.waiting() == {}


def test_what_is_on_its_way_to_a_removed_webhook_is_dropped(bundle, receiver):
    hook = hooked(bundle)
    receiver.status = 500
    befriended(bundle)
    assert ask(bundle, "DELETE", f"/admin/webhooks/{hook}").status == 204

    bundle.invoke("redrive_dead_letters", {"queue": "OutgoingEvents"})
    bundle.settle()

    assert (len(receiver.tried), bundle.waiting()) == (3, {})


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"url": "http://crm.example.com/"}, "url"),
        ({"url": "https://169.254.169.254/"}, "url"),
        ({"url": "https://localhost/"}, "url"),
        ({"events": ["everything"]}, "events.0"),
        ({"events": []}, "events"),
        ({"secret": "../session/keys"}, "secret"),
    ],
)
def test_what_is_wrong_is_named(bundle, changes, field):
    refused = ask(bundle, "POST", "/admin/webhooks", {**HOOK, **changes})

    assert refused.status == 422
    assert [each["field"] for each in refused.json["errors"]] == [field]


def test_a_webhook_is_changed_over_the_version_that_was_read(bundle):
    hook = hooked(bundle)
    path = f"/admin/webhooks/{hook}"

    assert ask(bundle, "PUT", path, {**HOOK, "version": 2}).code == "version_conflict"
    assert ask(bundle, "PUT", path, {**HOOK, "version": 1, "active": False}).json["active"] is False
    assert ask(bundle, "GET", path).json["version"] == 2
    assert [each["webhook_id"] for each in ask(bundle, "GET", "/admin/webhooks").json["items"]] == [hook]
    assert ask(bundle, "GET", "/admin/webhooks/wh_none").status == 404
