"""P1, ADM-09: a person is erased from everywhere, and nothing that comes later brings them back."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from scrm.privacy.person import mentions
from tests.bench.scenarios import with_channel
from tests.component.privacy import world
from tests.component.privacy.world import ask, everything, known_customer
from tests.doubles.bundle import Bundle
from tests.doubles.sqs import Queues
from tests.faults.crashing import Killer

CONFIRMED = {"reason": "本人来电要求", "confirm": "永久删除"}


@pytest.fixture
def bundle() -> Iterator[Bundle]:
    made = Bundle(seed="erasure")
    with made.running():
        yield made


def erase(bundle: Bundle, named: str) -> Any:
    return ask(bundle, "POST", f"/admin/customers/{named}:erase", CONFIRMED)


def come_to_rest(bundle: Bundle) -> None:
    bundle.settle()
    bundle.time.sleep(60)
    bundle.settle()


def canaries(there: str) -> list[str]:
    ids = [there, world.customer_id(there)]
    return [*ids, world.NAME, world.REMARK, world.PHONE, world.CRMID, world.EMAIL, world.UNIONID]


def left(bundle: Bundle, words: list[str]) -> dict[str, str]:
    """Return what is left of the words, each with the rows that hold it."""
    rows = [(row, json.dumps(row, ensure_ascii=False, default=str)) for row in bundle.rows()]
    text = everything(bundle)
    return {
        word: str([(row["PK"], row["SK"]) for row, shown in rows if word in shown][:3])
        for word in words
        if mentions(text, [word])
    }


def test_p1_adm_09_nothing_is_left_in_any_row_index_or_queue(bundle):
    there = known_customer(bundle)
    words = canaries(there)
    assert set(left(bundle, words)) == set(words)

    begun = erase(bundle, there)
    assert (begun.status, begun.json["status"]) == (202, "running")
    come_to_rest(bundle)

    assert left(bundle, words) == {}
    shown = ask(bundle, "GET", f"/admin/erasures/{begun.json['erasure_id']}").json
    assert shown["status"] == "done"
    assert shown["rows"] > 15


def test_p1_what_is_counted_stays_counted(bundle):
    there = known_customer(bundle)
    adds = len(bundle.rows("CHANNEL#"))
    tasks = sum(row["SK"].startswith("TASK#") for row in bundle.rows("MEMBER#"))

    erase(bundle, there)
    come_to_rest(bundle)

    assert (len(bundle.rows("CHANNEL#")), adds) == (1, 1)
    assert sum(row["SK"].startswith("TASK#") for row in bundle.rows("MEMBER#")) == tasks > 0


def test_p1_what_was_sold_stays_sold_to_nobody(bundle):
    there = known_customer(bundle)
    come_to_rest(bundle)
    entered = bundle.rows("SALES#")

    erase(bundle, there)
    come_to_rest(bundle)

    (attribution, order) = bundle.rows("ORDER#")
    assert attribution["members"]
    assert json.loads(attribution["basis"])["customer_id"] == order["customer_id"]
    assert bundle.rows("SALES#") == entered
    assert sum(each["fen"] for each in entered) == 19_900
    (sale,) = bundle.rows("ORDERS#")
    assert (json.loads(order["placed"])["paid_fen"], sale["paid_fen"]) == (19_900, 19_900)
    assert order["customer_id"].startswith("er_")
    assert sale["PK"] == f"ORDERS#{order['customer_id']}"
    assert bundle.rows(f"CUSTOMER#{order['customer_id']}") == []


def sold_lead() -> None:
    """Let an account win a lead of the person, into which another one went; a contract was void before."""
    from datetime import date

    from scrm import clock
    from scrm.leads import dynamodb as leads
    from scrm.leads.contracting import sign, void
    from scrm.leads.contracts import Contract
    from scrm.leads.earning import settle_account
    from scrm.leads.evidence_dynamodb import record_opened
    from scrm.leads.model import Lead
    from scrm.leads.touches_dynamodb import append

    now = clock.now()
    told = {"owner": "zhangsan", "created_at": now, "owned_at": now, "protect_until": now}
    keys = (("crmid", world.CRMID),)
    leads.create(
        Lead("ld_sold", "INTENT", "website", world.NAME, keys=keys, absorbed=("ld_gone",), **told), {}, None
    )
    gone = Lead(
        "ld_gone",
        "MERGED",
        "website",
        world.NAME,
        keys=(("phone", world.PHONE),),
        merged_into="ld_sold",
        **told,
    )
    leads.create(gone, {"demand": world.REMARK}, None)
    append("ld_gone", "website", "s-1", "", "zhangsan", world.NAME, {"note": world.PHONE}, now)
    for number, fen in ((1, 100), (2, 19_900)):
        first, last = date(2026, 3, 1), date(2026, 12, 31)
        contract = Contract(
            f"ct_{number}", "ld_sold", fen, now, first, last, number=world.NAME, by="zhangsan"
        )
        sign(contract, now)
        if number == 1:
            void(contract, "finance", f"{world.NAME}反悔", now)
    record_opened(world.CRMID, "acc-1", now)
    settle_account(world.CRMID, now)


def of_lead(bundle: Bundle, start: str) -> list[Any]:
    return [row for row in bundle.rows("LEAD#ld_sold") if row["SK"].startswith(start)]


def test_p1_led_20_what_was_sold_of_a_lead_stays_without_whom(bundle):
    there = known_customer(bundle)
    words = canaries(there)
    sold_lead()
    come_to_rest(bundle)
    (won,) = of_lead(bundle, "WON")
    assert won["evidence"] == f"account#{world.CRMID}#acc-1"

    erase(bundle, there)
    come_to_rest(bundle)

    assert left(bundle, words) == {}
    kept = {row["SK"]: json.loads(row["contract"]) for row in of_lead(bundle, "CONTRACT#")}
    assert [(kept[each]["amount_fen"], kept[each]["number"]) for each in sorted(kept)] == [
        (100, "***"),
        (19_900, "***"),
    ]
    assert kept["CONTRACT#ct_1"]["void_reason"] == "***反悔"
    (won,) = of_lead(bundle, "WON")
    assert (won["lead_id"], won["evidence"]) == ("ld_sold", "account#***#acc-1")
    assert json.loads(of_lead(bundle, "LEAD")[0]["card"])["s"] == "WON"
    assert [row["SK"] for row in bundle.rows("LEAD#ld_gone") if not row["SK"].startswith("HISTORY#")] == [
        "LEAD"
    ]
    assert bundle.rows("OPENED#") == []


def test_p1_led_27_a_lead_that_no_key_names_goes_with_the_customer_it_became(bundle):
    from scrm import clock
    from scrm.http.caller import Caller
    from scrm.leads import dynamodb as leads
    from scrm.leads.model import Lead

    with_channel(bundle)
    now, words = clock.now(), ["周某某", world.EMAIL, "住在西湖边的那位"]
    told = {"owner": "zhangsan", "created_at": now, "owned_at": now, "protect_until": now}
    contacts = {"contacts": [{"type": "email", "value": world.EMAIL}]}
    told |= {"trigger": "create", "updated_by": "website", "updated_at": now}
    leads.create(Lead("ld_mail", "FOLLOWING", "website", "周某某", **told), contacts, None)
    staff = Caller("zhangsan", "staff", "own")
    made = ask(bundle, "POST", "/workbench/leads/ld_mail:convert", {}, staff)
    assert made.status in {200, 201}, made.text
    given_up = {"to": "LOST", "reason": f"{words[2]}不需要"}
    assert ask(bundle, "POST", "/workbench/leads/ld_mail:transition", given_up, staff).status == 200
    come_to_rest(bundle)
    assert set(left(bundle, words)) == set(words)
    erase(bundle, made.json["customer_id"])
    come_to_rest(bundle)

    assert left(bundle, [*words, made.json["customer_id"]]) == {}
    steps = [row for row in bundle.rows("LEAD#ld_mail") if row["SK"].startswith("HISTORY#")]
    assert [row["to"] for row in steps] == ["FOLLOWING", "FOLLOWING", "LOST", "LOST"]
    assert leads.lead("ld_mail").customer_id.startswith("er_")


def test_p1_what_was_sent_stays_counted_and_its_links_end(bundle):
    there = known_customer(bundle)
    assert len(bundle.rows("LINK#")) == 2

    erase(bundle, there)
    come_to_rest(bundle)

    assert [bundle.rows(each) for each in ("SEND#", "LINK#", "SHARES#")] == [[]] * 3
    (sent,) = bundle.rows("SENDS#")
    assert (sent["customer_id"][:3], sent["opens"], sent["forwards"]) == ("er_", 1, 1)
    (uses,) = [each for each in bundle.rows("USES#material") if each["SK"] == "ma_1"]
    assert (uses["sends"], uses["opens"], uses["forwards"]) == (1, 1, 1)


def test_p1_files_memberships_and_claims_go(bundle):
    there = known_customer(bundle)

    erase(bundle, there)
    come_to_rest(bundle)

    assert [bundle.rows(each) for each in ("EXPORT#", "PRETAG#", "CONFLICTS", "SEGMENT#sg_1")] == [[]] * 4
    (result,) = [row for row in bundle.rows("JOB#job_1") if row["SK"].startswith("RESULT#")]
    ((subject, status, word),) = json.loads(result["results"])
    assert (subject[:3], status, word) == ("er_", "done", "***")


def test_p1_a_sop_forgets_them_and_a_mass_send_goes_on_without(bundle):
    import base64
    import zlib

    there = known_customer(bundle)

    erase(bundle, there)
    come_to_rest(bundle)

    assert [bundle.rows(each) for each in ("PROGRESS#", "TOUCHES#")] == [[]] * 2
    rows = {row["SK"]: row for row in bundle.rows("MASS#")}
    assert sorted(rows) == ["CALL#0001", "HEAD", "NAMED#0001#0"]
    assert zlib.decompress(base64.b64decode(rows["NAMED#0001#0"]["packed"])).decode() == world.OTHER
    assert json.loads(rows["CALL#0001"]["call"])["text"] == "***您好"


def test_p1_a_plan_keeps_its_counts_and_forgets_whom(bundle):
    from scrm.inheritance.plans_dynamodb import batch_of, plan_of

    there = known_customer(bundle)

    erase(bundle, there)
    come_to_rest(bundle)

    first, other = batch_of("p1", "0001").items
    assert {first.external_userid[:3], first.customer_id[:3]} == {"er_"}
    assert (first.status, first.code) == ("SKIPPED", "erased")
    assert (other.external_userid, other.status) == (world.OTHER, "WAITING")
    (named,) = plan_of("p1").terms["external_userids"]
    assert named.startswith("er_"), "a draft that named nobody would be about everybody"


def test_p1_the_dead_letters_of_others_stay(bundle):
    there = known_customer(bundle)

    erase(bundle, there)
    come_to_rest(bundle)

    dead = bundle.cloud.queues.queues["ReactToChangesDead"].messages.values()
    assert [json.loads(each.body) for each in dead] == [{"dead": "somebody else's"}]


def test_p1_the_audit_log_names_nobody_and_its_chain_holds(bundle):
    there = known_customer(bundle)
    before = len(bundle.rows("AUDIT"))

    erase(bundle, there)
    come_to_rest(bundle)

    verified = ask(bundle, "GET", "/admin/audit:verify").json
    assert (verified["ok"], verified["checked"]) == (True, before + 1)
    actions = [row["action"] for row in bundle.rows("AUDIT") if row["SK"] != "HEAD"]
    assert actions[-2:] == ["erasure_requested", "customer_erased"]


def test_p1_late_callbacks_and_a_nightly_reconciliation_do_not_resurrect(bundle):
    there = known_customer(bundle)
    late = bundle.wecom.world
    erase(bundle, there)
    come_to_rest(bundle)
    known = [(row["PK"], row["SK"]) for row in bundle.rows()]

    # Beyond the queue's own deduplication.
    bundle.time.sleep(900)
    for callback in list(late.deliveries):
        assert bundle.post(_sealed(bundle, callback.xml)) == 200
    bundle.settle()
    bundle.time.sleep(86_400)
    bundle.invoke("reconcile_customers", {"time": bundle.time.now().isoformat()})
    bundle.settle()

    new = [key for key in ((row["PK"], row["SK"]) for row in bundle.rows()) if key not in known]
    assert [key for key in new if not key[0].startswith(("SYNC", "AUDIT"))] == []
    assert left(bundle, [there, world.NAME, world.REMARK]) == {}


def test_p1_a_new_friendship_is_a_new_stranger(bundle):
    there = known_customer(bundle)
    erase(bundle, there)
    come_to_rest(bundle)

    bundle.time.sleep(3600)
    bundle.wecom.people.scan(userid="lisi", external_userid=there)
    bundle.arrive()
    bundle.settle()

    contact = [row for row in bundle.rows(f"CONTACT#{there}") if row["SK"] != "CONTACT"]
    assert [row["userid"] for row in contact] == ["lisi"]
    assert left(bundle, [world.REMARK, world.CRMID, world.EMAIL]) == {}


def test_p1_another_system_does_not_bring_an_erased_number_back(bundle):
    there = known_customer(bundle)
    erase(bundle, there)
    come_to_rest(bundle)

    bound = signed(bundle, "/integrations/identities", {"phone": world.PHONE, "crmid": "other"})

    assert (bound.status, bound.code) == (409, "person_erased")
    assert left(bundle, [world.PHONE]) == {}


def test_adm_09_it_takes_a_reason_and_the_words_that_say_it_is_meant(bundle):
    there = known_customer(bundle)
    path = f"/admin/customers/{there}:erase"

    refused = ask(bundle, "POST", path, {**CONFIRMED, "confirm": "是"})
    named = ask(bundle, "POST", path, {**CONFIRMED, "reason": f"{world.NAME}要求"})

    assert [each["field"] for each in refused.json["errors"]] == ["confirm"]
    assert [each["field"] for each in named.json["errors"]] == ["reason"]
    assert ask(bundle, "POST", "/admin/customers/wmNobody:erase", CONFIRMED).status == 404


def test_asked_for_twice_it_is_one_erasure(bundle):
    there = known_customer(bundle)

    first, again = erase(bundle, there), erase(bundle, there)
    come_to_rest(bundle)

    assert first.json["erasure_id"] == again.json["erasure_id"]
    assert erase(bundle, there).status == 404


def test_p1_it_is_a_job_that_is_seen_and_not_called_off(bundle):
    there = known_customer(bundle)
    erasure_id = erase(bundle, there).json["erasure_id"]
    bundle.settle()

    begun = ask(bundle, "GET", f"/admin/jobs/{erasure_id}").json
    refused = ask(bundle, "POST", f"/admin/jobs/{erasure_id}:cancel")
    assert ask(bundle, "GET", f"/admin/erasures/{erasure_id}").json["status"] == "checking"
    come_to_rest(bundle)

    assert (begun["kind"], begun["status"]) == ("erasure", "running")
    assert (refused.status, refused.code) == (409, "job_irrevocable")
    ended = ask(bundle, "GET", f"/admin/jobs/{erasure_id}").json
    assert (ended["status"], ended["done"], ended["total"]) == ("done", 1, 1)


def test_p1_a_chunk_that_comes_late_or_again_changes_nothing(bundle):
    there = known_customer(bundle)
    erasure_id = erase(bundle, there).json["erasure_id"]
    come_to_rest(bundle)
    before = bundle.rows()

    for chunk in ("00000.000000", "00000.000001"):
        body = {"job_id": erasure_id, "chunk": chunk}
        bundle.cloud.queues.handle(
            "SendMessage", {"QueueUrl": Queues.url("Jobs"), "MessageBody": json.dumps(body)}
        )
    come_to_rest(bundle)

    assert bundle.rows() == before


def outcome(bundle: Bundle) -> list[tuple[str, str]]:
    """Return the keys that are left; the pseudonym and the erasure's id are others in each run."""
    kept = [row for row in bundle.rows() if row["PK"] not in {"AUDIT", "ERASURES"}]
    return sorted((_key(row["PK"]), _key(row["SK"])) for row in kept)


def _key(text: str) -> str:
    return re.sub("er_[0-9a-f]{20}", "er", text)


def test_p1_killed_at_any_step_it_ends_alike():
    def run(at: int) -> tuple[list[tuple[str, str]], dict[str, str], Killer]:
        bundle, killer = Bundle(seed="erasure"), Killer(at)
        with bundle.running("fast"):
            there = known_customer(bundle)
            words = canaries(there)
            erase(bundle, there)
            with killer.loose_in(bundle):
                come_to_rest(bundle)
                bundle.time.sleep(4000)
                bundle.settle()
            return outcome(bundle), left(bundle, words), killer

    expected, nothing, undisturbed = run(0)
    assert nothing == {}
    steps = range(1, undisturbed.steps + 1, 3)
    different = {at: (rows != expected, remains) for at in steps for rows, remains, _ in [run(at)]}
    assert {at: each for at, each in different.items() if each != (False, {})} == {}


def _sealed(bundle: Bundle, xml: str) -> Any:
    sender = bundle.wecom.callbacks
    return sender.seal(next(iter(bundle.wecom.world.receivers.values())), xml)


def signed(bundle: Bundle, path: str, body: dict[str, Any]) -> Any:
    from scrm.integrations.signing import signature
    from tests.component.conftest import http_event_of
    from tests.component.http_world import Answered
    from tests.doubles.bundle import STACK

    bundle.cloud.parameters.values[f"/{STACK}/integrations/crm"] = json.dumps({"secret": "s"})
    text, stamp = json.dumps(body).encode(), int(bundle.time.seconds)
    headers = {
        "X-Scrm-Key": "crm",
        "X-Scrm-Timestamp": str(stamp),
        "X-Scrm-Signature": signature("s", stamp, "POST", path, text),
    }
    return Answered(bundle.invoke("integrations_api", http_event_of("POST", path, text, headers=headers)))
