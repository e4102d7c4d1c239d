"""What tests of customer groups share: a corp with groups, its console, and callbacks in whatever order."""

from typing import Any

from tests.component.conftest import http_event_of
from tests.component.http_world import Answered
from tests.doubles.bundle import Bundle
from wecom_simulator import chat_acts


class Groups:
    """Groups of a corp; all happens through functions, queues and the stream."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle

    def friend(self, name: str, userid: str = "lisi") -> str:
        """Make a customer the member's friend; return their external_userid."""
        there = str(self.bundle.wecom.people.scan(userid=userid, name=name)["external_userid"])
        self.arrive()
        return there

    def founded(self, *members: str, owner: str = "lisi", name: str = "家长群") -> str:
        """Let a member found a group at WeCom, of which nothing arrives yet; return its chat_id."""
        made = chat_acts.chat_created(self.bundle.wecom, owner=owner, name=name, members=list(members))
        return str(made["chat_id"])

    def act(self, what: str, **values: Any) -> None:
        """Let something happen in a group at WeCom: joined, left, changed, dismissed."""
        getattr(chat_acts, f"chat_{what}")(self.bundle.wecom, **values)

    def arrive(self) -> None:
        """Let callbacks arrive, and everything that follows happen."""
        self.bundle.arrive()
        self.bundle.settle()

    def deliver(self, *sealed: Any) -> None:
        """Let these callbacks arrive one after the other, each followed by all it brings about."""
        for each in sealed:
            assert self.bundle.post(each) == 200
            self.bundle.settle()

    def ask(self, method: str, path: str, body: Any = None, *, caller: Any = None, **query: str) -> Answered:
        """Ask the console as the administrator, or as somebody else."""
        from scrm.http.caller import Caller

        who = caller or Caller("admin", "operations_admin", "all")
        event = http_event_of(method, path, body, caller=who, query=query or None)
        return Answered(self.bundle.invoke("admin_api", event))

    def done(self, method: str, path: str, body: Any = None, **query: str) -> Any:
        """Ask the console for what it does, and let jobs come to their ends; return the answer."""
        answered = self.ask(method, path, body, **query)
        assert answered.status < 300, (method, path, answered.status, answered.text)
        self.bundle.settle()
        return answered.json

    def results(self, job_id: str) -> dict[str, tuple[str, str]]:
        """Return what a job came to, by subject."""
        from scrm.jobs.dynamodb import Jobs

        found = (each for _, several in Jobs().results(job_id) for each in several)
        return {each.subject: (each.status, each.code) for each in found}

    def calls(self, path: str) -> list[dict[str, Any]]:
        """Return the calls of an endpoint below externalcontact/groupchat/."""
        rows: list[dict[str, Any]] = self.bundle.wecom.calls.listed(f"externalcontact/groupchat/{path}")
        return rows
