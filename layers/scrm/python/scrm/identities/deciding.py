"""Merging and parting customers, each in one transaction with its audit line (spec IDN-07)."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from scrm.admin.audited import audited, no_effect
from scrm.audit.dynamodb import Step
from scrm.customers import merging
from scrm.customers.dynamodb import Customers
from scrm.customers.merging import MergeRefused
from scrm.customers.model import Customer
from scrm.http import problems
from scrm.http.request import Request
from scrm.sidebar.dynamodb import customer_step

customers = Customers()


def there(customer_id: str) -> Customer:
    """Return a customer as they are now; raises 404. 1 RRU."""
    found = customers.customer(customer_id, consistent=True)
    if found is None:
        raise problems.not_found("没有这位客户")
    return found


def merge(
    request: Request,
    goes: Customer,
    stays: Customer,
    facts: dict[str, Any],
    also: Sequence[Step] = (),
) -> None:
    """Link the one who goes to the one who stays. `also` are steps of the same transaction.

    Repeating the very same merge changes nothing. Raises 409 for customers who cannot be merged, and when
    either was changed meanwhile.
    """
    if goes.merged_into == stays.customer_id and not also:
        no_effect(request)
        return
    try:
        changed = merging.merged(goes, stays)
    except MergeRefused as refused:
        raise problems.conflict(refused.code, str(refused)) from None
    steps = [customer_step(each, request.now)[1] for each in changed]
    audited(
        request,
        "customers_merged",
        f"CUSTOMER#{goes.customer_id}",
        {"merged_into": None},
        {"merged_into": stays.customer_id, **facts},
        [*steps, *also],
    )


def part(request: Request, gone: Customer, reason: str) -> str:
    """Take a merge back, exactly: whatever came in between lies where it would lie without it.

    Return the id of the one they had been merged into. Raises 409 not_merged, or version_conflict.
    """
    above: list[Customer] = []
    while (last := (above[-1] if above else gone)).merged_into:
        above.append(there(str(last.merged_into)))
    try:
        changed = merging.parted(gone, above)
    except MergeRefused as refused:
        raise problems.conflict(refused.code, str(refused)) from None
    audited(
        request,
        "customers_parted",
        f"CUSTOMER#{gone.customer_id}",
        {"merged_into": gone.merged_into},
        {"merged_into": None, "reason": reason},
        [customer_step(replace(each, parts=()), request.now)[1] for each in changed],
    )
    return above[0].customer_id
