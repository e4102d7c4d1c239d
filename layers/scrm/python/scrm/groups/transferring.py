"""The kind of job `group_transfer`: customer groups 客户群 get another owner (INH-14).

params: `mode`, `new_owner`; the items are groups, 100 a chunk: one call. A call is recorded before it is
made; whoever finds one without its outcome asks each group who owns it, and only what stayed where it was is
asked for again. What is over 300 of an owner a day waits for another day.
"""

from collections.abc import Iterable
from datetime import timedelta

from scrm.groups import dynamodb as stored
from scrm.groups import folding
from scrm.groups import transfers_dynamodb as transfers
from scrm.groups.choosing import next_day, refusal
from scrm.groups.model import Group
from scrm.groups.reading import read
from scrm.groups.recording import record
from scrm.jobs.model import Outcome, Result, Work
from scrm.staff.dynamodb import directory
from scrm.staff.model import key
from scrm.telemetry import count
from scrm.wecom import group_chats
from scrm.wecom.deployed import wecom
from scrm.wecom.errors import (
    BUSY,
    OURS_TO_MEND,
    Busy,
    Refused,
    Throttled,
    TokenRejected,
    UnknownOutcome,
    WeComError,
)

MOST = group_chats.MOST_CHATS
AFTER_TROUBLE = timedelta(minutes=1).total_seconds()
SAME_OWNER, UNDER_WAY, INHERITED, OVER_THE_DAY, OVER_90_DAYS = 90504, 90507, 90508, 45009, 40128


def run(work: Work) -> Outcome:
    """Hand on the groups of a chunk. Safe to repeat. At most one call, and one for each group in doubt.

    1 RRU for each 4 KB of a group, by bytes twice for each that moves.
    """
    return Round(work).outcome()


class Round:
    """One chunk: what has come of each of its groups so far."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._mode = str(work.job.params["mode"])
        self._new_owner = str(work.job.params["new_owner"])
        self._results: dict[str, Result] = {}
        self._waiting: list[str] = []
        self._again: dict[str, str] = {}
        self._delay = 0.0
        self._sent = transfers.sent(work.job.job_id)

    def outcome(self) -> Outcome:
        """Do the chunk and return what it came to."""
        for chat_id in self._work.items:
            if chat_id in self._sent and self._work.has_time():
                self._ask(chat_id)
            elif chat_id in self._sent:
                self._later([chat_id], "", 0)
        groups = stored.groups(each for each in self._work.items if self._is_open(each))
        allowed = self._within_the_day(self._fit(groups))
        if allowed and self._work.has_time():
            self._send(allowed)
        elif allowed:
            self._later(allowed, "", 0)
        return self._ended()

    def _is_open(self, chat_id: str) -> bool:
        return chat_id not in self._results and chat_id not in self._again

    def _ask(self, chat_id: str) -> None:
        """Settle by who owns a group now what a call came to, if they are the new owner."""
        try:
            group = read(wecom(), chat_id, self._work.now)
        except (Throttled, Busy, TokenRejected, UnknownOutcome, *OURS_TO_MEND) as error:
            self._later([chat_id], "no_answer", _wait(error))
        except Refused as refused:
            self._result(chat_id, "failed", str(refused.errcode))
        else:
            if group and group.owner_key == key(self._new_owner):
                if chat_id in self._sent:
                    self._moved([chat_id])
                else:
                    self._result(chat_id, "skipped", "same_owner")

    def _fit(self, groups: dict[str, Group]) -> list[Group]:
        """Return the groups that may still change hands; say of the others why not."""
        people, fit = directory(self._work.now), []
        for chat_id in filter(self._is_open, self._work.items):
            group = groups.get(chat_id)
            owner = people.get(group.owner) if group else None
            why = refusal(group, self._mode, self._new_owner, owner, self._work.now)  # type: ignore[arg-type]
            if group is None or why:
                self._result(chat_id, "skipped", why or "not_found")
            else:
                fit.append(group)
        return fit

    def _within_the_day(self, groups: list[Group]) -> list[str]:
        """Return the groups that their owners may give away today; the others wait."""
        by_owner: dict[str, list[str]] = {}
        for each in groups:
            by_owner.setdefault(each.owner_key, []).append(each.chat_id)
        allowed: list[str] = []
        for owner, chat_ids in by_owner.items():
            taken = transfers.take(owner, chat_ids, self._work.now)
            allowed += [each for each in chat_ids if each in taken]
            self._waiting += [each for each in chat_ids if each not in taken]
        return allowed

    def _send(self, chat_ids: list[str]) -> None:
        job_id, chunk_id = self._work.job.job_id, self._work.chunk.chunk_id
        transfers.put_sent(job_id, chunk_id, chat_ids, self._work.now)
        call = group_chats.onjob_transfer if self._mode == "onjob" else group_chats.transfer
        try:
            failed = call(wecom(), chat_ids, self._new_owner)
        except UnknownOutcome as error:
            self._later(chat_ids, "no_answer", _wait(error))
        except (Throttled, Busy, TokenRejected, *OURS_TO_MEND) as error:
            transfers.drop_sent(job_id, chunk_id)
            why = str(error.errcode) if isinstance(error, OURS_TO_MEND) else "busy"
            self._later(chat_ids, why, _wait(error))
        except Refused as refused:
            for chat_id in chat_ids:
                self._result(chat_id, "failed", str(refused.errcode))
        else:
            self._moved(each for each in chat_ids if each not in failed)
            for chat_id, code in failed.items():
                self._not_moved(chat_id, code)

    def _not_moved(self, chat_id: str, code: int) -> None:
        """Say what WeCom's word on one group means."""
        count("group_not_moved", errcode=code)
        if code == OVER_THE_DAY:
            self._waiting.append(chat_id)
        elif code == UNDER_WAY or code in BUSY:
            self._later([chat_id], str(code), AFTER_TROUBLE)
        elif code in {SAME_OWNER, INHERITED}:
            self._ask(chat_id)
            if self._is_open(chat_id):
                self._result(chat_id, "failed", str(code))
        else:
            self._result(chat_id, "failed", "quota90" if code == OVER_90_DAYS else str(code))

    def _moved(self, chat_ids: Iterable[str]) -> None:
        mode, job, now = self._mode, self._work.job, self._work.now
        for chat_id in chat_ids:
            record(
                chat_id,
                lambda group: (
                    folding.handed_over(group, self._new_owner, mode, job.job_id, now) if group else None
                ),
            )
            self._result(chat_id, "done", "")
            count("group_moved")

    def _later(self, chat_ids: Iterable[str], why: str, delay: float) -> None:
        self._again |= dict.fromkeys(chat_ids, why)
        self._delay = max(self._delay, delay)

    def _result(self, chat_id: str, status: str, code: str) -> None:
        self._results[chat_id] = Result(chat_id, status, code)  # type: ignore[arg-type]  # one of three

    def _ended(self) -> Outcome:
        if self._again and self._delay and self._work.last_attempt:
            for chat_id, why in self._again.items():
                self._result(chat_id, "failed", why)
            self._again.clear()
        return Outcome(
            tuple(self._results.values()),
            again=tuple(self._again),
            delay=self._delay,
            waiting=tuple(self._waiting),
            not_before=next_day(self._work.now) if self._waiting else None,
        )


def _wait(error: WeComError) -> float:
    return error.retry_after if isinstance(error, Throttled) else AFTER_TROUBLE
