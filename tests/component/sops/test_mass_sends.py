"""Steps sent by WeCom's mass sends (SOP-11), through tick, queues and the simulator."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from scrm.sops.model import Policies, Schedule, Step
from tests.component.sops.mass_world import ADD, LIST, STEP_BY_STEP, STEPS, TIMED, Masses, says
from tests.component.sops.sops_world import shown
from tests.doubles.bundle import Bundle, Died
from tests.doubles.pictures import png


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


def test_sop_11_the_sender_is_told_once_that_a_mass_send_waits(sops: Any) -> None:
    masses = Masses(sops, STEP_BY_STEP)
    masses.enrolled("zhangsan", 2)
    sops.tick("03 10:00")
    sops.tick("03 10:01")
    sops.tick("03 10:04")
    notices = [json.loads(each["notice"]) for each in sops.bundle.rows("MEMBER#zhangsan") if "notice" in each]
    told = [each["facts"] for each in notices if each["kind"] == "mass_send"]
    assert told == [{"title": "板材环保", "count": 2}]


def test_sop_11_texts_that_read_alike_are_one_call_and_others_calls_of_their_own(sops: Any) -> None:
    masses = Masses(sops, STEP_BY_STEP, says("{name}，看一张图"))
    masses.enrolled("zhangsan", 2, "小雨")
    masses.enrolled("zhangsan", 1, "阿强")
    sops.tick("03 10:00")
    sops.tick("03 10:01")
    called = [(each["text"]["content"], len(each["external_userid"])) for each in masses.calls()]
    assert sorted(called) == [("小雨，看一张图", 2), ("阿强，看一张图", 1)]


def test_u13_ten_thousand_and_one_customers_are_two_calls(monkeypatch: pytest.MonkeyPatch, sops: Any) -> None:
    from scrm.wecom import mass_sends

    monkeypatch.setattr(mass_sends, "MOST_CUSTOMERS", 3)
    masses = Masses(sops, STEP_BY_STEP)
    masses.enrolled("zhangsan", 7)
    sops.tick("03 10:00")
    sops.tick("03 10:01")
    assert sorted(len(each["external_userid"]) for each in masses.calls()) == [1, 3, 3]


def test_sop_11_a_worker_that_comes_late_makes_no_second_call(sops: Any) -> None:
    masses = Masses(sops, STEP_BY_STEP)
    first, *_ = masses.enrolled("zhangsan", 3)
    sops.clock("03 10:00")
    _work(sops, {"kind": "due", "subject": first[1]})
    sops.clock("03 10:01")
    (head,) = [each for each in sops.bundle.rows("MASS#") if each["SK"] == "HEAD"]
    _work(sops, {"kind": "mass", "mass_id": head["PK"].removeprefix("MASS#")})
    assert masses.calls() == []
    for minute in (2, 3, 4):
        sops.tick(f"03 10:{minute:02d}")
    assert [len(each["external_userid"]) for each in masses.calls()] == [3]


def test_sop_11_who_claims_as_a_gather_closes_has_another_turn(sops: Any) -> None:
    masses = Masses(sops, STEP_BY_STEP)
    first, late = masses.enrolled("zhangsan", 2)
    sops.clock("03 10:00")
    _work(sops, {"kind": "due", "subject": first[1]})
    mass_id = sops.enrollment(first[1], "M").latest("M1").why
    for minute in range(1, 12):
        sops.clock(f"03 10:{minute:02d}")
        _work(sops, {"kind": "mass", "mass_id": mass_id})
        if masses.calls():
            break
    _claimed_too_late(sops, late, mass_id)
    for minute in range(12, 20):
        sops.tick(f"03 10:{minute:02d}")
    assert [each["external_userid"] for each in masses.calls()] == [[first[0]], [late[0]]]
    assert sops.enrollment(late[1], "M").latest("M1").attempt == 2


@pytest.mark.parametrize("what", ["unknown_outcome", "timeout", "html"])
def test_sop_11_no_answer_is_clarified_before_anything_is_sent_again(sops: Any, what: str) -> None:
    masses = Masses(sops, STEP_BY_STEP)
    many = masses.enrolled("zhangsan", 3)
    masses.fault("externalcontact/add_msg_template", what)
    sops.tick("03 10:00")
    sops.tick("03 10:01")
    for minute in range(2, 12):
        sops.tick(f"03 10:{minute:02d}")
    assert masses.calls(LIST)
    assert len(masses.tasks()) == 1
    masses.confirm("zhangsan", "03 11:00")
    sops.tick("03 12:00")
    assert masses.runs(many) == {"ACTIVE SENT M2": 3}
    assert {masses.received(there) for there, _ in many} == {1}


def test_o_s5_the_quota_of_a_month_puts_a_fifth_off_to_the_next(sops: Any) -> None:
    dues = {"per_month:4": "04-01 10:00", "month_days": ""}
    for policy, expected in dues.items():
        _quota(sops, policy)
        masses = Masses(sops, replace(STEP_BY_STEP, sop_id=f"M{len(policy)}", steps=(_weekly("M1"),)))
        _, customer_id = masses.enrolled("zhangsan", 1)[0]
        _sent_before(sops, customer_id, "03", "10", "17", "24")
        sops.tick("28 10:00")
        it = sops.enrollment(customer_id, masses.version.sop_id)
        assert (it.latest("M1") is not None, shown(it.due_at)) == (not expected, expected)
        sops.clock("02 10:15")


def test_sop_11_a_timed_step_is_called_back_at_the_end_of_its_window(sops: Any) -> None:
    masses = Masses(sops, TIMED)
    (one, two) = masses.enrolled("zhangsan", 1), masses.enrolled("lisi", 1)
    sops.tick("03 10:00")
    sops.tick("03 10:01")
    masses.confirm("lisi", "03 15:59")
    sops.tick("03 16:00")
    assert masses.runs(two) == {"ACTIVE SENT ": 1} or "SENT" in next(iter(masses.runs(two)))
    it = sops.enrollment(one[0][1], "M")
    run = it.latest("M1")
    assert run
    assert (run.status, run.why, shown(run.at)) == ("MISSED", "late", "03-03 16:00")
    assert [each.cancelled for each in masses.tasks() if "zhangsan" in each.members] == [True]


@pytest.mark.parametrize(
    ("then", "ends"), [("skip", "ACTIVE MISSED M2"), ("exit", "EXITED waited CANCELLED M1")]
)
def test_sop_11_who_never_confirms_is_reminded_by_wecom_and_given_up_by_policy(
    sops: Any, then: str, ends: str
) -> None:
    policies = Policies(then=then, max_wait_days=2)  # type: ignore[arg-type]  # one of three
    masses = Masses(sops, replace(STEP_BY_STEP, policies=policies))
    many = masses.enrolled("zhangsan", 1)
    sops.tick("03 10:00")
    sops.tick("03 10:01")
    sops.ticks("03 11:00", "05 10:00", 60)
    reminders = masses.calls("externalcontact/remind_groupmsg_send")
    assert len(reminders) == 2
    sops.tick("05 10:05")
    assert masses.runs(many) == {ends: 1}
    assert all(each.cancelled for each in masses.tasks())


def test_sop_11_who_wecom_leaves_out_is_not_reported_as_sent(sops: Any) -> None:
    masses = Masses(sops, STEP_BY_STEP)
    gone, capped, kept = masses.enrolled("zhangsan", 3)
    _unknown_to_wecom(masses, capped[0])
    sops.deleted("zhangsan", gone[0])
    sops.tick("03 10:00")
    sops.tick("03 10:01")
    assert masses.runs([gone]) == {"EXITED lost_relation M1": 1}
    assert masses.runs([capped]) == {"ACTIVE CANCELLED M1": 1}
    assert shown(sops.enrollment(capped[1], "M").due_at) == "03-04 10:00"
    assert masses.runs([kept]) == {"ACTIVE DISPATCHED M1": 1}


def test_sop_11_a_sop_that_is_paused_before_wecom_is_asked_sends_nothing(sops: Any) -> None:
    masses = Masses(sops, STEP_BY_STEP)
    many = masses.enrolled("zhangsan", 2)
    sops.tick("03 10:00")
    sops.switch("M", "paused")
    sops.tick("03 10:01")
    sops.tick("03 10:02")
    assert masses.calls() == []
    assert masses.runs(many) == {"PAUSED sop_paused CANCELLED M1": 2}


@pytest.mark.parametrize("purpose", ["marketing", "service"])
def test_p3_who_opts_out_while_a_call_waits_to_be_asked_anew_is_not_in_it(sops: Any, purpose: Any) -> None:
    masses = Masses(sops, replace(STEP_BY_STEP, purpose=purpose))
    (kept, left) = masses.enrolled("zhangsan", 2)
    masses.fault(ADD, "errcode", errcode=60020)
    sops.tick("03 10:00")
    sops.tick("03 10:01")
    word = {"purpose": "marketing", "given": False, "source": "phone"}
    sops.tell("POST", "/integrations/consents", {"external_userid": left[0], "consents": [word]})
    sops.bundle.settle()
    for minute in (2, 3, 4):
        sops.tick(f"03 10:{minute:02d}")
    assert [each["external_userid"] for each in masses.calls()][1:] == [[kept[0]]]


def test_sop_22_what_waits_to_be_asked_anew_rests_with_its_sop_and_goes_on_with_it(sops: Any) -> None:
    masses = Masses(sops, STEP_BY_STEP)
    many = masses.enrolled("zhangsan", 2)
    masses.fault(ADD, "errcode", errcode=60020)
    sops.tick("03 10:00")
    sops.tick("03 10:01")
    sops.switch("M", "paused")
    for minute in (2, 3, 4):
        sops.tick(f"03 10:{minute:02d}")
    assert (len(masses.calls()), masses.tasks()) == (1, [])
    assert masses.runs(many) == {"PAUSED sop_paused CANCELLED M1": 2}


def test_sop_22_what_a_stopped_sop_has_with_wecom_is_called_back(sops: Any) -> None:
    masses = Masses(sops, STEP_BY_STEP)
    masses.enrolled("zhangsan", 1)
    sops.tick("03 10:00")
    sops.tick("03 10:01")
    sops.switch("M", "stopped")
    sops.tick("03 10:04")
    assert [each.cancelled for each in masses.tasks()] == [True]


@pytest.mark.parametrize("when", ["before", "after"])
def test_sop_11_a_worker_killed_at_the_call_sends_nothing_twice(sops: Any, when: str) -> None:
    masses = Masses(sops, STEP_BY_STEP)
    many = masses.enrolled("zhangsan", 2)
    with _killed_once(sops.bundle, when, "/cgi-bin/externalcontact/add_msg_template"):
        sops.tick("03 10:00")
        for minute in range(1, 10):
            sops.tick(f"03 10:{minute:02d}")
    assert sops.bundle.deaths == 1
    assert len(masses.tasks()) == 1
    masses.confirm("zhangsan", "03 11:00")
    sops.tick("03 12:00")
    assert masses.runs(many) == {"ACTIVE SENT M2": 2}
    assert {masses.received(there) for there, _ in many} == {1}


def test_sop_11_who_is_another_members_by_now_waits_for_that_one(sops: Any) -> None:
    masses = Masses(sops, STEP_BY_STEP)
    (kept, moved) = masses.enrolled("zhangsan", 2)
    masses.wecom.people.scan(userid="lisi", external_userid=moved[0], welcome=False)
    sops.bundle.arrive()
    sops.bundle.settle()
    sops.tick("03 10:00")
    _handed_over(sops, moved, "lisi")
    for minute in (1, 2, 3, 4):
        sops.tick(f"03 10:{minute:02d}")
    called = sorted((each["sender"], each["external_userid"]) for each in masses.calls())
    assert called == [("lisi", [moved[0]]), ("zhangsan", [kept[0]])]


def test_p1_a_person_is_found_in_the_send_of_a_member_who_no_longer_has_them(sops: Any) -> None:
    from scrm.privacy.person import Person
    from scrm.privacy.rows_dynamodb import collection
    from scrm.sops.erasing import find

    masses = Masses(sops, STEP_BY_STEP)
    ((there, customer_id),) = masses.enrolled("zhangsan", 1)
    sops.tick("03 10:00")
    sops.tick("03 10:01")
    _handed_over(sops, (there, customer_id), "lisi")
    bars = collection(f"PROGRESS#{customer_id}")
    found = {each.sk[:6] for each in find(Person((customer_id,), (there,)), bars)}
    assert found == {"PLACE#", "NAMED#"}


def test_d3_what_wecom_refuses_again_waits_for_the_next_month(sops: Any) -> None:
    masses = Masses(sops, STEP_BY_STEP)
    ((there, customer_id),) = masses.enrolled("zhangsan", 1)
    masses.wecom.world.mass_sent[there] = [sops.bundle.time.seconds] * 31
    dues = []
    for day in ("03", "04"):
        sops.tick(f"{day} 10:00")
        sops.tick(f"{day} 10:01")
        dues.append(shown(sops.enrollment(customer_id, "M").due_at))
    assert dues == ["03-04 10:00", "04-01 10:00"]
    from scrm.sops.touches_dynamodb import touches_of

    assert touches_of(customer_id).at == {}


def test_sop_11_a_file_without_a_media_id_is_uploaded_first_and_one_refused_anew(sops: Any) -> None:
    from scrm.materials.files_dynamodb import FileRow

    picture = "fi_" + "0" * 20
    parts = {"M1": {"parts": [{"kind": "image", "file_id": picture}], "revision": 1}}
    masses = Masses(sops, STEP_BY_STEP, parts)
    _ready(sops, picture)
    masses.enrolled("zhangsan", 1)
    masses.enrolled("lisi", 1)
    sops.tick("03 10:00")
    masses.fault(ADD, "errcode", errcode=40007)
    for minute in range(1, 5):
        sops.tick(f"03 10:{minute:02d}")
    held = FileRow.get(f"FILE#{picture}", "FILE").message_id
    assert len(masses.wecom.calls.listed("media/upload")) == 2
    sent = [each.attachments[0]["image"]["media_id"] for each in masses.tasks()]
    assert len(sent) == 2
    assert sent[-1] == held


def _ready(sops: Any, file_id: str) -> None:
    from scrm.materials.files_dynamodb import FileRow

    sops.bundle.cloud.objects.put(f"files/{file_id}", png(1, 1), "image/png")
    FileRow(
        f"FILE#{file_id}",
        "FILE",
        name="a.png",
        kind="image",
        content_type="image/png",
        size=100,
        status="ready",
        created_by="admin",
        created_at="2026-03-01T00:00:00Z",
    ).save()


def _handed_over(sops: Any, customer: tuple[str, str], userid: str) -> None:
    from scrm.settings.model import Settings
    from scrm.sops.dynamodb import save
    from scrm.sops.moving import handed_over

    it = sops.enrollment(customer[1], "M")
    now = sops.bundle.time.now()
    save(handed_over(it, userid, customer[0], STEP_BY_STEP, Settings(), now), it)


@contextmanager
def _killed_once(bundle: Bundle, when: str, path: str) -> Iterator[None]:
    """Kill the process that calls WeCom there, once, before the call goes out or after its answer."""
    gates = bundle.cloud.before if when == "before" else bundle.cloud.after

    def kill(call: Any) -> None:
        if call.service == "wecom" and call.operation == path and bundle.deaths == 0:
            raise Died

    gates.append(kill)
    try:
        yield
    finally:
        gates.remove(kill)


def _weekly(key: str) -> Step:
    return Step(key, "每周", "mass", Schedule(days=26, at="10:00"))


def _quota(sops: Any, policy: str) -> None:
    from scrm.settings.dynamodb import load, save_step
    from scrm.table import in_transaction

    known = load()
    wanted = replace(known, quota_policy=policy)  # type: ignore[arg-type]  # one of four
    with in_transaction() as transaction:
        save_step(wanted, known.version, sops.bundle.time.now())(transaction)


def _sent_before(sops: Any, customer_id: str, *days: str) -> None:
    from scrm.sops.touches_dynamodb import count_touch, touches_of
    from tests.component.sops.sops_world import at

    for day in days:
        count_touch(customer_id, touches_of(customer_id), f"other.{day}", at(f"{day} 10:00"), mass=True)


def _unknown_to_wecom(masses: Masses, there: str) -> None:
    masses.wecom.world.relation("zhangsan", there).deleted_by_member = True


def _work(sops: Any, message: dict[str, Any]) -> None:
    group = f"PROGRESS#{message['subject']}" if "subject" in message else f"MASS#{message['mass_id']}"
    record = {"messageId": "m-1", "body": json.dumps(message), "attributes": {"MessageGroupId": group}}
    assert sops.bundle.invoke("run_sop_step", {"Records": [record]}) == {"batchItemFailures": []}


def _claimed_too_late(sops: Any, customer: tuple[str, str], mass_id: str) -> None:
    """Leave a customer as a worker does who took a place before the gather closed and claimed it after."""
    from scrm.mass_sends import dynamodb as stored
    from scrm.mass_sends.model import Place
    from scrm.settings.model import Settings
    from scrm.sops.dynamodb import save
    from scrm.sops.moving import dispatched

    there, customer_id = customer
    it, head = sops.enrollment(customer_id, "M"), stored.head(mass_id)
    assert head
    stored.take_place(head, Place(customer_id, there, 1, 1, "zhangsan"))
    save(dispatched(it, STEPS[0], STEP_BY_STEP, Settings(), sops.bundle.time.now(), mass_id), it)
