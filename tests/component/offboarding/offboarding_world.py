"""What tests of offboarding share: members who go, WeCom's list, and what came of it."""

import json
from typing import Any

from tests.component.inheritance.inheritance_world import Inheritance
from tests.doubles.bundle import AES_KEY, STACK, TOKEN, Bundle

UNASSIGNED = "/cgi-bin/externalcontact/get_unassigned_list"
RESIGNED = "/cgi-bin/externalcontact/resigned/transfer_customer"
DISABLED = 2


class Offboarding(Inheritance):
    """Members who are disabled or leave; all happens through callbacks, queues, the stream and jobs."""

    def __init__(self, bundle: Bundle) -> None:
        from wecom_simulator.model import Receiver

        super().__init__(bundle)
        there = Receiver("contacts", TOKEN, AES_KEY, "https://scrm.test/wecom/callbacks/contacts")
        bundle.wecom.world.receivers["contacts"] = there
        bundle.cloud.parameters.values[f"/{STACK}/callbacks/contacts"] = json.dumps(
            {"token": TOKEN, "aes_key": AES_KEY}
        )
        self.staff()

    def leaves(self, userid: str = "zhangsan") -> None:
        """Let a member leave, and everything follow."""
        from wecom_simulator.acts import member_leaves

        member_leaves(self.bundle.wecom, userid=userid)
        self.arrives()

    def changes(self, userid: str = "zhangsan", **changes: Any) -> None:
        """Let a member be changed, e.g. disabled, and everything follow."""
        from wecom_simulator.acts import member_changes

        member_changes(self.bundle.wecom, userid=userid, **changes)
        self.arrives()

    def arrives(self) -> None:
        """Let the callbacks arrive, and what follows, at once and a minute later."""
        self.bundle.arrive()
        self.bundle.settle()
        self.later(61)
        self.later(61)

    def gone(self, userid: str = "zhangsan") -> Any:
        """Return what is recorded of a member who is gone."""
        from scrm.offboarding.departures_dynamodb import departure

        return departure(userid)

    def prompts(self) -> list[tuple[str, str]]:
        """Return (member, title) of the prompts."""
        return [each for each in self.told("alert") if "成员" in each[1]]

    def unheard(self, name: str, userid: str = "zhangsan") -> str:
        """Make a customer the member's friend whose callback is lost; return their external_userid."""
        added = self.bundle.wecom.people.scan(userid=userid, name=name)
        self.bundle.callbacks()
        return str(added["external_userid"])

    def imports(self) -> None:
        """Let the night's look import WeCom's list."""
        self.bundle.invoke("apply_retention", {"time": self.bundle.time.now().isoformat()})
        self.bundle.settle()
        self.later(61)
        self.later(61)
