"""When WeCom was last heard: noted by the worker of corp events, and seen on customers' relations."""

from collections.abc import Iterable
from datetime import UTC, datetime

from scrm.cards.dynamodb import owned
from scrm.corp_events import probe
from scrm.customers.dynamodb import Customers
from scrm.staff.model import Directory

MEMBERS_LOOKED_AT = 20
_NOT_FROM_A_CALLBACK = frozenset({"observed", "inherited"})


def last_heard(directory: Directory) -> datetime | None:
    """Return when WeCom last sent a callback that left a trace, None when there is none.

    Looks at the newest customer of up to 20 members; what reconciliation found itself does not count.
    """
    members = [each.userid for each in directory.members.values() if each.may_take_customers]
    found = [*_from_relations(members[:MEMBERS_LOOKED_AT])]
    noted = probe.last_heard()
    return max([*found, *([noted] if noted else [])], default=None)


def _from_relations(userids: Iterable[str]) -> Iterable[datetime]:
    customers = Customers()
    for userid in userids:
        for each in owned(userid, limit=1).cards:
            relation = customers.relation(each.external_userid, userid)
            facts = relation.facts if relation else ()
            for fact in facts:
                if fact.kind not in _NOT_FROM_A_CALLBACK:
                    yield datetime.fromtimestamp(fact.at, UTC)
