"""Rows of handovers: `LEAD#<lead_id>` / `HANDOVER`."""

from datetime import UTC, datetime

from pynamodb.attributes import JSONAttribute, UnicodeAttribute
from pynamodb.exceptions import UpdateError

from scrm.leads.contracts_dynamodb import put_if_new
from scrm.leads.dynamodb import pk_of
from scrm.leads.handover import Handover
from scrm.table import Row, rfc3339

HANDOVER = "HANDOVER"


class HandoverRow(Row):
    """That a lead went to service; to whom it has been handed on since."""

    event = UnicodeAttribute()
    at = UnicodeAttribute()
    service_owner = UnicodeAttribute()
    sales_owner = UnicodeAttribute()
    steps: JSONAttribute = JSONAttribute()
    external_userid = UnicodeAttribute(null=True)
    customer_id = UnicodeAttribute(null=True)
    handed_on: JSONAttribute = JSONAttribute(null=True)

    def entity(self) -> Handover:
        """Return the row as the rest of the product knows it."""
        return Handover(
            self.pk.removeprefix("LEAD#"),
            self.event,
            datetime.fromisoformat(self.at),
            self.service_owner,
            self.sales_owner,
            tuple((title, int(days), duty) for title, days, duty in self.steps),
            self.external_userid or "",
            self.customer_id or "",
            tuple((former, userid) for former, userid in self.handed_on or ()),
        )


def handover(lead_id: str) -> Handover | None:
    """Return how a lead went to service, None where it did not. 1 RRU."""
    try:
        return HandoverRow.get(pk_of(lead_id), HANDOVER, consistent_read=True).entity()
    except HandoverRow.DoesNotExist:
        return None


def note_handed_on(known: Handover, former: str, userid: str) -> bool:
    """Record that a member has given their part of it to another, over what was read; False: it was changed.

    1 WRU.
    """
    row = HandoverRow(pk_of(known.lead_id), HANDOVER)
    before = [list(each) for each in known.handed_on]
    there = HandoverRow.handed_on == before if before else HandoverRow.handed_on.does_not_exist()
    try:
        row.update([HandoverRow.handed_on.set([*before, [former, userid]])], HandoverRow.pk.exists() & there)
    except UpdateError as error:
        if error.cause_response_code == "ConditionalCheckFailedException":
            return False
        raise
    return True


def record(told: Handover) -> None:
    """Record that a lead went to service, unless it did before. 1 WRU."""
    row = HandoverRow(
        pk_of(told.lead_id),
        HANDOVER,
        event=told.event,
        at=rfc3339(told.at.astimezone(UTC)),
        service_owner=told.service_owner,
        sales_owner=told.sales_owner,
        steps=[list(each) for each in told.steps],
        external_userid=told.external_userid or None,
        customer_id=told.customer_id or None,
    )
    put_if_new(row)
