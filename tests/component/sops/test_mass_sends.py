"""Steps sent by WeCom's mass sends (SOP-11), through tick, queues and the simulator."""

from typing import Any

from tests.component.sops.mass_world import STEP_BY_STEP, Masses
from tests.component.sops.sops_world import shown


def test_o_s12_two_senders_are_two_calls_and_each_customer_has_their_own_result(sops: Any) -> None:
    masses = Masses(sops, STEP_BY_STEP)
    many, others = masses.enrolled("zhangsan", 150), masses.enrolled("lisi", 80)
    sops.tick("03 10:00")
    assert masses.calls() == []
    sops.tick("03 10:01")
    called = sorted((each["sender"], len(each["external_userid"])) for each in masses.calls())
    assert called == [("lisi", 80), ("zhangsan", 150)]
    masses.deleted_untold("zhangsan", many[0][0])
    masses.wecom.world.mass_sent[many[1][0]] = [sops.bundle.time.seconds] * 31
    masses.confirm("zhangsan", "03 11:30")
    sops.tick("03 12:00")
    assert masses.runs(many) == {
        "ACTIVE SENT M2": 148,
        "EXITED lost_relation CANCELLED M1": 1,
        "ACTIVE CANCELLED M1": 1,
    }
    assert masses.runs(others) == {"ACTIVE DISPATCHED M1": 80}
    assert shown(sops.enrollment(many[1][1], "M").due_at) == "03-04 10:00"
    assert shown(sops.enrollment(many[2][1], "M").due_at) == "03-04 10:00"
    assert len(masses.calls()) == 2
