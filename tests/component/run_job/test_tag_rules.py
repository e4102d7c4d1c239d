"""Tags by rule (TAG-05): what a customer does tags their friendships, once for each rule and customer."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.component.run_job.test_tagging import MARK, fails, marked
from tests.doubles.bundle import Bundle, consumers
from tests.faults.crashing import survived


@pytest.fixture
def bundle() -> Iterator[Bundle]:
    """Everything deployed."""
    made = Bundle()
    with made.running():
        yield made


def ruled(bundle: Bundle, name: str = "关注价格", **changes: Any) -> str:
    """Make a tag and a rule that puts it on who asks for the price; return the tag's id."""
    from scrm.audit.dynamodb import record
    from scrm.tagging.rules import Rule
    from scrm.tagging.rules_dynamodb import save_step
    from tests.component.http_world import corp_tag

    tag = corp_tag(bundle.wecom, name)
    stated = {"kind": "keyword", "values": ("价格",), "rule_id": "tr_1", **changes}
    now = bundle.time.now()
    step = save_step(Rule(name="规则", tag_ids=(tag,), **stated), now)
    record("admin", "tag_rule_created", "TAGRULE#tr_1", None, None, "r", now, writes=[step])
    return tag


def friend(bundle: Bundle, *userids: str) -> str:
    from tests.component.http_world import befriended

    there = befriended(bundle.wecom, userids[0])
    for other in userids[1:]:
        befriended(bundle.wecom, other, external_userid=there)
    return there


def does(bundle: Bundle, there: str, kind: str = "keyword", number: int = 1, **facts: Any) -> None:
    """Let a customer do something, as another system tells it."""
    from scrm.customers.model import customer_id_of
    from scrm.timeline.dynamodb import Timeline
    from scrm.timeline.model import Entry
    from tests.component.conftest import CORP_ID

    at = bundle.time.now() + timedelta(seconds=number)
    entry = Entry(f"e{number}", kind, at, None, there, facts or {"word_class": "价格"})
    Timeline().append(customer_id_of(CORP_ID, there), entry)


def tags(there: str, userid: str = "lisi") -> tuple[str, ...]:
    from scrm.customers.dynamodb import Customers

    relation = Customers().relation(there, userid, consistent=True)
    assert relation
    return relation.tags


def test_tag_05_a_keyword_in_a_chat_tags_every_friendship_once(bundle):
    tag, there = ruled(bundle), friend(bundle, "lisi", "wangwu")

    does(bundle, there)
    does(bundle, there, number=2)
    bundle.settle()

    assert (tags(there, "lisi"), tags(there, "wangwu")) == ((tag,), (tag,))
    assert marked(bundle) == [there, there]


def test_tag_05_a_menu_click_with_its_key_tags(bundle):
    tag, there = ruled(bundle, kind="menu", values=("k",)), friend(bundle, "lisi")

    does(bundle, there, "menu", item="other")
    bundle.settle()
    assert tags(there) == ()
    does(bundle, there, "menu", number=2, item="k")
    bundle.settle()

    assert tags(there) == (tag,)


def test_what_a_member_takes_off_stays_off(bundle):
    from scrm.customers.dynamodb import Customers

    ruled(bundle)
    there = friend(bundle, "lisi")
    does(bundle, there)
    bundle.settle()
    relation = Customers().relation(there, "lisi", consistent=True)
    assert relation
    Customers().save_relation(replace(relation, tags=()), bundle.time.now())

    does(bundle, there, number=2)
    bundle.settle()

    assert tags(there) == ()
    assert len(marked(bundle)) == 1


def test_a_rule_that_is_off_or_a_stranger_changes_nothing(bundle):
    from scrm.customers.dynamodb import Customers
    from scrm.customers.relation import Fact

    ruled(bundle, enabled=False)
    there = friend(bundle, "lisi")
    does(bundle, there)
    bundle.settle()
    assert bundle.wecom.calls.listed(MARK) == []

    ruled(bundle, rule_id="tr_2", name="另一个")
    relation = Customers().relation(there, "lisi", consistent=True)
    assert relation
    gone = (*relation.facts, Fact("deleted_by_staff", relation.facts[0].at + 5, "e2"))
    Customers().save_relation(replace(relation, facts=gone), bundle.time.now())
    bundle.forget()
    does(bundle, there, number=2)
    bundle.settle()
    assert bundle.wecom.calls.listed(MARK) == []
    assert bundle.rows("TAGRULE#") == []


def test_throttled_a_rule_waits_for_its_message_and_is_applied_then(bundle):
    tag, there = ruled(bundle), friend(bundle, "lisi")
    fails(bundle, 45009, 1)
    does(bundle, there)

    while bundle.react():
        pass
    bundle.work("Jobs", consumers()["Jobs"], patient=True)
    assert tags(there) == ()
    bundle.time.sleep(900)
    bundle.settle()

    assert tags(there) == (tag,)
    assert bundle.waiting() == {}


def test_a_merged_customers_every_contact_is_tagged(bundle):
    from scrm.customers.dynamodb import Customers
    from scrm.customers.model import customer_id_of
    from tests.component.conftest import CORP_ID

    tag, one, two = ruled(bundle), friend(bundle, "lisi"), friend(bundle, "lisi")
    rows, now = Customers(), bundle.time.now()
    ids = [customer_id_of(CORP_ID, each) for each in (one, two)]
    root, gone = (rows.customer(each, consistent=True) for each in ids)
    assert root
    assert gone
    rows.save_customer(replace(root, absorbed=(ids[1],)), now)
    rows.save_customer(replace(gone, merged_into=ids[0]), now)

    does(bundle, two)
    does(bundle, one, number=2)
    bundle.settle()

    assert (tags(one), tags(two)) == ((tag,), (tag,))
    assert len(marked(bundle)) == 2


def test_r2_killed_at_any_step_a_rule_has_tagged_once():
    def scenario(bundle: Bundle):
        ruled(bundle)
        there = friend(bundle, "lisi", "wangwu")
        bundle.settle()
        does(bundle, there)
        return bundle.settle

    steps, different = survived("rule", scenario)

    assert steps > 10
    assert different == {}
