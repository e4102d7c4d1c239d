"""A deployed bundle with one customer about whom everything is known that can be."""

import base64
import json
import zlib
from dataclasses import replace
from typing import Any

from scrm.http.caller import Caller
from tests.bench.scenarios import with_channel
from tests.component.conftest import http_event_of
from tests.component.http_world import Answered
from tests.doubles.bundle import Bundle

ADMIN = Caller("admin", "operations_admin", "all")
NAME, REMARK, PHONE, CRMID = "甲乙丙丁戊", "画眉鸟先生", "13911112222", "CRM-CANARY-77"
EMAIL, UNIONID = "canary@example.com", "oCanaryUnionId0001"


def ask(bundle: Bundle, method: str, path: str, body: Any = None, caller: Caller = ADMIN) -> Answered:
    """Ask a function of the bundle as somebody."""
    event = http_event_of(method, path, body, caller=caller)
    return Answered(bundle.invoke(f"{path.split('/')[1]}_api", event))


def known_customer(bundle: Bundle) -> str:
    """Make a customer of whom every store holds something; return the external_userid."""
    state = with_channel(bundle)
    added = bundle.wecom.people.scan(userid="zhangsan", state=state, name=NAME)
    there = str(added["external_userid"])
    bundle.arrive()
    bundle.settle()
    staff = Caller("zhangsan", "staff", "own")
    customer = f"/sidebar/customers/{there}"
    done = [
        ask(bundle, "PATCH", customer, {"remark": REMARK, "phones": [PHONE]}, staff),
        ask(bundle, "PUT", f"{customer}/contact-methods", {"methods": _methods()}, staff),
        ask(bundle, "PUT", f"{customer}/consents", {"consents": [_word()]}, staff),
        ask(bundle, "POST", f"{customer}/phones:reveal", {"reason": "核对"}),
    ]
    assert [each.status for each in done] == [200] * 4, [each.text for each in done]
    bundle.settle()
    _from_elsewhere(bundle, there)
    _rows_of_every_kind(bundle, there)
    _sends(bundle, there)
    _in_a_sop(bundle, there)
    _in_a_plan(bundle, there)
    bundle.settle()
    return there


def _methods() -> list[dict[str, str]]:
    return [{"type": "mobile", "value": PHONE}, {"type": "email", "value": EMAIL}]


def _word() -> dict[str, Any]:
    return {"purpose": "profiling", "given": True, "source": "会话"}


def customer_id(there: str) -> str:
    """Return the id of the customer behind a contact."""
    from scrm.customers.dynamodb import Customers

    contact = Customers().contact(there, consistent=True)
    assert contact is not None
    return contact.customer_id


def _from_elsewhere(bundle: Bundle, there: str) -> None:
    """Put down what other systems, failures and people leave of the customer."""
    from scrm.callbacks.dynamodb import CallbackRow
    from scrm.customers.dynamodb import Customers
    from scrm.identities.dynamodb import Identities

    now, rows = bundle.time.now(), Customers()
    customer = rows.customer(customer_id(there), consistent=True)
    assert customer is not None
    for kind, value in (("crmid", CRMID), ("unionid", UNIONID)):
        Identities().bind(kind, value, customer.customer_id, now)  # type: ignore[arg-type]
    identities = (*customer.identities, ("crmid", CRMID), ("unionid", UNIONID))
    rows.save_customer(replace(customer, name=NAME, identities=identities), now)
    CallbackRow(
        f"CALLBACKS#{now:%Y-%m-%d}",
        "e" * 64,
        receiver="app",
        received_at="",
        event="strange",
        change_type="",
        xml=f"<xml><ExternalUserID>{there}</ExternalUserID></xml>",
        expires_at=int(now.timestamp()) + 9,
    ).save()
    for queue in ("ReactToChangesDead", "CorpEventsDead"):
        for text in (f"parked {there} {NAME} {PHONE}", "somebody else's"):
            letter(bundle, queue, text)


def _rows_of_every_kind(bundle: Bundle, there: str) -> None:
    """Put down rows of the families that the rest of the scene does not fill."""
    me, at = customer_id(there), "2026-03-02T02:15:00Z"
    later = int(bundle.time.seconds) + 90 * 86_400
    placed = {
        "version": 1,
        "customer_id": me,
        "amount_fen": 19_900,
        "at": at,
        "paid_at": at,
        "paid_fen": 19_900,
    }
    order = {"customer_id": me, "placed": placed, "version": 1, "created_at": at, "updated_at": at}
    sale = {"paid_at": at, "paid_fen": 19_900, "refunded_fen": 0, "order_version": 1}
    conflict = {"kind": "phone", "value": PHONE, "holder": me, "claimant": "cu_other", "source": "crm"}
    job = {"kind": "export", "requested_by": "admin", "params": {}, "status": "done", "created_at": at}
    file = base64.b64encode(zlib.compress(f"姓名,手机\r\n{NAME},{PHONE}\r\n".encode())).decode()
    rows: list[tuple[str, str, dict[str, Any]]] = [
        ("ORDER#shop#1", "ORDER", order),
        (f"ORDERS#{me}", "shop#1", sale),
        ("MIGRATIONS", "MIGRATION#mg_1", {"name": "老客户", "expires_at": later}),
        ("MIGRATION#mg_1", f"PHONE#{PHONE}", {"row": 0}),
        (f"PRETAG#phone#{PHONE}", "PRETAG", {"tag_ids": ["t1"]}),
        ("TAGRULES", "RULE#tr_1", {"name": "看价", "enabled": 0}),
        ("TAGRULE#tr_1", me, {"at": at}),
        ("CONFLICTS", "CONFLICT#1", {**conflict, "status": "open", "created_at": at, "version": 1}),
        ("JOBS", f"{at}#job_1", {"expires_at": later}),
        ("JOB#job_1", "JOB", {**job, "parts": 1, "open": 0, "version": 1, "expires_at": later}),
        ("JOB#job_1", "RESULT#1", {"results": [[there, "done", NAME]], "at": at, "expires_at": later}),
        ("EXPORT#job_1", "FILE#0000#1#00", {"text": file, "of": 1, "expires_at": later}),
        (f"CARD#{me}", "STATE", {"entered": {"sg_1": at}, "pinned": ["sg_1"], "version": 1}),
        ("SEGMENT#sg_1", f"MEMBER#{me}", {"entered_at": at, "epoch": 1}),
    ]
    for pk, sk, values in rows:
        _put(pk, sk, values)


def _sends(bundle: Bundle, there: str) -> None:
    """Send the customer something that they open and pass on, and prepare something that is never sent."""
    from datetime import timedelta

    from scrm.sends import dynamodb as stored
    from scrm.sends.model import Send

    now = bundle.time.now().replace(microsecond=0)
    for send_id, token in (("a" * 24, "a" * 32), ("b" * 24, "b" * 32)):
        words = ({"msgtype": "text", "text": {"content": f"{NAME}您好"}},)
        who = ("zhangsan", there, customer_id(there))
        send = Send(send_id, "material", "ma_1", 1, "问候", *who, words, now, links=(token,))
        send = replace(send, expires_at=now + timedelta(days=30))
        assert stored.put(send, {token: f"https://shop.example.com/?to={there}"})
    stored.happened("a" * 24, "open", "1", now, "link", f"https://shop.example.com/?to={there}")
    stored.happened("a" * 24, "forward", "1", now, "link")


OTHER = "wm_of_somebody_else"


def _in_a_sop(bundle: Bundle, there: str) -> None:
    """Let the customer wait in a mass send that calls them by their name, with somebody else."""
    from scrm.mass_sends import dynamodb as masses
    from scrm.mass_sends.model import Gather, MassCall, Place, mass_id_of
    from scrm.sops.dynamodb import EnrollmentRow
    from scrm.sops.enrollment import Enrollment, Run
    from scrm.sops.model import Step, Version
    from scrm.sops.touches_dynamodb import count_touch, touches_of

    now, me = bundle.time.now().replace(microsecond=0), customer_id(there)
    step = Step("M1", "M1", "mass")
    version = Version("sop_1", 1, "群发", "step_by_step", (step,))
    mass_id = mass_id_of(version, step, "zhangsan", now, 1)
    run = Run("M1", 1, "DISPATCHED", now, now, mass_id)
    it = Enrollment("sop_1", me, 1, now, now, owner="zhangsan", external_userid=there, runs=(run,))
    EnrollmentRow.of(replace(it, revision=1)).save()
    count_touch(me, touches_of(me), "sop_1.1.M1.1", now, mass=True)
    gather = Gather(mass_id, "sop_1", 1, "M1", "zhangsan", now, calls=1, status="running")
    masses.save(gather, None)
    masses.take_place(gather, Place(me, there, 1, 1, "zhangsan", {"name": NAME}))
    call = MassCall(1, "zhangsan", {"name": NAME}, text=f"{NAME}您好", status="waiting")
    masses.put_call(gather, call)
    masses.name(gather, 1, [there, OTHER])


def _in_a_plan(bundle: Bundle, there: str) -> None:
    """Let the customer be handed over, with somebody else, in a plan that has not begun."""
    from scrm.inheritance import plans_dynamodb as plans
    from scrm.inheritance.model import Item
    from scrm.inheritance.plan import Plan, PlanBatch
    from scrm.table import in_transaction

    now = bundle.time.now().replace(microsecond=0)
    items = (
        Item(customer_id(there), there, "zhangsan", "lisi", "WAITING", at=now, sent_at=now),
        Item("cu_other", OTHER, "zhangsan", "lisi", "WAITING", at=now, sent_at=now),
    )
    plans.put_batches([PlanBatch("p1", "0001", "onjob", "zhangsan", "lisi", "", items)])
    terms = {
        "mode": "onjob",
        "handovers": ["zhangsan"],
        "takeovers": [{"userid": "lisi"}],
        "external_userids": [there],
    }
    plan = Plan("p1", terms, "resign", "admin", now, batches=frozenset({"0001"}), version=1)
    with in_transaction() as transaction:
        for step in plans.plan_steps(plan, is_new=True):
            step(transaction)


def _put(pk: str, sk: str, values: dict[str, Any]) -> None:
    from scrm.table import Row

    image: dict[str, Any] = {"PK": {"S": pk}, "SK": {"S": sk}}
    for name, value in values.items():
        plain = value if isinstance(value, str) else json.dumps(value)
        image[name] = {"N": str(value)} if isinstance(value, int) else {"S": plain}
    client = Row._get_connection().connection.client
    client.put_item(TableName=Row.Meta.table_name, Item=image)


def letter(bundle: Bundle, queue: str, text: str) -> None:
    """Put a dead letter down."""
    from tests.doubles.cloud import Queues

    message = {"QueueUrl": Queues.url(queue), "MessageBody": json.dumps({"dead": text})}
    group = {"MessageGroupId": text, "MessageDeduplicationId": text} if queue == "CorpEventsDead" else {}
    bundle.cloud.queues.handle("SendMessage", message | group)


def everything(bundle: Bundle) -> str:
    """Return all that any table and any queue holds, as one text."""
    rows = [bundle.cloud.store.rows(table) for table in ("ScrmTable", "VolatileTable")]
    letters = [
        [message.body for message in queue.messages.values()] for queue in bundle.cloud.queues.queues.values()
    ]
    text = json.dumps([rows, letters], ensure_ascii=False, default=str)
    return text + text.encode().decode("unicode_escape", errors="ignore")
