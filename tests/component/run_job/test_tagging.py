"""Batch tagging at WeCom and here (TAG-04): each relation once, whoever is busy, dies or changes things."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.component.run_job.conftest import job_of, results_of, started
from tests.doubles.bundle import Bundle
from tests.faults.crashing import run, survived

MARK = "externalcontact/mark_tag"


def tagged_corp(bundle: Bundle) -> str:
    """Put a corp tag at WeCom and in our table; return its id."""
    from tests.component.http_world import corp_tag

    return corp_tag(bundle.wecom, "高意向")


def friends(bundle: Bundle, number: int, userid: str = "lisi") -> list[str]:
    """Make so many customers the member's friends, here and there; return their external_userids."""
    from tests.component.http_world import befriended

    return [befriended(bundle.wecom, userid, f"客户{place}") for place in range(number)]


def tagging(bundle: Bundle, there: list[str], *, add: Any = (), remove: Any = (), **more: Any) -> None:
    """Start a job that tags lisi's customers."""
    params = {"add": list(add), "remove": list(remove)}
    started(bundle, kind="tag", items=[f"lisi#{each}" for each in there], params=params, **more)


def tags_here(bundle: Bundle) -> dict[str, tuple[str, ...]]:
    from scrm.customers.dynamodb import Customers

    there = [each.external_userid for each in bundle.wecom.world.relations.values()]
    found = Customers().relations("lisi", there)
    return {name: relation.tags for name, relation in found.items() if relation.tags}


def marked(bundle: Bundle) -> list[str]:
    """Return whom WeCom was asked to mark and did, in order."""
    rows = bundle.wecom.calls.listed(MARK)
    return [row["body"]["external_userid"] for row in rows if (row["answer"] or {}).get("errcode") == 0]


def fails(bundle: Bundle, errcode: int, count: int, **body: Any) -> None:
    bundle.wecom.faults.add(
        {"endpoint": MARK, "what": "errcode", "errcode": errcode, "count": count, "body": body or None}
    )


@pytest.fixture
def bundle() -> Iterator[Bundle]:
    """Everything deployed."""
    made = Bundle()
    with made.running():
        yield made


def test_tag_04_of_500_items_three_are_refused_with_45033_and_tried_again_until_all_are_done_once(bundle):
    tag, there = tagged_corp(bundle), friends(bundle, 500)
    busy = there[7], there[123], there[499]
    for each in busy:
        fails(bundle, 45033, 4, external_userid=each)
    tagging(bundle, there, add=[tag])

    bundle.settle()
    assert (job_of().status, job_of().done) == ("running", 497)
    bundle.time.sleep(31)
    bundle.settle()

    job = job_of()
    assert (job.status, job.total, job.done, job.failed) == ("done", 500, 500, 0)
    assert sorted(marked(bundle)) == sorted(there)
    assert tags_here(bundle) == dict.fromkeys(there, (tag,))
    assert sorted(each for each, _, _ in results_of()) == sorted(f"lisi#{each}" for each in there)


def test_tag_04_wecom_sees_five_at_a_time_at_most():
    from tests.doubles.dynamodb.tables import template

    (queue,) = template()["Resources"]["RunJob"]["Properties"]["Events"].values()

    assert queue["Properties"]["ScalingConfig"]["MaximumConcurrency"] == 5


def test_throttled_by_wecom_the_rest_waits_and_nobody_is_asked_twice(bundle):
    tag, there = tagged_corp(bundle), friends(bundle, 6)
    fails(bundle, 45009, 1, external_userid=there[2])
    tagging(bundle, there, add=[tag])

    bundle.settle()
    assert (len(marked(bundle)), job_of().done) == (2, 2)
    bundle.time.sleep(900)
    bundle.settle()

    assert (job_of().status, marked(bundle)) == ("done", there)


def test_what_is_never_answered_has_failed_after_eight_attempts(bundle):
    tag, there = tagged_corp(bundle), friends(bundle, 2)
    fails(bundle, 45033, 0, external_userid=there[0])
    tagging(bundle, there, add=[tag])

    for _ in range(9):
        bundle.settle()
        bundle.time.sleep(31)

    assert job_of().status == "partial"
    assert results_of()[-1] == (f"lisi#{there[0]}", "failed", "busy")


def test_tags_go_on_and_off_and_only_what_differs_is_asked(bundle):
    from scrm.customers.dynamodb import Customers
    from tests.component.http_world import corp_tag

    one, two = tagged_corp(bundle), corp_tag(bundle.wecom, "低意向")
    there = friends(bundle, 2)
    tagging(bundle, there[:1], add=[one])
    bundle.settle()
    tagging(bundle, there, add=[two], remove=[one], job_id="job_2")
    bundle.settle()

    bodies = [row["body"] for row in bundle.wecom.calls.listed(MARK)]
    assert [(body.get("add_tag"), body.get("remove_tag")) for body in bodies] == [
        ([one], None),
        ([two], [one]),
        ([two], None),
    ]
    tagging(bundle, there, add=[two], job_id="job_3")
    bundle.settle()
    assert len(bundle.wecom.calls.listed(MARK)) == 3
    assert job_of("job_3").done == 2
    assert [Customers().relation(each, "lisi").tags for each in there] == [(two,), (two,)]


def test_who_cannot_be_tagged_is_told_one_by_one(bundle):
    from scrm.customers.dynamodb import Customers
    from scrm.customers.relation import Fact

    tag, (mine, gone, left) = tagged_corp(bundle), friends(bundle, 3)
    over = Customers().relation(gone, "lisi", consistent=True)
    assert over
    facts = (*over.facts, Fact("deleted_by_staff", over.facts[0].at + 5, "e2"))
    Customers().save_relation(replace(over, facts=facts), bundle.time.now())
    fails(bundle, 84061, 1, external_userid=left)
    tagging(bundle, [mine, gone, left, "wmUnknown"], add=[tag])

    bundle.settle()

    assert [(status, code) for _, status, code in results_of()] == [
        ("done", ""),
        ("skipped", "not_active"),
        ("failed", "not_friend"),
        ("skipped", "no_relation"),
    ]
    assert job_of().status == "partial"


def test_an_app_without_permission_fails_nobody_and_goes_on_once_it_has_it(bundle):
    tag, there = tagged_corp(bundle), friends(bundle, 3)
    fails(bundle, 48002, 5)
    tagging(bundle, there, add=[tag])

    bundle.settle()
    assert (bundle.waiting(), job_of().failed) == ({"JobsDead": 1}, 0)
    bundle.invoke("redrive_dead_letters", {"queue": "Jobs", "requested_by": "admin"})
    bundle.settle()

    assert (job_of().status, job_of().done) == ("done", 3)


def test_a_relation_that_changes_while_wecom_is_asked_keeps_both_changes(bundle):
    from scrm.customers.dynamodb import Customers

    tag, (there,) = tagged_corp(bundle), friends(bundle, 1)
    meant = {"remark": "改到一半"}

    def meanwhile(call: Any) -> None:
        if call.operation.endswith(MARK):
            bundle.cloud.after.remove(meanwhile)
            row = Customers().relation(there, "lisi", consistent=True)
            assert row
            Customers().save_relation(replace(row, remark="新备注", open_edit=meant), bundle.time.now())

    bundle.cloud.after.append(meanwhile)
    tagging(bundle, [there], add=[tag])
    bundle.settle()

    row = Customers().relation(there, "lisi", consistent=True)
    assert (row.remark, row.tags, row.open_edit) == ("新备注", (tag,), meant)


def test_r2_killed_at_any_step_tagging_ends_as_it_would_have():
    def scenario(bundle: Bundle):
        tag, there = tagged_corp(bundle), friends(bundle, 3)
        bundle.settle()
        tagging(bundle, there, add=[tag])
        return bundle.settle

    steps, different = survived("tagging", scenario)

    assert steps > 15
    assert different == {}


def test_r2_killed_at_any_step_while_wecom_is_busy_everybody_is_tagged_and_counted_once():
    left: list[Any] = []

    def scenario(bundle: Bundle):
        tag, there = tagged_corp(bundle), friends(bundle, 3)
        bundle.settle()
        fails(bundle, 45033, 3, external_userid=there[1])
        tagging(bundle, there, add=[tag])

        def act() -> None:
            for _ in range(3):
                bundle.settle()
                bundle.time.sleep(61)
            job = job_of()
            results = sorted(results_of())
            left.append((job.status, job.done, job.failed, job.open, results, tags_here(bundle)))

        return act

    _, undisturbed = run(scenario, 0)
    for step in range(1, undisturbed.steps + 1):
        run(scenario, step)

    assert len(left) > 30
    assert {str(each) for each in left} == {str(left[0])}
    assert left[0][:4] == ("done", 3, 0, 0)
