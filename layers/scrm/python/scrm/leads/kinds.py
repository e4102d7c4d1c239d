"""Kinds of intake: what leads of a kind are labelled with, and whether they are cleaned first. Pure.

Spec LED-08 (pre-labels), LED-10 (cleaning before assignment).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, get_args

from scrm.leads.model import Lead

FedKind = Literal["crawler", "website", "campaign", "partner", "call_robot"]
FED: tuple[FedKind, ...] = get_args(FedKind)
"""What other systems tell of."""
KindName = Literal[FedKind, "import", "form", "channel", "behaviour"]
NAMES: tuple[KindName, ...] = (*FED, "import", "form", "channel", "behaviour")


@dataclass(frozen=True)
class Kind:
    """One kind of intake. `needs_cleaning`: its leads wait until somebody found out whether they are any."""

    name: KindName
    prelabels: tuple[str, ...] = ()
    needs_cleaning: bool = False
    version: int = 0


DEFAULTS: Mapping[KindName, Kind] = {
    name: Kind(name, (label,))
    for name, label in zip(
        NAMES,
        ("爬虫", "官网", "市场活动", "合作伙伴", "外呼", "导入", "表单", "渠道活码", "行为"),
        strict=True,
    )
}
"""As it is before anybody has said otherwise."""


def as_kind(lead: Lead, kind: Kind) -> Lead:
    """Return a lead labelled as those of its kind, and waiting to be cleaned where they are."""
    labels = tuple(dict.fromkeys((*kind.prelabels, *lead.prelabels)))
    return replace(lead, prelabels=labels, uncleaned=kind.needs_cleaning)
