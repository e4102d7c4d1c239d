"""The ways to reach a customer (spec IDN-25). Pure.

A mobile is indexed, so that one person is not taken for two; landlines and mail addresses are often
shared by a whole company and say nothing of the kind.
"""

from collections.abc import Sequence

from scrm.customers.model import ContactMethod, Customer
from scrm.http import problems
from scrm.http.problems import FieldError
from scrm.identities.normalise import IdentityKind, InvalidIdentity, is_mobile, normalised
from scrm.sidebar import masking

INDEXED: IdentityKind = "phone"
_KINDS: dict[str, IdentityKind] = {"mobile": "phone", "landline": "phone", "email": "email"}


def wanted(given: Sequence[tuple[str, str]], customer: Customer) -> tuple[ContactMethod, ...]:
    """Return (type, value) pairs as contact methods in their normal form, each once.

    A masked value stands for the customer's own that it hides. Raises a 422 problem naming each wrong one.
    """
    found: list[ContactMethod] = []
    wrong: list[FieldError] = []
    for place, (kind, value) in enumerate(given):
        try:
            found.append(ContactMethod(kind, _value(kind, value, customer)))  # type: ignore[arg-type]
        except InvalidIdentity:
            wrong.append(FieldError(f"methods.{place}.value", "格式不正确"))
    if wrong:
        raise problems.invalid(*wrong)
    return tuple(dict.fromkeys(found))


def mobiles(methods: Sequence[ContactMethod]) -> tuple[str, ...]:
    """Return the mobile numbers among contact methods."""
    return tuple(each.value for each in methods if each.type == "mobile")


def indexed(
    customer: Customer, methods: Sequence[ContactMethod], *, fresh: bool = True
) -> tuple[tuple[str, str], ...]:
    """Return the customer's identities once `methods` are theirs; not `fresh`: no new one is indexed."""
    dropped = set(mobiles(customer.contact_methods)) - set(mobiles(methods))
    kept = [(kind, value) for kind, value in customer.identities if (kind, value) not in _phones(dropped)]
    return tuple(dict.fromkeys((*kept, *(_phones(mobiles(methods)) if fresh else ()))))


def _phones(numbers: Sequence[str] | set[str]) -> tuple[tuple[str, str], ...]:
    return tuple((INDEXED, each) for each in sorted(numbers))


def _value(kind: str, value: str, customer: Customer) -> str:
    if "*" in value:
        known = [each.value for each in customer.contact_methods if each.type == kind]
        hidden = masking.restored(value, kind, known)
        if hidden is None:
            raise InvalidIdentity(kind)
        return hidden
    if kind not in _KINDS:
        return value
    normal = normalised(_KINDS[kind], value)
    if kind == "mobile" and not is_mobile(normal) and not normal.startswith("+"):
        raise InvalidIdentity(kind)
    return normal
