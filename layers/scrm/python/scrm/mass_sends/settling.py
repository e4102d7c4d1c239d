"""Following a mass send until it is known what became of everybody in it (spec 3.6, 3.9, 0027).

Results are asked for by time, at growing intervals; who never confirms is reminded through WeCom, and in the
end the task is called back. Each answer is told to the customer's bar, and their place taken away.
"""

import time
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from scrm.mass_sends import dynamodb as stored
from scrm.mass_sends.asking import Later, ask, clarify, give_up
from scrm.mass_sends.asking import over as over_now
from scrm.mass_sends.model import (
    MINUTE,
    RESULTS,
    SHARED,
    SWEPT_AFTER,
    CameTo,
    Gather,
    MassCall,
    deadline,
    looked,
    next_nudge,
    poll_after,
)
from scrm.mass_sends.telling import go_on_at_once, tell_ends, tell_some
from scrm.settings.model import Settings
from scrm.sops.model import DAY, Step, Version
from scrm.sops.sops_dynamodb import defined
from scrm.staff.model import key
from scrm.telemetry import count
from scrm.wecom import mass_sends
from scrm.wecom.deployed import wecom
from scrm.wecom.errors import (
    TaskCancelled,
    Throttled,
    UnknownTask,
    WeComError,
)

SECONDS = 5.0
"""So long a look begins new things; the rest goes on in the next message."""
AFTER_TROUBLE = timedelta(minutes=5)


def go_on(it: Gather, version: Version, step: Step, corp: Settings, now: datetime, started: float) -> None:
    """Do what a planned mass send has due, and say when to look again. Raises MassChanged."""
    one = Round(it, version, step, corp, now)
    if it.mode in SHARED:
        from scrm.mass_sends.shared import SharedRound

        one = SharedRound(it, version, step, corp, now)
    one.nudge()
    for call in stored.calls(it):
        if call.status == "over":
            continue
        if time.monotonic() - started > SECONDS:
            go_on_at_once(one.put(replace(looked(one.it, now), polled=one.polled)))
            return
        one.go_on(call)
    one.end()


@dataclass
class Round:
    """One look at all calls of a mass send; it is over with its window or wait, or with its SOP."""

    it: Gather
    version: Version
    step: Step
    corp: Settings
    now: datetime
    polled: int = 0
    open_calls: int = 0
    soonest: datetime | None = None

    def __post_init__(self) -> None:
        self.polled = self.it.polled
        self.polls = self.it.poll_at is not None and self.it.poll_at <= self.now
        over = deadline(self.it, self.version, self.step)
        sop = defined.sops().get(self.it.sop_id)
        stopped = sop is None or sop.status == "stopped"
        self.is_over = stopped or (over is not None and over <= self.now)

    def put(self, after: Gather) -> Gather:
        """Store the gather as it is now."""
        self.it = stored.save(after, self.it)
        return self.it

    def nudge(self) -> None:
        """Remind who has not confirmed, where that is due: counted first, since one too many is worse."""
        wait = next_nudge(self.it, self.version, self.corp)
        if wait is None or wait.at > self.now or self.is_over:
            return
        self.put(replace(self.it, nudged=self.it.nudged + 1, nudge=wait.kind, nudged_at=wait.at))
        count("sop_mass_nudged", kind=wait.kind)
        if wait.kind == "remind":
            for call in stored.calls(self.it):
                if call.status == "waiting" and call.msgid:
                    with suppress(WeComError):
                        mass_sends.remind_groupmsg_send(wecom(), call.msgid)

    def go_on(self, call: MassCall) -> None:
        """Bring one call on; what WeCom does not answer is looked at again later."""
        try:
            after = self._after(call)
        except Later as later:
            self._again(later.at)
            after = call
        except WeComError as error:
            count("sop_mass_trouble", errcode=error.errcode)
            wait = timedelta(seconds=error.retry_after) if isinstance(error, Throttled) else AFTER_TROUBLE
            self._again(self.now + max(wait, MINUTE))
            after = call
        if after.asked_at and self.it.asked_at is None:
            self.put(replace(self.it, asked_at=after.asked_at))
        self.open_calls += after.status != "over"

    def end(self) -> None:
        """Say when to look again; over when nothing is open and nobody can be left."""
        it = self.it
        sweeps = it.closed_at is not None and not it.swept and it.mode not in SHARED
        swept_at = it.closed_at + SWEPT_AFTER if it.closed_at and sweeps else None
        if swept_at and swept_at <= self.now:
            self._sweep()
            it, swept_at = replace(it, swept=True), None
        if self.open_calls == 0 and swept_at is None:
            self.put(replace(looked(it, None), status="over"))
            return
        if self.polls:
            it = replace(it, polls=it.polls + 1, poll_at=self.now + poll_after(it.polls), polled=0)
        nudge = next_nudge(it, self.version, self.corp)
        over = deadline(it, self.version, self.step)
        times = [
            self.soonest,
            swept_at,
            *((it.poll_at, nudge.at if nudge else None, over) if self.open_calls else ()),
        ]
        later = [each for each in times if each and each > self.now]
        self.put(looked(it, min(later, default=self.now + MINUTE)))

    def _after(self, call: MassCall) -> MassCall:
        if call.status == "planned":
            return self._ended(call) if self.is_over else self._asked(call)
        if call.status == "asked":
            call = clarify(self.it, call, self.now)
            return self._after(call) if call.status == "planned" else call
        if self.is_over:
            return self._called_back(call)
        if self.polls and call.number > self.it.polled:
            call = self._polled(call)
            self.polled = call.number
        return call

    def _asked(self, call: MassCall) -> MassCall:
        if self.it.closed_at != self.now:
            self._leave_out(call)
            if not stored.named(self.it, call.number):
                return over_now(self.it, call)
        return ask(self.it, call, self.now)

    def _leave_out(self, call: MassCall) -> None:
        """Leave out who has gone since it was planned: who opted out, left the SOP, or rests with it.

        Read for a call that was not asked for at once; it may have waited for hours.
        """
        from scrm.mass_sends.sending import standing

        named = stored.named(self.it, call.number)
        going, withdrawn = standing(self.it, stored.places_of(self.it.mass_id, named).values())
        left = {each.external_userid for each in going}
        gone = [each for each in named if each not in left]
        if gone:
            tell_ends(self.it, withdrawn, "withdrawn", self.now)
            stored.name(self.it, call.number, [each for each in named if each in left])
            stored.leave(self.it.mass_id, gone)

    def _polled(self, call: MassCall) -> MassCall:
        """Return a call with all results taken in that are final."""
        try:
            confirmed = self._confirmed(call)
        except UnknownTask:
            return give_up(self.it, call, self.now, "failed", "gone")
        if confirmed is None:
            return call
        return self._taken_in(call, confirmed)

    def _confirmed(self, call: MassCall) -> datetime | None:
        """Return when the sender confirmed the task, None before."""
        for each in mass_sends.get_groupmsg_task(wecom(), call.msgid):
            if key(each.userid) == key(call.sender) and each.sent:
                return datetime.fromtimestamp(each.sent_at, self.now.tzinfo)
        return None

    def _taken_in(self, call: MassCall, confirmed: datetime) -> MassCall:
        """Return a call after its results; a day after it was confirmed nothing more comes of the rest."""
        waiting = dict.fromkeys(stored.named(self.it, call.number))
        ends: list[tuple[str, CameTo, datetime]] = []
        listed = set()
        for each in mass_sends.get_groupmsg_send_result(wecom(), call.msgid, call.sender):
            listed.add(each.recipient)
            if each.recipient in waiting and each.status in RESULTS:
                at = datetime.fromtimestamp(each.sent_at, self.now.tzinfo) if each.sent_at else self.now
                ends.append((each.recipient, RESULTS[each.status], at))
        ends += [(each, "refused", self.now) for each in waiting if each not in listed]
        if ends:
            tell_some(self.it, ends)
            ended = {recipient for recipient, *_ in ends}
            left = [each for each in waiting if each not in ended]
            stored.name(self.it, call.number, left)
        else:
            left = list(waiting)
        if left and self.now >= confirmed + DAY:
            return self._ended(call)
        return call if left else over_now(self.it, call)

    def _called_back(self, call: MassCall) -> MassCall:
        """Return a call whose time is over: cancelled at WeCom, then what was sent before is taken in."""
        with suppress(TaskCancelled, UnknownTask):
            mass_sends.cancel_groupmsg_send(wecom(), call.msgid)
        after = self._polled(call)
        return self._ended(after) if after.status != "over" else after

    def _ended(self, call: MassCall) -> MassCall:
        timed = self.version.strategy == "timed"
        return give_up(self.it, call, self._end_at(), "late" if timed else "waited")

    def _end_at(self) -> datetime:
        over = deadline(self.it, self.version, self.step)
        return min(over, self.now) if over else self.now

    def _sweep(self) -> None:
        """Let who claimed a place as the gather closed have another turn; drop places nobody claimed."""
        from scrm.mass_sends.sending import claims_of

        known = {each for call in stored.calls(self.it) for each in stored.named(self.it, call.number)}
        strays = [each for each in stored.places(self.it.mass_id) if each.external_userid not in known]
        claimed = [each for each, _ in claims_of(self.it, strays)]
        tell_ends(self.it, claimed, "withdrawn", self.now)
        stored.leave(self.it.mass_id, (each.external_userid for each in strays))

    def _again(self, at: datetime) -> None:
        self.soonest = min(at, self.soonest) if self.soonest else at
