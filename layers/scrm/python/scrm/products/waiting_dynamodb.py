"""`UNKNOWN#<code>`: orders that name a product nobody knew, to be linked once somebody does (INT-07)."""

from collections.abc import Iterable

from scrm.table import Row

UNKNOWN = "UNKNOWN#"


class WaitingRow(Row):
    """That an order, `<source>#<order_no>`, waits for a product."""


def wait(codes: Iterable[str], source: str, order_no: str) -> None:
    """Note that an order waits for these codes. Safe to repeat. 1 WRU each."""
    with WaitingRow.batch_write() as batch:
        for code in dict.fromkeys(codes):
            batch.save(WaitingRow(UNKNOWN + code, f"{source}#{order_no}"))


def waits_no_more(codes: Iterable[str], source: str, order_no: str) -> None:
    """Note that an order waits for these codes no longer. Safe to repeat. 1 WRU each."""
    with WaitingRow.batch_write() as batch:
        for code in dict.fromkeys(codes):
            batch.delete(WaitingRow(UNKNOWN + code, f"{source}#{order_no}"))


def waiting(code: str, after: str, limit: int) -> list[str]:
    """Return up to `limit` orders, as `<source>#<order_no>`, that wait for a code: one query, by bytes."""
    where = WaitingRow.sk > after if after else None
    return [row.sk for row in WaitingRow.query(UNKNOWN + code, where, limit=limit)]
