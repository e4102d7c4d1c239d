"""What time it is at WeCom, by the Date header of an answer."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from scrm.wecom.client import WeCom


def server_time(wecom: WeCom) -> datetime | None:
    """Return WeCom's time, None when the answer does not tell it or none came.

    The call carries no token: WeCom refuses it (41001), which costs nothing and tells the time.
    """
    try:
        answer = wecom._http.get("/cgi-bin/getcallbackip")  # noqa: SLF001  # the client's own connection
        at = parsedate_to_datetime(answer.headers["date"])
    except (httpx.HTTPError, KeyError, ValueError):
        return None
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
