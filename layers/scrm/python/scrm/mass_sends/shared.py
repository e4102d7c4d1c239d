"""Steps for groups and moments 客户朋友圈: one task a day for all customers of a step (SOP-12, SOP-13).

WeCom targets no single customer here. A run says that the task was issued; it is sent when staff have
published the moment, or have sent to the groups.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from scrm.mass_sends import dynamodb as stored
from scrm.mass_sends.asking import EARLIER, Later, give_up, over
from scrm.mass_sends.content import Content, Files, Incomplete, NotReady, content_of, files_in
from scrm.mass_sends.model import CLARIFIED_AFTER, GONE_AFTER, MINUTE, Gather, MassCall, Place, looked
from scrm.mass_sends.settling import AFTER_TROUBLE, Round
from scrm.mass_sends.telling import tell_ends
from scrm.materials.files_dynamodb import ask as ask_upload
from scrm.materials.files_dynamodb import files, media_refused
from scrm.settings.model import Settings
from scrm.sops.model import Step
from scrm.sops.sops_dynamodb import defined
from scrm.staff.model import key
from scrm.telemetry import count
from scrm.wecom import mass_sends, moments
from scrm.wecom.checks import BreaksLimit, Missing
from scrm.wecom.deployed import wecom
from scrm.wecom.errors import (
    OURS_TO_MEND,
    MediaGone,
    Refused,
    TaskCancelled,
    Throttled,
    UnknownOutcome,
    UnknownTask,
    WeComError,
)


def planned(it: Gather, step: Step, corp: Settings) -> list[tuple[MassCall, list[str]]]:
    """Return the calls of a day's task: one for each owner of the step's groups, or one moment.

    Groups that are gone are left out. Raises WeComError where WeCom does not say who owns a group.
    """
    values = {"brand": corp.brand} if corp.brand else {}
    if step.mode == "moment":
        return [(MassCall(1, "", values, it.title), [])]
    owners: dict[str, list[str]] = {}
    for chat_id in step.chats:
        with suppress(Refused):
            owner = mass_sends.owner_of_chat(wecom(), chat_id)
            owners.setdefault(owner, []).append(chat_id)
    return [
        (MassCall(number, owner, values, it.title, tells=True, total=len(chats)), chats)
        for number, (owner, chats) in enumerate(sorted(owners.items()), 1)
        if owner
    ]


class SharedRound(Round):
    """One look at a day's task."""

    def nudge(self) -> None:
        """Remind the owners of groups; WeCom reminds nobody of a moment."""
        if self.it.mode == "mass_group":
            super().nudge()

    def end(self) -> None:
        """Settle who has joined, and say when to look again; over while nobody waits."""
        waiting = list(stored.places(self.it.mass_id))
        calls = stored.calls(self.it)
        if self.it.mode == "mass_group":
            waiting = self._groups_settled(waiting, calls)
        if not waiting or (self.open_calls == 0 and self.it.mode == "moment"):
            self._told(waiting, "failed", self.now)
            self.put(replace(looked(self.it, None), status="over", polled=0))
            return
        super().end()

    def _groups_settled(self, waiting: list[Place], calls: list[MassCall]) -> list[Place]:
        """Tell everybody when each owner has sent or cannot; return who waits on."""
        if any(each.status != "over" for each in calls):
            return waiting
        sent = [each.confirmed_at for each in calls if each.confirmed_at]
        if sent:
            self._told(waiting, "sent", max(sent))
        else:
            self._told(waiting, "failed" if not self.is_over else self._unsent, self.now)
        return []

    @property
    def _unsent(self) -> Any:
        return "late" if self.version.strategy == "timed" else "waited"

    def _told(self, places: list[Place], came_to: Any, at: datetime) -> None:
        tell_ends(self.it, places, came_to, at)
        stored.leave(self.it.mass_id, (each.external_userid for each in places))

    def _after(self, call: MassCall) -> MassCall:
        if call.status == "asked" and self.it.mode == "moment":
            call = self._clarified(call)
            return self._asked(call) if call.status == "planned" else call
        return super()._after(call)

    def _asked(self, call: MassCall) -> MassCall:
        if self.it.mode == "mass_group":
            return super()._asked(call)
        self._leave_out(call)
        return self._moment_asked(call)

    def _leave_out(self, _call: MassCall) -> None:
        """Wait while the SOP is paused; a task for all leaves nobody out. Raises Later."""
        sop = defined.sops().get(self.it.sop_id)
        if sop and sop.status == "paused":
            raise Later(self.now + AFTER_TROUBLE)

    def _moment_asked(self, call: MassCall) -> MassCall:
        """Return the moment's job as stored. Raises Later where another time is better, or nobody knows."""
        try:
            content = self._content(call)
            asked = replace(call, status="asked", asked_at=self.now, tries=call.tries + 1, text=content.text)
            stored.put_call(self.it, asked)
            senders = () if self.step.tags else tuple(self._owners())
            job_id = moments.add_moment_task(
                wecom(), content.text, content.attachments, tags=self.step.tags, senders=senders
            )
        except (Incomplete, BreaksLimit, Missing):
            return give_up(self.it, call, self.now, "failed", "content")
        except UnknownOutcome:
            raise Later(self.now + CLARIFIED_AFTER) from None
        except WeComError as error:
            return self._moment_not_made(call, error)
        count("sop_moment_asked")
        return self._put(replace(asked, status="waiting", job_id=job_id))

    def _moment_not_made(self, call: MassCall, error: WeComError) -> MassCall:
        """Return a moment that WeCom will not have. Raises Later where it may yet, e.g. at 45009."""
        if isinstance(error, MediaGone):
            for file_id, media_id in self._media().items():
                media_refused(file_id, "moment", media_id, self.now)
        elif isinstance(error, Refused) and not isinstance(error, OURS_TO_MEND):
            count("sop_moment_refused", errcode=error.errcode)
            return give_up(self.it, replace(call, errcode=error.errcode), self.now, "failed")
        self._put(replace(call, status="planned"))
        wait = timedelta(seconds=error.retry_after) if isinstance(error, Throttled) else MINUTE
        raise Later(self.now + max(wait, MINUTE))

    def _clarified(self, call: MassCall) -> MassCall:
        """Return a moment that nobody knows of as WeCom's list shows it, by time and words."""
        asked_at = call.asked_at or self.now
        if self.now < asked_at + CLARIFIED_AFTER:
            raise Later(asked_at + CLARIFIED_AFTER)
        start, end = int((asked_at - EARLIER).timestamp()), int((self.now + EARLIER).timestamp())
        for each in moments.get_moment_list(wecom(), start, end):
            if each.text == call.text:
                return self._put(replace(call, status="waiting", msgid=each.moment_id))
        if self.now < asked_at + GONE_AFTER:
            raise Later(asked_at + GONE_AFTER)
        return self._put(replace(call, status="planned"))

    def _polled(self, call: MassCall) -> MassCall:
        if self.it.mode == "moment":
            return self._published(call)
        try:
            confirmed = self._confirmed(call)
        except UnknownTask:
            confirmed = None
        return over(self.it, replace(call, confirmed_at=confirmed)) if confirmed else call

    def _published(self, call: MassCall) -> MassCall:
        """Return a moment's call; whose member has published it is told."""
        if not call.msgid:
            job = moments.get_moment_task_result(wecom(), call.job_id)
            if job.status != "done":
                raise Later(self.now + MINUTE)
            if not job.moment_id:
                return give_up(self.it, replace(call, errcode=job.errcode), self.now, "failed")
            call = self._put(replace(call, msgid=job.moment_id))
        published = moments.get_moment_task(wecom(), call.msgid)
        done = {key(userid) for userid, is_out in published.items() if is_out}
        places = [each for each in stored.places(self.it.mass_id) if key(each.owner) in done]
        self._told(places, "sent", self.now)
        return call

    def _called_back(self, call: MassCall) -> MassCall:
        """Return a call whose time is over: cancelled, then what was published before is taken in."""
        with suppress(TaskCancelled, UnknownTask):
            if self.it.mode == "mass_group":
                mass_sends.cancel_groupmsg_send(wecom(), call.msgid)
            elif call.msgid:
                moments.cancel_moment_task(wecom(), call.msgid)
        after = self._polled(call)
        return self._ended(after) if after.status != "over" else after

    def _ended(self, call: MassCall) -> MassCall:
        if self.it.mode == "moment":
            self._told(list(stored.places(self.it.mass_id)), self._unsent, self._end_at())
        return over(self.it, call)

    def _owners(self) -> list[str]:
        owners = {key(each.owner): each.owner for each in stored.places(self.it.mass_id) if each.owner}
        return sorted(owners.values())

    def _content(self, call: MassCall) -> Content:
        """Return what the moment shows, with ids of uploads for moments. Raises Later, Incomplete."""
        parts, media = self._parts(), self._media()
        try:
            content = content_of(parts, call.values, Files(media))
        except NotReady as cold:
            missing = set(cold.files)
        else:
            missing = {each for each in files_in(parts) if each not in media}
        if missing:
            for file_id in missing:
                ask_upload(file_id, "moment", self.now)
            raise Later(self.now + MINUTE)
        if content.is_empty:
            raise Incomplete
        return replace(
            content, attachments=tuple(_of_moment(each, parts, media) for each in content.attachments)
        )

    def _parts(self) -> Any:
        defined.sops()
        return defined.contents(self.it.sop_id, self.it.number).get(self.it.step_key, {}).get("parts", ())

    def _media(self) -> dict[str, str]:
        """Return the ids of uploads for moments by file, those that hold."""
        known = files(files_in(self._parts()))
        held = {file_id: each.media("moment", self.now) for file_id, each in known.items()}
        return {file_id: media.media_id for file_id, media in held.items() if media}

    def _put(self, call: MassCall) -> MassCall:
        stored.put_call(self.it, call)
        return call


def _of_moment(attachment: Mapping[str, Any], parts: Any, media: Mapping[str, str]) -> Mapping[str, Any]:
    """Return an attachment as moments take it: a link shows an uploaded picture."""
    kind = str(attachment["msgtype"])
    if kind != "link":
        return attachment
    link = attachment["link"]
    cover = next((media[each] for each in files_in(parts) if each in media), "")
    return moments.page(link["title"], link["url"], cover)
