"""The class of an error decides what is done about it; its text gives nothing away."""

from typing import Any

import pytest

from scrm.wecom import errors
from scrm.wecom.errors import error_for

LONG = (
    "not allow to access from your ip, hint: [1767835231_88_0c1d2e], from ip: 203.0.113.9, "
    "more info at https://open.work.weixin.qq.com/devtool/query?e=60020"
)


@pytest.mark.parametrize(
    ("errcode", "kind"),
    [
        (-1, errors.Busy),
        (6000, errors.Busy),
        (41063, errors.Busy),
        (41079, errors.Busy),
        (41096, errors.Busy),
        (45033, errors.Busy),
        (45035, errors.Busy),
        (45009, errors.Throttled),
        (40014, errors.TokenRejected),
        (42001, errors.TokenRejected),
        (84061, errors.NotFriend),
        (60020, errors.UntrustedIp),
        (48002, errors.NoPermission),
        (41050, errors.WelcomeTooLate),
        (41051, errors.AlreadyChatting),
        (40029, errors.LoginRejected),
        (40096, errors.UnknownCustomer),
        (60111, errors.UnknownStaff),
        (40068, errors.UnknownTag),
        (50100, errors.CursorExpired),
        (40001, errors.BadCredentials),
        (999999, errors.Refused),
    ],
)
def test_an_errcode_decides_the_class(errcode, kind):
    assert type(error_for(errcode, "", "/cgi-bin/x")) is kind


def test_only_the_untrusted_address_is_kept_and_only_in_its_field():
    error: Any = error_for(60020, LONG, "/cgi-bin/user/get")
    without: Any = error_for(60020, "ip: unknown", "/x")

    assert error.ip == "203.0.113.9"
    assert str(error) == "/cgi-bin/user/get: 60020 not allow to access from your ip"
    assert without.ip is None
    assert "203.0.113.9" not in str(vars(error_for(60011, LONG, "/x")))


def test_an_ipv6_address_is_read():
    error: Any = error_for(60020, "x, from ip: 2001:db8::7, more", "/x")

    assert error.ip == "2001:db8::7"


def test_busy_and_unknown_are_never_mistaken():
    assert not issubclass(errors.UnknownOutcome, errors.Busy)
    assert issubclass(errors.Unreachable, errors.Busy)
