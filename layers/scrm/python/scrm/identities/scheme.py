"""Which kinds of identity the corp goes by 客户ID方案 (spec IDN-05)."""

from collections.abc import Iterable

from scrm.http import problems
from scrm.identities.normalise import IdentityKind
from scrm.settings import dynamodb as settings

ALWAYS: frozenset[IdentityKind] = frozenset({"unionid"})
"""WeCom's own: it comes with the contacts, whatever the corp goes by."""


def in_scheme(kind: IdentityKind) -> bool:
    """Return whether the corp goes by this kind of identity. 0.5 RRU."""
    return kind in ALWAYS or kind in settings.load().identity_scheme


def refuse_others(kinds: Iterable[IdentityKind], prefix: str = "") -> None:
    """Raise a 422 problem naming each kind that the corp does not go by. At most 0.5 RRU."""
    asked = [each for each in kinds if each not in ALWAYS]
    if not asked:
        return
    chosen = settings.load().identity_scheme
    wrong = [
        problems.FieldError(f"{prefix}{each}", "不在企业的客户标识方案中")
        for each in asked
        if each not in chosen
    ]
    if wrong:
        raise problems.invalid(*wrong)
