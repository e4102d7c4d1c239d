"""What the sidebar shows of scripts, materials, products and articles, and to whom (CON-06..08, 12..19)."""

from datetime import timedelta
from typing import Any

import pytest

from scrm.http.caller import Caller
from scrm.library.compiling import compile_library
from scrm.library.model import Uses
from scrm.library.visibility import Visibility
from tests.component.conftest import app_of, http_event_of
from tests.component.http_world import Answered, befriended, caller_of
from tests.component.library.world import (
    NOW,
    change,
    forget,
    group,
    happening,
    item,
    put,
    put_content,
)

LISI = Caller("lisi", "staff", "own", (2,))
SERVICE = Caller("sunqi", "service", "own", (3,))
MARKETING = Caller("zhouba", "marketing", "all", (1,))
ONLY_MARKETING = Visibility(roles=frozenset({"marketing"}))


def send(method: str, path: str, by: Caller = LISI) -> Answered:
    """Send a request; `path` may carry a query."""
    path, _, query = path.partition("?")
    event = http_event_of(method, path, caller=by)
    event["rawQueryString"] = query
    return Answered(app_of("sidebar_api").handler(event, None))


def listed(path: str, by: Caller = LISI) -> list[str]:
    answered = send("GET", path, by)
    assert answered.status == 200, answered.text
    return [each["item_id"] for each in answered.json["items"]]


def ids_of_all_pages(path: str, limit: int, between: Any = lambda: None) -> list[str]:
    """Return the ids of every page; `between` happens after each."""
    found: list[str] = []
    cursor = ""
    while True:
        page = send("GET", f"{path}{'&' if '?' in path else '?'}limit={limit}{cursor}").json
        found += [each["item_id"] for each in page["items"]]
        if page["next_cursor"] is None:
            return found
        cursor = f"&cursor={page['next_cursor']}"
        between()


@pytest.fixture(autouse=True)
def there(tables: Any, at: Any, parameters: Any) -> Any:
    parameters("h5/keys", '["key-of-the-pages"]')
    return tables


def test_con_06_groups_are_a_tree_with_what_the_caller_may_see():
    put(
        group("g1", rank="F"),
        group("g11", "g1"),
        group("g111", "g11"),
        group("g2", rank="V", visibility=ONLY_MARKETING),
        group("empty", rank="W"),
        item("sc_1", "g111"),
        item("sc_2", "g1"),
        item("sc_3", "g2"),
        item("sc_4"),
    )

    told = send("GET", "/sidebar/script-groups", SERVICE).json
    assert told == {
        "items": [
            {"group_id": "g1", "name": "g1", "parent_id": "", "count": 2},
            {"group_id": "g11", "name": "g11", "parent_id": "g1", "count": 1},
            {"group_id": "g111", "name": "g111", "parent_id": "g11", "count": 1},
        ],
        "total": 3,
    }
    all_of_them = send("GET", "/sidebar/script-groups", MARKETING).json
    assert [each["group_id"] for each in all_of_them["items"]] == ["g1", "g11", "g111", "g2"]
    assert listed("/sidebar/scripts?group_id=g1") == ["sc_2", "sc_1"]
    assert listed("/sidebar/scripts?group_id=g2", SERVICE) == listed("/sidebar/scripts?group_id=no") == []


def test_con_14_what_is_out_of_scope_does_not_exist():
    secret = item("sc_m", title="营销活动", initials="<y><x><h><d>", visibility=ONLY_MARKETING)
    put(secret, item("sc_free", title="欢迎"))
    put_content("script", "sc_m", {"title": "营销活动", "parts": []})
    compile_library("script", NOW)
    by_id = "/sidebar/scripts/sc_m"

    assert send("GET", by_id, MARKETING).status == 200
    unknown = send("GET", "/sidebar/scripts/nothing", SERVICE)
    for method, path in (("GET", by_id), ("PUT", f"{by_id}/pin"), ("DELETE", f"{by_id}/pin")):
        refused = send(method, path, SERVICE)
        assert (refused.status, refused.json) == (404, unknown.json), method
    assert listed("/sidebar/scripts", SERVICE) == ["sc_free"]
    assert listed("/sidebar/scripts?q=营销", SERVICE) == listed("/sidebar/scripts?q=yxhd", SERVICE) == []
    assert listed("/sidebar/scripts?q=yxhd", MARKETING) == ["sc_m"]
    change(secret, visibility=Visibility(people=frozenset({"sunqi"})))
    assert listed("/sidebar/scripts?q=yxhd", SERVICE) == ["sc_m"]
    assert send("GET", by_id, MARKETING).status == 404


@pytest.mark.parametrize("status", ["draft", "archived", "deleted"])
def test_only_what_is_published_is_served(status):
    put(item("sc_1", status=status))

    assert listed("/sidebar/scripts") == []
    assert send("GET", "/sidebar/scripts/sc_1").status == 404


def test_by_its_id_an_item_comes_with_its_published_content():
    put(
        item(
            "sc_1",
            title="价格",
            stages=("意向",),
            keywords=("报价",),
            summary={"kinds": ["text"], "text": "您好"},
        )
    )
    parts = [{"kind": "text", "text": "您好 {customer}"}]
    put_content("script", "sc_1", {"title": "价格", "parts": parts})

    assert send("GET", "/sidebar/scripts/sc_1").json == {
        "item_id": "sc_1",
        "title": "价格",
        "group_id": "",
        "keywords": ["报价"],
        "usage": 0,
        "pinned": False,
        "number": 1,
        "published_at": None,
        "stages": ["意向"],
        "recommended": False,
        "kinds": ["text"],
        "text": "您好",
        "content": {"title": "价格", "parts": parts},
    }


def test_con_12_materials_are_apart_and_listed_by_kind():
    put(
        item("mt_image", kind="material", rank="A", summary={"kind": "image", "file_id": "f1"}),
        item("mt_text", kind="material", summary={"kind": "text"}),
        item("mt_hidden", kind="material", summary={"kind": "image"}, visibility=ONLY_MARKETING),
        item("sc_1"),
        item("pr_1", kind="product"),
    )

    assert listed("/sidebar/materials?kind=image") == ["mt_image"]
    assert listed("/sidebar/materials") == ["mt_image", "mt_text"]
    assert listed("/sidebar/scripts") == ["sc_1"]
    assert send("GET", "/sidebar/materials?kind=song").status == 422
    first, second = send("GET", "/sidebar/materials").json["items"]
    assert (first["kind"], second["picture"]) == ("image", None)
    assert first["picture"].startswith("https://scrm.test/h5/files/f1/")


def test_con_08_products_are_listed_by_category():
    put(
        item("pr_1", kind="product", summary={"type": "standard", "category": "课程", "price_fen": 9900}),
        item("pr_2", kind="product", rank="W", summary={"type": "nonstandard", "category": "课程"}),
        item("pr_3", kind="product", rank="X", summary={"type": "standard", "category": "保险"}),
        item("pr_4", kind="product", summary={"category": "机密"}, visibility=ONLY_MARKETING),
    )

    assert listed("/sidebar/products?category=课程".replace("课程", "%E8%AF%BE%E7%A8%8B")) == ["pr_1", "pr_2"]
    assert listed("/sidebar/products?type=standard") == ["pr_1", "pr_3"]
    assert send("GET", "/sidebar/products").json["items"][0]["price_fen"] == 9900
    categories = send("GET", "/sidebar/product-categories").json["items"]
    assert categories == [{"category": "保险", "count": 1}, {"category": "课程", "count": 2}]


def test_con_19_an_article_is_found_by_its_words():
    put(
        item("ar_1", kind="article", title="售后流程", words="七天内可以退款", summary={"text": "七天"}),
        item("ar_2", kind="article", title="发货"),
    )

    assert listed("/sidebar/knowledge?q=%E9%80%80%E6%AC%BE") == ["ar_1"]
    assert listed("/sidebar/knowledge") == ["ar_1", "ar_2"]


def used(item_id: str, sends: int) -> None:
    from datetime import date

    from scrm.sends.uses_dynamodb import used_step
    from scrm.table import in_transaction

    with in_transaction() as transaction:
        used_step("script", item_id, "lisi", date(2026, 3, 2), Uses(sends=sends))(transaction)


def test_con_16_a_search_ranks_by_use_and_tells_it():
    put(
        item("sc_1", title="价格表", initials="<j><g><b>", rank="A"),
        item("sc_2", title="问候", words="价格实惠", rank="B"),
        item("sc_3", title="价格保护", initials="<j><g><b><h>", rank="C"),
    )
    used("sc_2", 3)
    compile_library("script", NOW)

    answered = send("GET", "/sidebar/scripts?q=%E4%BB%B7%E6%A0%BC").json["items"]
    assert [(each["item_id"], each["usage"]) for each in answered] == [("sc_2", 3), ("sc_1", 0), ("sc_3", 0)]
    assert listed("/sidebar/scripts?q=jgb") == ["sc_1", "sc_3"]
    assert listed("/sidebar/scripts?q=JGBH") == ["sc_3"]


def test_con_18_what_is_recommended_for_the_stage_comes_first(corp):
    put(
        item("sc_1", rank="A"),
        item("sc_2", rank="B", stages=("意向",)),
        item("sc_3", rank="C", stages=("潜在",)),
    )
    there = befriended(corp, "lisi")

    from dataclasses import replace

    from scrm import clock
    from scrm.customers.dynamodb import Customers
    from scrm.customers.model import customer_id_of
    from tests.component.conftest import CORP_ID

    rows = Customers()
    customer = rows.customer(customer_id_of(CORP_ID, there), consistent=True)
    assert customer is not None
    rows.save_customer(replace(customer, stage="intention"), clock.now())
    lisi, wangwu = caller_of("lisi"), caller_of("wangwu")

    assert listed("/sidebar/scripts?stage=%E6%84%8F%E5%90%91") == ["sc_2", "sc_1", "sc_3"]
    assert listed("/sidebar/scripts?stage=intention") == ["sc_2", "sc_1", "sc_3"]
    assert listed(f"/sidebar/scripts?external_userid={there}", lisi) == ["sc_2", "sc_1", "sc_3"]
    first = send("GET", f"/sidebar/scripts?external_userid={there}", lisi).json["items"][0]
    assert (first["item_id"], first["recommended"]) == ("sc_2", True)
    refused = send("GET", f"/sidebar/scripts?external_userid={there}", wangwu)
    assert (refused.status, refused.code) == (403, "no_access_to_customer")
    assert listed("/sidebar/scripts?stage=unknown") == ["sc_1", "sc_2", "sc_3"]


# ---------------------------------------------------------------- pinned, recent


def test_pinned_ones_come_first_in_the_order_they_were_pinned():
    put(*[item(f"sc_{number}", rank=f"A{number}") for number in range(1, 5)])

    for item_id in ("sc_3", "sc_2", "sc_3"):
        assert send("PUT", f"/sidebar/scripts/{item_id}/pin").status == 204
    assert listed("/sidebar/scripts") == ["sc_3", "sc_2", "sc_1", "sc_4"]
    assert listed("/sidebar/scripts?pinned=true") == ["sc_3", "sc_2"]
    assert listed("/sidebar/scripts", SERVICE) == ["sc_1", "sc_2", "sc_3", "sc_4"]
    assert [each["pinned"] for each in send("GET", "/sidebar/scripts").json["items"]] == [
        True,
        True,
        False,
        False,
    ]
    for _ in range(2):
        assert send("DELETE", "/sidebar/scripts/sc_3/pin").status == 204
    assert listed("/sidebar/scripts?pinned=true") == ["sc_2"]


def test_fifty_are_pinned_and_no_more_and_what_is_gone_makes_room():
    many = [item(f"sc_{number:02d}", rank=f"A{number:02d}x") for number in range(52)]
    put(*many)
    compile_library("script", NOW)
    for each in many[:50]:
        assert send("PUT", f"/sidebar/scripts/{each.item_id}/pin").status == 204

    refused = send("PUT", "/sidebar/scripts/sc_50/pin")
    assert (refused.status, refused.code, refused.json["most"]) == (409, "too_many_pinned", 50)
    change(many[7], status="archived")
    assert send("PUT", "/sidebar/scripts/sc_50/pin").status == 204
    assert send("PUT", "/sidebar/scripts/sc_51/pin").status == 409
    pinned = listed("/sidebar/scripts?pinned=true&limit=100")
    assert len(pinned) == 50
    assert pinned[-1] == "sc_50"


def test_recent_ones_are_the_last_twenty_sent_however_often_and_late_they_are_told():
    from scrm.library.personal_dynamodb import used as was_used

    put(*[item(f"sc_{number:02d}", rank=f"A{number:02d}x") for number in range(25)])
    told = [(f"sc_{number:02d}", NOW + timedelta(minutes=number)) for number in range(25)]
    for item_id, at in (*told[::-1], *told, ("sc_20", NOW + timedelta(hours=1)), ("sc_20", NOW)):
        was_used("LiSi", "script", item_id, at)

    assert listed("/sidebar/scripts?recent=true") == [
        "sc_20",
        *[f"sc_{n:02d}" for n in range(24, 4, -1) if n != 20],
    ]
    assert listed("/sidebar/scripts?recent=true", SERVICE) == []


def test_two_pins_at_once_are_both_kept(monkeypatch):
    put(item("sc_1"), item("sc_2"))

    for step in range(1, 5):
        send("DELETE", "/sidebar/scripts/sc_1/pin")
        send("DELETE", "/sidebar/scripts/sc_2/pin")
        with happening(monkeypatch, lambda: send("PUT", "/sidebar/scripts/sc_2/pin"), step):
            assert send("PUT", "/sidebar/scripts/sc_1/pin").status == 204
        if step == 4:
            break
        assert sorted(listed("/sidebar/scripts?pinned=true")) == ["sc_1", "sc_2"]


# ---------------------------------------------------------------- pages


@pytest.mark.parametrize(
    "query", ["", "?q=%E8%AF%9D", "?stage=s", "?pinned=true", "?recent=true", "?group_id=g1"]
)
@pytest.mark.parametrize("limit", [1, 3, 100])
def test_pages_put_together_are_the_list(query, limit):
    from scrm.library.personal_dynamodb import used as was_used

    put(group("g1"), group("g2", "g1"), group("g3", rank="A"))
    put(
        *[
            item(
                f"sc_{n}",
                ("", "g1", "g2", "g3")[n % 4],
                rank=f"A{9 - n}",
                title=f"话{n % 3}",
                stages=("s",) * (n % 2),
            )
            for n in range(9)
        ]
    )
    used("sc_4", 2)
    compile_library("script", NOW)
    for n in (8, 1, 5):
        send("PUT", f"/sidebar/scripts/sc_{n}/pin")
        was_used("lisi", "script", f"sc_{n}", NOW + timedelta(minutes=n))

    whole = listed(f"/sidebar/scripts{query}")
    assert len(whole) >= 3
    assert ids_of_all_pages(f"/sidebar/scripts{query}", limit) == whole


def test_con_07_a_cursor_survives_what_is_put_in_moved_and_deleted_between_pages():
    things = [item(f"sc_{n}", rank=f"B{n}") for n in range(8)]
    put(*things)
    turns = iter(
        [
            lambda: put(item("sc_new", rank="A")),
            lambda: change(things[3], rank="Z"),
            lambda: change(things[6], status="deleted"),
        ]
    )

    found = ids_of_all_pages("/sidebar/scripts", 2, lambda: next(turns, lambda: None)())

    assert found == ["sc_0", "sc_1", "sc_2", "sc_3", "sc_4", "sc_5", "sc_7", "sc_3"]


@pytest.mark.parametrize("cursor", ["x", "eyJ9", "WyJ4Iix7ImFmdGVyIjoiYSJ9XQ", "%00"])
def test_a_cursor_that_is_not_of_this_list_is_refused(cursor):
    put(item("sc_1"))

    refused = send("GET", f"/sidebar/scripts?cursor={cursor}")
    assert (refused.status, refused.json["errors"][0]["field"]) == (422, "cursor")


def test_a_cursor_of_another_question_is_refused():
    put(item("sc_1"), item("sc_2"))
    cursor = send("GET", "/sidebar/scripts?limit=1").json["next_cursor"]

    assert listed(f"/sidebar/scripts?limit=1&cursor={cursor}") == ["sc_2"]
    assert send("GET", f"/sidebar/scripts?q=sc&limit=1&cursor={cursor}").status == 422
    assert send("GET", f"/sidebar/materials?limit=1&cursor={cursor}").status == 422


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=101", "limit"),
        ("limit=0", "limit"),
        ("q=" + "a" * 65, "q"),
        ("group_id=" + "a" * 65, "group_id"),
        ("stage=" + "a" * 65, "stage"),
        ("pinned=perhaps", "pinned"),
        ("kind=image", "kind"),
        ("order=price", "order"),
    ],
)
def test_what_is_asked_wrongly_is_named(query, field):
    refused = send("GET", f"/sidebar/scripts?{query}")

    assert (refused.status, refused.json["errors"][0]["field"]) == (422, field)
    assert send("GET", "/sidebar/scripts?limit=100&q=" + "a" * 64 + "&group_id=" + "b" * 64).status == 200


# ---------------------------------------------------------------- troubles


@pytest.mark.parametrize(
    "trouble", [("SlowDown", 503), ("InternalError", 500), ("RequestTimeout", 0)], ids=lambda each: each[0]
)
def test_a_bucket_that_does_not_answer_is_a_503_that_may_be_tried_again(monkeypatch, trouble):
    from botocore.client import BaseClient
    from botocore.exceptions import ClientError, ReadTimeoutError

    put(item("sc_1"))
    compile_library("script", NOW)
    forget()
    real = BaseClient._make_api_call

    def calling(self: Any, operation: str, request: Any) -> Any:
        if operation != "GetObject":
            return real(self, operation, request)
        code, status = trouble
        if not status:
            raise ReadTimeoutError(endpoint_url="https://bucket")
        raise ClientError(
            {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}, operation
        )

    with monkeypatch.context() as patched:
        patched.setattr(BaseClient, "_make_api_call", calling)
        refused = send("GET", "/sidebar/scripts")
    assert (refused.status, refused.code, refused.headers["retry-after"]) == (503, "unavailable", "5")
    assert listed("/sidebar/scripts") == ["sc_1"]
