"""Merging two leads: preview, merge, what finds which afterwards, reversal (spec 2.3, 4.3; decision 0026)."""

from typing import Any

import pytest

from tests.component.aborting import Steps, survives
from tests.component.leads.leads_world import Leads

PHONE, CRMID = "13800138000", "C-1"
KEPT = ("LEAD#", "LOADS", "UNIQ#", "LAST#", "LEADS#", "MEMBER#")
WHY = {"reason": "同一个人"}
INTO_B = {"into": "B", **WHY}


@pytest.fixture
def two(leads: Leads) -> Leads:
    """A is lisi's, by phone, followed up with a demand; B is wangwu's, by crmid."""
    leads.lead("A", "lisi", name="陈一", keys=(("phone", PHONE),))
    told = {
        "method": "visit",
        "content": "上门",
        "demand": "三台",
        "next_at": "2026-03-05T10:00:00+08:00",
    }
    leads.done("lisi", "POST", "/leads/A/follow-ups", told)
    leads.lead("B", "wangwu", name="陈一", keys=(("crmid", CRMID),))
    return leads


def told_again(source_id: str = "s-1") -> Any:
    """Take in a lead with the phone of A, from a website."""
    from scrm import clock
    from scrm.leads.intake import Told, take_in
    from scrm.leads.model import Lead

    return take_in(Told("website", source_id, (("phone", PHONE),), Lead("", "NEW", "website")), clock.now())


def opens(userid: str) -> int:
    from scrm.leads.loads_dynamodb import load_of

    return load_of(userid).open


def has(kind: str, value: str) -> str:
    """Return which open lead has a key."""
    from scrm.leads.dynamodb import having

    return having([(kind, value)]).get((kind, value), "")  # type: ignore[arg-type, list-item]


def test_led_06_a_preview_tells_what_would_move_and_writes_nothing(two: Leads) -> None:
    told_again()
    two.send("admin", "GET", "/pools")
    before = two.tables.held()

    told = two.done("admin", "POST", "/leads/A:merge", {**INTO_B, "dry_run": True})

    assert two.tables.held() == before
    assert (told["dry_run"], told["owner_after"]["userid"]) == (True, "wangwu")
    goes = told["goes"]
    assert (goes["lead_id"], goes["status"], goes["owner"]["userid"]) == ("A", "FOLLOWING", "lisi")
    assert (goes["touches"], goes["follow_ups"], goes["demand"]) == (1, 1, True)
    assert goes["protect_until"] == "2026-03-12T10:15:00+08:00"
    assert told["keys"] == [{"kind": "phone", "value": "138****8000"}]
    assert told["loads"] == [{"userid": "lisi", "open_before": 1, "open_after": 0}]
    assert [each["code"] for each in told["warnings"]] == ["owners_differ", "further_ahead"]


def test_led_06_a_merge_moves_the_keys_and_shows_what_is_there_with_the_survivor(
    two: Leads, lambda_context: Any
) -> None:
    two.react(lambda_context)
    told_again()

    merged = two.done("admin", "POST", "/leads/A:merge", INTO_B)

    assert (merged["goes"]["status"], merged["stays"]["absorbed"]) == ("MERGED", ["A"])
    assert (two["A"].status, two["A"].merged_into, has("phone", PHONE)) == ("MERGED", "B", "B")
    assert (opens("lisi"), opens("wangwu")) == (0, 1)
    told = [(each["userid"], each["kind"]) for each in two.react(lambda_context)]
    assert told.count(("lisi", "alert")) == 2  # the touch before, and the merge
    assert ("wangwu", "alert") in told
    # Whoever asks for the phone now finds the survivor, which is touched.
    taken = told_again("s-2")
    assert (taken.outcome, taken.lead_id) == ("touched", "B")
    page = two.done("wangwu", "GET", "/leads/B")
    assert [each["kind"] for each in page["timeline"]].count("touch") == 2
    assert [each["facts"]["content"] for each in page["timeline"] if each["kind"] == "follow_up"] == ["上门"]
    assert (page["demand"]["text"], page["absorbed"], "visit" in page["evidence"]) == ("三台", ["A"], True)
    listed = two.done("wangwu", "GET", "/leads/B/follow-ups")
    assert [each["content"] for each in listed["items"]] == ["上门"]
    assert "absorb" in {each["facts"].get("trigger") for each in page["timeline"]}
    gone = two.done("lisi", "GET", "/leads/A")
    assert (gone["merged_into"], gone["timeline"][0]["facts"]["trigger"]) == ("B", "merge")
    (line,) = [each for each in two.tables.rows("AUDIT") if each.get("action") == "leads_merged"]
    assert (line["actor"], line["subject"]) == ("admin", "LEAD#A")


def test_led_06_a_merged_lead_is_final(two: Leads) -> None:
    two.done("admin", "POST", "/leads/A:merge", INTO_B)

    talked = {"method": "call", "content": "再聊"}
    assert two.refused("lisi", "POST", "/leads/A/follow-ups", talked) == (409, "wrong_status")
    assert two.refused("lisi", "POST", "/leads/A:release", WHY) == (409, "wrong_status")
    assert two.refused("admin", "POST", "/leads/A:transfer", {"to": "wangwu", **WHY}) == (409, "wrong_status")
    assert two.refused("admin", "POST", "/leads/A:reopen", WHY) == (409, "wrong_status")
    assert two.refused("admin", "POST", "/leads/A:lock", WHY) == (409, "wrong_status")
    give_up = {"trigger": "give_up", **WHY}
    assert two.refused("lisi", "POST", "/leads/A:transition", give_up) == (409, "wrong_status")


def test_led_06_a_reversal_restores_exactly(two: Leads, lambda_context: Any) -> None:
    two.react(lambda_context)
    was = two["A"]
    two.done("admin", "POST", "/leads/A:merge", INTO_B)
    two.react(lambda_context)
    tasks = [each["status"] for each in two.tables.rows("MEMBER#lisi", "TASK#")]
    assert tasks == ["cancelled"]

    two.clock("2026-03-02", "10:20")
    parted = two.done("admin", "POST", "/leads/A:unmerge", {"reason": "不是同一个人"})

    assert (parted["goes"]["status"], parted["owner_after"]["userid"]) == ("FOLLOWING", "lisi")
    assert parted["loads"] == [{"userid": "lisi", "open_before": 0, "open_after": 1}]
    now = two["A"]
    for name in ("status", "owner", "pool_id", "keys", "protect_until", "hard_until", "followed_at", "epoch"):
        assert getattr(now, name) == getattr(was, name), name
    assert (two["B"].keys, two["B"].absorbed) == ((("crmid", CRMID),), ())
    assert (has("phone", PHONE), has("crmid", CRMID)) == ("A", "B")
    assert (opens("lisi"), opens("wangwu")) == (1, 1)
    two.react(lambda_context)
    assert sorted(each["status"] for each in two.tables.rows("MEMBER#lisi", "TASK#")) == ["cancelled", "open"]
    page = two.done("wangwu", "GET", "/leads/B")
    assert [each["kind"] for each in page["timeline"] if each["kind"] != "step"] == []
    two.tick(lambda_context)
    assert two["A"].owner == "lisi"
    two.done("lisi", "POST", "/leads/A/follow-ups", {"method": "call", "content": "继续"})


def test_led_06_no_reversal_once_the_survivor_is_closed(two: Leads) -> None:
    two.done("admin", "POST", "/leads/A:merge", INTO_B)
    two.done("wangwu", "POST", "/leads/B:transition", {"trigger": "give_up", "reason": "无预算"})

    assert two.refused("admin", "POST", "/leads/A:unmerge", WHY) == (409, "survivor_closed")
    # Its keys are free for the next lead of the person, which follows the survivor.
    taken = told_again("s-3")
    assert (taken.outcome, two[taken.lead_id].previous_lead_id) == ("created", "B")


def test_led_06_no_reversal_when_somebody_else_has_a_key(two: Leads) -> None:
    from scrm.leads.dynamodb import UniqueRow

    two.done("admin", "POST", "/leads/A:merge", INTO_B)
    UniqueRow(f"UNIQ#phone#{PHONE}", "UNIQ", lead_id="C").save()

    assert two.refused("admin", "POST", "/leads/A:unmerge", WHY) == (409, "keys_claimed")


def test_led_06_stale_versions_repetition_and_what_is_wrong(two: Leads) -> None:
    assert two.refused("admin", "POST", "/leads/A:merge", {**INTO_B, "version": 1}) == (
        409,
        "version_conflict",
    )
    stale = {**INTO_B, "into_version": 1}
    assert two.refused("admin", "POST", "/leads/A:merge", stale) == (409, "version_conflict")
    assert two.refused("admin", "POST", "/leads/A:merge", {"into": "A", **WHY}) == (409, "same_lead")
    assert two.refused("admin", "POST", "/leads/A:merge", {"into": "none", **WHY}) == (404, "not_found")
    assert two.refused("zhangsan", "POST", "/leads/A:merge", INTO_B) == (403, "wrong_actor")
    answered = two.send("admin", "POST", "/leads/A:merge", {"into": "B", "reason": ""})
    assert (answered.status, answered.json["errors"][0]["field"]) == (422, "reason")
    assert two.refused("admin", "POST", "/leads/A:unmerge", WHY) == (409, "not_merged")
    two.done("admin", "POST", "/leads/A:merge", INTO_B)
    version = two["B"].version
    again = two.done("admin", "POST", "/leads/A:merge", INTO_B)
    assert (again["goes"]["status"], two["B"].version) == ("MERGED", version)


def test_led_06_the_source_that_tells_of_an_absorbed_lead_again_tells_nothing_new(leads: Leads) -> None:
    first = told_again("s-1").lead_id
    leads.lead("B", "wangwu", keys=(("crmid", CRMID),))
    leads.done("admin", "POST", f"/leads/{first}:merge", INTO_B)

    again = told_again("s-1")

    assert (again.outcome, again.lead_id, leads.tables.rows("LEAD#B", "TOUCH#")) == ("known", "B", [])


def test_led_06_merged_between_the_read_and_the_write_of_others(two: Leads, monkeypatch: Any) -> None:
    """Whoever changes either lead meanwhile wins, or loses, as a whole."""
    from botocore.client import BaseClient

    real, others = BaseClient._make_api_call, []
    two.send("admin", "GET", "/pools")
    two.send("wangwu", "GET", "/pools")

    def first_the_other(client: Any, operation: str, params: Any) -> Any:
        if operation == "TransactWriteItems" and not others and "leads_merged" in str(params):
            others.append(None)
            two.done("wangwu", "POST", "/leads/B:transition", {"trigger": "give_up", "reason": "无预算"})
        return real(client, operation, params)

    with monkeypatch.context() as patch:
        patch.setattr(BaseClient, "_make_api_call", first_the_other)
        answered = two.send("admin", "POST", "/leads/A:merge", INTO_B)

    assert (answered.status, answered.code) == (409, "version_conflict")
    assert (two["A"].status, has("phone", PHONE), opens("lisi")) == ("FOLLOWING", "A", 1)


@pytest.mark.parametrize("path", ["/leads/A:merge", "/leads/A:unmerge"])
def test_led_06_killed_anywhere_and_sent_again(
    leads: Leads, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    steps = Steps()
    body = INTO_B if path.endswith(":merge") else WHY

    def prepare() -> Any:
        steps.restart(None)
        leads.clear(*KEPT)
        leads.lead("A", "lisi", keys=(("phone", PHONE),))
        leads.lead("B", "wangwu", keys=(("crmid", CRMID),))
        if path.endswith(":unmerge"):
            leads.done("admin", "POST", "/leads/A:merge", INTO_B)
        leads.send("admin", "GET", "/pools")
        return lambda: leads.send("admin", "POST", path, body)

    def ends() -> Any:
        return [row for row in leads.tables.rows() if row["PK"].startswith(KEPT)]

    with steps.watched(monkeypatch, leads.corp):
        different = survives(steps, prepare, ends)

    assert steps.taken > 4
    assert different == {}


# ------------------------------------------------------------------ possible duplicates


def bound(*identities: tuple[str, str]) -> None:
    """Let identities be one customer's."""
    from scrm import clock
    from scrm.customers.dynamodb import Customers
    from scrm.customers.model import Customer
    from scrm.identities.dynamodb import Identities

    for kind, value in identities:
        Identities().bind(kind, value, "cu_1", clock.now())  # type: ignore[arg-type]  # kinds of identity
    Customers().save_customer(Customer("cu_1", identities=identities), clock.now())


def test_led_06_leads_of_one_customer_by_now_are_told_as_possible_duplicates_and_merged_by_a_person(
    two: Leads,
) -> None:
    def told(userid: str, lead_id: str) -> Any:
        page = two.done(userid, "GET", f"/leads/{lead_id}")
        return [
            (each["lead_id"], each["why"], each["owner"], each["may_merge"])
            for each in page["possible_duplicates"]
        ]

    assert told("lisi", "A") == told("wangwu", "B") == []
    bound(("phone", PHONE), ("crmid", CRMID))

    assert told("lisi", "A") == [("B", "same_customer", "王**", False)]
    assert told("wangwu", "B") == [("A", "same_customer", "李**", False)]
    assert told("admin", "A") == [("B", "same_customer", "王五", True)]
    assert (two["A"].owner, two["B"].owner) == ("lisi", "wangwu")
    two.done("admin", "POST", "/leads/A:merge", INTO_B)
    assert told("admin", "A") == told("admin", "B") == []


def test_led_06_what_an_automatic_intake_tells_of_both_is_noted_with_both_once(two: Leads) -> None:
    from scrm import clock
    from scrm.leads.intake import Told, take_in
    from scrm.leads.model import Lead

    keys: Any = (("phone", PHONE), ("crmid", CRMID))
    for _ in range(2):
        taken = take_in(Told("crawler", "s-9", keys, Lead("", "NEW", "crawler")), clock.now())
        assert taken.outcome == "conflict"

    rows = [(each["PK"], each["SK"]) for each in two.tables.rows("LEAD#", "ALIKE#")]
    assert rows == [("LEAD#A", "ALIKE#B"), ("LEAD#B", "ALIKE#A")]
    (hint,) = two.done("admin", "GET", "/leads/B")["possible_duplicates"]
    assert (hint["lead_id"], hint["why"], hint["may_merge"]) == ("A", "told_together", True)


def test_led_06_who_administers_one_of_them_says_that_two_leads_are_not_one_persons(two: Leads) -> None:
    def hints(lead_id: str) -> list[str]:
        page = two.done("admin", "GET", f"/leads/{lead_id}")
        return [each["lead_id"] for each in page["possible_duplicates"]]

    path, dismissed = "/leads/A:dismiss-duplicate", {"lead_id": "B", "reason": "父子两人"}
    assert two.refused("admin", "POST", path, dismissed)[0] == 404
    bound(("phone", PHONE), ("crmid", CRMID))
    assert (hints("A"), hints("B")) == (["B"], ["A"])

    assert two.refused("lisi", "POST", path, dismissed) == (403, "wrong_actor")
    assert two.refused("admin", "POST", path, {"lead_id": "B"})[0] == 422
    for _ in range(2):
        assert two.done("admin", "POST", path, dismissed) == {"items": []}

    assert (hints("A"), hints("B")) == ([], [])
    (line,) = [each for each in two.tables.rows("AUDIT") if each.get("action") == "lead_duplicate_dismissed"]
    assert (line["actor"], line["subject"]) == ("admin", "LEAD#A")
