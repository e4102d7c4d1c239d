"""What the routes under /auth take and answer."""

from typing import Annotated

from pydantic import Field

from scrm.http.caller import DataScope, Role
from scrm.http.fields import In, Moment, Out


class LoginIn(In):
    """The code that WeCom's OAuth page gave the browser."""

    code: Annotated[str, Field(min_length=1, max_length=512)]


class StaffOut(Out):
    """The member who logged in. Department ids are text, as every id."""

    userid: str
    name: str
    role: Role
    departments: list[str]


class SessionOut(Out):
    """A session: send the token as `Authorization: Bearer`."""

    token: str
    expires_at: Moment
    staff: StaffOut


class PresenceOut(StaffOut):
    """Who the session belongs to, what they may see, and until when it lasts unless renewed."""

    data_scope: DataScope
    leads: list[str]
    expires_at: Moment


class LoginQuery(In):
    """Where to go after the login: a path of ours."""

    next: Annotated[str, Field(min_length=1, max_length=512)] = "/"


class ReturnQuery(In):
    """What WeCom's page brings back; without a code the login was refused."""

    code: Annotated[str, Field(max_length=512)] = ""
    state: Annotated[str, Field(max_length=128)] = ""
    appid: Annotated[str, Field(max_length=64)] = ""
