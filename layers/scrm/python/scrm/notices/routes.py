"""/workbench/notice-preferences: which kinds of notices a member does not want (NTF-05)."""

from typing import Annotated

from pydantic import Field

from scrm.http.fields import In, Out
from scrm.http.request import Request
from scrm.http.routing import ANY_STAFF, Api
from scrm.notices.dynamodb import DynamoNotices
from scrm.notices.model import KINDS, TITLES, Kind

notices = DynamoNotices()


class PreferencesIn(In):
    """The kinds the caller does not want; the whole list, every time."""

    muted_kinds: Annotated[list[Kind], Field(max_length=len(KINDS))]


class KindOut(Out):
    """A kind of notice, and whether the caller wants none of it."""

    kind: Kind
    title: str
    muted: bool


class PreferencesOut(Out):
    """Every kind there is."""

    kinds: list[KindOut]


def declare(api: Api) -> None:
    """Add the routes to the workbench."""
    path = "/workbench/notice-preferences"
    api.route("GET", path, roles=ANY_STAFF, scope="own", answers=PreferencesOut)(read)
    api.route("PUT", path, roles=ANY_STAFF, scope="own", body=PreferencesIn, answers=PreferencesOut)(change)


def read(request: Request) -> PreferencesOut:
    """The kinds of notices, and which of them the caller has muted."""
    return _shown(notices.outbox(request.staff.userid).muted)


def change(request: Request) -> PreferencesOut:
    """Mute these kinds of notices and no others. Repeating is safe."""
    wanted: PreferencesIn = request.body
    notices.mute(request.staff.userid, set(wanted.muted_kinds))
    return _shown(frozenset(wanted.muted_kinds))


def _shown(muted: frozenset[str] | frozenset[Kind]) -> PreferencesOut:
    return PreferencesOut(
        kinds=[KindOut(kind=each, title=TITLES[each], muted=each in muted) for each in KINDS]
    )
