"""Rows of identities: `IDENTITY#<kind>#<value>` belongs to one customer, enforced in the write."""

from collections.abc import Callable, Iterable
from datetime import datetime

from pynamodb.attributes import UnicodeAttribute
from pynamodb.exceptions import PutError, UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.transactions import TransactWrite

from scrm.identities.normalise import IdentityKind
from scrm.table import Row, rfc3339

_SK = "IDENTITY"


class IdentityClaimed(Exception):
    """The identity belongs to another customer: a person decides whether to merge or to reject (IDN-07)."""

    def __init__(self, kind: str, customer_id: str) -> None:
        super().__init__(f"the {kind} belongs to another customer")
        self.kind = kind
        self.customer_id = customer_id


class IdentityRow(Row):
    """One identity and whose it is."""

    customer_id = UnicodeAttribute()
    created_at = UnicodeAttribute()

    @classmethod
    def of(cls, kind: str, value: str, customer_id: str, now: datetime) -> "IdentityRow":
        """Return the row that binds an identity to a customer."""
        return cls(_pk(kind, value), _SK, customer_id=customer_id, created_at=rfc3339(now))


class Identities:
    """Who a phone, unionid, crmid … belongs to. Values are normalised by the caller."""

    def owner(self, kind: IdentityKind, value: str, *, consistent: bool = False) -> str | None:
        """Return the customer_id the identity is bound to, or None. 0.5 RRU, 1 when consistent."""
        try:
            return IdentityRow.get(_pk(kind, value), _SK, consistent_read=consistent).customer_id
        except IdentityRow.DoesNotExist:
            return None

    def owners(self, kind: IdentityKind, values: Iterable[str]) -> dict[str, str]:
        """Return whose the values are, by value, without those nobody holds: a batch read for each 100."""
        keys = [(_pk(kind, each), _SK) for each in dict.fromkeys(values)]
        rows = IdentityRow.batch_get(keys)
        return {row.pk.split("#", 2)[2]: row.customer_id for row in rows if row.customer_id}

    def bind(self, kind: IdentityKind, value: str, customer_id: str, now: datetime) -> None:
        """Bind the identity to the customer. Repeating is safe; raises IdentityClaimed. 1 WRU.

        The customer's own list of identities is the caller's to save, after this.
        """
        row, free = _binding(kind, value, customer_id, now)
        try:
            row.save(condition=free)
        except PutError as error:
            if error.cause_response_code != "ConditionalCheckFailedException":
                raise
            raise IdentityClaimed(kind, self.owner(kind, value, consistent=True) or "") from None

    def bind_step(
        self, kind: IdentityKind, value: str, customer_id: str, now: datetime
    ) -> Callable[[TransactWrite], None]:
        """Return the transaction step that binds the identity, unless it is somebody else's."""
        row, free = _binding(kind, value, customer_id, now)
        return lambda transaction: transaction.save(row, condition=free)

    def release(self, kind: IdentityKind, value: str, customer_id: str) -> None:
        """Take the identity from the customer, if it is theirs. Repeating is safe. 1 WRU."""
        try:
            IdentityRow(_pk(kind, value), _SK).update(
                actions=[IdentityRow.customer_id.remove()], condition=IdentityRow.customer_id == customer_id
            )
        except UpdateError as error:
            if error.cause_response_code != "ConditionalCheckFailedException":
                raise


def _binding(kind: str, value: str, customer_id: str, now: datetime) -> tuple[IdentityRow, Condition]:
    row = IdentityRow.of(kind, value, customer_id, now)
    return row, IdentityRow.customer_id.does_not_exist() | (IdentityRow.customer_id == customer_id)


def _pk(kind: str, value: str) -> str:
    return f"IDENTITY#{kind}#{value}"
