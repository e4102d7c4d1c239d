"""Signals: so many acts of a kind within so many days are a lead (LED-02, LED-03, LED-09, IDN-13). Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from scrm.intentions.model import PLACES, ActKind, begins
from scrm.leads.model import Source
from scrm.timeline.model import Entry

SignalKind = Literal[ActKind, "form", "customer_added"]
PLACE: Mapping[str, str] = {**PLACES, "form": "form_id", "customer_added": "channel_id"}
"""What of an act a signal's `match` is compared with."""
SOURCES: Mapping[str, Source] = {"form": "form", "customer_added": "channel"}
CAMPAIGNS = frozenset({"scan", "referral"})
"""Whose place is the code of a campaign, unless the signal names one."""
MOST_SIGNALS = 100


@dataclass(frozen=True)
class Signal:
    """At least `count` acts of `kind` within `days` times 24 hours are a lead.

    `match` is how the page, code, form or channel begins; "" takes every act of the kind. `condition`, in the
    condition language, has to select the customer when there are enough of them; what is not known does
    not. Empty, it selects everybody. The lead has the signal's product, campaign and labels.
    """

    signal_id: str
    name: str
    kind: SignalKind
    match: str = ""
    count: int = 1
    days: int = 1
    condition: Mapping[str, Any] = field(default_factory=dict, hash=False)
    product: str = ""
    campaign: str = ""
    prelabels: tuple[str, ...] = ()
    active: bool = True
    version: int = 0
    created_by: str = ""
    created_at: datetime | None = None
    updated_at: datetime | None = None

    @property
    def window(self) -> timedelta:
        """Return how long an act counts."""
        return timedelta(days=self.days)

    @property
    def source(self) -> Source:
        """Return the source that its leads have."""
        return SOURCES.get(self.kind, "behaviour")

    def takes(self, entry: Entry) -> bool:
        """Return whether an entry of the trace is such an act."""
        return entry.kind == self.kind and begins(self.place(entry), self.match)

    def campaign_of(self, entry: Entry) -> str:
        """Return the campaign of a lead of the act: the signal's, else that of the code."""
        if self.campaign:
            return self.campaign
        if self.kind == "customer_added":
            return str(entry.facts.get("campaign") or entry.facts.get("cid", ""))
        return self.place(entry) if self.kind in CAMPAIGNS else ""

    def place(self, entry: Entry) -> str:
        """Return where an act of the kind happened."""
        return str(entry.facts.get(PLACE[self.kind], ""))


def acts_of(signal: Signal, entries: Iterable[Entry], now: datetime) -> list[Entry]:
    """Return the acts that make a lead, the latest first; none where there are too few within the days."""
    found = [each for each in entries if signal.takes(each) and each.at > now - signal.window]
    found.sort(key=lambda each: (each.at, each.entry_id), reverse=True)
    return found if len(found) >= signal.count else []
