"""Who may see a customer, and through what (spec CUS-02, ADM-02). Pure.

A member sees the customers they have, or had, a relation with, until a transfer takes it away; beyond
that their data scope decides. Who may not see a customer gets one and the same refusal, whether the
customer exists or not; only a caller who may see everything is told that there is none.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from scrm.customers.model import Contact, Relation
from scrm.http import problems
from scrm.http.caller import Caller
from scrm.http.scope import may_see, sees_colleagues, sees_everybody
from scrm.staff.model import Directory, key


@dataclass(frozen=True)
class Seen:
    """A customer as one caller may see them. `own` is the caller's relation, None when seen by scope."""

    external_userid: str
    contact: Contact | None
    relations: tuple[Relation, ...]
    own: Relation | None

    @property
    def others(self) -> tuple[Relation, ...]:
        """Return the colleagues' relations."""
        return tuple(each for each in self.relations if each is not self.own)


def seen(
    caller: Caller,
    external_userid: str,
    contact: Contact | None,
    relations: Sequence[Relation],
    directory: Callable[[], Directory],
) -> Seen:
    """Return the customer as `caller` may see them; raises the refusal.

    `directory` is asked only when the data scope has to decide.
    """
    relations = [each for each in relations if not each.is_hearsay]
    own = next((each for each in relations if key(each.userid) == key(caller.userid)), None)
    standing = [each for each in relations if each.gives_access]
    if own in standing:
        return Seen(external_userid, contact, tuple(relations), own)
    if sees_everybody(caller):
        if contact is None and not relations:
            raise problems.not_found("没有这位客户")
        return Seen(external_userid, contact, tuple(relations), None)
    if not sees_colleagues(caller) or not may_see(caller, (each.userid for each in standing), directory()):
        raise refusal()
    return Seen(external_userid, contact, tuple(relations), None)


def refusal() -> problems.Problem:
    """Return what everybody is told who may not see a customer."""
    return problems.forbidden("你没有查看这位客户的权限", code="no_access_to_customer")
