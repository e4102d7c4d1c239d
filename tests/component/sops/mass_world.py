"""What tests of mass sends share: a SOP with such a step, customers in it, and the member who confirms."""

from dataclasses import replace
from typing import Any

from scrm.sops.model import Policies, Schedule, Step, Version
from tests.component.http_world import befriended
from tests.component.sops.sops_world import Sops
from tests.doubles.bundle import CORP_ID

TEXT = "板材环保怎么看?一张图讲清E0和ENF,选材不踩坑。"
ADD = "externalcontact/add_msg_template"
LIST = "externalcontact/get_groupmsg_list_v2"

STEPS = (
    Step("M1", "板材环保", "mass", Schedule(days=1, at="10:00")),
    Step("M2", "回访", schedule=Schedule(days=1, at="10:00")),
)
STEP_BY_STEP = Version("M", 1, "群发", "step_by_step", STEPS, leaves=False)
TIMED = replace(STEP_BY_STEP, strategy="timed", policies=Policies(late_minutes=360))


def says(text: str = TEXT, *steps: str) -> dict[str, Any]:
    """Return contents in which each step says this."""
    return {key: {"parts": [{"kind": "text", "text": text}], "revision": 1} for key in steps or ("M1",)}


class Masses:
    """Mass sends of a SOP: WeCom's side of them and ours."""

    def __init__(self, sops: Sops, version: Version, contents: Any = None) -> None:
        self.sops, self.version = sops, version
        self.wecom = sops.bundle.wecom
        sops.put(version, contents or says())

    def enrolled(self, userid: str, number: int, name: str = "小雨") -> list[tuple[str, str]]:
        """Let so many customers of a member enter; return their external_userids and customer_ids."""
        from scrm.customers.model import customer_id_of
        from scrm.sops.entering import Occasion, enter

        now = self.sops.bundle.time.now()
        found = []
        for _ in range(number):
            there = befriended(self.wecom, userid, name)
            customer_id = customer_id_of(CORP_ID, there)
            assert enter(customer_id, self.version, Occasion("manual", now), now)[1] == ""
            found.append((there, customer_id))
        self.sops.bundle.settle()
        return found

    def calls(self, path: str = ADD) -> list[dict[str, Any]]:
        """Return the bodies of all calls of a path that WeCom received."""
        return [each["body"] for each in self.wecom.calls.listed(path)]

    def tasks(self) -> list[Any]:
        """Return WeCom's tasks."""
        return list(self.wecom.world.mass_tasks.values())

    def fault(self, path: str, what: str, **more: Any) -> None:
        """Let WeCom's next call of a path fail."""
        self.wecom.faults.add({"endpoint": path, "what": what, "count": 1, **more})

    def received(self, there: str) -> int:
        """Return how many mass messages a customer has received."""
        return len(self.wecom.world.mass_sent.get(there, []))

    def confirm(self, userid: str, text: str = "") -> dict[str, Any]:
        """Let a member press send in all their tasks."""
        from wecom_simulator.acts import mass_send_confirmed

        if text:
            self.sops.clock(text)
        mine = [each for each in self.tasks() if userid in each.members]
        return [mass_send_confirmed(self.wecom, msgid=each.msgid, userid=userid) for each in mine][-1]

    def deleted_untold(self, userid: str, there: str) -> None:
        """Let a customer delete the member, the event of it being lost on the way."""
        from wecom_simulator.acts import customer_deletes

        customer_deletes(self.wecom, userid=userid, external_userid=there)
        self.wecom.callbacks.take()

    def runs(self, customers: list[tuple[str, str]]) -> dict[str, int]:
        """Return how many of these customers stand where: bar's status with reason, step and its status."""
        found: dict[str, int] = {}
        for _, customer_id in customers:
            it = self.sops.enrollment(customer_id, self.version.sop_id)
            run = it.latest("M1")
            shown = f"{it.status} {it.why} {run.status if run else ''} {it.cursor}".replace("  ", " ")
            found[shown] = found.get(shown, 0) + 1
        return found
