"""Items of the libraries in the console: made, changed, published, archived, deleted (CON-01 to 08, 19)."""

from typing import Any

import pytest

from tests.component.content_console.conftest import COVER, FILE, LATER, made, script, seen_by, text, titles

H5 = {
    "kind": "h5",
    "name": "春季价格表",
    "title": "春季班价格表",
    "url": "https://shop.example.com/p/81",
    "cover_file_id": COVER,
}


def test_con_01_a_material_is_made_changed_and_deleted_and_what_was_sent_keeps_its_version(admin, files):
    new = text(admin, "开场白")

    assert (new["status"], new["number"], new["version"], new["kind"]) == ("published", 1, 1, "text")
    assert seen_by("lisi", "material") == ["开场白"]
    one = f"/admin/materials/{new['item_id']}"
    body = {"kind": "text", "name": "开场白二", "text": "您好", "version": 1, "status": "published"}
    changed = admin.send("PUT", one, body).json
    assert (changed["number"], changed["version"], changed["title"]) == (2, 2, "开场白二")
    assert seen_by("lisi", "material") == ["开场白二"]

    assert admin.send("DELETE", one).status == 204
    assert admin.send("GET", one).status == 404
    assert titles(admin, "materials") == []
    assert seen_by("lisi", "material") == []
    from scrm.library.dynamodb import published

    assert published("material", new["item_id"], 1)["text"] == "开场白的内容"
    assert admin.send("DELETE", one).status == 404


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"cover_file_id": None}, "cover_file_id"),
        ({"url": "shop.example.com/p/81"}, "url"),
        ({"title": ""}, "title"),
        ({"kind": "poem"}, "kind"),
        ({"kind": None}, "kind"),
        ({"more": 1}, "more"),
        ({"cover_file_id": "fi_ffffffffffffffffffff"}, "cover_file_id"),
        ({"cover_file_id": LATER}, "cover_file_id"),
        ({"group_id": "gr_none"}, "group_id"),
        ({"visibility": {}}, "visibility"),
        ({"visibility": {"roles": ["king"]}}, "visibility.roles.0"),
        ({"visibility": {"departments": [987]}}, "visibility.departments"),
        ({"visibility": {"people": ["nobody"]}}, "visibility.people"),
        ({"status": "archived"}, "status"),
    ],
)
def test_con_03_what_is_wrong_with_a_card_is_named(admin, files, changes, field, tables):
    body = {name: each for name, each in {**H5, **changes}.items() if each is not None}

    answered = admin.send("POST", "/admin/materials", body)

    assert (answered.status, [each["field"] for each in answered.json["errors"]]) == (422, [field])
    assert tables.rows("LIBRARY#") == tables.rows("ITEM#") == []


def test_con_14_everybody_and_every_department_there_is_not_is_named_at_once(admin):
    scope = {"departments": [2, 987, 988], "people": ["lisi", "nobody", "noone"]}

    answered = admin.send(
        "POST", "/admin/materials", {"kind": "text", "name": "话", "text": "话", "visibility": scope}
    )

    assert {each["field"]: each["message"] for each in answered.json["errors"]} == {
        "visibility.departments": "没有部门 987、988",
        "visibility.people": "没有成员 nobody、noone",
    }


def test_con_03_a_complete_card_is_made_and_its_picture_is_kept(admin, files, tables):
    new = made(admin, "materials", **H5)

    assert new["content"] == new["published"]
    assert new["content"]["url"] == H5["url"]
    assert tables.rows(f"FILE#{COVER}")[0]["used_by"] == {f"material#{new['item_id']}"}


def test_con_03_a_card_without_a_name_of_its_own_is_found_by_its_title(admin, files):
    body = {name: each for name, each in H5.items() if name != "name"}

    new = made(admin, "materials", **body)

    assert (new["title"], new["content"]["name"]) == ("春季班价格表", "春季班价格表")
    refused = admin.send("POST", "/admin/materials", {"kind": "text", "text": "您好"})
    assert [each["field"] for each in refused.json["errors"]] == ["name"]


def test_con_04_a_mini_program_needs_its_appid(admin, files):
    body = {
        "kind": "miniprogram",
        "name": "选课",
        "title": "选课",
        "appid": "wx0123456789abcdef",
        "page": "pages/index.html",
        "cover_file_id": COVER,
    }
    without = {name: each for name, each in body.items() if name != "appid"}

    refused = admin.send("POST", "/admin/materials", without)

    assert [each["field"] for each in refused.json["errors"]] == ["appid"]
    assert made(admin, "materials", **body)["summary"]["kind"] == "miniprogram"


def test_con_08_goods_with_a_code_and_without_one(admin, files):
    refused = admin.send("POST", "/admin/products", {"type": "standard", "name": "课"})
    assert [each["field"] for each in refused.json["errors"]] == ["code"]

    made(admin, "products", type="standard", code="P-1", name="春季班", price_fen=199900, category="网课")
    made(admin, "products", type="nonstandard", name="一对一辅导", category="网课")

    assert seen_by("lisi", "product") == ["春季班", "一对一辅导"]
    assert titles(admin, "products", "&q=cjb") == ["春季班"]


def test_con_19_an_article_is_written_by_the_service_too(admin, as_role):
    service = as_role("lisi", "service")

    made(service, "knowledge", title="退款规则", body="开课前全额退款", keywords=["退费"])

    assert titles(service, "knowledge", "&q=退款") == ["退款规则"]
    assert seen_by("wangwu", "article") == ["退款规则"]


def test_con_05_a_script_of_several_parts_takes_in_what_it_names(admin, files):
    card = made(admin, "materials", **H5)
    goods = made(admin, "products", type="nonstandard", name="春季班")
    parts = [
        {"kind": "text", "text": "您好"},
        {"kind": "image", "file_id": FILE},
        {"kind": "material", "material_id": card["item_id"]},
        {"kind": "product", "product_id": goods["item_id"]},
    ]
    new = script(admin, "首次报价", parts=parts)

    assert new["content"]["parts"] == parts
    third = new["published"]["parts"][2]
    assert (third["number"], third["content"]["url"]) == (1, H5["url"])
    assert new["outdated"] is False
    assert new["changed"] is False

    body = {**H5, "url": "https://shop.example.com/p/82", "version": 1, "status": "published"}
    assert admin.send("PUT", f"/admin/materials/{card['item_id']}", body).status == 200
    one = f"/admin/scripts/{new['item_id']}"
    again = admin.send("GET", one).json
    assert again["published"]["parts"][2]["content"]["url"] == H5["url"], "what was published stays"
    assert (again["outdated"], again["changed"]) == (True, False)
    published = admin.send("POST", f"{one}:publish", {"version": again["version"]}).json
    assert published["published"]["parts"][2]["content"]["url"].endswith("82")
    assert (published["outdated"], published["number"]) == (False, 2)


def test_a_script_is_not_published_with_what_is_not_published_and_the_part_is_named(admin):
    draft = text(admin, "草稿", status="draft")
    parts = [{"kind": "text", "text": "您好"}, {"kind": "material", "material_id": draft["item_id"]}]
    parts.append({"kind": "product", "product_id": "pr_none"})

    refused = admin.send("POST", "/admin/scripts", {"title": "话", "parts": parts})

    fields = [each["field"] for each in refused.json["errors"]]
    assert (refused.status, fields) == (422, ["parts.1.material_id", "parts.2.product_id"])
    kept = script(admin, "话", parts=parts, status="draft")
    one = f"/admin/scripts/{kept['item_id']}:publish"
    assert admin.send("POST", one, {"version": 1}).status == 422
    assert seen_by("lisi", "script") == []


def test_what_published_scripts_use_is_neither_archived_nor_deleted(admin):
    used = text(admin, "资料")
    user = script(admin, "发资料", parts=[{"kind": "material", "material_id": used["item_id"]}])
    one = f"/admin/materials/{used['item_id']}"

    for refused in (admin.send("POST", f"{one}:archive", {"version": 1}), admin.send("DELETE", one)):
        assert (refused.status, refused.code) == (409, "item_in_use")
        assert refused.json["used_by"] == ["发资料"]

    assert admin.send("DELETE", f"/admin/scripts/{user['item_id']}").status == 204
    assert admin.send("DELETE", one).status == 204


def test_a_draft_is_worked_on_while_the_published_one_is_seen(admin):
    new = script(admin, "旧话")
    one = f"/admin/scripts/{new['item_id']}"
    body = {"title": "新话", "parts": [{"kind": "text", "text": "新"}], "version": 1}

    kept = admin.send("PUT", one, body).json

    assert (kept["status"], kept["changed"], kept["title"]) == ("published", True, "新话")
    assert kept["published"]["title"] == "旧话"
    assert seen_by("lisi", "script") == ["旧话"]
    assert titles(admin, "scripts", "&q=xh") == ["新话"]
    published = admin.send("POST", f"{one}:publish", {"version": 2}).json
    assert (published["number"], published["changed"]) == (2, False)
    assert seen_by("lisi", "script") == ["新话"]


def test_a_draft_with_other_pictures_alone_differs_from_what_is_published(admin, files):
    new = script(admin, "图", parts=[{"kind": "image", "file_id": FILE}])
    body = {"title": "图", "parts": [{"kind": "image", "file_id": COVER}], "version": 1}

    assert admin.send("PUT", f"/admin/scripts/{new['item_id']}", body).json["changed"] is True


def test_a_stale_version_changes_nothing(admin, tables):
    new = script(admin, "话")
    one = f"/admin/scripts/{new['item_id']}"
    body = {"title": "新话", "parts": [{"kind": "text", "text": "新"}], "version": 1}
    assert admin.send("PUT", one, body).status == 200
    before = tables.typed()

    for answered in (
        admin.send("PUT", one, body),
        admin.send("POST", f"{one}:publish", {"version": 1}),
        admin.send("POST", f"{one}:archive", {"version": 1}),
        admin.send("POST", f"{one}:restore", {"version": 1}),
        admin.send("POST", f"{one}/versions/1:restore", {"version": 1}),
    ):
        assert (answered.status, answered.code) == (409, "version_conflict")
    assert tables.typed() == before


def test_an_archived_item_is_seen_by_the_console_alone_and_comes_back_as_it_was(admin, files, tables):
    new = made(admin, "materials", kind="image", name="海报", file_id=FILE)
    one = f"/admin/materials/{new['item_id']}"

    archived = admin.send("POST", f"{one}:archive", {"version": 1}).json

    assert archived["status"] == "archived"
    assert seen_by("lisi", "material") == []
    assert titles(admin, "materials", "&status=archived") == ["海报"]
    assert "used_by" not in tables.rows(f"FILE#{FILE}")[0], "its media id is kept warm no longer"
    body = {"kind": "image", "name": "海报", "file_id": FILE, "version": 2}
    assert admin.send("PUT", one, body).code == "item_archived"
    assert admin.send("POST", f"{one}:publish", {"version": 2}).code == "item_archived"
    restored = admin.send("POST", f"{one}:restore", {"version": 2}).json
    assert (restored["status"], restored["number"]) == ("published", 1)
    assert seen_by("lisi", "material") == ["海报"]
    assert tables.rows(f"FILE#{FILE}")[0]["used_by"] == {f"material#{new['item_id']}"}
    assert admin.send("POST", f"{one}:restore", {"version": 3}).code == "item_not_archived"


def test_an_archived_script_comes_back_as_a_draft_when_what_it_names_is_gone(admin):
    used = text(admin, "资料")
    user = script(admin, "发资料", parts=[{"kind": "material", "material_id": used["item_id"]}])
    one = f"/admin/scripts/{user['item_id']}"
    assert admin.send("POST", f"{one}:archive", {"version": 1}).status == 200
    assert admin.send("DELETE", f"/admin/materials/{used['item_id']}").status == 204

    restored = admin.send("POST", f"{one}:restore", {"version": 2}).json

    assert restored["status"] == "draft"
    assert seen_by("lisi", "script") == []
    assert admin.send("POST", f"{one}:publish", {"version": 3}).status == 422


def test_a_file_is_let_go_when_the_next_version_does_without_it(admin, files, tables):
    new = made(admin, "materials", kind="image", name="海报", file_id=FILE)
    body = {"kind": "image", "name": "海报", "file_id": COVER, "version": 1}
    one = f"/admin/materials/{new['item_id']}"

    assert admin.send("PUT", one, body).status == 200
    assert tables.rows(f"FILE#{FILE}")[0]["used_by"], "the published version still uses it"
    assert admin.send("POST", f"{one}:publish", {"version": 2}).status == 200

    assert "used_by" not in tables.rows(f"FILE#{FILE}")[0]
    assert tables.rows(f"FILE#{COVER}")[0]["used_by"] == {f"material#{new['item_id']}"}


def test_versions_are_listed_and_an_old_one_is_taken_into_the_draft(admin):
    used = text(admin, "资料")
    parts = [{"kind": "material", "material_id": used["item_id"]}]
    new = script(admin, "一", parts=parts)
    one = f"/admin/scripts/{new['item_id']}"
    for number, title in ((1, "二"), (2, "三")):
        body = {"title": title, "parts": parts, "version": number, "status": "published"}
        assert admin.send("PUT", one, body).status == 200

    first = admin.send("GET", f"{one}/versions?limit=2").json
    second = admin.send("GET", f"{one}/versions?limit=2&cursor={first['next_cursor']}").json
    assert [each["title"] for each in first["items"] + second["items"]] == ["三", "二", "一"]
    assert second["next_cursor"] is None
    restored = admin.send("POST", f"{one}/versions/1:restore", {"version": 3}).json
    assert (restored["title"], restored["changed"], restored["content"]["parts"]) == ("一", True, parts)
    assert restored["published"]["title"] == "三"
    for strange in ("0", "9", "x", "99999999999"):
        assert admin.send("POST", f"{one}/versions/{strange}:restore", {"version": 4}).status == 404


def test_con_14_who_sees_an_item_is_asked_at_once_and_changed_without_publishing(admin, as_role):
    as_role("lisi", "service")
    as_role("wangwu", "marketing")
    new = script(admin, "营销话术", visibility={"roles": ["marketing"], "people": ["ZhangSan"]})

    assert new["visibility"] == {"roles": ["marketing"], "departments": [], "people": ["zhangsan"]}
    assert seen_by("lisi", "script") == []
    assert seen_by("wangwu", "script") == seen_by("zhangsan", "script") == ["营销话术"]
    body = {**new["content"], "version": 1, "visibility": None}
    changed = admin.send("PUT", f"/admin/scripts/{new['item_id']}", body).json
    assert (changed["visibility"], changed["changed"], changed["number"]) == (None, False, 1)
    assert seen_by("lisi", "script") == ["营销话术"]
    kept = admin.send("PUT", f"/admin/scripts/{new['item_id']}", {**new["content"], "version": 2}).json
    assert kept["visibility"] is None


def test_a_repeated_creation_makes_one(admin, tables):
    body = {"title": "话", "parts": [{"kind": "text", "text": "x"}]}
    first, again = (admin.send("POST", "/admin/scripts", body, {"idempotency-key": "k1"}) for _ in range(2))

    assert first.json["item_id"] == again.json["item_id"]
    assert len(tables.rows("LIBRARY#script", "ITEM#")) == 1


def test_usage_is_exact_for_one_item(admin):
    from datetime import date

    from scrm.library.model import Uses
    from scrm.sends.uses_dynamodb import used_step
    from scrm.table import in_transaction

    new = script(admin, "话")
    for _ in range(3):
        with in_transaction() as transaction:
            used_step("script", new["item_id"], "lisi", date(2026, 3, 2), Uses(sends=1))(transaction)

    assert admin.send("GET", f"/admin/scripts/{new['item_id']}").json["uses"]["sends"] == 3


def test_a_list_is_filtered_by_group_status_and_kind_and_pages_survive_inserts(admin, files):
    group = made(admin, "material-groups", name="价格")
    below = made(admin, "material-groups", name="春季", parent_id=group["group_id"])
    for number in range(3):
        text(admin, f"在组{number}", group_id=below["group_id"])
    made(admin, "materials", kind="image", name="海报", file_id=FILE)
    text(admin, "草稿", status="draft")

    assert titles(admin, "materials", f"&group_id={group['group_id']}") == ["在组0", "在组1", "在组2"]
    assert titles(admin, "materials", "&group_id=gr_none") == []
    assert titles(admin, "materials", "&status=draft") == ["草稿"]
    assert titles(admin, "materials", "&kind=image") == ["海报"]
    first = admin.send("GET", "/admin/materials?limit=2").json
    text(admin, "在组3", group_id=below["group_id"])
    gone = first["items"][-1]["item_id"]
    assert admin.send("DELETE", f"/admin/materials/{gone}").status == 204
    rest = admin.send("GET", f"/admin/materials?limit=100&cursor={first['next_cursor']}").json
    assert [each["title"] for each in rest["items"]] == ["在组3", "海报", "草稿"] or [
        each["title"] for each in rest["items"]
    ] == ["在组2", "在组3", "海报", "草稿"]
    assert admin.send("GET", "/admin/scripts?cursor=" + first["next_cursor"]).status == 422


def test_con_08_goods_are_listed_by_category_and_type_and_a_filter_of_another_library_is_none(admin):
    made(admin, "products", type="standard", code="P-1", name="定投", category="理财")
    made(admin, "products", type="nonstandard", name="规划", category="理财")
    made(admin, "products", type="nonstandard", name="口语课", category="网课")

    assert titles(admin, "products", "&category=理财") == ["定投", "规划"]
    assert titles(admin, "products", "&category=理财&type=nonstandard") == ["规划"]
    assert titles(admin, "products", "&type=standard&q=定投") == ["定投"]
    for wrong in ("products?kind=h5", "scripts?kind=text", "materials?category=x", "knowledge?type=standard"):
        answered = admin.send("GET", f"/admin/{wrong}")
        assert (answered.status, answered.json["errors"][0]["message"]) == (422, "不支持的字段"), wrong


def test_each_write_leaves_one_line_in_the_log_of_audit(admin, tables):
    def lines() -> list[Any]:
        return [row for row in tables.rows("AUDIT") if row["SK"] != "HEAD"]

    before = len(lines())
    new = script(admin, "话")
    one = f"/admin/scripts/{new['item_id']}"
    admin.send("POST", f"{one}:archive", {"version": 1})
    admin.send("POST", f"{one}:archive", {"version": 2})
    admin.send("DELETE", one)

    written = lines()[before:]
    assert [each["action"] for each in written] == ["script_created", "script_archived", "script_deleted"]
    assert all("的话" not in str(each) for each in written), "the text itself stays out"
