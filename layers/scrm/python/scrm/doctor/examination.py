"""The whole examination: what is checked, in the order in which it is to be mended."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import httpx

from scrm.channel_codes.dynamodb import channels
from scrm.config import optional
from scrm.doctor import calendar_checks, callback_checks, contacts_checks, credentials, own_checks
from scrm.doctor.credentials import Acquaintance, told
from scrm.doctor.evidence import last_heard
from scrm.doctor.fresh import fresh_client
from scrm.doctor.model import Check, Finding, Verdict, run_all, skip
from scrm.settings.dynamodb import load
from scrm.staff import shown
from scrm.staff.dynamodb import load_directory
from scrm.wecom.client import WeCom
from scrm.wecom.server_time import server_time

WEB_SECONDS = 4.0


@dataclass(frozen=True)
class Patient:
    """What is examined. `transport` replaces the network towards our own public address."""

    wecom: WeCom
    now: datetime
    readings: Sequence[datetime]
    public_url: str | None = field(default_factory=lambda: optional("PUBLIC_URL"))
    proof_id: str | None = field(default_factory=lambda: optional("DOMAIN_VERIFICATION"))
    transport: httpx.BaseTransport | None = None


def examine(patient: Patient) -> list[Finding]:
    """Return every finding, in the order in which they are to be mended. Within 20 s; never raises."""
    known = Acquaintance(fresh_client(patient.wecom))
    with httpx.Client(timeout=WEB_SECONDS, transport=patient.transport, trust_env=False) as http:
        return run_all([*_of_wecom(patient, known), *_of_callbacks(patient, http), *_of_ours(patient)])


def _of_wecom(patient: Patient, known: Acquaintance) -> list[Check]:
    def asked(check: Callable[[WeCom], Verdict]) -> Callable[[], Verdict]:
        """Return a check that asks WeCom, if WeCom knows us at all."""
        if not known.is_known:
            return lambda: skip("无法检查", credentials.FIRST_OF_ALL)
        return told(lambda: check(known.fresh))

    def tickets(_: WeCom) -> Verdict:
        # The shared client keeps its tickets: WeCom gives an app only 100 an hour.
        return credentials.tickets(patient.wecom)

    def members(wecom: WeCom) -> Verdict:
        able = shown.with_customer_contact(wecom)
        return contacts_checks.channel_members(channels(), load_directory(), able)

    def clock() -> Verdict:
        return credentials.clock_skew(lambda: server_time(known.fresh), patient.readings)

    return [
        Check("wecom_reachable", "连接企业微信", known.reachable),
        Check("corp_id", "企业 ID", known.corp_id),
        Check("secret", "应用 Secret", known.secret),
        Check("egress_ip", "企业可信 IP", known.egress_ip),
        Check("agent_id", "应用 AgentId", asked(credentials.agent_id)),
        Check("customer_contact", "客户联系权限", asked(contacts_checks.customer_contact)),
        Check("visible_range", "应用可见范围", asked(contacts_checks.visible_range)),
        Check("channel_members", "活码成员", asked(members)),
        Check("tickets", "页面签名", asked(tickets)),
        Check("clock", "服务器时钟", clock),
    ]


def _of_callbacks(patient: Patient, http: httpx.Client) -> list[Check]:
    corp_id, url = patient.wecom.settings.corp_id, patient.public_url

    def round_trip() -> Verdict:
        _, key = callback_checks.callback_key(corp_id)
        return callback_checks.round_trip(url, key, patient.now, http)

    def heard() -> datetime | None:
        return last_heard(load_directory())

    return [
        Check("callback_key", "回调密钥", lambda: callback_checks.callback_key(corp_id)[0]),
        Check("trusted_domain", "可信域名", lambda: callback_checks.trusted_domain(url, http)),
        Check(
            "domain_proof",
            "域名校验文件",
            lambda: callback_checks.domain_proof(url, patient.proof_id, http),
        ),
        Check("callback_round_trip", "回调试发", round_trip),
        Check(
            "callbacks_received",
            "企业微信回调",
            lambda: callback_checks.heard_from_wecom(patient.now, heard),
        ),
    ]


def _of_ours(patient: Patient) -> list[Check]:
    return [
        Check("organisation", "组织架构", lambda: contacts_checks.organisation(load_directory())),
        Check("public_holidays", "工作日历", lambda: calendar_checks.public_holidays(patient.now, load)),
        Check("session_keys", "登录密钥", own_checks.session_keys),
        Check("queues", "消息队列", own_checks.queues),
        Check("dead_letters", "死信队列", own_checks.dead_letters),
    ]
