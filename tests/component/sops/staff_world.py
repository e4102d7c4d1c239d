"""A member who works on to-dos of SOPs through sidebar and workbench, and what they are told."""

from typing import Any

from scrm.http.caller import Caller
from tests.component.conftest import http_event_of
from tests.component.http_world import Answered
from tests.component.sops.sops_world import Sops

TEXTS = {
    "A1": {"parts": [{"kind": "text", "text": "{name}您好，我是{brand}的{staff}，方便告诉我面积吗？"}]},
    "A2": {"parts": [{"kind": "text", "text": "给您找了3套{field.area}㎡同户型实景"}]},
    "A4": {"parts": [{"kind": "text", "text": "异议处理/价格"}]},
}


class Staff:
    """One member; everything they do is followed until nothing moves."""

    def __init__(self, sops: Sops, userid: str = "zhangsan", role: Any = "staff") -> None:
        self.sops = sops
        self.caller = Caller(userid, role, "own")

    def ask(
        self, method: str, path: str, body: Any = None, *, key: str = "", query: dict[str, str] | None = None
    ) -> Answered:
        """Send one request and let everything follow."""
        root = path.split("/")[1]
        headers = {"Idempotency-Key": key} if key else None
        event = http_event_of(method, path, body, caller=self.caller, headers=headers, query=query)
        answered = Answered(self.sops.bundle.invoke(f"{root}_api", event))
        self.sops.bundle.settle()
        return answered

    def get(self, path: str, **query: str) -> Any:
        """Return what a page holds."""
        answered = self.ask("GET", path, query=query)
        assert answered.status == 200, answered.text
        return answered.json

    def to_do(self, there: str) -> Any:
        """Return the one open to-do of a SOP for a customer as the sidebar shows it."""
        items = self.get(f"/sidebar/customers/{there}/tasks")["items"]
        (one,) = [each for each in items if each["sop"]]
        return one

    def act(self, there: str, action: str, root: str = "sidebar", **body: Any) -> Answered:
        """Do something with the one open to-do for a customer."""
        return self.ask("POST", f"/{root}/tasks/{self.to_do(there)['task_id']}:{action}", body)

    def send(self, there: str, *, ok: bool = True) -> str:
        """Send what the open to-do for a customer holds, as one tap does; return the send's id."""
        prepared = self.act(there, "prepare")
        assert prepared.status == 201, prepared.text
        send_id = str(prepared.json["send_id"])
        told = self.ask("POST", "/sidebar/sends", {"send_id": send_id, "ok": ok})
        assert told.status == 201, told.text
        return send_id


def messages(sops: Sops, userid: str) -> list[str]:
    """Return what the app has told a member, oldest first."""
    calls = sops.bundle.wecom.calls.listed("/cgi-bin/message/send")
    return [str(each["body"]) for each in calls if each["body"].get("touser") == userid]


def notices(sops: Sops, userid: str, kind: str) -> list[Any]:
    """Return the notices of a kind that a member has, sent or not."""
    import json

    rows = [row for row in sops.bundle.rows(f"MEMBER#{userid.lower()}") if row["SK"].startswith("NOTICE#")]
    plain = (json.loads(row["notice"]) if isinstance(row["notice"], str) else row["notice"] for row in rows)
    return [each for each in plain if each["kind"] == kind]


def release(sops: Sops, text: str) -> None:
    """Let waiting notices go out at a time."""
    sops.clock(text)
    sops.bundle.invoke("release_notices", {"time": sops.bundle.time.now().isoformat()})
    sops.bundle.settle()
