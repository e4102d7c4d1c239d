"""The welcome message: within 20 s of the friendship, once, and its outcome known (IDN-19).

Source: WeCom document 92599. The code works once, so asking again with it cannot reach the customer twice.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Protocol

from scrm.customers.model import WelcomeOutcome
from scrm.wecom.checks import BreaksLimit, Missing
from scrm.wecom.errors import (
    AlreadyChatting,
    Busy,
    ConsentMissing,
    Refused,
    Throttled,
    UnknownOutcome,
    WeComError,
    WelcomeTooLate,
)

# The function has 20 s itself: what comes after the welcome must still be recorded.
MOST_SECONDS = 10.0
PAUSE_SECONDS = 1.0
# What {customer} reads as: the name is not known yet, since the welcome goes out before anything is asked.
SOMEBODY = "朋友"


class Send(Protocol):
    """Sends a welcome within `budget` seconds; raises WeComError, BreaksLimit, Missing."""

    def __call__(
        self, welcome_code: str, text: str, attachments: Sequence[dict[str, Any]], *, budget: float
    ) -> None:
        """Send text and attachments with this code."""
        ...


@dataclass(frozen=True)
class Message:
    """A welcome ready to be sent: text and attachments in WeCom's shape."""

    text: str
    attachments: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True)
class Outcome:
    """How a welcome went, with WeCom's error code where there is one."""

    outcome: WelcomeOutcome
    errcode: int = 0


def code_id(welcome_code: str) -> str:
    """Return a digest by which a code is recognised: the code itself is a secret while it lives."""
    return sha256(welcome_code.encode()).hexdigest()[:16]


def filled(text: str, staff: str) -> str:
    """Return the text with {customer} and {staff} put in; other braces stay as they are."""
    return text.replace("{customer}", SOMEBODY).replace("{staff}", staff)


def deliver(
    message: Message,
    code: str,
    seconds: float,
    send: Send,
    *,
    asked_before: bool,
    monotonic: Callable[[], float],
    sleep: Callable[[float], None],
) -> Outcome:
    """Send the welcome and return how it went; asks again, with the same code, while `seconds` last.

    `asked_before`: an earlier, interrupted handling of the same event may have sent it already.
    """
    end = monotonic() + min(seconds, MOST_SECONDS)
    asked, outcome = asked_before, Outcome("unknown" if asked_before else "expired")
    while (left := end - monotonic()) > 0:
        try:
            send(code, message.text, message.attachments, budget=left)
            return Outcome("delivered")
        except (Busy, UnknownOutcome) as error:
            asked = asked or isinstance(error, UnknownOutcome)
            outcome = Outcome("unknown" if asked else "throttled", error.errcode)
            sleep(min(PAUSE_SECONDS, max(end - monotonic(), 0)))
        except (WeComError, BreaksLimit, Missing) as error:
            return _answered(error, asked)
    return outcome


def _answered(error: Exception, asked: bool) -> Outcome:  # noqa: FBT001  # the one fact beside the error
    code = error.errcode if isinstance(error, WeComError) else 0
    match error:
        case AlreadyChatting():
            # Whose it was cannot be told after an interrupted try, so it is not told at all.
            return Outcome("delivered")
        case WelcomeTooLate():
            return Outcome("unknown" if asked else "expired", code)
        case ConsentMissing():
            return Outcome("consent_missing", code)
        case Throttled():
            return Outcome("throttled", code)
        case Refused() | BreaksLimit() | Missing():
            return Outcome("refused", code)
        case _:
            return Outcome("unknown" if asked else "refused", code)
