"""/integrations/accounts-opened: a customer of the CRM has an account now, which wins their lead (INT-08)."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from scrm.http import problems
from scrm.http.fields import In, Moment, Out
from scrm.http.request import Request
from scrm.http.routing import Api
from scrm.integrations import people
from scrm.integrations.routes import SIGNED
from scrm.leads.evidence_dynamodb import record_opened

NO_EARLIER = datetime.fromisoformat("2000-01-01T00:00:00+00:00")


class AccountOpenedIn(In):
    """That an account was opened; `source_id` is the other system's own id of this event."""

    crmid: str = Field(min_length=1, max_length=128)
    at: Moment
    source_id: Annotated[str, Field(pattern=r"^[0-9A-Za-z][0-9A-Za-z_.:-]{0,63}$", examples=["acc-1"])]


class AccountOpenedOut(Out):
    """`known`: it was told before, and changes nothing. The lead follows within seconds."""

    status: Literal["recorded", "known"]


def declare(api: Api) -> None:
    """Add the route."""
    api.route(
        "POST", "/integrations/accounts-opened", body=AccountOpenedIn, answers=AccountOpenedOut, **SIGNED
    )(account_opened)


def account_opened(request: Request) -> AccountOpenedOut:
    """Record that an account was opened: a SIGNED lead of this customer is WON by it, once."""
    asked: AccountOpenedIn = request.body
    if not NO_EARLIER <= asked.at <= request.now:
        raise problems.invalid_field("at", "应为过去的时间")
    crmid = people.normal({"crmid": asked.crmid})["crmid"]
    news = record_opened(crmid, asked.source_id, asked.at)
    return AccountOpenedOut(status="recorded" if news else "known")
