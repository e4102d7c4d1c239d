"""Plans through the console: drafted, agreed to as they were seen, followed, tried again (INH-01 to 15)."""

import base64
import zlib
from typing import Any

import pytest

from scrm.http.caller import Caller
from scrm.http.paging import encode
from tests.component.inheritance.console_world import CHECKER, PLANS, Console, terms
from tests.component.inheritance.inheritance_world import TRANSFER, Inheritance


@pytest.fixture
def console(inheritance: Inheritance) -> Console:
    """The console, with the members of the simulated corp."""
    inheritance.staff()
    return Console(inheritance)


def test_inh_01_an_on_job_plan_is_confirmed_and_sent_once(console: Console) -> None:
    there = console.at.friend("甲")
    plan = console.drafted(["zhangsan"], ["lisi"], notice="后续由李四为您服务")
    assert (plan["status"], plan["mode"], plan["reason_text"]) == ("DRAFT", "onjob", "岗位调整")
    console.bundle.settle()
    assert console.at.asked() == []
    console.confirmed(plan)
    (call,) = console.at.asked()
    assert (call["handover_userid"], call["takeover_userid"]) == ("zhangsan", "lisi")
    assert (call["external_userid"], call["transfer_success_msg"]) == ([there[0]], "后续由李四为您服务")
    again = console.confirmed(plan)
    assert (again["status"], len(console.at.asked())) == ("RUNNING", 1)
    shown = console.get(f"/{plan['plan_id']}")
    assert (shown["approved_by"], shown["progress"]["by_status"]) == ("admin", {"WAITING": 1})
    (item,) = console.get(f"/{plan['plan_id']}/items", takeover="lisi")["items"]
    assert (item["name"], item["status_text"], item["batch"]) == ("甲", "等待接替（24 小时）", "0001")
    console.at.poll("03 10:20")
    console.at.poll("03 10:40")
    over = console.get(f"/{plan['plan_id']}")
    assert (over["status"], over["progress"]["percent"]) == ("COMPLETED", 100.0)


def test_inh_02_who_has_left_hands_over_for_a_year(console: Console) -> None:
    there = console.at.friend("甲")
    console.at.leaves("zhangsan")
    console.at.staff()
    console.at.later()
    warned = console.preview(["zhangsan"], ["lisi"])["warnings"]
    assert [(each["userid"], each["code"]) for each in warned] == [("zhangsan", "left")]
    plan = console.drafted(["zhangsan"], ["lisi"], mode="resigned")
    assert plan["preview"]["warnings"] == []
    console.confirmed(plan)
    assert console.at.asked() == []
    (call,) = console.at.asked("/cgi-bin/externalcontact/resigned/transfer_customer")
    assert (call["handover_userid"], call["external_userid"]) == ("zhangsan", [there[0]])
    console.many("zhangsan", 1)
    console.bundle.time.seconds += 366 * 86400
    late = console.preview(["zhangsan"], ["lisi"], mode="resigned")
    assert late["counts"]["by_code"]["resigned_long_ago"] == 1


def test_inh_03_the_same_filter_selects_as_many_as_the_list_counts(console: Console) -> None:
    from wecom_simulator.acts import member_edits

    tag = console.at.tag("重点")

    def added(name: str, userid: str, way: int, tags: list[str]) -> None:
        there, _ = console.at.friend(name, userid=userid, add_way=way)
        member_edits(console.bundle.wecom, userid=userid, external_userid=there, add_tag=tags)
        console.bundle.arrive()
        console.bundle.settle()

    added("早", "zhangsan", 1, [tag])
    console.at.clock("02 11:00")
    for name, userid, way, tags in (
        ("甲", "zhangsan", 1, [tag]),
        ("乙", "wangwu", 1, [tag]),
        ("丙", "zhangsan", 16, [tag]),
        ("丁", "wangwu", 1, []),
    ):
        added(name, userid, way, tags)
    since = "2026-03-02T11:00:00+08:00"
    handovers = ["zhangsan", "wangwu"]
    found = console.preview(handovers, ["lisi"], filter={"add_from": since, "add_way": [1], "tags": [tag]})
    listed = console.at.done("GET", "/admin/customers", add_from=since, add_way="1", tags=tag)
    assert found["matrix"]["total"] == found["counts"]["selected"] == len(listed["items"]) == 2
    same = {"all": [{"field": "add_way", "op": "in", "value": [16]}]}
    assert [each["name"] for each in console.preview(handovers, ["lisi"], condition=same)["items"]] == ["丙"]


def test_inh_04_by_matrix_and_by_rule_and_in_blocks(console: Console) -> None:
    console.many("zhangsan", 5, tags=("东",))
    console.many("wangwu", 4, tags=("西",))
    told = (("zhangsan", "lisi", 2), ("zhangsan", "ChenMei", 2), ("wangwu", "ChenMei", 4))
    cells = [{"handover": h, "takeover": t, "count": n} for h, t, n in told]
    by_matrix = console.preview(
        ["zhangsan", "wangwu"], ["lisi", "ChenMei"], allocation="matrix", matrix=cells
    )
    assert by_matrix["matrix"]["counts"] == [[2, 2], [0, 4]]
    assert [each["code_text"] for each in by_matrix["unassigned"]] == ["接替人名额不足，未分配"]
    rules = [
        {"filter": {"tags": "东"}, "takeovers": ["lisi"]},
        {"filter": {"tags": "西"}, "takeovers": ["ChenMei"]},
    ]
    by_rule = console.preview(["zhangsan", "wangwu"], ["lisi", "ChenMei"], allocation="rule", rules=rules)
    assert by_rule["matrix"]["counts"] == [[5, 0], [0, 4]]
    console.many("zhangsan", 3, tags=("东",), fields={"family": "王家"})
    together = console.preview(["zhangsan"], ["lisi", "ChenMei"], blocks="field.family")
    family = {each["takeover"] for each in together["items"] if each["name"] <= "zhangsanc003"}
    assert (together["matrix"]["counts"], len(family)) == ([[3, 2]], 1)


def test_who_is_known_to_two_goes_to_one_unless_split(console: Console) -> None:
    for userid in ("zhangsan", "wangwu"):
        console.many(userid, 3, "s")
    asked: tuple[list[str], list[Any]] = (["zhangsan", "wangwu"], ["lisi", "ChenMei"])
    found = console.preview(*asked)
    assert (found["counts"]["customers"], found["counts"]["items"]) == (3, 6)
    assert found["matrix"]["counts"] == [[2, 1], [2, 1]]
    assert [each["load_after"] for each in found["takeovers"]] == [2, 1]
    assert console.preview(*asked, split=True)["matrix"]["counts"] == [[2, 1], [1, 2]]


def test_inh_05_each_group_of_customers_is_told_in_its_own_words(console: Console) -> None:
    first, second = console.at.friend("甲"), console.at.friend("乙", userid="zhangsan", state="")
    notices = [{"condition": {"field": "name", "op": "is", "value": "甲"}, "text": "甲组您好"}]
    plan = console.drafted(["zhangsan"], ["lisi"], notice="您好", notices=notices)
    assert plan["counts"]["calls"] == 2
    console.confirmed(plan)
    told = {each["transfer_success_msg"]: each["external_userid"] for each in console.at.asked()}
    assert told == {"甲组您好": [first[0]], "您好": [second[0]]}
    long = [{**notices[0], "text": "长" * 201}]
    refused = console.ask(":preview", terms(["zhangsan"], ["lisi"], notices=long))
    assert (refused.status, refused.json["errors"][0]["field"]) == (422, "notices.0.text")
    whole = console.ask("", {**terms(["zhangsan"], ["lisi"], notice="长" * 201), "reason": "resign"})
    assert (whole.status, whole.json["errors"][0]["field"]) == (422, "notice")


def test_inh_11_a_reason_is_asked_for_and_a_second_person_where_set(console: Console) -> None:
    there = console.at.friend("甲")
    asked = terms(["zhangsan"], ["lisi"])
    none = console.ask("", asked)
    assert (none.status, none.json["errors"][0]["field"]) == (422, "reason")
    bare = console.ask("", {**asked, "reason": "other"})
    assert (bare.status, bare.json["errors"][0]["field"]) == (422, "note")
    console.at.done("PUT", "/admin/settings", {"inheritance_four_eyes": True})
    plan = console.drafted(["zhangsan"], ["lisi"])
    told = {"selection_hash": plan["selection_hash"], "version": plan["version"]}
    own = console.ask(f"/{plan['plan_id']}:confirm", told)
    assert (own.status, own.code) == (409, "approval_required")
    assert console.ask(f"/{plan['plan_id']}:confirm", told, caller=CHECKER).status == 200
    console.bundle.settle()
    again = {"statuses": ["NO_RECORD"], "takeover": "wangwu", "reason": "换人再试"}
    beyond = console.ask(f"/{plan['plan_id']}:retry", again)
    assert (beyond.status, beyond.code) == (409, "approval_required")
    assert console.ask(f"/{plan['plan_id']}:retry", {**again, "takeover": "lisi"}).status == 200
    assert [each["external_userid"] for each in console.at.asked()] == [[there[0]]]


def test_a_confirmation_that_was_cut_off_goes_on_where_it_was(console: Console) -> None:
    from scrm.inheritance.plans_dynamodb import batch_of, replace_batches
    from scrm.inheritance.selecting import preview

    console.many("zhangsan", 3)
    plan_terms = terms(["zhangsan"], ["lisi", "wangwu"])
    first = console.bundle.time.now()
    made = preview(plan_terms, first).batches_of("p1", first)
    replace_batches("p1", made[:1])
    console.at.later()
    now = console.bundle.time.now()
    replace_batches("p1", preview(plan_terms, now).batches_of("p1", now))
    found = [batch_of("p1", each.number) for each in made]
    assert [each and each.due_at for each in found] == [first, now]


def test_a_stale_preview_is_not_agreed_to_and_nothing_is_written(console: Console) -> None:
    console.at.friend("甲")
    plan = console.drafted(["zhangsan"], ["lisi", "wangwu"])
    path = f"/{plan['plan_id']}"
    console.at.clock("02 18:00")
    told = {"selection_hash": plan["selection_hash"], "version": plan["version"]}
    assert console.ask(f"{path}:preview").json["selection_hash"] == plan["selection_hash"], "time alone"
    console.at.friend("乙")
    before = console.bundle.rows(f"PLAN#{plan['plan_id']}")
    refused = console.ask(f"{path}:confirm", told)
    assert (refused.status, refused.code) == (409, "selection_changed")
    assert console.bundle.rows(f"PLAN#{plan['plan_id']}") == before
    anew = console.ask(f"{path}:preview").json
    assert anew["selection_hash"] == refused.json["selection_hash"] != plan["selection_hash"]
    stale = console.ask(f"{path}:confirm", {**told, "selection_hash": anew["selection_hash"]})
    assert (stale.status, stale.code) == (409, "version_conflict")
    assert console.confirmed(anew)["status"] == "RUNNING"
    late = console.ask(f"{path}:confirm", {**told, "selection_hash": "x"})
    assert (late.status, late.code) == (409, "plan_started")


def test_a_confirmation_that_was_cut_off_goes_on_from_there(console: Console) -> None:
    from scrm.inheritance import plans_dynamodb as stored

    console.at.friend("甲")
    plan = console.drafted(["zhangsan"], ["lisi"])
    broken = RuntimeError("cut off")

    def cut(call: Any) -> None:
        if "BATCH#" in str(call.request):
            raise broken

    console.bundle.cloud.before.append(cut)
    told = {"selection_hash": plan["selection_hash"], "version": plan["version"]}
    assert console.ask(f"/{plan['plan_id']}:confirm", told).status == 500
    console.bundle.cloud.before.remove(cut)
    held = stored.plan_of(plan["plan_id"])
    assert held is not None
    assert (held.status, held.batches) == ("CONFIRMED", frozenset())
    early = console.ask(f"/{plan['plan_id']}:preview")
    assert (early.status, early.code) == (409, "plan_confirming")
    console.at.poll()
    console.confirmed(plan)
    assert len(console.at.asked(TRANSFER)) == 1
    sent = list(stored.batches_of(plan["plan_id"]))
    with pytest.raises(stored.PlanChanged):
        stored.replace_batches(plan["plan_id"], sent)
    assert list(stored.batches_of(plan["plan_id"])) == sent, "a slow second one overwrites nothing"


def test_drafts_and_plans_are_cancelled(console: Console) -> None:
    console.at.friend("甲")
    draft = console.drafted(["zhangsan"], ["lisi"])
    assert console.ask(f"/{draft['plan_id']}:cancel", {"reason": "不需要"}).json["status"] == "CANCELLED"
    gone = console.ask(f"/{draft['plan_id']}:confirm", {"selection_hash": draft["selection_hash"]})
    assert (gone.status, gone.code) == (409, "plan_started")
    console.at.later()
    plan = console.drafted(["zhangsan"], ["lisi"])
    console.confirmed(plan)
    assert console.ask(f"/{plan['plan_id']}:cancel", {}).json["status"] == "CANCELLED"
    listed = console.get("", status="CANCELLED", limit="1")
    assert ([each["plan_id"] for each in listed["items"]], bool(listed["next_cursor"])) == (
        [plan["plan_id"]],
        True,
    )
    lines = [each["action"] for each in console.bundle.rows("AUDIT") if "action" in each]
    assert [each for each in lines if each.startswith("inheritance")] == [
        "inheritance_plan_created",
        "inheritance_plan_cancelled",
        "inheritance_plan_created",
        "inheritance_plan_confirmed",
        "inheritance_plan_cancelled",
    ]


def test_inh_13_what_failed_is_tried_again_by_hand(console: Console) -> None:
    people: dict[str, str] = {}
    for name in "甲乙丙":
        people[name] = console.at.friend(name)[0]
        console.at.later(1)
    terms_ = [{"userid": "lisi", "max_take": 2}, {"userid": "wangwu", "max_take": 0}]
    plan = console.drafted(["zhangsan"], terms_, on_limit="stay", notice="您好")
    console.confirmed(plan, allow_partial=True)
    path = f"/{plan['plan_id']}"
    console.at.ends(people["甲"], "refused")
    console.at.ends(people["乙"], "limit")
    console.at.poll("03 10:20")
    console.at.poll("03 10:40")
    assert console.get(path)["status"] == "PARTIAL"
    asked = {"statuses": ["REFUSED", "LIMIT_EXCEEDED", "SKIPPED"], "reason": "换人再试"}
    nobody = console.ask(f"{path}:retry", asked).json
    assert ([each["code"] for each in nobody["not_retried"]], nobody["retried"]) == (
        ["refused_recently", "unassigned", "unassigned"],
        [],
    )
    assert nobody["not_retried"][0]["allowed_from"] == "2026-05-31"
    tried = console.ask(f"{path}:retry", {**asked, "takeover": "wangwu"}).json
    assert sorted(each["name"] for each in tried["retried"]) == ["丙", "乙"]
    console.bundle.settle()
    call = console.at.asked()[1:]
    assert {each["takeover_userid"] for each in call} == {"wangwu"}
    assert {each["transfer_success_msg"] for each in call} == {"您好"}
    own = console.ask(f"{path}:retry", {**asked, "takeover": "wangwu", "approved": True})
    assert (own.status, own.code) == (409, "approval_required")
    second = console.ask(f"{path}:retry", {**asked, "takeover": "wangwu", "approved": True}, caller=CHECKER)
    assert [each["name"] for each in second.json["retried"]] == ["甲"]
    console.bundle.settle()
    console.at.poll("04 10:45")
    console.at.poll("04 10:55")
    over = console.get(path)
    assert (over["status"], over["progress"]["by_status"]) == ("COMPLETED", {"SETTLED": 3})
    report = console.get(f"{path}/report")
    assert (report["submitted"], report["succeeded"], report["refusal"]) == (3, 3, 0.0)
    first = console.get(f"{path}/items", status="REFUSED")["items"]
    assert [(each["name"], each["next"], each["attempt"]) for each in first] == [("甲", "0001.2", 1)]


def test_inh_13_whom_nobody_else_could_take_goes_to_somebody_by_hand(console: Console) -> None:
    there = console.at.friend("甲")[0]
    plan = console.confirmed(console.drafted(["zhangsan"], ["lisi"]))
    console.at.ends(there, "limit")
    console.at.poll("02 10:30")
    assert (console.at.codes(plan["plan_id"])[there], console.get(f"/{plan['plan_id']}")["status"]) == (
        "unassigned",
        "COMPLETED",
    )
    asked = {"statuses": ["LIMIT_EXCEEDED"], "takeover": "wangwu", "reason": "换人再试"}
    assert console.ask(f"/{plan['plan_id']}:retry", asked).json["plan"]["counts"]["unassigned"] == 0
    console.bundle.settle()
    console.at.poll("03 10:40")
    console.at.poll("03 10:50")
    assert console.get(f"/{plan['plan_id']}")["status"] == "COMPLETED"


def test_inh_13_a_plan_with_a_hundred_takeovers_is_tried_again(console: Console) -> None:
    others = [f"m{each:02}" for each in range(99)]
    console.member("lisi", "wangwu", *others)
    console.many("zhangsan", 2)
    takeovers = [{"userid": "lisi", "max_take": 1}, *({"userid": each, "max_take": 0} for each in others)]
    plan = console.drafted(["zhangsan"], takeovers)
    console.confirmed(plan, allow_partial=True)
    asked = {"statuses": ["SKIPPED"], "takeover": "wangwu", "reason": "换人再试"}
    tried = console.ask(f"/{plan['plan_id']}:retry", asked).json
    assert (len(tried["retried"]), tried["complete"]) == (1, True)


def test_a_team_lead_drafts_among_their_own_people_alone(console: Console) -> None:
    lead = Caller("zhangsan", "team_lead", "team", departments=(2,), leads=(2,))
    console.many("lisi", 2)
    own = {**terms(["lisi"], ["wangwu"]), "reason": "complaint"}
    made = console.ask("", own, caller=lead)
    assert made.status == 201, made.text
    for beyond in (terms(["ChenMei"], ["wangwu"]), terms(["lisi"], ["ChenMei"])):
        refused = console.ask(":preview", beyond, caller=lead)
        assert (refused.status, refused.code) == (403, "out_of_scope")
    theirs = console.drafted(["ChenMei"], ["LiuYang"])
    assert console.ask(f"/{theirs['plan_id']}", method="GET", caller=lead).status == 404
    listed = console.ask("", method="GET", caller=lead).json["items"]
    assert [each["plan_id"] for each in listed] == [made.json["plan_id"]]
    told = {"selection_hash": made.json["selection_hash"]}
    assert console.ask(f"/{made.json['plan_id']}:confirm", told, caller=lead).status == 403
    console.confirmed(made.json)
    running = console.ask(f"/{made.json['plan_id']}:cancel", {}, caller=lead)
    assert (running.status, console.get(f"/{made.json['plan_id']}")["approved_by"]) == (403, "admin")


def test_a_saved_query_selects_and_companies_stay_together(console: Console) -> None:
    from scrm.accounts.dynamodb import account_step
    from scrm.accounts.model import Account
    from scrm.customers.model import customer_id_of
    from scrm.table import in_transaction
    from tests.doubles.bundle import CORP_ID

    there = console.many("zhangsan", 5)
    console.holds("zhangsan", "gone", status="deleted_by_customer")
    found = console.preview(["zhangsan"], ["lisi"], query_id="deleted-us")
    assert found["counts"]["by_code"] == {"not_friend": 1}
    with in_transaction() as transaction:
        for each in (there[0], there[2], there[4]):
            _, step = account_step(customer_id_of(CORP_ID, each), Account("王记"), console.bundle.time.now())
            step(transaction)
    kept = console.preview(["zhangsan"], ["lisi", "wangwu"], blocks="account", external_userids=there)
    company = {each["takeover"] for each in kept["items"] if each["external_userid"] in there[::2]}
    assert (company, kept["matrix"]["counts"]) == ({"lisi"}, [[3, 2]])


def test_items_are_paged_filtered_and_exported(console: Console) -> None:
    console.many("zhangsan", 7)
    plan = console.drafted(["zhangsan"], [{"userid": "lisi", "max_take": 5}])
    path = f"/{plan['plan_id']}/items"
    first = console.get(path, limit="4")
    rest = console.get(path, limit="4", cursor=first["next_cursor"])
    assert ([len(each["items"]) for each in (first, rest)], rest["next_cursor"]) == ([4, 3], None)
    assert [each["code"] for each in console.get(path, code="unassigned")["items"]] == ["unassigned"] * 2
    name = f"PLAN#{plan['plan_id']}#None#None#None#None"
    for forged in (
        "x",
        encode(name, {"batch": "0001", "place": "x"}),
        encode(name, {"batch": "~", "place": 0}),
    ):
        assert console.ask(path, method="GET", cursor=str(forged)).status == 422
    console.confirmed(plan, allow_partial=True)
    console.at.done("POST", f"{PLANS}/{plan['plan_id']}:export", {"reason": "核对"})
    parts = [base64.b64decode(each["text"]) for each in console.bundle.rows("EXPORT#")]
    text = "".join(zlib.decompress(each).decode() for each in parts)
    assert text.count("接替人名额不足，未分配") == 2
    assert text.count("\r\n") == 7


def test_p1_an_erased_person_is_nobody_in_plans_and_still_counts(console: Console) -> None:
    from scrm.inheritance import erasing
    from scrm.privacy.person import Person

    (there, other) = console.many("zhangsan", 2)
    plan = console.drafted(["zhangsan"], ["lisi"], external_userids=[there, other])
    console.confirmed(plan)
    person = Person((), (there,), pseudonym="er_1")
    assert erasing.erase(person, list(erasing.find(person))) == 2
    assert list(erasing.find(person)) == []
    items = console.get(f"/{plan['plan_id']}/items")["items"]
    assert sorted(each["external_userid"] for each in items) == sorted([other, "er_1.0"])
    assert console.get(f"/{plan['plan_id']}/report")["by_code"] == {"40096": 2}


def test_a_plan_does_not_tell_who_that_is_whom_it_names(console: Console) -> None:
    (there, _) = console.at.friend("甲", "wangwu")
    plan = console.drafted(["zhangsan"], ["lisi"], external_userids=[there])
    (item,) = console.get(f"/{plan['plan_id']}/items")["items"]
    assert (item["code"], item["name"]) == ("not_friend", "")
    console.at.friend("乙")
    plan = console.drafted(["zhangsan"], ["lisi"], external_userids=[there, console.at.friend("丙")[0]])
    console.confirmed(plan)
    tried = console.ask(f"/{plan['plan_id']}:retry", {"statuses": ["SKIPPED"], "reason": "再试"}).json
    assert ([each["code"] for each in tried["not_retried"]], tried["retried"]) == (["not_friend"], [])


def test_inh_06_no_tags_are_something_else_than_none_said(console: Console) -> None:
    tag = console.at.tag("已继承")
    said = {"absent": {}, "none": {"tag_ids": []}, "one": {"tag_ids": [tag]}}
    drafted = {name: console.drafted(["zhangsan"], ["lisi"], **more) for name, more in said.items()}
    held = {
        name: console.get(f"/{each['plan_id']}")["terms"].get("tag_ids") for name, each in drafted.items()
    }
    assert held == {"absent": None, "none": [], "one": [tag]}


def test_what_is_wrong_is_named(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(**more: Any) -> list[str]:
        answered = console.ask(":preview", {**terms(["zhangsan"], ["lisi"]), **more})
        assert answered.status == 422, answered.text
        return [each["field"] for each in answered.json["errors"]]

    assert wrong(takeovers=[{"userid": "zhangsan"}]) == ["takeovers.0.userid"]
    assert wrong(takeovers=[{"userid": "nobody"}]) == ["takeovers.0.userid"]
    assert wrong(handovers=["zhangsan", "ZhangSan"]) == ["handovers.1"]
    assert wrong(allocation="matrix") == ["matrix"]
    assert wrong(query_id="none") == ["query_id"]
    assert wrong(tag_ids=["none"]) == ["tag_ids.0"]
    assert wrong(external_userids=[f"wm{each:0100}" for each in range(3000)]) == ["external_userids"]
    assert wrong(condition={"field": "nothing", "op": "is", "value": 1}) == ["condition.field"]
    assert wrong(rules=[{"takeovers": ["wangwu"]}], allocation="rule") == ["rules.0.takeovers.0"]
    assert wrong(rules=[{"takeovers": ["lisi", "LiSi"]}], allocation="rule") == ["rules.0.takeovers.1"]
    assert wrong(filter={"tags": ["a b"], "channel": ["x" * 128] * 20}) == ["filter.channel", "filter.tags"]
    assert console.ask(":preview", {**terms(["zhangsan"], ["lisi"]), "filter": {"tags": []}}).status == 200
    console.many("zhangsan", 4)
    monkeypatch.setattr("scrm.inheritance.selecting.MOST", 3)
    assert wrong() == ["filter"]
