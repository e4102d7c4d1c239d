"""What attribution asks of sends: `SHARES#<customer_id>`, and whose send a share id names."""

from datetime import datetime
from typing import Literal

from pynamodb.attributes import UnicodeAttribute

from scrm.attribution.model import Shared
from scrm.table import Row

SHARES = "SHARES#"


class ShareRow(Row):
    """That something was sent to a customer, or opened by them: `<time>#<send_id>#<sent or opened>`."""

    userid = UnicodeAttribute()
    kind = UnicodeAttribute()
    item_id = UnicodeAttribute()

    def entity(self) -> Shared:
        """Return the row as evidence."""
        at, share_id, how = self.sk.split("#")
        done: Literal["sent", "opened"] = "opened" if how == "opened" else "sent"
        return Shared(datetime.fromisoformat(at), self.userid, share_id, done, self.kind, self.item_id)


class SendShareRow(Row):
    """Of a send whose it is, and what was sent."""

    userid = UnicodeAttribute()
    kind = UnicodeAttribute()
    item_id = UnicodeAttribute()


def known_shares(share_ids: list[str]) -> set[str]:
    """Return which of these share ids somebody sent: a batch read for each 100."""
    keys = [(f"SEND#{each}", "SEND") for each in dict.fromkeys(share_ids)]
    return {row.pk.removeprefix("SEND#") for row in SendShareRow.batch_get(keys)} if keys else set()
