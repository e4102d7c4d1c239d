"""Which customer a contact is, recorded: identities first, then the customer, then the contact.

Each write is idempotent and the contact comes last, so that an interrupted recording is simply done again.
Reconciliation records people the same way.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from scrm import telemetry
from scrm.customers.dynamodb import Customers
from scrm.customers.model import Contact, Customer, customer_id_of
from scrm.customers.recording import belonging, known_as
from scrm.identities.dynamodb import Identities, IdentityClaimed
from scrm.identities.normalise import IdentityKind

if TYPE_CHECKING:
    from scrm.wecom.customers import Customer as WeComCustomer


@dataclass(frozen=True)
class People:
    """Contacts and the customers behind them."""

    corp_id: str
    customers: Customers
    identities: Identities

    def record(
        self,
        external_userid: str,
        person: "WeComCustomer | None",
        now: datetime,
        crmid: str | None = None,
    ) -> Contact:
        """Return the contact as stored, with what WeCom tells of it (None: nothing) put in.

        A new contact belongs to the customer whom `crmid` (a serial code's) or the unionid names, else to a
        customer of its own. An identity that another customer holds stays theirs and is counted: a person
        decides (IDN-07). Safe to repeat; nothing is written when nothing is new. Raises VersionConflict.
        """
        before = self.customers.contact(external_userid, consistent=True)
        claims = _claims(person, crmid, before)
        stored = before or Contact(external_userid, self._customer_id(external_userid, claims))
        after = known_as(stored, person) if person else stored
        bound = self._bind(claims, stored.customer_id, now)
        if before is None or bound:
            self._attach(stored.customer_id, external_userid, bound, now)
        if after == before:
            return after
        return self.customers.save_contact(after, now)

    def _customer_id(self, external_userid: str, claims: tuple[tuple[IdentityKind, str], ...]) -> str:
        owners = (self.identities.owner(kind, value, consistent=True) for kind, value in claims)
        return next((each for each in owners if each), customer_id_of(self.corp_id, external_userid))

    def _bind(
        self, claims: tuple[tuple[IdentityKind, str], ...], customer_id: str, now: datetime
    ) -> tuple[tuple[str, str], ...]:
        bound: list[tuple[str, str]] = []
        for kind, value in claims:
            try:
                self.identities.bind(kind, value, customer_id, now)
                bound.append((kind, value))
            except IdentityClaimed:
                telemetry.count("identity_conflict", kind=kind)
        return tuple(bound)

    def _attach(
        self, customer_id: str, external_userid: str, identities: tuple[tuple[str, str], ...], now: datetime
    ) -> None:
        stored = self.customers.customer(customer_id, consistent=True)
        after = belonging(stored or Customer(customer_id), external_userid, identities)
        if after != stored:
            self.customers.save_customer(after, now)


def _claims(
    person: "WeComCustomer | None", crmid: str | None, before: Contact | None
) -> tuple[tuple[IdentityKind, str], ...]:
    """Return the identities this contact brings that are not known to be bound already."""
    claims: list[tuple[IdentityKind, str]] = [("crmid", crmid)] if crmid else []
    if person and person.unionid and not (before and before.unionid == person.unionid):
        claims.append(("unionid", person.unionid))
    return tuple(claims)
