"""Changing what the company knows of a customer, with the audit line in the same transaction."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from scrm.admin.audited import audited
from scrm.config import corp
from scrm.customers.dynamodb import Customers
from scrm.customers.model import ContactMethod, Customer, customer_id_of
from scrm.customers.whole import united
from scrm.fields.dynamodb import known as known_fields
from scrm.fields.edits import checked
from scrm.fields.model import HIDDEN
from scrm.http import problems
from scrm.http.request import Request
from scrm.identities.conflicts_dynamodb import claimed
from scrm.identities.dynamodb import Identities, IdentityClaimed
from scrm.identities.scheme import in_scheme
from scrm.sidebar import contact_methods, masking
from scrm.sidebar.access import Seen
from scrm.sidebar.dynamodb import customer_step

MOST_FIELDS = 100
# As stored. A row holds 400 KB, and the audit line holds a change twice: before and after.
MOST_FIELD_BYTES = 64 * 1024

customers = Customers()
identities = Identities()


def customer_id_behind(seen: Seen) -> str:
    """Return the id that a contact's customer was recorded under, known before WeCom has told of it.

    What is told of the contact is kept under this id; whom it means today, `customer_of` tells.
    """
    return seen.contact.customer_id if seen.contact else customer_id_of(corp().corp_id, seen.external_userid)


def customer_of(seen: Seen, *, consistent: bool = False) -> Customer:
    """Return the customer behind a contact, with everybody merged into them.

    One of whom nothing is stored yet has version 0. One read, and as scrm.customers.dynamodb.Customers.whole
    says where somebody was merged.
    """
    customer_id = customer_id_behind(seen)
    parts = customers.whole(customer_id, consistent=consistent)
    return united(parts) if parts else Customer(customer_id, external_userids=(seen.external_userid,))


def with_fields(
    request: Request, customer: Customer, version: int | None, changes: Mapping[str, Any]
) -> Customer:
    """Set custom fields, remove those that are null; return the customer then.

    Raises 409 version_conflict or mastered_by_crm, and 422 for a value that does not fit its field or when
    there would be more than 100 fields or 64 KiB.
    """
    _expect(customer, version)
    changes = checked(customer, changes, request.staff.role, request.now)
    fields = {**customer.custom_fields, **changes}
    kept = {name: value for name, value in fields.items() if value is not None}
    if len(kept) > MOST_FIELDS:
        raise problems.invalid_field("custom_fields", f"最多 {MOST_FIELDS} 个字段")
    if len(json.dumps(kept)) > MOST_FIELD_BYTES:
        raise problems.invalid_field("custom_fields", "内容过多，请精简")
    if kept == customer.custom_fields:
        return customer
    changed, step = customer_step(replace(customer, custom_fields=kept), request.now)
    audited(
        request,
        "custom_fields_changed",
        f"CUSTOMER#{customer.customer_id}",
        _told({name: customer.custom_fields.get(name) for name in changes}, request.now),
        _told(changes, request.now),
        [step],
    )
    return changed


def _told(values: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Return custom fields as the audit log is told them: it outlives the customer, nothing is shown."""
    known = known_fields(now)
    return {
        key: HIDDEN if value is not None and key in known and known[key].masked else value
        for key, value in masking.fields(values).items()
    }


def with_methods(
    request: Request, customer: Customer, version: int | None, given: Sequence[tuple[str, str]]
) -> Customer:
    """Replace the contact methods and index the mobiles; return the customer then.

    Raises 409 identity_conflict when a mobile is another customer's (a person decides whether to merge),
    409 version_conflict, 422. Bindings come before the change and releases after it, so that a crash
    between them leaves at most a binding that the same request completes.
    """
    _expect(customer, version)
    methods = contact_methods.wanted(given, customer)
    if methods == customer.contact_methods:
        return customer
    known = contact_methods.mobiles(customer.contact_methods)
    fresh = [each for each in contact_methods.mobiles(methods) if each not in known]
    indexing = not fresh or in_scheme(contact_methods.INDEXED)
    for mobile in contact_methods.mobiles(methods) if indexing else ():
        _bind(mobile, customer, request)
    after = replace(
        customer,
        contact_methods=methods,
        identities=contact_methods.indexed(customer, methods, fresh=indexing),
    )
    changed, step = customer_step(after, request.now)
    audited(
        request,
        "contact_methods_changed",
        f"CUSTOMER#{customer.customer_id}",
        _shown(customer.contact_methods),
        _shown(methods),
        [step],
    )
    for _, mobile in set(customer.identities) - set(after.identities):
        for part in customer.parts or (customer,):
            identities.release(contact_methods.INDEXED, mobile, part.customer_id)
    return changed


def _bind(mobile: str, customer: Customer, request: Request) -> None:
    try:
        identities.bind(contact_methods.INDEXED, mobile, customer.customer_id, request.now)
    except IdentityClaimed as taken:
        if taken.customer_id in customer.absorbed:
            return
        kind, now = contact_methods.INDEXED, request.now
        found = claimed(kind, mobile, taken.customer_id, customer.customer_id, request.who, now)
        raise problems.conflict(
            "identity_conflict",
            "这个手机号已属于另一位客户，请先确认是否合并",
            kind=taken.kind,
            conflict_customer_id=taken.customer_id,
            **({"conflict_id": found.conflict_id} if found else {}),
        ) from None


def _shown(methods: Sequence[ContactMethod]) -> list[list[str]]:
    return [[each.type, masking.of_kind(each.type, each.value)] for each in methods]


def _expect(customer: Customer, version: int | None) -> None:
    if version is not None and version != customer.version:
        raise problems.version_conflict()
