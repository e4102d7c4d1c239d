"""The set-up doctor names each planted fault, with the step that mends it, and never breaks itself."""

import json
from email.utils import format_datetime
from urllib.parse import parse_qs

import httpx
import pytest

from scrm import clock
from scrm.channel_codes import dynamodb as channels
from scrm.channel_codes.model import Channel, RosterEntry
from scrm.config import corp as settings_of_corp
from scrm.corp_events import probe
from scrm.doctor.examination import Patient, examine
from scrm.staff import sync
from scrm.wecom import deployed
from tests.component.conftest import AGENT_ID, app_of, sqs_event_of
from wecom_simulator.transport import SimulatorTransport

PROOF = "Abc123"


class Front(httpx.BaseTransport):
    """Our own public address: the callback function behind it, its queue, and the worker."""

    def __init__(self, queues, context):
        self.queues, self.context, self.up, self.works = queues, context, True, True

    def handle_request(self, request):
        if not self.up:
            raise httpx.ConnectError("refused", request=request)
        path = request.url.path
        if path == "/healthz":
            return httpx.Response(200)
        if path == f"/WW_verify_{PROOF}.txt":
            return httpx.Response(200, text=PROOF)
        if path != "/wecom/callbacks/app":
            return httpx.Response(404)
        query = {name: values[0] for name, values in parse_qs(request.url.query.decode()).items()}
        event = {
            "requestContext": {"http": {"method": "POST"}},
            "queryStringParameters": query,
            "pathParameters": {"receiver": "app"},
            "body": request.content.decode(),
        }
        answer = app_of("wecom_callback").handler(event, self.context)
        if self.works:
            for body in self.queues.messages("CorpEvents"):
                app_of("handle_corp_event").handler(sqs_event_of(body), self.context)
        return httpx.Response(answer["statusCode"])


class DatedTransport(SimulatorTransport):
    """The simulator with the Date header that WeCom's servers send."""

    seconds_off = 0

    def handle_request(self, request):
        response = super().handle_request(request)
        at = clock.now().timestamp() + self.seconds_off
        from datetime import UTC, datetime

        response.headers["date"] = format_datetime(datetime.fromtimestamp(at, UTC), usegmt=True)
        return response


@pytest.fixture
def front(queues, lambda_context):
    return Front(queues, lambda_context)


@pytest.fixture
def world(wecom, front, monkeypatch):
    """A healthy deployment: everything the doctor looks at is as it should be."""
    transport = DatedTransport(wecom)
    deployed.reach_through(transport)
    sync.pull(deployed.wecom(), clock.now())
    monkeypatch.setattr(probe._Noted, "at", None)
    probe.heard(clock.now())
    monkeypatch.setattr("scrm.doctor.callback_checks.ARRIVES_WITHIN", 0.3)
    return transport


def findings(front, **changes):
    patient = {"public_url": "https://scrm.test", "proof_id": PROOF, "transport": front, **changes}
    found = examine(Patient(deployed.wecom(), clock.now(), clock.readings(), **patient))
    return {each.id: each for each in found}


def failed(found):
    return {name for name, each in found.items() if each.status in {"fail", "warn"}}


def test_a_healthy_deployment_has_nothing_to_mend(world, front):
    found = findings(front)

    assert failed(found) == set(), {name: found[name] for name in failed(found)}
    assert len(found) >= 12
    assert found["callback_round_trip"].status == "ok"


def app_of_corp(wecom):
    return wecom.world.apps[int(AGENT_ID)]


def wrong_secret(wecom, put, front):
    put("wecom/secret", "wrong")


def no_secret(wecom, put, front):
    import boto3

    boto3.client("ssm").delete_parameter(Name="/scrm-test/wecom/secret")


def disabled_app(wecom, put, front):
    app_of_corp(wecom).disabled = True


def unlisted_ip(wecom, put, front):
    wecom.world.trusted_ips = ["198.51.100.7"]


def no_customer_contact(wecom, put, front):
    app_of_corp(wecom).denied = ["externalcontact/*"]


def narrow_range(wecom, put, front):
    app_of_corp(wecom).visible_departments = []
    app_of_corp(wecom).visible_users = []


def member_without_contact(wecom, put, front):
    channels.put(
        Channel(
            "ch_1", "码", "phone", staff=(RosterEntry("zhengshi"),), status="active", created_at="2026-03-02"
        )
    )


def short_aes_key(wecom, put, front):
    put("callbacks/app", json.dumps({"token": "T", "aes_key": "short"}))


def address_down(wecom, put, front):
    front.up = False


def worker_down(wecom, put, front):
    front.works = False


def no_tickets(wecom, put, front):
    wecom.faults.add({"endpoint": "ticket/get", "what": "errcode", "errcode": 48002, "count": 0})


def no_session_keys(wecom, put, front):
    put("session/keys", "[]")


@pytest.mark.parametrize(
    ("plant", "name", "told"),
    [
        (wrong_secret, "secret", "Secret"),
        (no_secret, "secret", "Secret"),
        (unlisted_ip, "egress_ip", "127.0.0.1"),
        (no_customer_contact, "customer_contact", "可调用接口的应用"),
        (narrow_range, "visible_range", "可见范围"),
        (member_without_contact, "channel_members", "使用范围"),
        (short_aes_key, "callback_key", "43"),
        (address_down, "trusted_domain", "PublicUrl"),
        (worker_down, "callback_round_trip", "handle_corp_event"),
        (no_tickets, "tickets", ""),
        (no_session_keys, "session_keys", "session/keys"),
    ],
)
def test_a_planted_fault_is_named_with_the_step_that_mends_it(
    world, wecom, parameters, front, plant, name, told
):
    from scrm import secret_store
    from scrm.callbacks import receivers

    plant(wecom, parameters, front)
    secret_store.forget()
    receivers.forget()

    found = findings(front)

    assert found[name].status in {"fail", "warn"}, found[name]
    assert told in found[name].sentence + found[name].fix
    assert found[name].fix


@pytest.mark.parametrize(
    ("change", "name"),
    [({"corp_id": "wwSomeoneElse0001"}, "corp_id"), ({"agent_id": 1000099}, "agent_id")],
)
def test_wrong_ids_are_named(world, wecom, front, monkeypatch, change, name):
    from dataclasses import replace

    stated = replace(settings_of_corp(), **change)
    monkeypatch.setattr(deployed, "corp", lambda: stated)
    deployed.reach_through(world)

    assert failed(findings(front)) >= {name}
    assert wecom.world.apps[int(AGENT_ID)].secret


def test_a_wrong_clock_is_named_with_the_difference(world, front):
    world.seconds_off = 900

    found = findings(front)["clock"]

    assert (found.status, found.seen["seconds"]) == ("fail", 900)


def test_a_silent_wecom_and_a_missing_domain_are_named(world, front, at):
    at("2026-03-09T10:15:00+08:00")

    found = findings(front, public_url=None, proof_id=None)

    assert found["callbacks_received"].status == "warn"
    assert found["trusted_domain"].status == "fail"
    assert (found["domain_proof"].status, found["callback_round_trip"].status) == ("skip", "skip")


def test_an_unreachable_wecom_is_one_fault_and_not_twelve(world, wecom, front):
    wecom.faults.add({"endpoint": "*", "what": "reset", "count": 0})

    found = findings(front)

    assert failed(found) == {"wecom_reachable"}
    assert found["agent_id"].status == "skip"


def test_nobody_gets_a_message_from_an_examination(world, wecom, front):
    findings(front)

    assert [row for row in wecom.calls.listed("message/send") if row["outcome"] == "ok"] == []


def test_the_console_shows_the_examination(ask, world, wecom, monkeypatch):
    monkeypatch.delenv("PUBLIC_URL")
    answer = ask("GET", "/admin/doctor")

    assert answer.status == 200, answer.text
    assert len(answer.json["checks"]) >= 12
    assert ask("GET", "/admin/doctor", role="staff").status == 403


def test_a_customer_who_was_reported_shows_that_wecom_is_heard(world, front, tables):
    from scrm.cards.refreshing import Refresher
    from scrm.corp_events.probe import HEARD, ProbeRow
    from scrm.customers.dynamodb import Customers
    from scrm.customers.model import Contact, Customer, Relation
    from scrm.customers.relation import Fact

    ProbeRow.get(HEARD).delete()
    assert findings(front)["callbacks_received"].status == "warn"

    at = int(clock.now().timestamp())
    relation = Relation("wm1", "lisi", facts=(Fact("add", at, "e1"),), detail_at=clock.now())
    Customers().save_relation(relation, clock.now())
    Customers().save_customer(Customer("cu_1", external_userids=("wm1",)), clock.now())
    Customers().save_contact(Contact("wm1", "cu_1"), clock.now())
    Refresher().refresh("cu_1", clock.now())

    assert findings(front)["callbacks_received"].status == "ok"


def test_dead_letters_are_counted_by_queue(world, front, queues):
    queues.client.send_message(
        QueueUrl=queues.url("CorpEventsDead"),
        MessageBody="{}",
        MessageGroupId="g",
        MessageDeduplicationId="d",
    )

    found = findings(front)["dead_letters"]

    assert (found.status, found.seen) == ("fail", {"CorpEvents": 1})
