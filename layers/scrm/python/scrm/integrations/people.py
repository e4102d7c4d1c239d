"""Whom another system means, and what identities are bound to them (spec IDN-06, IDN-07)."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

from scrm.audit.dynamodb import AuditBusy, WriteRefused, record
from scrm.customers.dynamodb import Customers
from scrm.customers.model import Customer
from scrm.http import problems
from scrm.http.request import Request
from scrm.identities.dynamodb import Identities, IdentityClaimed
from scrm.identities.normalise import IdentityKind, InvalidIdentity, normalised
from scrm.sidebar import masking
from scrm.sidebar.dynamodb import customer_step

ATTEMPTS = 3
MOST_IDENTITIES = 200
"""More than a person has, and far less than a row can hold."""

customers = Customers()
identities = Identities()


@dataclass(frozen=True)
class Bound:
    """Whose the identities are now."""

    customer_id: str
    kinds: tuple[IdentityKind, ...]
    created: bool


def normal(given: Mapping[IdentityKind, str]) -> dict[IdentityKind, str]:
    """Return identities in their normal form; raises a 422 problem naming each wrong one."""
    found: dict[IdentityKind, str] = {}
    wrong: list[problems.FieldError] = []
    for kind, value in given.items():
        try:
            found[kind] = normalised(kind, value)
        except InvalidIdentity:
            wrong.append(problems.FieldError(kind, "格式不正确"))
    if wrong:
        raise problems.invalid(*wrong)
    return found


def behind_contact(external_userid: str) -> str | None:
    """Return the customer behind a contact, None when WeCom never told us of them. 0.5 RRU."""
    contact = customers.contact(external_userid)
    return contact.customer_id if contact else None


def owner_of(kind: IdentityKind, value: str) -> str | None:
    """Return the customer an identity belongs to, None for nobody or a value that cannot be one."""
    try:
        return identities.owner(kind, normalised(kind, value))
    except InvalidIdentity:
        return None


def bind(
    request: Request,
    given: Mapping[IdentityKind, str],
    external_userid: str | None = None,
    customer_id: str | None = None,
) -> Bound:
    """Bind identities to the one customer that any of the values names, or to a new one.

    Safe to repeat. Raises 409 identity_conflict, naming the customers, when the values name more than one:
    a person decides whether to merge; 409 too_many_identities beyond MOST_IDENTITIES; 404 for a contact or
    customer that is not there.
    """
    values = normal(given)
    named = _named(values, external_userid, customer_id)
    if len(set(named.values())) > 1:
        raise _conflict(named)
    owner = next(iter(named.values()), None) or _new_id(values)
    _refuse_too_many(owner, values)
    for kind, value in values.items():
        try:
            identities.bind(kind, value, owner, request.now)
        except IdentityClaimed as claimed:
            raise _conflict({**named, kind: claimed.customer_id}) from None
    _record(request, owner, values, external_userid)
    return Bound(owner, tuple(values), created=not named)


def _named(
    values: Mapping[IdentityKind, str], external_userid: str | None, customer_id: str | None
) -> dict[str, str]:
    """Return the customers that the values name, by the kind of value."""
    named: dict[str, str] = {}
    if customer_id is not None:
        if customers.customer(customer_id, consistent=True) is None:
            raise problems.not_found("没有这位客户")
        named["customer_id"] = customer_id
    if external_userid is not None:
        contact = customers.contact(external_userid, consistent=True)
        if contact is None:
            raise problems.not_found("没有这位客户")
        named["external_userid"] = contact.customer_id
    owners = {kind: identities.owner(kind, value, consistent=True) for kind, value in values.items()}
    return named | {kind: owner for kind, owner in owners.items() if owner}


def _refuse_too_many(owner: str, values: Mapping[IdentityKind, str]) -> None:
    known = customers.customer(owner, consistent=True)
    if known and len({*known.identities, *values.items()}) > MOST_IDENTITIES:
        raise problems.conflict("too_many_identities", f"一位客户最多有 {MOST_IDENTITIES} 个标识")


def _conflict(named: Mapping[str, str]) -> problems.Problem:
    return problems.conflict(
        "identity_conflict",
        "这些标识属于不同的客户，请先确认是否合并",
        conflicts=[{"by": kind, "customer_id": owner} for kind, owner in named.items()],
    )


def _new_id(values: Mapping[IdentityKind, str]) -> str:
    """Return the id of a customer nobody knew: the same for whoever asks with the same values."""
    text = "\0".join(f"{kind}\0{values[kind]}" for kind in sorted(values))
    return "cu_" + hashlib.sha256(text.encode()).hexdigest()[:24]


def _record(
    request: Request, customer_id: str, values: Mapping[IdentityKind, str], external_userid: str | None
) -> None:
    """Put the identities among the customer's own, with a line in the audit log."""
    for _ in range(ATTEMPTS):
        stored = customers.customer(customer_id, consistent=True) or Customer(customer_id)
        after = _with(stored, values, external_userid)
        if after == stored and stored.version:
            return
        _, step = customer_step(after, request.now)
        try:
            record(
                request.who,
                "identities_bound",
                f"CUSTOMER#{customer_id}",
                None,
                {kind: masking.of_kind(kind, value) for kind, value in values.items()},
                request.request_id,
                request.now,
                writes=[step],
            )
        except WriteRefused:
            continue
        except AuditBusy:
            break
        return
    raise problems.unavailable("操作较多，请稍后重试")


def _with(stored: Customer, values: Mapping[IdentityKind, str], external_userid: str | None) -> Customer:
    contacts = (*stored.external_userids, *([external_userid] if external_userid else []))
    return replace(
        stored,
        identities=tuple(dict.fromkeys((*stored.identities, *values.items()))),
        external_userids=tuple(dict.fromkeys(contacts)),
    )
