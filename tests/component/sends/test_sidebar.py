"""spec CON-01, 05, 11, 13, 14, OAE-13: one tap from what the sidebar shows to what is sent."""

import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from scrm.library.model import Uses
from tests.component.http_world import Browser, befriended, change_member, logged_in
from tests.component.identities.conftest import BEGAN
from tests.component.sends.conftest import visit
from wecom_simulator.sdk_acts import member_sends

LINK = "https://shop.example.com/p/1?sid={share_id}&by={userid}"
PICTURE = "fi_00000000000000000001"


def published(admin: Browser, kind: str, content: dict[str, Any], **more: Any) -> str:
    """Make an item and publish it; return its id."""
    made = admin.send("POST", f"/admin/{kind}", {**content, **more})
    assert made.status == 201, made.text
    done = admin.send("POST", f"/admin/{kind}/{made.json['item_id']}:publish", {"version": 1})
    assert done.status == 200, done.text
    return str(made.json["item_id"])


@pytest.fixture
def text(admin: Browser) -> str:
    """A published material of words."""
    return published(
        admin, "materials", {"kind": "text", "name": "问候", "text": "{customer}您好，我是{staff}"}
    )


@pytest.fixture
def product(admin: Browser) -> str:
    """A published product with a link."""
    content = {"type": "nonstandard", "name": "安心保", "price_fen": 19900, "link": LINK}
    return published(admin, "products", content)


def prepare(caller: Browser, kind: str, item_id: str, there: str, **more: Any) -> Any:
    return caller.send("POST", f"/sidebar/{kind}/{item_id}:prepare", {"external_userid": there, **more})


def ok(caller: Browser, **body: Any) -> Any:
    return caller.send("POST", "/sidebar/sends", {"ok": True, **body})


def test_con_13_prepared_sent_and_told_it_is_one_send(
    corp: Any, member: Browser, there: str, text: str, react: Any, tables: Any
) -> None:
    prepared = prepare(member, "materials", text, there)
    assert prepared.status == 201, prepared.text
    assert prepared.json["payloads"] == [
        {"msgtype": "text", "text": {"content": f"小雨您好，我是{name_of('lisi')}"}}
    ]
    (message,) = prepared.json["payloads"]
    tapped = member_sends(corp, userid="lisi", external_userid=there, message=message)
    assert tapped == {"err_msg": "sendChatMessage:ok"}
    assert re.fullmatch("[a-z2-7]{24}", prepared.json["send_id"])
    assert uses(text) == Uses()

    told = [ok(member, send_id=prepared.json["send_id"]) for _ in range(2)]
    react()

    assert [(each.status, each.json["status"]) for each in told] == [(201, "sent")] * 2
    assert uses(text) == Uses(sends=1)
    trace = member.send("GET", f"/sidebar/customers/{there}/timeline").json["items"]
    (entry,) = [each for each in trace if each["kind"] == "sent"]
    assert (entry["userid"], entry["facts"]["title"], entry["facts"]["item_id"]) == ("lisi", "问候", text)
    (listed,) = member.send("GET", f"/sidebar/sends?external_userid={there}").json["items"]
    assert (listed["send_id"], listed["title"], listed["evidence"]) == (
        prepared.json["send_id"],
        "问候",
        "told",
    )
    from scrm.library.personal_dynamodb import personal

    assert personal("lisi", "material").recent == (text,)


def name_of(userid: str) -> str:
    from scrm.staff.dynamodb import member

    found = member(userid)
    assert found is not None
    return found.name


def uses(item_id: str, kind: Any = "material") -> Uses:
    from scrm.sends.uses_dynamodb import uses_of

    return uses_of(kind, item_id)


def test_con_13_an_item_is_logged_without_having_been_prepared(
    member: Browser, there: str, text: str, react: Any, tables: Any
) -> None:
    item = {"kind": "material", "id": text}
    body = {"item": item, "external_userid": there, "ok": True}
    key = {"idempotency-key": "tap-1"}
    first, again = (member.send("POST", "/sidebar/sends", body, key) for _ in range(2))
    other = ok(member, item=item, external_userid=there)
    react()

    assert first.status == 201, first.text
    assert first.json == again.json
    assert other.json["send_id"] != first.json["send_id"]
    assert uses(text) == Uses(sends=2)
    shown = member.send("GET", f"/sidebar/sends/{first.json['send_id']}").json
    assert shown["payloads"][0]["text"]["content"].startswith("小雨您好")


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"item": {"kind": "material", "id": "ma_1"}}, "external_userid"),
        ({"item": {"kind": "material", "id": "ma_1"}, "external_userid": "a b"}, "external_userid"),
        ({"item": {"kind": "poem", "id": "ma_1"}, "external_userid": "wmE1"}, "item.kind"),
        ({"item": {"kind": "material", "id": "ma_1"}, "send_id": "a" * 24}, "item"),
        ({}, "item"),
        ({"send_id": "A"}, "send_id"),
    ],
)
def test_con_13_what_is_missing_of_a_send_is_named(member: Browser, told: Any, field: str) -> None:
    answered = ok(member, **told)

    assert answered.status == 422
    assert [each["field"] for each in answered.json["errors"]] == [field]


def test_con_13_what_a_merged_customer_was_sent_is_listed_together(
    corp: Any, member: Browser, admin: Browser, there: str, text: str, react: Any
) -> None:
    other = befriended(corp, "lisi", "老王")
    item = {"kind": "material", "id": text}
    sent = {ok(member, item=item, external_userid=each).json["send_id"] for each in (there, other)}
    react()
    goes, stays = (
        member.send("GET", f"/sidebar/customers/{each}").json["customer"] for each in (other, there)
    )
    merged = admin.send(
        "POST", f"/admin/customers/{goes['customer_id']}:merge", {"into": stays["customer_id"]}
    )
    assert merged.status == 200, merged.text

    for each in (there, other):
        listed = member.send("GET", f"/sidebar/sends?external_userid={each}").json["items"]
        assert {found["send_id"] for found in listed} == sent


def test_con_13_a_failed_send_is_not_logged(
    member: Browser, there: str, text: str, react: Any, tables: Any
) -> None:
    send_id = prepare(member, "materials", text, there).json["send_id"]
    failed = member.send("POST", "/sidebar/sends", {"send_id": send_id, "ok": False, "error": "x:fail"})
    react()

    assert failed.json == {"send_id": send_id, "status": "not_sent"}
    assert uses(text) == Uses()
    assert member.send("GET", f"/sidebar/sends?external_userid={there}").json["items"] == []
    assert ok(member, send_id=send_id).json["status"] == "sent"


def test_con_11_the_link_of_a_product_carries_its_share_id_and_opens(
    member: Browser, there: str, product: str, react: Any
) -> None:
    prepared = prepare(member, "products", product, there).json
    content = prepared["payloads"][0]["text"]["content"]
    address = content.rsplit("\n", 1)[1]
    assert address.startswith("https://scrm.test/h5/r/")
    token = urlsplit(address).path.rsplit("/", 1)[1]
    assert len(token) == 32

    answered = visit(token)
    react()

    assert answered.headers["location"] == LINK.format(share_id=prepared["send_id"], userid="lisi")
    # The customer has it, so it was sent, whatever became of the client.
    (listed,) = member.send("GET", f"/sidebar/sends?external_userid={there}").json["items"]
    assert (listed["status"], listed["evidence"]) == ("sent", "opened")
    assert ok(member, send_id=prepared["send_id"]).json["status"] == "sent"
    react()
    assert uses(product, "product") == Uses(sends=1, opens=1)


def test_con_17_each_send_has_links_of_its_own(corp: Any, member: Browser, there: str, product: str) -> None:
    other = befriended(corp, "lisi", "老王")
    texts = [prepare(member, "products", product, each).json for each in (there, there, other)]
    addresses = {each["payloads"][0]["text"]["content"].rsplit("\n", 1)[1] for each in texts}
    targets = {visit(each.rsplit("/", 1)[1]).headers["location"] for each in addresses}
    assert (len(addresses), len(targets)) == (3, 3)


def test_con_01_a_send_keeps_its_snapshot_when_the_item_changes_and_goes(
    member: Browser, admin: Browser, there: str, text: str, react: Any
) -> None:
    send_id = prepare(member, "materials", text, there).json["send_id"]
    ok(member, send_id=send_id)
    before = member.send("GET", f"/sidebar/sends/{send_id}").json
    version = admin.send("GET", f"/admin/materials/{text}").json["version"]
    gone = admin.send("DELETE", f"/admin/materials/{text}?version={version}")
    assert gone.status in {200, 204}, gone.text
    react()

    assert prepare(member, "materials", text, there).status == 404
    assert member.send("GET", f"/sidebar/sends/{send_id}").json == before
    assert len(member.send("GET", f"/sidebar/sends?external_userid={there}").json["items"]) == 1


def test_rpt_10_a_send_counts_for_the_group_it_was_sent_out_of(
    member: Browser, admin: Browser, there: str, react: Any
) -> None:
    def group(name: str, parent_id: str = "") -> str:
        made = admin.send("POST", "/admin/material-groups", {"name": name, "parent_id": parent_id})
        assert made.status == 201, made.text
        return str(made.json["group_id"])

    top = group("销售")
    prices, archive = group("价格", top), group("旧资料")
    content = {"kind": "text", "name": "问候", "text": "您好"}
    item_id = published(admin, "materials", content, group_id=prices)
    send_id = prepare(member, "materials", item_id, there).json["send_id"]
    ok(member, send_id=send_id)
    moved = admin.send("PATCH", f"/admin/materials/{item_id}/position", {"group_id": archive})
    assert moved.status == 200, moved.text
    react()

    shown = member.send("GET", f"/sidebar/sends/{send_id}").json
    assert shown["groups"] == [{"group_id": top, "name": "销售"}, {"group_id": prices, "name": "价格"}]
    (line,) = admin.send("GET", "/admin/reports/content?group_by=group").json["lines"]
    assert (line["id"], line["title"], line["sends"]) == (prices, "价格", 1)


def test_con_05_the_preview_names_what_cannot_be_filled_and_writes_nothing(
    member: Browser, admin: Browser, there: str, tables: Any
) -> None:
    script = {
        "title": "首次报价",
        "parts": [
            {"kind": "text", "text": "{customer}您好"},
            {"kind": "text", "text": "{stage}，{field.budget}"},
        ],
    }
    item_id, before = published(admin, "scripts", script), tables.typed()

    seen = member.send("GET", f"/sidebar/scripts/{item_id}/preview?external_userid={there}").json
    assert [each["field"] for each in seen["problems"]] == ["parts.1.stage", "parts.1.field.budget"]
    assert (seen["ready"], seen["media_ready"], len(seen["payloads"])) == (False, True, 1)
    assert seen["parts"] == [
        {"part": 0, "kind": "text", "name": "", "picture": None, "payload": seen["payloads"][0]},
        {"part": 1, "kind": "text", "name": "", "picture": None, "payload": None},
    ]
    refused = prepare(member, "scripts", item_id, there)
    assert (refused.status, [each["field"] for each in refused.json["errors"]]) == (
        422,
        ["parts.1.stage", "parts.1.field.budget"],
    )
    changed = {row["PK"]["S"] for row in tables.typed() if row not in before}
    assert changed == set()

    member.send("PATCH", f"/sidebar/customers/{there}", {"custom_fields": {"budget": 300}})
    part = prepare(member, "scripts", item_id, there, part=0)
    assert [each["text"]["content"] for each in part.json["payloads"]] == ["小雨您好"]
    assert prepare(member, "scripts", item_id, there, part=2).json["errors"][0]["field"] == "part"


def test_con_05_a_script_goes_as_it_was_published_with_what_it_names(
    corp: Any, member: Browser, admin: Browser, there: str, text: str, product: str, tables: Any
) -> None:
    script = {
        "title": "介绍产品",
        "parts": [
            {"kind": "text", "text": "给您介绍{product}"},
            {"kind": "material", "material_id": text},
            {"kind": "product", "product_id": product},
        ],
    }
    item_id = published(admin, "scripts", script)

    prepared = prepare(member, "scripts", item_id, there)

    assert prepared.status == 201, prepared.text
    contents = [each["text"]["content"] for each in prepared.json["payloads"]]
    assert contents[:2] == ["给您介绍安心保", f"小雨您好，我是{name_of('lisi')}"]
    assert contents[2].startswith("安心保 ¥199.00\nhttps://scrm.test/h5/r/")
    visit(contents[2].rsplit("/", 1)[1])
    (sent,) = tables.rows("SEND#", "SEND")
    assert (sent["kind"], sent["item_id"]) == ("script", item_id)
    alone = prepare(member, "scripts", item_id, there, part=2).json
    assert [each["text"]["content"][:3] for each in alone["payloads"]] == ["安心保"]


def test_con_20_media_that_is_not_ready_is_said_and_never_uploaded(
    corp: Any, member: Browser, there: str, tables: Any, at: Any
) -> None:
    from tests.component.library.world import item, put, put_content

    file_row(tables, "fi_00000000000000000002")
    put_content("material", "ma_pic", {"kind": "image", "name": "图", "file_id": "fi_00000000000000000002"})
    put(item("ma_pic", kind="material"))
    assert prepare(member, "materials", "ma_pic", there).code == "media_not_ready"
    preview = member.send("GET", f"/sidebar/materials/ma_pic/preview?external_userid={there}").json
    assert (preview["media_ready"], preview["ready"]) == (False, False)
    (part,) = preview["parts"]
    assert (part["part"], part["kind"], part["name"], part["payload"]) == (None, "image", "图", None)
    assert part["picture"].startswith("https://scrm.test/h5/files/fi_00000000000000000002/")

    file_row(tables, "fi_00000000000000000002", media_id="3a-1", media_at=int(BEGAN.timestamp()))
    prepared = prepare(member, "materials", "ma_pic", there)
    assert prepared.json["payloads"] == [{"msgtype": "image", "image": {"mediaid": "3a-1"}}]
    body = {
        "send_id": prepared.json["send_id"],
        "ok": False,
        "error": "sendChatMessage:fail invalid media 40007",
    }
    assert member.send("POST", "/sidebar/sends", body).json["status"] == "not_sent"
    assert prepare(member, "materials", "ma_pic", there).code == "media_not_ready"
    assert [each["path"] for each in corp.calls.listed() if "media" in each["path"]] == []


def file_row(tables: Any, file_id: str, media_id: str = "", media_at: int = 0) -> None:
    from scrm.materials.files_dynamodb import FILE, PREFIX, FileRow

    row = FileRow(
        PREFIX + file_id,
        FILE,
        name="图.png",
        kind="image",
        content_type="image/png",
        size=10,
        status="ready",
        created_by="admin",
        created_at="2026-03-01T00:00:00Z",
    )
    if media_id:
        row.message_id, row.message_at = media_id, media_at
    row.save()


def test_con_14_an_item_out_of_scope_is_not_there_and_a_customer_of_others_is_refused(
    corp: Any, member: Browser, admin: Browser, there: str, text: str, tables: Any
) -> None:
    content = {"kind": "text", "name": "内部", "text": "您好"}
    hidden = published(admin, "materials", content, visibility={"roles": ["marketing"]})
    before = tables.typed()
    wangwu = logged_in(corp, "wangwu")

    assert prepare(member, "materials", hidden, there).status == 404
    assert prepare(member, "materials", "ma_nothing", there).status == 404
    assert ok(member, item={"kind": "material", "id": hidden}, external_userid=there).status == 404
    refused = [
        prepare(wangwu, "materials", text, there),
        wangwu.send("GET", f"/sidebar/materials/{text}/preview?external_userid={there}"),
        wangwu.send("GET", f"/sidebar/sends?external_userid={there}"),
        ok(wangwu, item={"kind": "material", "id": text}, external_userid=there),
    ]
    assert {(each.status, each.code) for each in refused} == {(403, "no_access_to_customer")}
    rows = [row for row in tables.typed() if row not in before]
    assert [row for row in rows if row["PK"]["S"].startswith(("SEND", "LINK", "SHARES"))] == []


def test_con_13_a_send_is_its_members_own(corp: Any, member: Browser, there: str, text: str) -> None:
    send_id = prepare(member, "materials", text, there).json["send_id"]
    wangwu, other = logged_in(corp, "wangwu"), befriended(corp, "lisi", "老王")

    assert ok(wangwu, send_id=send_id).status == 404
    assert wangwu.send("GET", f"/sidebar/sends/{send_id}").status == 404
    assert ok(member, send_id="a" * 24).status == 404
    assert ok(member, send_id=send_id, external_userid=other).json["errors"][0]["field"] == "external_userid"
    assert logged_in(corp, "zhangsan").send("GET", f"/sidebar/sends/{send_id}").status == 200


def test_who_is_no_friend_cannot_be_sent_to(
    corp: Any, member: Browser, there: str, text: str, tables: Any
) -> None:
    leader = logged_in(corp, "zhangsan")
    assert prepare(leader, "materials", text, there).code == "not_a_friend"

    from dataclasses import replace

    from scrm import clock
    from scrm.customers.dynamodb import Customers
    from scrm.customers.relation import Fact

    rows = Customers()
    (relation,) = rows.collection(there)[1]
    ended = Fact("deleted_by_customer", int(BEGAN.timestamp()) + 1, "del-1")
    rows.save_relation(replace(relation, facts=(*relation.facts, ended)), clock.now())
    assert prepare(member, "materials", text, there).code == "not_a_friend"


def test_oae_13_p3_nothing_is_marketed_to_who_opted_out_but_a_reply_goes(
    member: Browser, there: str, text: str, tables: Any
) -> None:
    word = {"purpose": "marketing", "given": False, "source": "会话"}
    done = member.send("PUT", f"/sidebar/customers/{there}/consents", {"consents": [word]})
    assert done.status == 200, done.text
    item = {"kind": "material", "id": text}

    assert prepare(member, "materials", text, there).code == "opted_out"
    assert ok(member, item=item, external_userid=there).code == "opted_out"
    reply = prepare(member, "materials", text, there, asked_for=True)
    assert reply.status == 201
    ok(member, send_id=reply.json["send_id"])
    assert member.send("GET", f"/sidebar/sends/{reply.json['send_id']}").json["asked_for"] is True


def test_prepared_twice_with_one_key_it_is_one_send(
    member: Browser, there: str, product: str, tables: Any
) -> None:
    path, body, key = (
        f"/sidebar/products/{product}:prepare",
        {"external_userid": there},
        {"idempotency-key": "tap"},
    )
    first = member.send("POST", path, body, key)
    for row in tables.rows(table="VolatileTable"):
        # As if the function had died before it kept its answer.
        if row["key"].startswith("ANSWER#"):
            tables.client.delete_item(TableName="VolatileTable", Key={"key": {"S": row["key"]}})
    again = member.send("POST", path, body, key)

    assert first.json == again.json
    assert len(tables.rows("SEND#")) == 1
    assert len(tables.rows("LINK#")) == 1


def test_what_was_prepared_and_never_sent_ends(member: Browser, there: str, text: str, at: Any) -> None:
    send_id = prepare(member, "materials", text, there).json["send_id"]
    at((BEGAN + timedelta(days=30)).isoformat())
    change_member("lisi")
    again = member
    assert ok(again, send_id=send_id).status in {401, 404}


def test_con_13_what_a_customer_was_sent_comes_in_pages_newest_first(
    member: Browser, there: str, text: str, react: Any, at: Any
) -> None:
    sent = []
    for minutes in range(5):
        at((BEGAN + timedelta(minutes=minutes)).isoformat())
        sent.append(ok(member, item={"kind": "material", "id": text}, external_userid=there).json["send_id"])
    react()

    found, cursor = [], ""
    while True:
        query = f"external_userid={there}&limit=2" + (f"&cursor={cursor}" if cursor else "")
        page = member.send("GET", f"/sidebar/sends?{query}").json
        found += [each["send_id"] for each in page["items"]]
        cursor = page["next_cursor"]
        if not cursor:
            break
    assert found == sent[::-1]


@pytest.mark.parametrize("prepared", [True, False])
def test_a_key_that_was_used_for_another_customer_names_no_send_of_theirs(
    corp: Any, member: Browser, there: str, text: str, tables: Any, prepared: bool
) -> None:
    """First answers are kept for a day, and may be lost: the send itself has to know for whom it is."""
    other = befriended(corp, "lisi", "小雪")

    def asked(whom: str) -> str:
        path, body = f"/sidebar/materials/{text}:prepare", dict[str, Any](external_userid=whom)
        if not prepared:
            path, body = "/sidebar/sends", {**body, "item": {"kind": "material", "id": text}, "ok": True}
        answered = member.send("POST", path, body, {"idempotency-key": "tap"})
        for row in tables.rows(table="VolatileTable"):
            if row["key"].startswith("ANSWER#"):
                tables.client.delete_item(TableName="VolatileTable", Key={"key": {"S": row["key"]}})
        return str(answered.json["send_id"])

    sends = {whom: asked(whom) for whom in (there, other)}

    found = {row["PK"]: row["external_userid"] for row in tables.rows("SEND#")}
    assert {whom: found[f"SEND#{send_id}"] for whom, send_id in sends.items()} == {
        there: there,
        other: other,
    }


@pytest.mark.parametrize(
    "key", [{"PK": 1, "SK": 1}, {"PK": "x", "SK": 7}, {"PK": "x"}, {"PK": "x", "SK": "y"}]
)
def test_a_cursor_that_somebody_made_up_is_answered_like_any(
    member: Browser, there: str, text: str, key: dict[str, Any]
) -> None:
    from scrm.http import paging

    ok(member, item={"kind": "material", "id": text}, external_userid=there)
    cursor = paging.encode(f"SENDS#{there}", key)

    assert member.send("GET", f"/sidebar/sends?external_userid={there}&cursor={cursor}").status in {200, 422}


@pytest.mark.parametrize("before", [0, -1, 10**7, "x", "1.5"])
def test_a_cursor_of_versions_that_somebody_made_up_is_refused(
    admin: Browser, text: str, before: Any
) -> None:
    from scrm.http import paging

    cursor = paging.encode(f"VERSIONS#material#{text}", {"before": before})

    assert admin.send("GET", f"/admin/materials/{text}/versions?cursor={cursor}").status == 422
