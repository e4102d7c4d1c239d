"""Rows of contracts, of what a lead was won by, and of the months in which contracts are signed and end."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from pynamodb.attributes import JSONAttribute
from pynamodb.exceptions import PutError

from scrm.leads.contracts import Contract
from scrm.leads.dynamodb import Step, pk_of
from scrm.moments import BEIJING
from scrm.table import DueRow, Row, rfc3339

CONTRACT = "CONTRACT#"
ENDS = "CONTRACTS#"
SIGNED = "SIGNED#"
DUE = "DUE#contracts#0"


class ContractRow(DueRow):
    """A contract of a lead; in `by_due` until its renewal has begun."""

    contract: JSONAttribute = JSONAttribute()

    def entity(self) -> Contract:
        """Return the row as the rest of the product knows it."""
        plain: dict[str, Any] = dict(self.contract)
        for name in {"signed_at", "created_at"} & plain.keys():
            plain[name] = datetime.fromisoformat(plain[name])
        for name in ("start_date", "end_date"):
            plain[name] = date.fromisoformat(plain[name])
        return Contract(str(self.sk).removeprefix(CONTRACT), self.pk.removeprefix("LEAD#"), **plain)

    @classmethod
    def of(cls, contract: Contract, due_at: datetime | None) -> "ContractRow":
        """Return the row of a contract whose renewal is to be looked at at `due_at`."""
        plain = {
            name: _plain(value)
            for name, value in vars(contract).items()
            if name not in {"contract_id", "lead_id"} and value not in (None, "")
        }
        place = f"{_text(due_at)}#{contract.lead_id}#{contract.contract_id}" if due_at else None
        return cls(
            pk_of(contract.lead_id),
            CONTRACT + contract.contract_id,
            contract=plain,
            due_pk=DUE if place else None,
            due_sk=place,
        )


class EndRow(Row):
    """That a contract ends in a month, or was signed in one; keys alone."""


def contracts(lead_id: str) -> list[Contract]:
    """Return a lead's contracts, those signed first first: one strong query, by bytes."""
    rows = ContractRow.query(pk_of(lead_id), ContractRow.sk.startswith(CONTRACT), consistent_read=True)
    return sorted((row.entity() for row in rows), key=lambda each: (each.signed_at, each.contract_id))


def contract(lead_id: str, contract_id: str) -> Contract | None:
    """Return one contract, strongly. 1 RRU."""
    try:
        row = ContractRow.get(pk_of(lead_id), CONTRACT + contract_id, consistent_read=True)
    except ContractRow.DoesNotExist:
        return None
    return row.entity()


def put_steps(new: Contract, due_at: datetime | None) -> list[Step]:
    """Return the steps that store a new contract. 6 WRU and 2 for the index."""
    row = ContractRow.of(new, due_at)
    end = EndRow(f"{ENDS}{new.end_date:%Y-%m}", f"{new.end_date}#{new.lead_id}#{new.contract_id}")
    day = new.signed_at.astimezone(BEIJING).date()
    signed = EndRow(f"{SIGNED}{day:%Y-%m}", f"{day}#{new.lead_id}#{new.contract_id}")
    return [
        lambda transaction: transaction.save(row, condition=ContractRow.pk.does_not_exist()),
        lambda transaction: transaction.save(end),
        lambda transaction: transaction.save(signed),
    ]


def void_step(contract: Contract, by: str, reason: str) -> Step:
    """Return the step that says that a contract is void: nothing is renewed."""
    void = replace(contract, state="void", void_by=by, void_reason=reason)
    row = ContractRow.of(void, None)
    return lambda transaction: transaction.save(row, condition=ContractRow.pk.exists())


def keep(contract: Contract, due_at: datetime | None) -> None:
    """Store what became of a contract's renewal, unless it is void by now. 1 WRU, and 2 for the index."""
    try:
        ContractRow.of(contract, due_at).save(ContractRow.due_sk.exists())
    except PutError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise


def due(now: datetime, limit: int) -> list[tuple[str, str]]:
    """Return (lead, contract) of up to `limit` contracts that are to be renewed by now: 0.5 RRU when none."""
    rows = DueRow.by_due.query(DUE, DueRow.due_sk < f"{_text(now)}$", limit=limit)
    return [(row.pk.removeprefix("LEAD#"), str(row.sk).removeprefix(CONTRACT)) for row in rows]


def ending(months: Iterable[str], first: date, last: date) -> Iterator[tuple[str, str]]:
    """Yield (lead, contract) of the contracts that end between two days: a query a month, by bytes."""
    yield from _between(ENDS, months, first, last)


def signed_in(months: Iterable[str], first: date, last: date) -> Iterator[tuple[str, str]]:
    """Yield (lead, contract) of the contracts signed between two Beijing days: a query a month, by bytes."""
    yield from _between(SIGNED, months, first, last)


def _between(start: str, months: Iterable[str], first: date, last: date) -> Iterator[tuple[str, str]]:
    for month in months:
        for row in EndRow.query(start + month, EndRow.sk.between(f"{first}", f"{last}~")):
            _, lead_id, contract_id = str(row.sk).split("#")
            yield lead_id, contract_id


def several(places: Iterable[tuple[str, str]]) -> Iterator[Contract]:
    """Yield contracts by (lead, contract): a batch read for each 100."""
    keys = [(pk_of(lead_id), CONTRACT + contract_id) for lead_id, contract_id in dict.fromkeys(places)]
    for row in ContractRow.batch_get(keys) if keys else ():
        yield row.entity()


def put_if_new(row: Row) -> bool:
    """Store a row unless it is there; return whether it was new. 1 WRU."""
    try:
        row.save(type(row).pk.does_not_exist())
    except PutError as error:
        if error.cause_response_code == "ConditionalCheckFailedException":
            return False
        raise
    return True


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return rfc3339(value.astimezone(UTC))
    return value.isoformat() if isinstance(value, date) else value


def _text(moment: datetime | None) -> str:
    return rfc3339(moment.astimezone(UTC)) if moment else ""
