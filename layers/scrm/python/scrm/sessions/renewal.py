"""Sessions in use are renewed with the answers that use them."""

from typing import Any

from scrm.http.request import Request
from scrm.sessions.cookies import session_cookie
from scrm.sessions.presence import claimed, keys
from scrm.sessions.session import text_of

HEADER = "X-Scrm-Session"


def renew(request: Request, response: dict[str, Any]) -> None:
    """Add a renewed session to an answer when the authorizer found the present one old enough.

    A cookie session gets its cookie anew; a bearer finds the new token in `X-Scrm-Session`. The old text
    stays good until it expires, so that requests on their way are not refused.
    """
    if request.caller is None or not request.caller.renew:
        return
    session, from_cookie = claimed(request.headers, request.cookies)
    if session is None:
        return
    text = text_of(session.renewed(request.now), keys())
    if from_cookie:
        response.setdefault("cookies", []).append(session_cookie(text, session.ends_at, request.now))
    else:
        response["headers"][HEADER] = text
