"""Who may see a customer (CUS-02, ADM-02)."""

import pytest

from scrm.customers.model import Contact, Relation
from scrm.customers.relation import Fact
from scrm.http.caller import Caller
from scrm.http.problems import Problem
from scrm.sidebar.access import seen
from scrm.staff.model import Directory

CONTACT = Contact("wmE1", "cu_1", "张三")


def test_whom_a_customer_refused_as_a_takeover_sees_nothing_of_them() -> None:
    there = Relation("wmE1", "zhangsan", (Fact("add", 1, "a-1"),))
    refused = Relation("wmE1", "lisi", (Fact("transfer_failed", 2, "f-1", "customer_refused"),))

    def looks(userid: str) -> tuple[Relation, ...]:
        caller = Caller(userid, "staff", "own")
        return seen(caller, "wmE1", CONTACT, [there, refused], lambda: Directory({}, {})).others

    with pytest.raises(Problem) as raised:
        looks("lisi")
    assert raised.value.code == "no_access_to_customer"
    assert looks("zhangsan") == ()
