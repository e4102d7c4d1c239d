"""Deals by the month they were signed and the months they were paid in (LED-33). Pure; fen, Beijing months.

Commission is paid for a month: where the contract is of one month and its money of another, whoever reckons
it has to know. The money of a lead is that of the order it was won by, and belongs to its latest contract.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from scrm.leads.contracts import Contract
from scrm.leads.model import Lead
from scrm.moments import BEIJING


@dataclass(frozen=True)
class Deal:
    """A contract that stands, its lead, and what was paid for it by month, refunds below zero.

    `evidence` is what its lead was won by, "" where it was not, or not by this contract.
    """

    lead: Lead
    contract: Contract
    evidence: str = ""
    paid: Mapping[str, int] = field(default_factory=dict)

    @property
    def sign_month(self) -> str:
        """Return the month it was signed in."""
        return month_of(self.contract)

    @property
    def spans(self) -> bool:
        """Return whether its evidence is of more than one month."""
        return bool(set(self.paid) - {self.sign_month})

    @property
    def hint(self) -> str:
        """Return what whoever reckons commission should know; "" where all is of one month."""
        if not self.spans:
            return ""
        paid = "、".join(sorted(self.paid))
        return f"{self.sign_month} 签约，{paid} 到款或退款：跨月成交，请按公司规则确认提成所属月份"


def month_of(contract: Contract) -> str:
    """Return the Beijing month a contract was signed in."""
    return f"{contract.signed_at.astimezone(BEIJING):%Y-%m}"


def deals_of(lead: Lead, contracts: Iterable[Contract], evidence: str, paid: Mapping[str, int]) -> list[Deal]:
    """Return the deals of a lead: one for each contract that is not void, the first signed first."""
    standing = [each for each in contracts if each.state == "signed"]
    return [
        Deal(lead, each, evidence, dict(paid)) if each is standing[-1] else Deal(lead, each)
        for each in standing
    ]


def of_months(deal: Deal, months: Iterable[str]) -> bool:
    """Return whether a deal was signed, paid or paid back in one of these months."""
    return bool({deal.sign_month, *deal.paid} & set(months))


def by_months(deals: Iterable[Deal]) -> list[tuple[str, str, int, int]]:
    """Return (sign month, pay month, deals, fen), the earliest first; "" is the month of what is not paid."""
    counts: dict[tuple[str, str], list[int]] = defaultdict(list)
    for each in deals:
        for month, fen in (each.paid or {"": 0}).items():
            counts[each.sign_month, month].append(fen)
    return [(*months, len(found), sum(found)) for months, found in sorted(counts.items())]
