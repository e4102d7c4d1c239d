"""What a customer has done moves their bars: told by a message that names the entry of their trace."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from scrm.sops.acts import ACTIVATED, Act, act_of, acted, activation, asks_for
from scrm.sops.dynamodb import save
from scrm.sops.enrollment import Enrollment
from scrm.sops.model import Version
from scrm.sops.sops_dynamodb import defined
from scrm.sops.storing import until_stored
from scrm.sops.whose import bars_of
from scrm.timeline.dynamodb import Timeline

MOST_ENTRIES = 200

timeline = Timeline()


def customer_acted(message: Mapping[str, Any], _now: datetime) -> None:
    """Move the live bars of a customer by an act. Safe to repeat, late and in any order.

    1 RRU for the entry, the customer and their bars by bytes; 3 WRU for a bar that moves.
    """
    act = _told(message)
    if act is None:
        return
    _, bars = bars_of(message["subject"])
    for it in bars:
        if it.is_live:
            version = defined.version(it.sop_id, it.version)
            until_stored(it, partial(acted, act=act, version=version))


def caught_up(it: Enrollment, version: Version) -> Enrollment:
    """Return somebody who has just entered after what they have done since: it may have been told before.

    A query for a version whose goals are acts, nothing for others. Raises EnrollmentChanged.
    """
    if not any(each.kind == "event" for each in version.goals):
        return it
    after = it
    for entry in reversed(timeline.since(it.subject, it.entered_at, MOST_ENTRIES)):
        after = acted(after, act_of(entry), version)
    return save(after, it) if after != it else it


def is_asked_for(kind: str) -> bool:
    """Return whether any version in which somebody may be asks for acts of a kind. 1 RRU.

    By bytes of all published versions after a change of any SOP.
    """
    return any(
        asks_for(defined.version(each.sop_id, number), kind)
        for each in defined.sops().values()
        if each.status != "stopped"
        for number in range(1, each.published + 1)
    )


def _told(message: Mapping[str, Any]) -> Act | None:
    at = datetime.fromisoformat(message["at"])
    if message["act"] == ACTIVATED:
        return activation(at)
    entry = timeline.entry(message["subject"], at, message["entry_id"])
    return act_of(entry) if entry else None
