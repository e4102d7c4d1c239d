"""What happened in WeChat customer service, archiving, live rooms, approvals and batch jobs.

Source: WeCom documents 94670, 94699, 90240 and 91774.
"""

from dataclasses import dataclass, field

from scrm.wecom.callbacks import CallbackEvent, Field, nested, number, repeated, text
from scrm.wecom.events import Build, TypedEvent


@dataclass(frozen=True)
class ServiceMessagesWaiting(TypedEvent):
    """Messages wait at a customer-service account: pull them by cursor with `token`, good for 10 minutes."""

    open_kfid: str
    token: str = field(repr=False)


@dataclass(frozen=True)
class ServiceAccountsChanged(TypedEvent):
    """The app gained or lost the right to act for customer-service accounts."""

    added: tuple[str, ...]
    removed: tuple[str, ...]


@dataclass(frozen=True)
class BatchJobFinished(TypedEvent):
    """An asynchronous job ended; `errcode` 0 is success."""

    job_id: str
    job_type: str
    errcode: int
    errmsg: str


@dataclass(frozen=True)
class LivingChanged(TypedEvent):
    """A live room was booked (0), went live (1), ended (2) or was cancelled (4)."""

    living_id: str
    userid: str
    status: int


@dataclass(frozen=True)
class ArchiveWaiting(TypedEvent):
    """Archived messages wait to be pulled."""

    agent_id: int


@dataclass(frozen=True)
class ApprovalChanged(TypedEvent):
    """An approval moved: 1 pending, 2 passed, 3 rejected, 4 cancelled. `own` when an app started it.

    `fields` is the whole ApprovalInfo.
    """

    number: str
    template_id: str
    status: int
    applied_at: int
    applicant: str
    own: bool
    fields: dict[str, Field] = field(repr=False)


def builder(event: CallbackEvent) -> Build | None:
    """Return what types this event, None when it is of another family."""
    return _BUILDERS.get(event.event)


def _messages_waiting(event: CallbackEvent) -> TypedEvent:
    fields = event.fields
    return ServiceMessagesWaiting(event.created_at, text(fields, "OpenKfId"), text(fields, "Token"))


def _accounts(event: CallbackEvent) -> TypedEvent:
    added = tuple(_texts(event.fields, "AuthAddOpenKfId"))
    return ServiceAccountsChanged(event.created_at, added, tuple(_texts(event.fields, "AuthDelOpenKfId")))


def _texts(fields: dict[str, Field], name: str) -> list[str]:
    return [each for each in repeated(fields, name) if isinstance(each, str) and each]


def _batch_job(event: CallbackEvent) -> TypedEvent:
    # One source has the four fields at top level, the others inside BatchJob.
    job = nested(event.fields, "BatchJob") or event.fields
    return BatchJobFinished(
        event.created_at,
        job_id=text(job, "JobId"),
        job_type=text(job, "JobType"),
        errcode=number(job, "ErrCode"),
        errmsg=text(job, "ErrMsg"),
    )


def _living(event: CallbackEvent) -> TypedEvent:
    status = number(event.fields, "Status")
    return LivingChanged(event.created_at, text(event.fields, "LivingId"), event.from_user, status)


def _archive(event: CallbackEvent) -> TypedEvent:
    return ArchiveWaiting(event.created_at, number(event.fields, "AgentID"))


def _approval(event: CallbackEvent) -> TypedEvent:
    info = nested(event.fields, "ApprovalInfo")
    own = event.event == "open_approval_change"
    applicant = text(info, "ApplyUserId") if own else text(nested(info, "Applyer"), "UserId")
    return ApprovalChanged(
        event.created_at,
        number=text(info, "ThirdNo" if own else "SpNo"),
        template_id=text(info, "OpenTemplateId" if own else "TemplateId"),
        status=number(info, "OpenSpStatus" if own else "SpStatus"),
        applied_at=number(info, "ApplyTime"),
        applicant=applicant,
        own=own,
        fields=info,
    )


_BUILDERS: dict[str, Build] = {
    "kf_msg_or_event": _messages_waiting,
    "kf_account_auth_change": _accounts,
    "batch_job_result": _batch_job,
    "living_status_change": _living,
    "msgaudit_notify": _archive,
    "open_approval_change": _approval,
    "sys_approval_change": _approval,
}
