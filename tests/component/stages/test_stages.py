"""Stages by evidence: SEG-18, SEG-19, CUS-06; event in, rows and answers out."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from tests.component.aborting import Killed, Steps
from tests.component.conftest import CORP_ID, START, app_of
from tests.component.http_world import befriended, change_member, logged_in

BEGAN = datetime.fromisoformat(START)


def customer_id_of(external_userid):
    from scrm.customers.model import customer_id_of

    return customer_id_of(CORP_ID, external_userid)


def stored(external_userid):
    from scrm.customers.dynamodb import Customers

    return Customers().customer(customer_id_of(external_userid), consistent=True)


def know(external_userid, **fields):
    from scrm import clock
    from scrm.customers.dynamodb import Customers

    return Customers().save_customer(replace(stored(external_userid), **fields), clock.now())


def followed(external_userid, at, userid="lisi", channel="电话", n=1):
    """Put a follow-up on the customer's trace."""
    from scrm.timeline.dynamodb import Timeline
    from scrm.timeline.model import Entry

    entry = Entry(f"f{n}", "follow_up", at, userid, external_userid, {"channel": channel})
    Timeline().append(customer_id_of(external_userid), entry)
    return entry


def talked(external_userid, at, userid="lisi"):
    """Note on the talk row alone that a member followed up."""
    from scrm.facts.dynamodb import TalkRow, pk_of, talk_sk
    from scrm.table import rfc3339

    pk = pk_of(customer_id_of(external_userid))
    TalkRow(pk, talk_sk(userid), userid=userid, followed_at=rfc3339(at), version=1).save()


def counted(external_userid, at, **parts):
    """Put facts on the customer."""
    from scrm.facts.dynamodb import FactsRow
    from scrm.facts.tally import Tally

    FactsRow.of(customer_id_of(external_userid), Tally(**parts), at).save()


def moved(browser, external_userid, to, root="workbench", **more):
    return browser.send("POST", f"/{root}/customers/{external_userid}/stage", {"to": to, **more})


def history(browser, external_userid, query=""):
    return browser.send("GET", f"/workbench/customers/{external_userid}/stage-history{query}")


def configured(ask, stages, version=0, **more):
    return ask("PUT", "/admin/stages", {"version": version, "stages": stages, **more})


def stage(key, *needs, name=""):
    return {"key": key, "name": name or key.upper(), "definition": f"定义 {key}", "needs": list(needs)}


def need(*kinds):
    return {"any_of": [each if isinstance(each, dict) else {"kind": each} for each in kinds]}


def test_seg_18_the_stages_are_shown_in_order_with_their_definitions(corp):
    shown = logged_in(corp, "lisi").send("GET", "/workbench/stages")

    assert shown.status == 200
    assert [(each["key"], each["name"]) for each in shown.json["stages"]] == [
        ("potential", "潜在"),
        ("need", "需求"),
        ("intention", "意向"),
        ("signed", "签约"),
    ]
    assert all(each["definition"] for each in shown.json["stages"])
    assert [[need["code"] for need in each["needs"]] for each in shown.json["stages"]] == [
        [],
        [],
        ["follow_record"],
        ["contract|order_paid"],
    ]


def test_seg_18_an_unknown_stage_is_refused_naming_the_field(corp):
    there = befriended(corp, "lisi")

    refused = moved(logged_in(corp, "lisi"), there, "dreaming")

    assert refused.status == 422
    assert [each["field"] for each in refused.json["errors"]] == ["to"]
    assert stored(there).stage == ""


@pytest.mark.parametrize("root", ["workbench", "sidebar"])
def test_seg_19_intention_needs_a_follow_record_and_the_answer_lists_it(corp, at, tables, root):
    there, lisi = befriended(corp, "lisi"), logged_in(corp, "lisi")
    moved(lisi, there, "potential")
    before = tables.rows("CUSTOMER#")

    refused = moved(lisi, there, "意向", root)
    now = at((BEGAN + timedelta(minutes=1)).isoformat())
    entry = followed(there, now)
    allowed = moved(lisi, there, "意向", root)

    assert (refused.status, refused.code) == (409, "evidence_missing")
    assert refused.json["missing"] == [
        {
            "stage": "intention",
            "stage_name": "意向",
            "code": "follow_record",
            "message": "进入当前阶段后有跟进记录",
        }
    ]
    assert "跟进记录" in refused.json["detail"]
    assert tables.rows("CUSTOMER#")[: len(before)] != before
    assert allowed.status == 200, allowed.text
    assert allowed.json == {
        "customer_id": customer_id_of(there),
        "stage": "intention",
        "stage_name": "意向",
        "stage_at": now.astimezone(BEGAN.tzinfo).isoformat(),
        "version": 3,
    }
    (latest, *_) = history(lisi, there).json["items"]
    assert latest["evidence"] == [
        {
            "kind": "follow_record",
            "id": entry.entry_id,
            "at": now.astimezone(BEGAN.tzinfo).isoformat(),
        }
    ]


def test_seg_19_a_refused_move_writes_nothing(corp, tables):
    there, lisi = befriended(corp, "lisi"), logged_in(corp, "lisi")
    before = tables.typed()

    assert moved(lisi, there, "intention").status == 409

    assert tables.typed() == before


def test_seg_19_a_follow_record_from_before_the_present_stage_is_no_evidence(corp, at):
    there, lisi = befriended(corp, "lisi"), logged_in(corp, "lisi")
    followed(there, BEGAN)
    at((BEGAN + timedelta(seconds=1)).isoformat())
    moved(lisi, there, "need")

    assert moved(lisi, there, "intention").code == "evidence_missing"

    talked(there, BEGAN + timedelta(seconds=1))
    assert moved(lisi, there, "intention").status == 200


@pytest.mark.parametrize(
    ("parts", "fields"),
    [("paid", {}), ("", {"custom_fields": {"合同编号": "HT-1"}}), ("", {"crm": {"contract_no": "HT-1"}})],
)
def test_seg_19_signed_takes_a_contract_or_a_paid_order(corp, at, parts, fields):
    from scrm.facts.model import Orders

    there, lisi = befriended(corp, "lisi"), logged_in(corp, "lisi")
    followed(there, BEGAN)
    moved(lisi, there, "intention")

    refused = moved(lisi, there, "signed")
    if parts:
        counted(there, BEGAN, orders=Orders(count=1, amount_fen=19_900, last_at=BEGAN))
    if fields:
        know(there, **fields)

    assert [each["code"] for each in refused.json["missing"]] == ["contract|order_paid"]
    assert moved(lisi, there, "signed").status == 200


@pytest.mark.parametrize(("counts", "codes"), [(True, ["visit", "quote"]), (False, ["quote"])])
def test_seg_19_who_skips_a_stage_brings_its_evidence_too_unless_configured(corp, ask, counts, codes):
    stages = [stage("a"), stage("b", need("visit")), stage("c", need("quote"))]
    assert configured(ask, stages, skipped_count=counts).status == 200
    there, lisi = befriended(corp, "lisi"), logged_in(corp, "lisi")
    moved(lisi, there, "a")

    refused = moved(lisi, there, "c")
    followed(there, BEGAN, channel="报价", n=1)
    half = moved(lisi, there, "c")
    followed(there, BEGAN, channel="上门", n=2)

    assert [each["code"] for each in refused.json["missing"]] == codes
    assert (half.status == 200) is not counts
    assert moved(lisi, there, "c").status == 200


@pytest.mark.parametrize(
    ("asked", "value", "enough"),
    [
        ({"at_least": 60}, 60, True),
        ({"at_least": 60}, 59.9, False),
        ({"at_least": 60}, "high", False),
        ({"value": "high"}, "high", True),
        ({"value": "high"}, "low", False),
    ],
)
def test_seg_19_a_score_is_evidence_from_its_threshold_on_until_it_expires(
    corp, ask, at, asked, value, enough
):
    from scrm.facts.model import Score

    evidence = {"kind": "score", "score": "intention", **asked}
    assert configured(ask, [stage("a"), stage("b", need(evidence))]).status == 200
    there, lisi = befriended(corp, "lisi"), logged_in(corp, "lisi")
    score = Score("intention", value, "m", BEGAN, expires_at=BEGAN + timedelta(hours=1))
    counted(there, BEGAN, scores=(score,))
    at((BEGAN + timedelta(hours=1)).isoformat())

    expired = moved(lisi, there, "b")
    at((BEGAN + timedelta(hours=1, seconds=-1)).isoformat())

    assert expired.code == "evidence_missing"
    assert (moved(lisi, there, "b").status == 200) is enough


def test_seg_19_a_move_back_needs_a_reason(corp):
    there, lisi = befriended(corp, "lisi"), logged_in(corp, "lisi")
    moved(lisi, there, "need")

    refused = moved(lisi, there, "potential")

    assert refused.status == 422
    assert [each["field"] for each in refused.json["errors"]] == ["reason"]
    assert moved(lisi, there, "potential", reason="客户暂停采购").status == 200
    assert history(lisi, there).json["items"][0]["reason"] == "客户暂停采购"


def test_a_stale_version_is_refused_and_a_repeated_move_changes_nothing(corp, tables):
    there, lisi = befriended(corp, "lisi"), logged_in(corp, "lisi")

    first = moved(lisi, there, "potential", version=1)
    stale = moved(lisi, there, "need", version=1)
    before = tables.typed()
    again = moved(lisi, there, "potential", version=1)

    assert (first.status, stale.status, stale.code) == (200, 409, "version_conflict")
    assert again.json == first.json
    assert tables.typed() == before


def test_cus_06_the_history_is_kept_newest_first_and_paged(corp, at):
    there, lisi = befriended(corp, "lisi"), logged_in(corp, "lisi")
    for minute, (to, reason) in enumerate([("potential", ""), ("need", ""), ("potential", "误判")]):
        at((BEGAN + timedelta(minutes=minute // 2)).isoformat())
        assert moved(lisi, there, to, reason=reason).status == 200

    first = history(lisi, there, "?limit=2").json
    second = history(lisi, there, f"?limit=2&cursor={first['next_cursor']}").json

    found = [(each["from_stage"], each["to_stage"]) for each in (*first["items"], *second["items"])]
    assert found == [("need", "potential"), ("potential", "need"), ("", "potential")]
    assert first["items"][0]["by_name"] == "李四"
    assert second["next_cursor"] is None


def test_cus_06_the_trace_shows_a_move_however_often_the_stream_tells_it(
    corp, tables, queues, lambda_context
):
    there, lisi = befriended(corp, "lisi"), logged_in(corp, "lisi")
    moved(lisi, there, "potential")
    records = tables.stream()

    for _ in range(2):
        answer = app_of("react_to_changes").handler({"Records": records}, lambda_context)
        assert answer == {"batchItemFailures": []}

    rows = [row for row in tables.rows(f"TIMELINE#{customer_id_of(there)}") if row["kind"] == "stage_changed"]
    assert len(rows) == 1
    trace = lisi.send("GET", f"/sidebar/customers/{there}/timeline").json["items"]
    assert [each["facts"] for each in trace if each["kind"] == "stage_changed"] == [
        {"from": "", "to": "potential"}
    ]


def test_a_move_killed_at_any_step_leaves_all_of_it_or_nothing(corp, tables, monkeypatch):
    lisi = logged_in(corp, "lisi")
    steps, n = Steps(), 0
    while True:
        n += 1
        there = befriended(corp, "lisi", external_userid=f"wmKilled{n}")
        steps.restart(n)
        try:
            with steps.watched(monkeypatch, corp):
                answered = moved(lisi, there, "potential")
        except Killed:
            rows = tables.rows(f"CUSTOMER#{customer_id_of(there)}", "STAGE#")
            assert bool(rows) == (stored(there).stage == "potential")
            assert moved(lisi, there, "potential").status == 200
            assert len(tables.rows(f"CUSTOMER#{customer_id_of(there)}", "STAGE#")) == 1
            continue
        assert answered.status == 200
        break
    assert n > 3


def test_a_merged_customer_moves_as_one_and_shows_the_history_of_all(corp, at):
    from scrm.customers.dynamodb import Customers

    one, other = befriended(corp, "lisi"), befriended(corp, "lisi")
    lisi = logged_in(corp, "lisi")
    moved(lisi, other, "potential")
    at((BEGAN + timedelta(minutes=1)).isoformat())
    root = know(one, absorbed=(customer_id_of(other),))
    gone = know(other, merged_into=root.customer_id)
    version = root.version + gone.version
    followed(other, BEGAN + timedelta(minutes=1))

    answered = moved(lisi, other, "intention", version=version)

    assert answered.status == 200, answered.text
    assert (answered.json["customer_id"], answered.json["version"]) == (root.customer_id, version + 1)
    assert Customers().customer(root.customer_id, consistent=True).stage == "intention"
    for there in (one, other):
        found = [(each["from_stage"], each["to_stage"]) for each in history(lisi, there).json["items"]]
        assert found == [("potential", "intention"), ("", "potential")]


def test_only_who_may_see_the_customer_moves_them(corp, tables):
    there = befriended(corp, "lisi")
    change_member("sunqi", role="auditor", data_scope="all")
    before = tables.typed()

    for who in ("wangwu", "sunqi"):
        assert moved(logged_in(corp, who), there, "potential").status == 403
    assert history(logged_in(corp, "wangwu"), there).code == "no_access_to_customer"
    after = tables.typed()

    assert [row for row in after if row not in before and row["PK"]["S"].startswith("CUSTOMER#")] == []


def test_the_stages_are_versioned_and_audited(ask, tables):
    first = configured(ask, [stage("a"), stage("b", need("order_paid"))])
    stale = configured(ask, [stage("a")], version=0)

    assert (first.status, first.json["version"]) == (200, 1)
    assert (stale.status, stale.code) == (409, "version_conflict")
    assert [each["key"] for each in ask("GET", "/admin/stages").json["stages"]] == ["a", "b"]
    assert [row["action"] for row in tables.rows("AUDIT", "2")] == ["stages_changed"]


@pytest.mark.parametrize(
    ("stages", "field"),
    [
        ([], "stages"),
        ([stage("a"), stage("a", name="另")], "stages.1.key"),
        ([stage("a"), stage("b", name="A")], "stages.1.name"),
        ([stage("A")], "stages.0.key"),
        ([stage("a", need("hope"))], "stages.0.needs.0.any_of.0.kind"),
        ([stage("a", need({"kind": "score", "score": "x"}))], "stages.0.needs.0.any_of.0"),
        ([stage("a", need({"kind": "visit", "value": "x"}))], "stages.0.needs.0.any_of.0"),
        ([stage("a", need("condition"))], "stages.0.needs.0.any_of.0"),
        (
            [stage("a", need({"kind": "condition", "condition": {"field": "luck", "op": "is", "value": 1}}))],
            "stages.0.needs.0.any_of.0.condition.field",
        ),
        ([stage("a", *[need("visit")] * 6)], "stages.0.needs"),
    ],
)
def test_seg_19_what_cannot_be_configured_is_refused_naming_the_field(ask, stages, field):
    refused = configured(ask, stages)

    assert refused.status == 422
    assert [each["field"] for each in refused.json["errors"]] == [field]


def test_a_stage_no_longer_configured_stays_with_its_customers_and_lets_them_go_on(corp, ask):
    there, lisi = befriended(corp, "lisi"), logged_in(corp, "lisi")
    moved(lisi, there, "need")
    assert configured(ask, [stage("a"), stage("b")]).status == 200

    assert history(lisi, there).json["items"][0]["to_name"] == "need"
    assert moved(lisi, there, "b").status == 200


def test_seg_19_a_condition_of_the_one_language_is_evidence_when_it_selects_the_customer(corp, ask):
    """The same words as a segment's: here a bound CRM record, and the member's own tag."""
    condition = {
        "all": [
            {"field": "identified", "op": "is", "value": True},
            {"field": "tags", "op": "any", "value": ["et1"]},
        ]
    }
    evidence = {"kind": "condition", "title": "已识别且打过标签", "condition": condition}
    assert configured(ask, [stage("a"), stage("b", need(evidence))]).status == 200
    there, lisi = befriended(corp, "lisi", tags=("et1",)), logged_in(corp, "lisi")

    refused = moved(lisi, there, "b")
    know(there, identities=(("crmid", "c-1"),))

    assert refused.json["missing"][0]["message"] == "已识别且打过标签"
    assert moved(lisi, there, "b").status == 200
    assert ask("GET", "/admin/stages").json["stages"][1]["needs"][0]["any_of"][0]["condition"] == condition
