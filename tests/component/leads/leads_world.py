"""What tests of leads over HTTP share: pools in force, leads as they may stand, staff who call, the clock."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from tests.component.conftest import app_of
from tests.component.http_world import Answered, Browser, logged_in

BEIJING = timezone(timedelta(hours=8))


class Leads:
    """Leads of a corp whose clock a test moves. lisi and wangwu work for pool P, ChenMei for pool Q."""

    def __init__(self, corp: Any, tables: Any, queues: Any, at: Callable[[str], datetime]) -> None:
        self.corp, self.tables, self.queues, self.at = corp, tables, queues, at
        self._browsers: dict[str, Browser] = {}
        self.clock("2026-03-02", "10:15")

    # ---------------------------------------------------------------- the clock and the functions

    def clock(self, day: str, time: str = "00:00") -> datetime:
        """Move the clock to a Beijing time; sessions are made anew, since they end."""
        self._browsers = {}
        return self.at(f"{day}T{time}:00+08:00")

    def tick(self, context: Any) -> None:
        """Run the clock's function at the clock's time."""
        from scrm import clock

        event = {"time": clock.now().isoformat().replace("+00:00", "Z")}
        app_of("recycle_leads").handler(event, context)

    def react(self, context: Any) -> list[dict[str, Any]]:
        """Let the stream's consumer follow; return the notices that it asked for."""
        self.consume(self.tables.stream("leads"), context)
        return [each["notice"] for each in self.queues.messages("Notifications") if each["kind"] == "notice"]

    def consume(self, records: list[dict[str, Any]], context: Any) -> None:
        """Hand records of the stream to its consumer; none may fail."""
        answer = app_of("react_to_changes").handler({"Records": records}, context)
        assert answer == {"batchItemFailures": []}

    def clear(self, *starts: str) -> None:
        """Delete rows by how their collections begin, and what first answers are kept."""
        for row in self.tables.typed():
            if row["PK"]["S"].startswith(starts):
                key = {"PK": row["PK"], "SK": row["SK"]}
                self.tables.client.delete_item(TableName="ScrmTable", Key=key)
        for row in self.tables.typed("VolatileTable"):
            if "fingerprint" in row:
                self.tables.client.delete_item(TableName="VolatileTable", Key={"key": row["key"]})

    # ---------------------------------------------------------------- what there is

    def rules(self, **more: Any) -> None:
        """Put pools P and Q in force; `protection` and caps are those of P."""
        from scrm.leads import rules_dynamodb
        from scrm.leads.policy import Member, Pool, RuleOfPool, RuleSet
        from scrm.leads.protection import Policy

        terms = {each: more.pop(each) for each in list(more) if each in Policy.__dataclass_fields__}
        members = more.pop("members", ("lisi", "wangwu"))
        pools = (
            Pool("P", "华东公海", tuple(map(Member, members)), protection=Policy(**terms), **more),
            Pool("Q", "华南公海", (Member("ChenMei"),), admins=("LiuYang",)),
        )
        rules = RuleSet(rules=(RuleOfPool("R", "P"),), pools=pools, default_pool="P")
        rules_dynamodb.add(rules, "admin", datetime(2026, 1, 1, tzinfo=UTC))

    def lead(
        self, lead_id: str, owner: str = "", pool_id: str = "P", *, detail: Any = None, **more: Any
    ) -> str:
        """Store a lead: `owner`'s since now by the pool's terms, or waiting in the pool."""
        from scrm import clock
        from scrm.leads import dynamodb as stored
        from scrm.leads.assigning import owned_by
        from scrm.leads.living import change, pool_of
        from scrm.leads.model import Lead

        now = clock.now()
        new = Lead(
            lead_id, "POOLED", "website", pool_id=pool_id, created_at=now, updated_at=now, trigger="pool"
        )
        new = replace(new, **more)
        stored.create(new, detail or {}, None)
        if owner:
            given = {name: value for name, value in more.items() if name not in {"created_at"}}
            pool = pool_of(new, now)
            change(
                lead_id,
                lambda lead, _: replace(owned_by(lead, owner, pool, now, "assign", "system"), **given),
                now,
            )
        return lead_id

    def won(self, lead_id: str) -> None:
        """Let a lead that is SIGNED be won, as a payment does."""
        from scrm import clock
        from scrm.leads.living import change
        from scrm.leads.steps import moved

        now = clock.now()
        change(lead_id, lambda lead, _: moved(lead, "win", "system", "system", now), now)

    def __getitem__(self, lead_id: str) -> Any:
        """Return a lead as it is stored."""
        from scrm.leads import dynamodb as stored

        found = stored.lead(lead_id)
        assert found is not None
        return found

    # ---------------------------------------------------------------- who calls

    def send(
        self, userid: str, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> Answered:
        """Send a request as a member; `path` is below /workbench."""
        if userid not in self._browsers:
            self._browsers[userid] = logged_in(self.corp, userid)
        return self._browsers[userid].send(method, f"/workbench{path}", body, headers)

    def done(self, userid: str, method: str, path: str, body: Any = None) -> Any:
        """Send a request, expect it to be done, and return what it answers."""
        answered = self.send(userid, method, path, body)
        assert answered.status < 300, (path, answered.status, answered.text)
        return answered.json

    def refused(self, userid: str, method: str, path: str, body: Any = None) -> tuple[int, str]:
        """Send a request, expect it to be refused without a write, and return status and code."""
        # Whoever calls first begins a session.
        self.send(userid, "GET", "/leads?limit=1")
        before = self.tables.held()
        answered = self.send(userid, method, path, body)
        assert answered.status >= 400, answered.text
        assert self.tables.held() == before
        return answered.status, answered.code
