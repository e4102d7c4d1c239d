"""Everything a customer's member has goes to the takeover, once, in one go (INH-10, TAG-06, NTF-02)."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from botocore.client import BaseClient

from tests.component.aborting import Killed
from tests.component.inheritance.inheritance_world import Inheritance

MARK = "/cgi-bin/externalcontact/mark_tag"
DONE = "03 10:30"


def _with_everything(inheritance: Inheritance, there: tuple[str, str]) -> None:
    """Give zhangsan a lead, a visit, service after a sale and to-dos of every kind for a customer."""
    from scrm.leads import dynamodb as leads
    from scrm.leads.handing import go_on
    from scrm.leads.handover import Handover
    from scrm.leads.handover_dynamodb import record
    from scrm.leads.model import Lead
    from scrm.tasks.dynamodb import DynamoTasks
    from scrm.tasks.model import task
    from scrm.visits import dynamodb as visits
    from scrm.visits.model import Visit, visit_id_of

    now, (contact, customer_id) = inheritance.bundle.time.now().replace(microsecond=0), there
    keys = (("external_userid", contact),)
    told: dict[str, Any] = {"created_at": now, "updated_at": now, "owned_at": now, "trigger": "assign"}
    held = now + timedelta(days=30)
    told |= {"protect_until": held, "hard_until": held, "followed_at": now, "first_due": None}
    told |= {"pool_id": "P", "owner": "zhangsan", "customer_id": customer_id, "source": "website"}
    inheritance.pool("P", ("zhangsan", "lisi"), ())
    planned = now + timedelta(days=3)
    leads.create(Lead("L1", status="FOLLOWING", keys=keys, next_follow_at=planned, **told), {}, None)
    steps = (("开通账号", 1, "service"), ("回访", 7, "service"))
    leads.create(Lead("L0", status="SIGNED", keys=(("phone", "13800138000"),), **told), {}, None)
    inheritance.known(customer_id, phone="13800138000")
    record(Handover("L0", "signed", now, "zhangsan", "zhangsan", steps, contact, customer_id))  # type: ignore[arg-type]
    go_on("L0", 0, now)
    for kind, source, days in (("care", "c1", 2), ("send", "s1", -1)):
        due = now + timedelta(days=days)
        about = {"external_userid": contact, "customer_id": customer_id} if kind == "send" else {}
        about = about or {"customer_id": customer_id}
        DynamoTasks().open(task(kind, "zhangsan", due, source, created_at=now, **about))  # type: ignore[arg-type]
    when = now + timedelta(days=4)
    visits.plan(
        Visit(visit_id_of("zhangsan", when, "v"), "zhangsan", when, "客户办公室", external_userid=contact,
              customer_id=customer_id, created_at=now)
    )  # fmt: skip
    later = now + timedelta(days=5)
    # Of a lead that is known by its number alone the visit names neither contact nor customer.
    visits.plan(
        Visit(visit_id_of("zhangsan", later, "w"), "zhangsan", later, "工厂", lead_id="L0", created_at=now)
    )
    inheritance.bundle.settle()


def _open(userid: str) -> list[tuple[str, str]]:
    """Return a member's open to-dos: kind and due."""
    from scrm.tasks.dynamodb import DynamoTasks

    return sorted((each.kind, f"{each.due:%m-%d %H:%M}") for each in DynamoTasks().of_member(userid)[0])


def _state(inheritance: Inheritance, there: tuple[str, str]) -> dict[str, Any]:
    from scrm.customers.dynamodb import Customers
    from scrm.leads.handing import progress
    from scrm.leads.handover_dynamodb import handover
    from scrm.timeline.dynamodb import Timeline
    from scrm.visits.dynamodb import visits

    known = handover("L0")
    assert known
    return {
        "to_dos": {each: _open(each) for each in ("zhangsan", "lisi")},
        "leads": [inheritance.stored_lead(each).owner for each in ("L0", "L1")],
        "service": [each and (each.owner, each.status) for each in progress(known)],
        "visits": [len(visits(each, "planned", "", 10)) for each in ("zhangsan", "lisi")],
        "relations": {
            each.userid: (each.status, each.tags)
            for each in Customers().collection(there[0], consistent=True)[1]
        },
        "trace": [each.kind for each in Timeline().first(there[1], 50) if each.kind == "transferred"],
        "items": set(inheritance.items().values()),
        "notices": inheritance.told("transfer_result"),
        "marked": len(inheritance.asked(MARK)),
    }


def _handed(inheritance: Inheritance, **terms: Any) -> tuple[str, str]:
    """Hand a customer with everything from zhangsan to lisi at WeCom; nothing is settled yet."""
    there = inheritance.friend("甲")
    _with_everything(inheritance, there)
    inheritance.plan([(there, "lisi")], **terms)
    inheritance.bundle.settle()
    return there


def test_inh_10_after_success_all_owners_are_the_takeover_and_before_none_is(
    inheritance: Inheritance,
) -> None:
    there = _handed(inheritance)
    before = _state(inheritance, there)
    assert before["to_dos"]["lisi"] == []
    assert before["leads"] == ["zhangsan", "zhangsan"]
    assert [each[0] for each in before["to_dos"]["zhangsan"]] == [
        "care", "follow", "follow", "send", "service", "visit", "visit",
    ]  # fmt: skip
    inheritance.poll("03 10:20")
    inheritance.poll(DONE)
    after = _state(inheritance, there)
    assert after["to_dos"]["zhangsan"] == []
    # What was due keeps its time, and is due no sooner than the customer moved.
    assert after["to_dos"]["lisi"] == [
        ("care", "03-04 02:15"),
        ("follow", "03-03 02:15"),
        ("follow", "03-05 02:15"),
        ("send", "03-03 02:15"),
        ("service", "03-03 02:15"),
        ("visit", "03-06 02:15"),
        ("visit", "03-07 02:15"),
    ]
    assert after["leads"] == ["lisi", "lisi"]
    assert after["service"] == [("lisi", "open"), None]
    assert after["visits"] == [0, 2]
    assert after["trace"] == ["transferred"]
    assert after["notices"] == [("admin", ""), ("lisi", "")]
    inheritance.again()
    assert _state(inheritance, there) == after


def test_inh_10_the_next_step_of_service_comes_to_the_takeover(inheritance: Inheritance) -> None:
    from scrm.leads.handing import progress
    from scrm.leads.handover_dynamodb import handover
    from scrm.tasks.dynamodb import DynamoTasks

    _handed(inheritance)
    inheritance.poll("03 10:20")
    inheritance.poll(DONE)
    (first,) = [each for each in DynamoTasks().of_member("lisi")[0] if each.kind == "service"]
    assert first.payload["handed_over_by"] == "zhangsan"
    DynamoTasks().close(first.id, first.version, "done", by="lisi", at=inheritance.bundle.time.now())
    inheritance.bundle.settle()
    known = handover("L0")
    assert known
    shown = [each and (each.owner, each.status) for each in progress(known)]
    assert shown == [("lisi", "done"), ("lisi", "open")]


def test_inh_10_a_worker_killed_after_each_of_its_writes_comes_to_the_same(
    inheritance: Inheritance, monkeypatch: pytest.MonkeyPatch
) -> None:
    from scrm.inheritance.working import look_at

    tag_id = inheritance.tag("继承")
    there = _handed(inheritance)
    inheritance.clock("03 10:20")
    inheritance.bundle.wecom.transfers.settle(inheritance.bundle.time.seconds)
    deaths: list[str] = []
    # What is written whether or not it is there already kills for ever: the last one may.
    while deaths[-1:] != deaths[-2:-1] or not deaths:
        with _killed_after_a_write(monkeypatch, deaths), pytest.raises(Killed):
            look_at("p1", "0001", inheritance.bundle.time.now(), lambda: True)
    assert len(deaths) > 20
    _look(inheritance)
    inheritance.bundle.arrive()
    inheritance.bundle.settle()
    found = _state(inheritance, there)
    assert found["to_dos"]["zhangsan"] == []
    assert len(found["to_dos"]["lisi"]) == 7
    assert found["leads"] == ["lisi", "lisi"]
    assert found["visits"] == [0, 2]
    assert found["relations"]["lisi"] == ("active", (tag_id,))
    assert found["relations"]["zhangsan"][0] == "transferred_out"
    assert (found["trace"], found["items"]) == (["transferred"], {"SETTLED"})
    assert found["notices"] == [("admin", ""), ("lisi", "")]
    assert found["marked"] == 1


@contextmanager
def _killed_after_a_write(monkeypatch: pytest.MonkeyPatch, deaths: list[str]) -> Iterator[None]:
    """Kill whoever works after the first write that succeeds, and note which that was."""
    real = BaseClient._make_api_call

    def call(self: Any, name: str, request: Any) -> Any:
        answer = real(self, name, request)
        table = str(request.get("TableName", ""))
        if not name.startswith(("Get", "Query", "BatchGet")) and not table.startswith("Volatile"):
            deaths.append(f"{name} {request}")
            raise Killed(name)
        return answer

    with monkeypatch.context() as patch:
        patch.setattr(BaseClient, "_make_api_call", call)
        yield


def test_tag_06_one_mark_tag_by_the_takeover_and_redelivery_adds_none(inheritance: Inheritance) -> None:
    tag_id = inheritance.tag("继承")
    first, second = inheritance.friend("甲"), inheritance.friend("乙")
    inheritance.plan([(first, "lisi"), (second, "lisi")])
    inheritance.bundle.settle()
    inheritance.ends(second[0], "refused")
    inheritance.poll("03 10:20")
    inheritance.poll(DONE)
    (call,) = inheritance.asked(MARK)
    assert call == {"userid": "lisi", "external_userid": first[0], "add_tag": [tag_id]}
    _look(inheritance)
    assert len(inheritance.asked(MARK)) == 1


def test_tag_06_wecom_at_fault_holds_up_nothing_and_the_tag_follows(inheritance: Inheritance) -> None:
    tag_id = inheritance.tag("老客户")
    there = inheritance.friend("甲")
    inheritance.bundle.wecom.faults.add({"what": "errcode", "errcode": -1, "endpoint": MARK, "count": 0})
    inheritance.plan([(there, "lisi")], tag_ids=[tag_id])
    inheritance.bundle.settle()
    inheritance.poll("03 10:20")
    inheritance.poll("03 10:21")
    assert inheritance.items() == {there[0]: "SETTLED"}
    assert inheritance.codes() == {there[0]: "tag"}
    assert inheritance.stored_plan().status == "RUNNING"
    inheritance.bundle.wecom.faults.clear()
    inheritance.poll("03 10:40")
    assert inheritance.codes() == {there[0]: ""}
    assert inheritance.stored_plan().status == "COMPLETED"
    assert [each["add_tag"] for each in inheritance.asked(MARK)][-1] == [tag_id]


def test_tag_06_a_tag_that_is_gone_is_told_once_and_blocks_nothing(inheritance: Inheritance) -> None:
    there, other = inheritance.friend("甲"), inheritance.friend("乙")
    inheritance.plan([(there, "lisi"), (other, "lisi")], tag_ids=["et_gone"])
    inheritance.bundle.settle()
    inheritance.poll("03 10:20")
    inheritance.poll(DONE)
    assert set(inheritance.codes().values()) == {"tag:unknown_tag"}
    assert inheritance.stored_plan().outcome == {"SETTLED": 2}
    told = [each for each in inheritance.told("alert") if each[0] == "admin"]
    assert told == [("admin", "继承方案中有客户未能打上继承标签，请查看方案明细")]
    assert inheritance.asked(MARK) == []


def test_inh_05_after_a_resignation_the_takeover_has_a_to_do_with_the_plans_words(
    inheritance: Inheritance,
) -> None:
    from scrm.tasks.dynamodb import DynamoTasks

    there = inheritance.friend("甲")
    inheritance.leaves("zhangsan")
    inheritance.plan([(there, "lisi")], mode="resigned", notice="您好，以后由李四为您服务")
    inheritance.bundle.settle()
    inheritance.poll("03 10:20")
    inheritance.poll(DONE)
    found = [each for each in DynamoTasks().of_member("lisi")[0] if each.payload["reason"] == "handed_over"]
    assert [(each.payload["text"], each.payload["handed_over_by"]) for each in found] == [
        ("您好，以后由李四为您服务", "zhangsan")
    ]
    assert f"{found[0].due:%m-%d}" == "03-04"
    assert inheritance.told("new_customer") == [("zhangsan", "")]


def test_ntf_02_the_handover_is_told_of_a_refusal_and_the_takeover_of_nothing(
    inheritance: Inheritance,
) -> None:
    there = inheritance.friend("甲")
    inheritance.plan([(there, "lisi")])
    inheritance.bundle.settle()
    inheritance.ends(there[0], "refused")
    inheritance.poll("03 10:20")
    inheritance.again()
    assert inheritance.told("transfer_result") == [("admin", ""), ("zhangsan", "")]


def test_ntf_02_the_message_says_who_came_from_whom(inheritance: Inheritance) -> None:
    inheritance.staff()
    there = inheritance.friend("甲")
    inheritance.plan([(there, "lisi")])
    inheritance.bundle.settle()
    inheritance.poll("03 10:20")
    inheritance.clock("03 11:00")
    inheritance.bundle.invoke("release_notices", {"time": inheritance.bundle.time.now().isoformat()})
    inheritance.bundle.settle()
    sent = [each for each in inheritance.asked("/cgi-bin/message/send") if each["touser"] == "lisi"]
    assert "甲 已交接给你，原跟进人 张三" in str(sent[-1])


def test_ntf_02_stuck_items_are_told_once_to_who_made_the_plan(inheritance: Inheritance) -> None:
    from scrm.inheritance import plans_dynamodb as stored

    people = [inheritance.friend(each) for each in "甲乙"]
    inheritance.plan([(people[0], "lisi"), (people[1], "wangwu")])
    inheritance.bundle.settle()
    for number in ("0001", "0002"):
        batch = stored.batch_of("p1", number)
        assert batch
        stuck = [replace(each, status="STUCK") for each in batch.items]
        stored.save_batch(batch.with_items(stuck), batch)
    inheritance.bundle.settle()
    assert inheritance.told("alert") == [("admin", "继承方案中有客户超过 72 小时没有结果，请查看方案进度")]


def test_2_3_a_relation_shows_that_it_is_being_handed_over(inheritance: Inheritance) -> None:
    from scrm.http.caller import Caller

    there = inheritance.friend("甲")
    inheritance.plan([(there, "lisi")])
    inheritance.bundle.settle()
    assert _shown(inheritance, there, Caller("zhangsan", "staff", "own"))["transfer_pending"] is True
    inheritance.poll("03 10:20")
    inheritance.poll(DONE)
    assert _shown(inheritance, there, Caller("lisi", "staff", "own"))["transfer_pending"] is False


def _shown(inheritance: Inheritance, there: tuple[str, str], caller: Any) -> Any:
    from tests.component.conftest import http_event_of
    from tests.component.http_world import Answered

    event = http_event_of("GET", f"/sidebar/customers/{there[0]}", None, caller=caller)
    answered = Answered(inheritance.bundle.invoke("sidebar_api", event))
    assert answered.status == 200, answered.text
    return answered.json["relation"]


def _look(inheritance: Inheritance) -> None:
    """Hand the batch's message to the worker once more."""
    from scrm.inheritance.working import look_at

    look_at("p1", "0001", inheritance.bundle.time.now(), lambda: True)
    inheritance.bundle.settle()
