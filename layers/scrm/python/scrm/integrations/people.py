"""Whom another system means, and what identities are bound to them (spec IDN-06, IDN-07)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from scrm import telemetry
from scrm.audit.dynamodb import AuditBusy, WriteRefused, record
from scrm.customers.dynamodb import Customers
from scrm.customers.model import Customer
from scrm.http import problems
from scrm.http.request import Request
from scrm.identities.conflicts_dynamodb import claimed
from scrm.identities.dynamodb import Identities, IdentityClaimed
from scrm.identities.normalise import IdentityKind, InvalidIdentity, normalised
from scrm.identities.scheme import refuse_others
from scrm.integrations.strangers import id_of
from scrm.privacy.receipts_dynamodb import erased_at
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
    """Return the id a contact's customer was recorded under, None for a contact never told of. 0.5 RRU.

    What is written for a contact or an identity goes under this id, so that a merge can be taken back; whom
    it means today, `Customers.root` tells (docs/decisions/0011).
    """
    contact = customers.contact(external_userid)
    return contact.customer_id if contact else None


def owner_of(kind: IdentityKind, value: str) -> str | None:
    """Return the id an identity is bound to, None for nobody or a value that cannot be one.

    See `behind_contact` for what the id of somebody merged away means.
    """
    try:
        return identities.owner(kind, normalised(kind, value))
    except InvalidIdentity:
        return None


def owner_or_new(kind: IdentityKind, value: str, now: datetime) -> str:
    """Return the id a normal value is bound to, bound to a new one now if it was to none. Safe to repeat."""
    owner = identities.owner(kind, value, consistent=True)
    if owner:
        return owner
    new = id_of([(kind, value)])
    try:
        identities.bind(kind, value, new, now)
    except IdentityClaimed as taken:
        return taken.customer_id
    return new


def bind(
    request: Request,
    given: Mapping[IdentityKind, str],
    external_userid: str | None = None,
    customer_id: str | None = None,
) -> Bound:
    """Bind identities to the one customer that any of the values names, or to a new one.

    Safe to repeat. Raises 409 identity_conflict, with a conflict's id, when the values name more than one
    customer: a person decides whether to merge; 409 too_many_identities beyond MOST_IDENTITIES; 404 for a
    contact or customer that is not there; 422 for a kind the corp does not go by.
    """
    refuse_others(given)
    values = normal(given)
    named = _named(values, external_userid, customer_id)
    roots = _roots(named.values())
    if len(set(roots.values())) > 1:
        raise _conflict(request, named, values, external_userid)
    if not named:
        refuse_erased(values)
    owner = next(iter(named.values()), None) or id_of(values.items())
    _refuse_too_many(owner, values)
    new = {kind: value for kind, value in values.items() if kind not in named}
    for kind, value in new.items():
        try:
            identities.bind(kind, value, owner, request.now)
        except IdentityClaimed as taken:
            found = {**named, kind: taken.customer_id}
            raise _conflict(request, found, values, external_userid) from None
    _record(request, owner, {**_of(owner, named, values), **new}, external_userid)
    return Bound(roots.get(owner, owner), tuple(values), created=not named)


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


def refuse_erased(values: Mapping[IdentityKind, str]) -> None:
    """Raise 409 person_erased when nobody is known any more by a value, and somebody was until an erasure.

    A member who notes the number again, with a new friendship, makes them known. 0.5 RRU for each value.
    """
    if any(erased_at(kind, value) for kind, value in values.items()):
        telemetry.count("identity_of_erased")
        raise problems.conflict("person_erased", "该客户已要求删除个人信息，不能重新导入")


def _refuse_too_many(owner: str, values: Mapping[IdentityKind, str]) -> None:
    known = customers.customer(owner, consistent=True)
    if known and len({*known.identities, *values.items()}) > MOST_IDENTITIES:
        raise problems.conflict("too_many_identities", f"一位客户最多有 {MOST_IDENTITIES} 个标识")


def _roots(ids: Iterable[str]) -> dict[str, str]:
    """Return whom each id means today; nothing is read where there is but one and it was never merged."""
    found = {each: customers.root(each, consistent=True) for each in dict.fromkeys(ids)}
    return {each: root.customer_id if root else each for each, root in found.items()}


def _of(owner: str, named: Mapping[str, str], values: Mapping[IdentityKind, str]) -> dict[IdentityKind, str]:
    """Return the values that were the owner's own before."""
    return {kind: value for kind, value in values.items() if named.get(kind) == owner}


def _conflict(
    request: Request,
    named: Mapping[str, str],
    values: Mapping[IdentityKind, str],
    external_userid: str | None,
) -> problems.Problem:
    """Return the refusal, with a conflict recorded for each value that somebody else holds."""
    (_, claimant), *others = named.items()
    opened: list[str] = []
    given: dict[str, str] = dict(values.items())
    for by, holder in others:
        value = given.get(by, external_userid or holder)
        if found := claimed(by, value, holder, claimant, request.who, request.now):
            opened.append(found.conflict_id)
    if not opened:
        return problems.unavailable("操作较多，请稍后重试")
    return problems.conflict(
        "identity_conflict",
        "这些标识属于不同的客户，请先确认是否合并",
        conflict_id=opened[0],
        conflict_ids=opened,
        conflicts=[{"by": kind, "customer_id": owner} for kind, owner in named.items()],
    )


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
