"""What a member is told when WeCom does not do what was asked."""

from collections.abc import Iterator
from contextlib import contextmanager

from scrm.admin.refusals import told_to_people
from scrm.http import problems
from scrm.wecom.catalogue import explain
from scrm.wecom.errors import NotFriend, UnknownCustomer, UnknownOutcome, WeComError


@contextmanager
def told_to_staff() -> Iterator[None]:
    """Turn WeCom's refusals into problems a member can act upon; UnknownOutcome is left to the caller."""
    try:
        yield
    except NotFriend as error:
        raise problems.conflict("not_friend", _sentence(error), errcode=error.errcode) from None
    except UnknownCustomer as error:
        raise problems.conflict("customer_gone", _sentence(error), errcode=error.errcode) from None
    except UnknownOutcome:
        raise
    except WeComError as error:
        with told_to_people():
            raise error from None


def _sentence(error: WeComError) -> str:
    known = explain(error.errcode)
    return f"{known.sentence}。{known.remedy}"
