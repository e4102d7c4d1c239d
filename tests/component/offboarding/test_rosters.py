"""Whoever is gone is off every code, pool and session at once (ADM-05)."""

from typing import Any

from tests.component.console import channel_body
from tests.component.offboarding.offboarding_world import DISABLED, Offboarding


def test_adm_05_a_disabled_member_is_off_the_codes_and_gets_no_lead(offboarding: Offboarding) -> None:
    body = channel_body(staff=[{"userid": "zhangsan"}, {"userid": "lisi"}])
    offboarding.done("POST", "/admin/channels", body)
    assert _on_code(offboarding) == ["lisi", "zhangsan"]
    offboarding.pool("P", ("zhangsan", "lisi"), ())
    first = {offboarding.stored_lead(_tells(offboarding, number)).owner for number in (1, 2)}
    assert first == {"zhangsan", "lisi"}
    offboarding.changes(status=DISABLED)
    assert _on_code(offboarding) == ["lisi"]
    theirs = [_tells(offboarding, number) for number in range(1, 6)]
    assert {offboarding.stored_lead(each).owner for each in theirs} <= {"lisi", ""}
    assert offboarding.stored_lead(theirs[-1]).owner == "lisi"


def _tells(offboarding: Offboarding, number: int) -> str:
    """Let the website tell of somebody; return their lead."""
    told = {"kind": "website", "source_id": f"W{number}", "name": "王总", "phone": f"1380000000{number}"}
    answered = offboarding.tell("POST", "/integrations/leads", told)
    assert answered.status == 200, answered.text
    offboarding.bundle.settle()
    (result,) = answered.json["results"]
    return str(result["lead_id"])


def _on_code(offboarding: Offboarding) -> list[str]:
    """Return whom the only channel's code leads to at WeCom."""
    (code,) = offboarding.bundle.wecom.world.contact_ways.values()
    users: Any = code.user
    return sorted(users)
