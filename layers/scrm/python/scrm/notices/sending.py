"""Sending a member's notices: each is delivered once, whatever is killed, repeated or left without an answer.

A message is first claimed in the member's outbox, with its exact JSON and the send it counts as; then WeCom
is called; then each notice's row is written. A repeat finds the claim, sees that the last notice has no
outcome, and sends the same JSON again, which WeCom's duplicate check recognises for four hours. After that
the outcome stays `unknown`. Nothing here raises for WeCom's sake: what could not be sent is due again later.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol, get_args

from scrm import telemetry
from scrm.notices import messages
from scrm.notices.model import Format, Notice
from scrm.notices.plan import Plan, Rules, Waiting, due, plan
from scrm.notices.window import SendWindow
from scrm.wecom.errors import (
    OURS_TO_MEND,
    NoReceiver,
    OutOfRange,
    Refused,
    Throttled,
    UnknownOutcome,
    UnknownStaff,
    WeComError,
)

Status = Literal[
    "waiting",  # put down, to be sent later
    "sent",
    "undeliverable",  # WeCom knows no such receiver, or the app may not reach them
    "muted",  # the member or the corp does not want this kind
    "dropped",  # what it was about is done
    "failed",  # WeCom refuses the message itself
    "unknown",  # no answer came for four hours
]
STATUSES: tuple[Status, ...] = get_args(Status)

DUPLICATES_KNOWN = timedelta(hours=4)
BACKOFF_MAX_MINUTES = 60


@dataclass(frozen=True)
class Delivery:
    """A notice and what became of it: a line of the delivery log (NTF-07)."""

    notice: Notice
    status: Status
    since: datetime
    settled_at: datetime | None = None
    msgid: str | None = None
    errcode: int = 0

    @property
    def settled(self) -> bool:
        """Return whether nothing more will be done about it."""
        return self.status != "waiting"


@dataclass(frozen=True)
class Sending:
    """A claimed message: its notices, in the order their rows are written, and its JSON.

    `carried` are those of them that have no row yet; `notice_ids` names all.
    """

    notice_ids: tuple[str, ...]
    body: str
    at: datetime
    carried: tuple[Notice, ...] = ()


@dataclass(frozen=True)
class Outbox:
    """What a member's sending needs to remember between messages. `version` 0: there is no row yet.

    `waiting_from` is the time in the id of the earliest notice that may be waiting, `due` when to look at
    them again, `failures` how often WeCom could not be reached in a row, `muted` the kinds not wanted.
    """

    userid: str
    window: SendWindow = field(default_factory=SendWindow)
    waiting_from: str | None = None
    due: datetime | None = None
    sending: Sending | None = None
    failures: int = 0
    muted: frozenset[str] = frozenset()
    version: int = 0


class Store(Protocol):
    """The rows of notices. `save_outbox` is conditional on the version read and raises when it changed; `put`
    never changes a settled delivery, nor puts a waiting one over another, and says whether it wrote.
    """

    def outbox(self, userid: str) -> Outbox: ...
    def save_outbox(self, outbox: Outbox) -> Outbox: ...
    def delivery(self, userid: str, notice_id: str) -> Delivery | None: ...
    def waiting(self, userid: str, from_id: str) -> list[Waiting]: ...
    def put(self, delivery: Delivery) -> bool: ...


@dataclass(frozen=True)
class Answer:
    """WeCom's answer to a message: its id, and whether the member was reached."""

    msgid: str
    reached: bool


@dataclass(frozen=True)
class Surroundings:
    """What sending needs of the world.

    `compose` gives words a format, as JSON data; `send` sends that to a member, asking WeCom not to deliver
    the same twice within DUPLICATES_KNOWN, or raises WeComError. `names` gives the names that notices
    need, by id; `still_wanted` says whether what a notice is about is still to be done.
    """

    store: Store
    compose: Callable[[messages.Words, Format], dict[str, Any]]
    send: Callable[[str, dict[str, Any]], Answer]
    names: Callable[[Iterable[Notice]], Mapping[str, str]]
    still_wanted: Callable[[Notice], bool]
    rules: Rules
    base_url: str = ""
    log: telemetry.Log = field(default_factory=lambda: telemetry.Log("send_notices"))


def take(notice: Notice, world: Surroundings, now: datetime) -> None:
    """Send one notice, or put it down until it may be sent. Safe to repeat.

    An urgent one costs 2 writes, one that waits 1, and 2 more when it opens a window.
    """
    outbox = _settle(world.store.outbox(notice.userid), world, now)
    known = world.store.delivery(notice.userid, notice.id)
    if known and known.settled:
        return
    one = Waiting(notice, known.since if known else now)
    decided = plan([one], outbox.window, _rules(world, outbox), now)
    if decided.muted:
        _record(world, [notice], "muted", now)
    elif decided.send and not outbox.sending:
        _dispatch(outbox, [notice], () if known else (notice,), world, now)
    else:
        world.store.put(Delivery(notice, "waiting", one.since))
        _wait(outbox, one, world, now)


def flush(userid: str, world: Surroundings, now: datetime) -> None:
    """Send what of a member's notices is due, as one message. Safe to repeat."""
    outbox = _settle(world.store.outbox(userid), world, now)
    if outbox.sending or not (outbox.waiting_from and outbox.due and outbox.due <= now):
        return
    waiting = world.store.waiting(userid, outbox.waiting_from)
    decided = plan(waiting, outbox.window, _rules(world, outbox), now)
    _record(world, decided.muted, "muted", now)
    done = [each for each in decided.send if not world.still_wanted(each)]
    _record(world, done, "dropped", now)
    wanted = [each for each in decided.send if each not in done]
    left = _left(outbox, decided)
    if wanted:
        _dispatch(left, wanted, (), world, now)
    else:
        world.store.save_outbox(left)


def _rules(world: Surroundings, outbox: Outbox) -> Rules:
    return replace(world.rules, muted=world.rules.muted | outbox.muted)


def _settle(outbox: Outbox, world: Surroundings, now: datetime) -> Outbox:
    """Return the outbox after finishing a message that was claimed and has no outcome yet."""
    sending = outbox.sending
    if sending is None:
        return outbox
    last = world.store.delivery(outbox.userid, sending.notice_ids[-1])
    if last and last.settled:
        return replace(outbox, sending=None, failures=0)
    notices = _claimed(outbox.userid, sending, world)
    if now - sending.at >= DUPLICATES_KNOWN:
        _record(world, notices, "unknown", now)
        return replace(outbox, sending=None)
    opens = outbox.window.opens_at(now)
    if opens > now:
        return _later(outbox, opens, world)
    again = replace(outbox, window=outbox.window.with_one(now, urgent=True))
    return _call(world.store.save_outbox(again), notices, world, now)


def _claimed(userid: str, sending: Sending, world: Surroundings) -> list[Notice]:
    """Return the notices of a claimed message, in its order."""
    carried = {each.id: each for each in sending.carried}
    rows = (
        carried.get(each) or getattr(world.store.delivery(userid, each), "notice", None)
        for each in sending.notice_ids
    )
    return [each for each in rows if each]


def _dispatch(
    outbox: Outbox,
    notices: Sequence[Notice],
    carried: tuple[Notice, ...],
    world: Surroundings,
    now: datetime,
) -> None:
    """Claim one message with these notices, then send it."""
    body = _body(notices, world)
    urgent = any(world.rules.is_urgent(each) for each in notices)
    claimed = replace(
        outbox,
        window=outbox.window.with_one(now, urgent=urgent),
        sending=Sending(tuple(each.id for each in notices), body, now, carried),
    )
    _call(world.store.save_outbox(claimed), notices, world, now)


def _call(outbox: Outbox, notices: Sequence[Notice], world: Surroundings, now: datetime) -> Outbox:
    """Send the claimed message and write down what came of it; return the outbox as it is then."""
    assert outbox.sending  # noqa: S101  # nosec B101: callers claim first
    try:
        answer = world.send(outbox.userid, json.loads(outbox.sending.body))
    except UnknownOutcome:
        telemetry.count("notice_unanswered")
        return _later(outbox, _backoff(outbox, now), world)
    except (NoReceiver, OutOfRange, UnknownStaff) as error:
        _record(world, notices, "undeliverable", now, errcode=error.errcode)
    except WeComError as error:
        if not _may_mend(error):
            _record(world, notices, "failed", now, errcode=error.errcode)
        else:
            return _put_back(outbox, notices, error, world, now)
    else:
        _record(world, notices, "sent" if answer.reached else "undeliverable", now, msgid=answer.msgid)
    return replace(outbox, sending=None, failures=0)


def _may_mend(error: WeComError) -> bool:
    """Return whether the same message can be sent later: once WeCom works, or the set-up is mended."""
    return not isinstance(error, Refused) or isinstance(error, OURS_TO_MEND)


def _put_back(
    outbox: Outbox, notices: Sequence[Notice], error: WeComError, world: Surroundings, now: datetime
) -> Outbox:
    """WeCom has not sent it and would not now: the notices wait, and are looked at again later."""
    for each in outbox.sending.carried if outbox.sending else ():
        world.store.put(Delivery(each, "waiting", now))
    earliest = _earliest(each.id for each in notices)
    at = _backoff(outbox, now)
    if isinstance(error, Throttled):
        at = now + timedelta(seconds=max(error.retry_after, 1.0))
    telemetry.count("notice_put_back")
    world.log.warning("notice_put_back", userid=outbox.userid, errcode=error.errcode)
    freed = replace(
        outbox,
        sending=None,
        failures=outbox.failures + 1,
        waiting_from=_earliest((earliest, outbox.waiting_from)),
        due=at,
    )
    return world.store.save_outbox(freed)


def _later(outbox: Outbox, at: datetime, world: Surroundings) -> Outbox:
    """Keep the claim, to be settled at `at`."""
    earliest = _earliest((*(outbox.sending.notice_ids if outbox.sending else ()), outbox.waiting_from))
    return world.store.save_outbox(
        replace(outbox, due=at, waiting_from=earliest, failures=outbox.failures + 1)
    )


def _backoff(outbox: Outbox, now: datetime) -> datetime:
    return now + timedelta(minutes=min(2**outbox.failures, BACKOFF_MAX_MINUTES))


def _wait(outbox: Outbox, one: Waiting, world: Surroundings, now: datetime) -> None:
    """See to it that the outbox is looked at no later than this notice needs; often that is so already."""
    wanted = due([one], outbox.window, _rules(world, outbox), now) or now
    if outbox.due and outbox.failures:
        wanted = max(wanted, outbox.due)
    earliest = _earliest((one.notice.id, outbox.waiting_from))
    if outbox.due and outbox.due <= wanted and outbox.waiting_from == earliest:
        return
    sooner = min(outbox.due or wanted, wanted)
    world.store.save_outbox(replace(outbox, due=sooner, waiting_from=earliest))


def _left(outbox: Outbox, decided: Plan) -> Outbox:
    """Return the outbox with what still waits after `decided` has been carried out."""
    earliest = _earliest(each.notice.id for each in decided.waiting)
    return replace(outbox, due=decided.due, waiting_from=earliest)


def _earliest(ids: Iterable[str | None]) -> str | None:
    """Return the earliest time that notices' ids begin with: many of one second open one window."""
    return min((each.partition("-")[0] for each in ids if each), default=None)


def _body(notices: Sequence[Notice], world: Surroundings) -> str:
    said = messages.words(notices, world.names(notices), world.base_url)
    formats = {world.rules.formats.get(each.kind, "textcard") for each in notices}
    wanted: Format = formats.pop() if len(formats) == 1 else "textcard"
    return json.dumps(world.compose(said, wanted), ensure_ascii=False, separators=(",", ":"))


def _record(
    world: Surroundings,
    notices: Iterable[Notice],
    status: Status,
    now: datetime,
    *,
    msgid: str | None = None,
    errcode: int = 0,
) -> None:
    for each in notices:
        world.store.put(Delivery(each, status, now, now, msgid, errcode))
        telemetry.count(f"notice_{status}", kind=each.kind)
        world.log.info("notice_settled", notice_id=each.id, status=status, errcode=errcode)
