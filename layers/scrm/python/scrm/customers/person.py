"""Which customer a contact is, recorded: identities first, then the customer, then the contact.

Each write is idempotent and the contact comes last, so that an interrupted recording is simply done again.
Reconciliation records people the same way.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from scrm import telemetry
from scrm.customers.dynamodb import Customers
from scrm.customers.model import Contact, Customer, customer_id_of
from scrm.customers.recording import belonging, known_as
from scrm.identities.dynamodb import Identities, IdentityClaimed
from scrm.identities.normalise import IdentityKind, InvalidIdentity, is_mobile, normalised

if TYPE_CHECKING:
    from scrm.wecom.customers import Customer as WeComCustomer


Claims = tuple[tuple[IdentityKind, str], ...]

MOST_PHONES = 3
"""Noted on one relation that are looked up; WeCom lets a member note five."""


@dataclass(frozen=True)
class Brought:
    """What comes with a contact beside what WeCom tells of the person.

    `crmid` is a serial code's, `phones` those that the member has just noted, `product_code` the channel's.
    """

    crmid: str | None = None
    phones: tuple[str, ...] = ()
    product_code: str = ""


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
        brought: Brought = Brought(),
    ) -> Contact:
        """Return the contact as stored, with what WeCom tells of it (None: nothing) put in.

        A new contact belongs to the customer whom the crmid, the unionid or else a noted phone names, else to
        a customer of its own; whoever was known and has bought is an existing customer (IDN-09). A phone that
        a member notes is a hint: it is bound to nobody. An identity that another customer holds stays theirs,
        and a conflict is opened: a person decides (IDN-07). Safe to repeat; nothing is written when nothing
        is new. Raises VersionConflict.
        """
        before = self.customers.contact(external_userid, consistent=True)
        claims = _claims(person, brought.crmid, before)
        phones = _mobiles(brought.phones)
        stored = before or Contact(external_userid, self._customer_id(external_userid, (*claims, *phones)))
        after = known_as(stored, person) if person else stored
        bound = self._bind(claims, stored.customer_id, now)
        if before:
            self._doubt(phones, stored.customer_id, now)
        if before is None or bound or brought.product_code:
            self._attach(stored.customer_id, external_userid, bound, brought, now)
        if after == before:
            return after
        return self.customers.save_contact(after, now)

    def _customer_id(self, external_userid: str, claims: Claims) -> str:
        owners = (self.identities.owner(kind, value, consistent=True) for kind, value in claims)
        return next((each for each in owners if each), customer_id_of(self.corp_id, external_userid))

    def _bind(self, claims: Claims, customer_id: str, now: datetime) -> Claims:
        bound: list[tuple[IdentityKind, str]] = []
        for kind, value in claims:
            try:
                self.identities.bind(kind, value, customer_id, now)
                bound.append((kind, value))
            except IdentityClaimed as taken:
                _conflict(kind, value, taken.customer_id, customer_id, now)
        return tuple(bound)

    def _doubt(self, phones: Claims, customer_id: str, now: datetime) -> None:
        """Open a conflict where a phone noted of a known contact is another customer's."""
        for kind, value in phones:
            owner = self.identities.owner(kind, value, consistent=True)
            if owner and owner != customer_id:
                _conflict(kind, value, owner, customer_id, now)

    def _attach(
        self,
        customer_id: str,
        external_userid: str,
        identities: Claims,
        brought: Brought,
        now: datetime,
    ) -> None:
        stored = self.customers.customer(customer_id, consistent=True)
        after = belonging(stored or Customer(customer_id), external_userid, identities, brought.product_code)
        is_news = stored is not None and external_userid not in stored.external_userids
        if is_news and after.kind == "prospect" and self._has_bought(customer_id):
            after = replace(after, kind="existing")
        if after != stored:
            self.customers.save_customer(after, now)

    def _has_bought(self, customer_id: str) -> bool:
        """Return whether a customer known before has paid orders. A query for each who is that customer."""
        from scrm.facts import dynamodb as facts  # imported late: strangers, who are most, have none

        whole = self.customers.whole(customer_id, consistent=True)
        return any(facts.load(each.customer_id, consistent=True).orders.count > 0 for each in whole)


def _conflict(kind: IdentityKind, value: str, holder: str, claimant: str, now: datetime) -> None:
    from scrm.identities.conflicts_dynamodb import claimed  # imported late: it is rare

    telemetry.count("identity_conflict", kind=kind)
    claimed(kind, value, holder, claimant, "wecom", now)


def _mobiles(phones: tuple[str, ...]) -> Claims:
    """Return noted phones that can be somebody's own, in the form they are looked up by."""
    found: list[tuple[IdentityKind, str]] = []
    for each in phones[:MOST_PHONES]:
        try:
            number = normalised("phone", each)
        except InvalidIdentity:
            continue
        if is_mobile(number):
            found.append(("phone", number))
    return tuple(found)


def _claims(person: "WeComCustomer | None", crmid: str | None, before: Contact | None) -> Claims:
    """Return the identities this contact brings that are not known to be bound already."""
    claims: list[tuple[IdentityKind, str]] = [("crmid", crmid)] if crmid else []
    if person and person.unionid and not (before and before.unionid == person.unionid):
        claims.append(("unionid", person.unionid))
    return tuple(claims)
