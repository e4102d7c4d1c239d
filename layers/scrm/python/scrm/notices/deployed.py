"""What sending notices needs, as this deployment has it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import time, timedelta
from typing import Any, cast

from scrm.config import optional
from scrm.customers.dynamodb import Customers
from scrm.leads import dynamodb as leads
from scrm.notices.dynamodb import DynamoNotices
from scrm.notices.formats import message
from scrm.notices.messages import Words
from scrm.notices.model import Format, Notice
from scrm.notices.plan import Rules
from scrm.notices.sending import DUPLICATES_KNOWN, Answer, Surroundings
from scrm.settings import dynamodb as settings_rows
from scrm.settings.model import Settings
from scrm.sidebar import masking
from scrm.staff.dynamodb import member
from scrm.tasks.dynamodb import DynamoTasks
from scrm.wecom import messages
from scrm.wecom.deployed import wecom
from scrm.wecom.errors import Busy, UnknownOutcome, Unreachable
from scrm.wecom.messages import Message

customers = Customers()
tasks = DynamoTasks()
notices = DynamoNotices()


def surroundings() -> Surroundings:
    """Return what one invocation needs, with the settings of now. 0.5 RRU."""
    return Surroundings(
        store=notices,
        compose=_compose,
        send=_Line(),
        names=_names,
        still_wanted=_still_wanted,
        rules=rules_of(settings_rows.load()),
        base_url=base_url(),
    )


def rules_of(settings: Settings) -> Rules:
    """Return the corp's settings as the rules of notices."""
    return Rules(
        window=timedelta(minutes=settings.notice_window_minutes),
        daily_max=settings.notice_daily_max,
        urgent=frozenset(settings.urgent_kinds),
        muted=frozenset(settings.muted_kinds),
        quiet_start=time.fromisoformat(settings.quiet_hours.start),
        quiet_end=time.fromisoformat(settings.quiet_hours.end),
        formats={kind: cast("Format", chosen) for kind, chosen in settings.notice_formats.items()},
    )


def base_url() -> str:
    """Return where links lead: the trusted domain, else the API's own address, else nowhere."""
    return (optional("PUBLIC_URL") or optional("API_URL") or "").rstrip("/")


@dataclass
class _Line:
    """Sends to WeCom until it once does not answer; then nothing more in this invocation.

    Each call may wait nine seconds, so ten members' notices would outlast the function.
    """

    send: Callable[..., messages.Sent] = messages.send
    broken: list[str] = field(default_factory=list)

    def __call__(self, userid: str, composed: dict[str, Any]) -> Answer:
        if self.broken:
            raise Unreachable("/cgi-bin/message/send", "not tried")
        built = Message(composed["msgtype"], composed["body"])
        within = int(DUPLICATES_KNOWN.total_seconds())
        try:
            sent = self.send(wecom(), built, userids=[userid], same_within=within)
        except (Busy, UnknownOutcome) as error:
            self.broken.append(type(error).__name__)
            raise
        return Answer(sent.msgid, userid.lower() not in sent.invalid_userids)


def _compose(said: Words, wanted: Format) -> dict[str, Any]:
    built = message(said, wanted)
    return {"msgtype": built.msgtype, "body": built.body}


def _names(notices: Iterable[Notice]) -> dict[str, str]:
    """Return the names of the customers, members and leads that notices are about, by id. 1 RRU each."""
    told = list(notices)
    names: dict[str, str] = {}
    for external_userid in sorted({each.subject.get("external_userid", "") for each in told} - {""}):
        if contact := customers.contact(external_userid):
            names[external_userid] = contact.name
    for userid in sorted({each.subject.get("userid", "") for each in told} - {""}):
        if known := member(userid):
            names[userid] = known.name
    for lead_id in sorted({each.subject.get("lead_id", "") for each in told} - {""}):
        if lead := leads.lead(lead_id):
            names[lead_id] = masking.text(lead.name or lead.company or "未留名")
    return names


def _still_wanted(notice: Notice) -> bool:
    """Return whether there is still something to do: the task is open, the member has not seen the notice.

    Of a task that was put off, the notice for the later time stands.
    """
    told = notice.subject.get("notice_id")
    if notice.kind == "escalation" and told and notices.seen(notice.subject["userid"], told):
        return False
    if notice.kind not in {"due_task", "escalation", "step_overdue"}:
        return True
    task = tasks.get(notice.subject.get("task_id", ""))
    if task is None or notice.kind != "due_task":
        return task is None or task.status == "open"
    return task.status == "open" and task.due <= notice.effective_at
