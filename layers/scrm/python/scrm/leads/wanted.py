"""Which leads a list is of, and when a lead is to be looked at next (LED-19). Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from scrm.leads.machine import CLOSED
from scrm.leads.model import Lead
from scrm.moments import BEIJING


@dataclass(frozen=True)
class Wanted:
    """Which leads a list is of. `tonight` is the end of the Beijing day, for `due`."""

    now: datetime
    status: str | None = None
    due: str | None = None
    pool_id: str | None = None
    q: str | None = None

    @property
    def closed(self) -> bool:
        """Return whether closed leads are asked for."""
        return self.status in CLOSED

    def fits(self, lead: Lead) -> bool:
        """Return whether a lead is wanted."""
        if lead.is_open == self.closed or (self.status and lead.status != self.status):
            return False
        if self.pool_id and lead.pool_id != self.pool_id:
            return False
        return self._due(lead) and self._says(lead)

    def _due(self, lead: Lead) -> bool:
        if self.due is None:
            return True
        at = due_at(lead)
        if at is None:
            return False
        return at < self.now if self.due == "overdue" else at <= tonight(self.now)

    def _says(self, lead: Lead) -> bool:
        if not self.q:
            return True
        asked = self.q.casefold()
        if any(asked in each.casefold() for each in (lead.name, lead.company, lead.product)):
            return True
        digits = asked.removeprefix("+86").replace("-", "").replace(" ", "")
        phones = (value for kind, value in lead.keys if kind == "phone")
        # The end that is shown, or all of it: what is hidden is not to be guessed digit by digit.
        return digits.isdigit() and any(digits in {each, each[-4:]} for each in phones)


def due_at(lead: Lead) -> datetime | None:
    """Return when something is to be done next: the planned follow-up, else the first one's limit."""
    if not lead.is_owned:
        return None
    return lead.next_follow_at or (None if lead.followed_at else lead.first_due)


def tonight(now: datetime) -> datetime:
    """Return the last second of the Beijing day."""
    local = now.astimezone(BEIJING).replace(hour=0, minute=0, second=0, microsecond=0)
    return local + timedelta(days=1, seconds=-1)
