"""The oracles of spec 3.11 through tick, queues and the stream, with the clock moved."""

from typing import Any

from tests.unit.sops.journeys import SOP_A, SOP_T


def test_o_s1_two_customers_have_two_clocks(sops: Any) -> None:
    sops.put(SOP_A)
    _, x = sops.friend("X")
    assert sops.enter(x, SOP_A) == ""
    sops.tick("02 10:15")
    sops.do("zhangsan", "A1", "02 10:40")
    assert sops.bar(x, "A") == "1/5 A2 03-03 10:00"
    sops.tick("03 10:00")
    sops.clock("04 16:00")
    _, y = sops.friend("Y")
    sops.enter(y, SOP_A)
    sops.tick("04 16:00")
    assert [each.payload["step_key"] for each in sops.to_dos("zhangsan")] == ["A2", "A1"]
    sops.do("zhangsan", "A1", "04 16:20")
    sops.do("zhangsan", "A2", "05 09:30")
    sops.tick("05 12:00")
    assert (sops.bar(x, "A"), sops.bar(y, "A")) == ("2/5 A3 03-07 20:00", "1/5 A2")


def test_o_s2_a_timed_step_that_is_missed_blocks_nothing(sops: Any) -> None:
    sops.put(SOP_T)
    _, t = sops.friend("T")
    sops.enter(t, SOP_T)
    sops.tick("02 10:20")
    sops.do("zhangsan", "D0", "02 10:30")
    sops.tick("03 10:00")
    sops.tick("03 16:00")
    assert [each.status for each in sops.to_dos("zhangsan", None)] == ["done", "missed"]
    sops.tick("05 19:59")
    assert sops.bar(t, "T") == "1/3 D3 03-05 20:00"
    sops.tick("05 20:00")
    assert [each.payload["step_key"] for each in sops.to_dos("zhangsan")] == ["D3"]


def test_o_s9_twice_the_tick_and_each_message_three_times_is_one_run(sops: Any) -> None:
    sops.put(SOP_A)
    _, x = sops.friend("X")
    sops.enter(x, SOP_A)
    sops.tick("02 10:15", times=2)
    again = {"Records": [_due(x, number) for number in range(3)]}
    for _ in range(3):
        assert sops.bundle.invoke("run_sop_step", again) == {"batchItemFailures": []}
    sops.bundle.settle()
    assert [each.step_key for each in sops.enrollment(x, "A").runs] == ["A1"]
    assert len(sops.to_dos("zhangsan")) == 1


def _due(subject: str, number: int) -> dict[str, Any]:
    body = f'{{"kind": "due", "subject": "{subject}"}}'
    return {"messageId": f"m-{number}", "body": body, "attributes": {"MessageGroupId": f"PROGRESS#{subject}"}}
