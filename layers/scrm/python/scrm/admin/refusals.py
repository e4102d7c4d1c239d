"""What an administrator is told when WeCom does not do what was asked."""

from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil

from scrm.http import problems
from scrm.wecom.catalogue import explain
from scrm.wecom.checks import BreaksLimit, Missing
from scrm.wecom.errors import Refused, TagNameTaken, Throttled, UnknownTag, WeComError


@contextmanager
def told_to_people() -> Iterator[None]:
    """Turn WeCom's refusals into problems: 409 where it says no, 429 and 503 where trying later helps."""
    try:
        yield
    except Throttled as error:
        raise problems.too_many(ceil(error.retry_after), explain(error.errcode).sentence) from None
    except TagNameTaken as error:
        raise problems.conflict("name_taken", _sentence(error), errcode=error.errcode) from None
    except UnknownTag as error:
        raise problems.conflict("tag_gone", _sentence(error), errcode=error.errcode) from None
    except Refused as error:
        raise problems.conflict("refused_by_wecom", _sentence(error), errcode=error.errcode) from None
    except WeComError as error:
        raise problems.unavailable(_sentence(error), code="wecom_unavailable") from None
    except (BreaksLimit, Missing) as error:
        raise problems.invalid_field(error.field, str(error)) from None


def _sentence(error: WeComError) -> str:
    known = explain(error.errcode)
    return f"{known.sentence}。{known.remedy}"
