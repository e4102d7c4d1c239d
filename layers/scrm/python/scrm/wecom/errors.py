"""What can go wrong with a call to WeCom, decided on errcode: texts change and carry addresses.

Source: WeCom documents 90313 and 90454. No error holds a token, a secret or WeCom's own text beyond its
first words; only UntrustedIp keeps an address, for the setup doctor.
"""

import re

NO_ANSWER = -1000
"""Our own code for "no answer came": WeCom's codes are -1, 0 and positive."""

THROTTLED = frozenset({45009})
TOKEN_REJECTED = frozenset({40014, 42001})
BUSY = frozenset({-1, 6000, 41063, 41079, 41096, 45033, 45035})

_IP = re.compile(r"from ip:\s*([0-9a-fA-F.:]+)")
_HINT = re.compile(r"\s*,?\s*(?:hint:|from ip:|more info at).*", re.DOTALL)


class WeComError(Exception):
    """A call did not succeed. `api` is the path, without query."""

    def __init__(self, errcode: int, errmsg: str, api: str) -> None:
        self.errcode = errcode
        self.errmsg = _HINT.sub("", errmsg)[:120]
        self.api = api
        super().__init__(f"{api}: {errcode} {self.errmsg}".rstrip())


class Throttled(WeComError):
    """The API's limit is used up, by WeCom's word or our own count: call again after `retry_after` s."""

    def __init__(self, api: str, retry_after: float, errmsg: str = "") -> None:
        super().__init__(45009, errmsg, api)
        self.retry_after = retry_after


class Busy(WeComError):
    """WeCom did nothing and asks to be called again; the client has already tried."""


class Unreachable(Busy):
    """No connection came about: nothing was sent, so any call may be repeated."""

    def __init__(self, api: str, cause: str) -> None:
        super().__init__(NO_ANSWER, cause, api)


class TokenRejected(WeComError):
    """The access token was refused again after it was renewed."""


class UnknownOutcome(WeComError):
    """No answer that can be read: WeCom may or may not have done it. Ask before sending again."""

    def __init__(self, api: str, cause: str) -> None:
        super().__init__(NO_ANSWER, cause, api)


class Refused(WeComError):
    """WeCom says no; the same call will be refused again."""


class BadCredentials(Refused):
    """Corp id, secret or agent id are wrong, or the app is disabled."""


class UntrustedIp(Refused):
    """The address we call from is not on the app's list; `ip` is the one to put there, if WeCom named it."""

    def __init__(self, errcode: int, errmsg: str, api: str) -> None:
        super().__init__(errcode, errmsg, api)
        found = _IP.search(errmsg)
        self.ip = found.group(1).rstrip(".") if found else None


class NoPermission(Refused):
    """The app may not call this API: not granted, withdrawn, or not among the callable apps."""


class OutOfRange(Refused):
    """The member, department or tag lies outside the app's visible range."""


class NoCustomerContact(Refused):
    """The member has no customer-contact feature."""


class UnknownStaff(Refused):
    """No such member: unknown, left, or deleted."""


class UnknownDepartment(Refused):
    """No such department."""


class UnknownCustomer(Refused):
    """Not a customer of ours, or no follower of theirs is visible to the app."""


class NotFriend(Refused):
    """Member and customer are not related: deleted by the member, or half-added."""


class UnknownTag(Refused):
    """The tag or tag group does not exist (any more)."""


class TagNameTaken(Refused):
    """A tag of that name exists already."""


class UnknownContactWay(Refused):
    """The contact way does not exist (any more)."""


class QuotaUsedUp(Refused):
    """A ceiling of the corp is reached; waiting does not help."""


class LoginRejected(Refused):
    """The OAuth code is wrong, used or older than five minutes: start the login again."""


class WelcomeTooLate(Refused):
    """The welcome code is missing, unknown, used, or older than 20 s: give up."""


class AlreadyChatting(Refused):
    """The welcome was delivered already (by any app) or the chat began: done, do not repeat."""


class ConsentMissing(Refused):
    """The customer has not agreed to archiving; a welcome code comes with that event."""


class UnknownProduct(Refused):
    """The product of the album does not exist (any more), or another app made it."""


class MediaGone(Refused):
    """The media id is older than three days or of another kind: upload the original again."""


class CursorExpired(Refused):
    """The paging cursor is no longer valid: start from the first page."""


class NoReceiver(Refused):
    """No receiver of the message is valid and visible."""


class UnknownTask(Refused):
    """The mass send or moment does not exist, or another app made it."""


class TaskCancelled(Refused):
    """The mass send was cancelled: what was not sent never will be."""


class RemindedEnough(Refused):
    """Three reminders of a mass send in 24 hours are all that WeCom sends."""


class NotPublished(Refused):
    """The member has not published the moment."""


class UnknownGroup(Refused):
    """The customer group does not exist (any more), or is none."""


class NeedsOwners(Refused):
    """The app sees more than 1,000 members: groups are listed by owner only."""


class InvalidRequest(Refused):
    """WeCom found a parameter that breaks a rule: our bug, or a limit that changed."""


OURS_TO_MEND = (NoPermission, UntrustedIp, BadCredentials)
"""What operations have to set right: the same call is good afterwards."""

_REFUSALS: dict[int, type[Refused]] = {
    **dict.fromkeys((40001, 40013, 40056, 40091, 41002, 41004, 50003, 301002), BadCredentials),
    60020: UntrustedIp,
    **dict.fromkeys((48001, 48002, 48005, 48006, 48009), NoPermission),
    **dict.fromkeys((50002, 60011, 60021, 60030, 92000), OutOfRange),
    84074: NoCustomerContact,
    **dict.fromkeys((40003, 46004, 60111), UnknownStaff),
    **dict.fromkeys((60003, 60123), UnknownDepartment),
    **dict.fromkeys((40096, 610004), UnknownCustomer),
    84061: NotFriend,
    40068: UnknownTag,
    40071: TagNameTaken,
    41044: UnknownContactWay,
    **dict.fromkeys((40099, 40126, 40144, 41045, 41055, 41095, 41202, 41210), QuotaUsedUp),
    **dict.fromkeys((40029, 42003, 84014, 84015), LoginRejected),
    **dict.fromkeys((41049, 41050), WelcomeTooLate),
    41051: AlreadyChatting,
    41053: ConsentMissing,
    **dict.fromkeys((40007, 40145, 41072), MediaGone),
    **dict.fromkeys((41074, 41075), UnknownProduct),
    50100: CursorExpired,
    **dict.fromkeys((81013, 82001, 41048), NoReceiver),
    **dict.fromkeys((41046, 41047, 41059, 41060), UnknownTask),
    41093: TaskCancelled,
    41094: RemindedEnough,
    **dict.fromkeys((41061, 41062), NotPublished),
    **dict.fromkeys((86001, 86003, 90501, 90509), UnknownGroup),
    81017: NeedsOwners,
    **dict.fromkeys((40008, 40031, 40032, 40035, 40058, 40063, 40066, 41064, 41065, 41089), InvalidRequest),
    **dict.fromkeys((41073, 41085, 41086, 41087, 41088), InvalidRequest),
}


def error_for(errcode: int, errmsg: str, api: str, retry_after: float = 60.0) -> WeComError:
    """Return the error that a non-zero errcode stands for."""
    if errcode in THROTTLED:
        return Throttled(api, retry_after, errmsg)
    if errcode in TOKEN_REJECTED:
        return TokenRejected(errcode, errmsg, api)
    if errcode in BUSY:
        return Busy(errcode, errmsg, api)
    return _REFUSALS.get(errcode, Refused)(errcode, errmsg, api)
