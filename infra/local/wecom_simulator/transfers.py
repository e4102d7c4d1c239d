"""What happens to an accepted handover when its 24 hours are over, or when somebody decides earlier."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .model import Customer, Relation, Transfer
from .settings import TRANSFER_SECONDS

if TYPE_CHECKING:
    from .simulator import Simulator

WAITING, DONE, REFUSED, FULL = 2, 1, 3, 4

ASSIGNED = 202
"""add_way of a relation that an administrator or owner assigned."""


class Transfers:
    """The handovers under way."""

    def __init__(self, sim: Simulator) -> None:
        self._sim = sim
        self._due = 0.0

    def accept(
        self, handover: str, takeover: str, external_userid: str, now: float, text: str, *, resigned: bool
    ) -> None:
        """Start the 24 hours in which the customer may refuse."""
        world = self._sim.world
        key = f"{len(world.transfers) + 1}|{handover}|{takeover}|{external_userid}"
        due = now + TRANSFER_SECONDS
        row = Transfer(key, handover, takeover, external_userid, now, due, resigned, WAITING, text)
        world.transfers[key] = row
        world.transfers_of.setdefault(external_userid, []).append(row)
        self._due = min(self._due, due)

    def settle(self, now: float) -> None:
        """Complete every handover whose time has come. Cheap when nothing is due; safe to repeat."""
        if now < self._due:
            return
        waiting = [row for row in self._sim.world.transfers.values() if row.status == WAITING]
        for row in [row for row in waiting if row.takeover_time <= now]:
            self.complete(row, row.takeover_time)
            waiting.remove(row)
        self._due = min((row.takeover_time for row in waiting), default=float("inf"))

    def waiting(self, external_userid: str, handover: str = "") -> Transfer | None:
        """Return the handover under way for the customer, of one member where given."""
        for row in self._sim.world.transfers_of.get(external_userid, []):
            if row.status == WAITING and handover in ("", row.handover):
                return row
        return None

    def complete(self, row: Transfer, at: float) -> None:
        """Move the customer; a full takeover member makes it fail with customer_limit_exceed instead."""
        world = self._sim.world
        takeover = world.staff[row.takeover.lower()]
        if len(world.customers_of(row.takeover)) >= takeover.customer_limit:
            self.fail(row, FULL, "customer_limit_exceed")
            return
        row.status, row.takeover_time = DONE, at
        customer = world.customers[row.external_userid]
        self._leave_old(row, at)
        self._join_new(row, customer, at)
        self._sim.dirty = True

    def refuse(self, row: Transfer) -> None:
        """Play the customer saying no."""
        self.fail(row, REFUSED, "customer_refused")

    def fail(self, row: Transfer, status: int, reason: str) -> None:
        """End a handover without success; the callback names the takeover member."""
        row.status, row.takeover_time = status, 0
        self._sim.people.external_event("transfer_fail", row.takeover, row.external_userid, FailReason=reason)
        self._sim.dirty = True

    def _leave_old(self, row: Transfer, at: float) -> None:
        old = self._sim.world.relation(row.handover, row.external_userid)
        if old is None or old.deleted_by_member:
            return
        old.deleted_by_member = True
        if not row.resigned:
            self._sim.people.external_event(
                "del_external_contact", row.handover, row.external_userid, at=at, Source="DELETE_BY_TRANSFER"
            )

    def _join_new(self, row: Transfer, customer: Customer, at: float) -> None:
        world = self._sim.world
        relation = world.relation(row.takeover, row.external_userid)
        if relation is not None and relation.known:
            return
        fresh = Relation(
            row.takeover, customer.external_userid, world.next_seq(), int(at), ASSIGNED, row.takeover
        )
        fresh.remark = customer.name
        world.add_relation(fresh)
        self._sim.people.external_event("add_external_contact", row.takeover, customer.external_userid, at=at)
