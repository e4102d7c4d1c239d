"""Many customers at once, for paging, reconciliation and measurements."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .model import Relation
from .people import UnknownPerson

if TYPE_CHECKING:
    from .simulator import Simulator

_MOST = 1_000_000
_NAMES = ("小雨", "阿强", "晨光", "木子", "安安", "老周", "可可", "北北", "星河", "思远")


def populate(
    sim: Simulator,
    *,
    customers: int,
    staff: list[str] | None = None,
    state: str = "",
    emit: bool = False,
    createtime: int = 0,
) -> dict[str, Any]:
    """Make `customers` new people, dealt to the members in turn; silent unless `emit`.

    Without emit this is what a corp looks like before the product was connected.
    """
    if not 0 < customers <= _MOST:
        raise ValueError(f"customers must be 1..{_MOST}")
    world, people = sim.world, sim.people
    able = [row.userid for row in world.employed() if row.customer_contact]
    chosen = [people.staff(userid) for userid in staff or able]
    if not chosen:
        raise UnknownPerson("no member to deal customers to")
    made = []
    for number in range(customers):
        customer = people.new_customer(name=f"{_NAMES[number % len(_NAMES)]}{len(world.customers) + 1}")
        member = chosen[number % len(chosen)]
        if emit:
            people.add(member, customer, state, half=False, welcome=True, add_way=1)
        else:
            at = createtime or int(sim.clock())
            relation = Relation(member.userid, customer.external_userid, world.next_seq(), at, 1)
            relation.oper_userid, relation.state = customer.external_userid, state
            relation.remark = customer.name
            world.add_relation(relation)
        made.append(customer.external_userid)
    return {"customers": len(made), "first": made[0], "last": made[-1]}
