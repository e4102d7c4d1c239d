"""The welcome message, within 20 s of the friendship. WeCom document 92599."""

from collections.abc import Sequence

from scrm.wecom.attachments import Attachment, content
from scrm.wecom.client import WeCom


def send_welcome(
    wecom: WeCom,
    welcome_code: str,
    text: str,
    attachments: Sequence[Attachment] = (),
    *,
    budget: float = 9.0,
) -> None:
    """Send the welcome that `welcome_code` allows once. Takes at most `budget` seconds with repetitions.

    Safe to repeat: the code works once, so a repetition raises AlreadyChatting or WelcomeTooLate and the
    customer reads one message. Raises ConsentMissing, MediaGone, BreaksLimit, Missing; Busy with errcode
    41096 while another app of the corp is sending.
    """
    body = {"welcome_code": welcome_code, **content(text, attachments)}
    wecom.call("POST", "/cgi-bin/externalcontact/send_welcome_msg", json=body, idempotent=True, budget=budget)
