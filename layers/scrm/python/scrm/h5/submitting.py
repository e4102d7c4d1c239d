"""What follows from a form that was sent in: identities, ways to reach the customer, trace (spec IDN-13).

What was sent stands in its own row first; the rest follows from that row, so that sending again completes
what was interrupted and changes nothing else.
"""

from dataclasses import replace
from datetime import datetime

from scrm.customers.dynamodb import Customers
from scrm.customers.model import ContactMethod, Customer, VersionConflict
from scrm.h5.forms import Form, identities_of
from scrm.h5.forms_dynamodb import Sent
from scrm.h5.links import Link
from scrm.identities.conflicts_dynamodb import claimed
from scrm.identities.dynamodb import Identities, IdentityClaimed
from scrm.identities.normalise import IdentityKind, is_mobile
from scrm.identities.scheme import in_scheme
from scrm.timeline.dynamodb import Timeline
from scrm.timeline.model import Entry

ATTEMPTS = 3
MOST_KNOWN = 50
"""Identities, or ways to reach them: beyond so many a form adds none to those it is told."""

customers = Customers()
identities = Identities()
timeline = Timeline()


def follow_up(form: Form, link: Link, sent: Sent, now: datetime) -> None:
    """Bind what was sent in to the contact's customer and put it on their trace. Safe to repeat.

    An identity that is another customer's opens a conflict, of which whoever sent it in learns nothing.
    Raises VersionConflict when others keep changing the customer.
    """
    source = f"form:{form.form_id}"
    stored = customers.customer(sent.customer_id, consistent=True)
    if stored and max(len(stored.identities), len(stored.contact_methods)) >= MOST_KNOWN:
        form = replace(form, fields=())
    bound: list[tuple[IdentityKind, str]] = []
    for kind, value in identities_of(form, sent.answers).items():
        if not in_scheme(kind):
            continue
        try:
            identities.bind(kind, value, sent.customer_id, now)
            bound.append((kind, value))
        except IdentityClaimed as taken:
            claimed(kind, value, taken.customer_id, sent.customer_id, source, now)
    _keep(sent.customer_id, link.external_userid, bound, _methods(form, sent), now)
    facts = {"form_id": form.form_id, "form": form.name}
    entry_id = f"{form.form_id}#{link.link_id}"
    timeline.append(
        sent.customer_id,
        Entry(entry_id, "form", sent.at, external_userid=link.external_userid, facts=facts),
    )


def _methods(form: Form, sent: Sent) -> tuple[ContactMethod, ...]:
    found: list[ContactMethod] = []
    for field in form.fields:
        value = sent.answers.get(field.key)
        kind = field.identity or field.type
        if not isinstance(value, str):
            continue
        if kind == "phone":
            found.append(ContactMethod("mobile" if is_mobile(value) else "landline", value))
        elif kind == "email":
            found.append(ContactMethod("email", value))
    return tuple(found)


def _keep(
    customer_id: str,
    external_userid: str,
    bound: list[tuple[IdentityKind, str]],
    methods: tuple[ContactMethod, ...],
    now: datetime,
) -> None:
    for attempt in range(ATTEMPTS):
        stored = customers.customer(customer_id, consistent=True)
        before = stored or Customer(customer_id, external_userids=(external_userid,))
        # A phone that is another customer's is no way to reach this one until a person has decided.
        known = {*before.identities, *bound}
        mine = [each for each in methods if each.type != "mobile" or ("phone", each.value) in known]
        after = replace(
            before,
            identities=tuple(dict.fromkeys((*before.identities, *bound))),
            contact_methods=tuple(dict.fromkeys((*before.contact_methods, *mine))),
        )
        if after == stored:
            return
        try:
            customers.save_customer(after, now)
        except VersionConflict:
            if attempt == ATTEMPTS - 1:
                raise
            continue
        return
