"""Tables of operations: each line judged by itself, nothing made twice, and out again the same (CON-15)."""

import base64
import json
from typing import Any

import pytest

from tests.component.aborting import Steps, survives
from tests.component.conftest import app_of, http_event_of
from tests.component.content_console.conftest import COVER, FILE, made, script, seen_by, text, titles
from tests.component.http_world import Answered, Browser, caller_of
from tests.unit.library.workbook import workbook

HEAD = "标题,分组,内容,关键词,阶段,可见角色\n"
TEN = HEAD + "".join(
    f"话术{n},售前/价格,{'您好，这是第' + str(n) + '条' if n != 7 else ''},价格、报价,意向,市场\n"
    for n in range(1, 11)
)


def sent(content: bytes | str, noun: str = "scripts", kind: str = "application/octet-stream") -> Answered:
    body = content.encode() if isinstance(content, str) else content
    headers = {"content-type": kind}
    event = http_event_of("POST", f"/admin/{noun}:import", body, caller=caller_of("admin"), headers=headers)
    return Answered(app_of("admin_api").handler(event, None))


def exported(admin: Browser, noun: str = "scripts", query: str = "") -> str:
    answered = admin.send("GET", f"/admin/{noun}:export{query}")
    assert answered.status == 200, answered.text
    return answered.text


def counts(answered: Answered) -> dict[str, int]:
    assert answered.status == 200, answered.text
    return {name: n for name, n in answered.json.items() if name != "rows" and n}


def listed(admin: Browser, noun: str = "scripts") -> list[dict[str, Any]]:
    return list(admin.send("GET", f"/admin/{noun}?limit=100").json["items"])


def groups(admin: Browser) -> list[str]:
    return ["/".join(each["path"]) for each in admin.send("GET", "/admin/script-groups").json["items"]]


def test_con_15_ten_rows_with_one_bad_make_nine_and_the_report_names_row_7(admin, as_role):
    as_role("lisi", "service")
    as_role("wangwu", "marketing")

    answered = sent(TEN)

    assert counts(answered) == {"created": 9, "failed": 1}
    bad = [each for each in answered.json["rows"] if each["status"] == "failed"]
    assert [(each["row"], each["line"], each["errors"]) for each in bad] == [
        (7, 8, [{"field": "内容", "message": "至少 1 项"}])
    ]
    assert groups(admin) == ["售前", "售前/价格"]
    assert titles(admin) == [f"话术{n}" for n in range(1, 11) if n != 7]
    first = listed(admin)[0]
    assert (first["keywords"], first["stages"]) == (["价格", "报价"], ["意向"])
    assert first["visibility"]["roles"] == ["marketing"]
    assert seen_by("lisi", "script") == []
    assert len(seen_by("wangwu", "script")) == 9
    assert titles(admin, "scripts", "&q=hs1") == ["话术1", "话术10"], "found by initials at once"


def test_the_same_table_again_and_a_corrected_one_make_nothing_twice(admin):
    assert counts(sent(TEN)) == {"created": 9, "failed": 1}
    assert counts(sent(TEN)) == {"unchanged": 9, "failed": 1}

    corrected = TEN.replace("话术7,售前/价格,,", "话术7,售前/价格,第七条,")

    assert counts(sent(corrected)) == {"unchanged": 9, "created": 1}
    assert len(titles(admin)) == 10


@pytest.mark.parametrize(
    "content",
    [TEN.encode("utf-8-sig"), TEN.encode("gbk"), workbook([line.split(",") for line in TEN.split("\n")])],
)
def test_the_same_table_in_another_form(admin, content):
    sent(TEN)

    assert counts(sent(content)) == {"unchanged": 9, "failed": 1}


def test_a_table_in_json_and_as_text(admin):
    encoded = base64.b64encode(TEN.encode("gbk")).decode()
    answered = admin.send("POST", "/admin/scripts:import", {"name": "话术.csv", "content_base64": encoded})

    assert counts(answered) == {"created": 9, "failed": 1}
    assert counts(sent(TEN, kind="text/csv")) == {"unchanged": 9, "failed": 1}
    refused = admin.send("POST", "/admin/scripts:import", {"content_base64": "!"})
    assert [each["field"] for each in refused.json["errors"]] == ["content_base64"]


def test_one_line_in_the_log_of_audit_for_a_table_and_none_for_one_that_changes_nothing(admin, tables):
    def lines() -> list[dict[str, Any]]:
        return [row for row in tables.rows("AUDIT") if row["SK"] != "HEAD"]

    before = len(lines())
    sent(TEN)
    sent(TEN)

    (line,) = lines()[before:]
    assert (line["action"], json.loads(line["after"])["writes"]) == ("script_imported", 9)


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ("", "body"),
        ("标题\n" * 2002, "body"),
        ("内容\nx\n", "标题"),
        ("标题,颜色\nx,y\n", "颜色"),
        ("标题,标题\nx,y\n", "标题"),
        (b"\x80\xff\x81", "body"),
        (b"PK\x03\x04", "body"),
    ],
)
def test_what_is_no_table_of_scripts_is_refused_as_a_whole(admin, tables, content, field):
    before = tables.typed()

    refused = sent(content)

    assert (refused.status, refused.json["errors"][0]["field"]) == (422, field)
    assert tables.typed() == before


def test_2000_lines_are_taken_and_a_file_beyond_4_mb_is_not(admin):
    body = "标题,内容\n" + "话,\n" * 1995 + "".join(f"话{n},内容{n}\n" for n in range(5))

    assert counts(sent(body)) == {"created": 5, "failed": 1995}
    assert titles(admin) == [f"话{n}" for n in range(5)]
    assert sent("标题,内容\n" + "x" * (4 * 1024 * 1024)).status == 413


def test_more_lines_than_fit_one_transaction_are_all_stored_in_their_order(admin):
    body = "标题,内容\n" + "".join(f"话{n},内容{n}\n" for n in range(70))

    assert counts(sent(body)) == {"created": 70}
    assert titles(admin) == seen_by("lisi", "script") == [f"话{n}" for n in range(70)]
    assert counts(sent(body)) == {"unchanged": 70}


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("话,x,可乐,你好,,,", "类型"),
        ("话,,图片,fi_none,,,", "内容"),
        ("话,,素材,没有,,,", "内容"),
        ("话,,素材,同名,,,", "内容"),
        ("话,,H5,春季,,,", "内容"),
        (f"{'题' * 101},,,你好,,,", "标题"),
        (f"话,{'/'.join('abcdefghijk')},,你好,,,", "分组"),
        ("话,,,你好,国王,,", "可见角色"),
        ("话,,,你好,,火星部,", "可见部门"),
        ("话,,,你好,,,nobody", "可见成员"),
        ('话,"售前\n价格",,你好,,,', "分组"),
        ("话,,,你好,,,,多出", "列"),
        ("话,,素材,草稿素材,,,", "内容"),
        (f"话,,视频,{FILE},,,", "内容"),
    ],
)
def test_what_is_wrong_with_a_line_is_named_by_its_column(admin, files, line, field):
    text(admin, "同名")
    text(admin, "同名")
    text(admin, "草稿素材", status="draft")

    answered = sent(f"标题,分组,类型,内容,可见角色,可见部门,可见成员\n{line}\n好的,,,你好,,,\n")

    assert counts(answered) == {"created": 1, "failed": 1}
    assert [each["field"] for each in answered.json["rows"][0]["errors"]] == [field]
    assert titles(admin) == ["好的"]


def test_a_script_of_several_parts_names_materials_by_their_names(admin, files):
    used = text(admin, "价格表")
    table = f"标题,类型,内容,类型2,内容2,类型3,内容3\n报价,,您好,素材,价格表,图片,{FILE}\n"

    assert counts(sent(table)) == {"created": 1}

    new = admin.send("GET", f"/admin/scripts/{listed(admin)[0]['item_id']}").json
    assert [part["kind"] for part in new["content"]["parts"]] == ["text", "material", "image"]
    assert new["published"]["parts"][1]["content"]["text"] == "价格表的内容"
    assert new["summary"]["uses"] == [f"material#{used['item_id']}"]


def test_many_lines_may_use_one_file_which_then_knows_them_all(admin, files, tables):
    table = "标题,类型,内容\n" + "".join(f"海报{n},图片,{FILE}\n" for n in range(30))

    assert counts(sent(table)) == {"created": 30}

    ids = {f"script#{each['item_id']}" for each in listed(admin)}
    assert tables.rows(f"FILE#{FILE}")[0]["used_by"] == ids


def test_a_line_with_a_known_number_changes_that_item(admin):
    table = "编号,标题,内容,状态\nA-1,一,你好,\nA-2,二,你好,草稿\nA-1,三,重复,\n"
    answered = sent(table)
    assert counts(answered) == {"created": 2, "failed": 1}
    assert answered.json["rows"][2]["errors"][0]["field"] == "编号"
    assert [each["status"] for each in listed(admin)] == ["published", "draft"]

    assert counts(sent("编号,标题,内容,状态\nA-1,一改,你好,\nA-2,二,你好,草稿\n")) == {
        "updated": 1,
        "unchanged": 1,
    }
    assert titles(admin) == ["一改", "二"]
    assert [each["number"] for each in listed(admin)] == [2, 0]
    assert counts(sent("编号,标题,内容,状态\nA-2,二,你好,已发布\n")) == {"updated": 1}
    assert seen_by("lisi", "script") == ["一改", "二"]
    assert counts(sent("编号,标题,内容,状态\nA-2,二改,你好,草稿\n")) == {"updated": 1}
    assert seen_by("lisi", "script") == ["一改", "二"], "a draft of what is published changes nobody's sight"
    assert counts(sent("编号,标题,内容,状态\nA-2,二改,你好,草稿\n")) == {"unchanged": 1}
    assert counts(sent("编号,标题,内容,状态\nA-2,二,你好,已归档\n")) == {"failed": 1}


def test_con_14_a_table_without_the_columns_of_place_leaves_items_where_they_are_and_hidden(admin):
    """A table of new texts alone neither publishes a draft nor shows everybody what only some may see."""
    sent("编号,标题,内容,分组,状态,可见角色\nA-1,一,你好,内部,,市场\nA-2,二,你好,内部,草稿,\n")
    assert seen_by("lisi", "script") == []

    assert counts(sent("编号,标题,内容\nA-1,一,您好\nA-2,二,您好\n")) == {"updated": 2}
    assert seen_by("lisi", "script") == []
    assert [(each["status"], each["path"]) for each in placed(admin)] == [
        ("published", ["内部"]),
        ("draft", ["内部"]),
    ]
    assert counts(sent("编号,标题,内容\nA-1,一,您好\nA-2,二,您好\n")) == {"unchanged": 2}

    assert counts(sent("编号,标题,内容,可见角色\nA-1,一,您好,\n")) == {"updated": 1}
    assert seen_by("lisi", "script") == ["一"], "an empty cell of a column that is there is said"


def placed(admin: Browser) -> list[dict[str, Any]]:
    paths = {
        each["group_id"]: each["path"] for each in admin.send("GET", "/admin/script-groups").json["items"]
    }
    return [{**each, "path": paths.get(each["group_id"], [])} for each in listed(admin)]


def test_a_deleted_item_is_made_anew_by_its_line(admin):
    sent("标题,内容\n话,你好\n")
    (item,) = listed(admin)
    assert admin.send("DELETE", f"/admin/scripts/{item['item_id']}").status == 204

    assert counts(sent("标题,内容\n话,你好\n")) == {"created": 1}

    assert [each["item_id"] for each in listed(admin)] == [item["item_id"]]
    assert seen_by("lisi", "script") == ["话"]


def test_what_was_changed_in_the_console_is_not_taken_back_by_the_same_table(admin):
    sent("标题,内容\n话,你好\n")
    (item,) = listed(admin)
    body = {"title": "改过", "parts": [{"kind": "text", "text": "x"}], "version": 1, "status": "published"}
    assert admin.send("PUT", f"/admin/scripts/{item['item_id']}", body).status == 200

    assert counts(sent("标题,内容\n话,你好\n")) == {"unchanged": 1}
    assert titles(admin) == ["改过"]


def everything(tables: Any) -> Any:
    """Return what the libraries hold, without what tells when and how often."""
    left_out = (
        "version",
        "due_pk",
        "due_sk",
        "entries",
        "updated_at",
        "created_at",
        "published_at",
        "at",
        "number",
    )
    rows = [*tables.rows("LIBRARY#"), *tables.rows("ITEM#")]
    return {
        (row["PK"], row["SK"]): {name: each for name, each in row.items() if name not in left_out}
        for row in rows
        if row["SK"] != "HEAD"
    }


def filled(admin: Browser) -> None:
    group = made(admin, "script-groups", name="营销 活动", visibility={"roles": ["marketing", "staff"]})
    below = made(admin, "script-groups", name="价格", parent_id=group["group_id"])["group_id"]
    card = {"kind": "h5", "title": "报名", "url": "https://a.example/x?a=1,2", "cover_file_id": COVER}
    used = text(admin, "=公式素材")
    parts = [
        {"kind": "text", "text": '=1+1\n“第二行”,\'"引号"'},
        card,
        {"kind": "image", "file_id": FILE},
        {"kind": "material", "material_id": used["item_id"]},
    ]
    scope = {"roles": ["service"], "departments": [2], "people": ["lisi", "ChenMei"]}
    script(
        admin,
        "+特价",
        parts=parts,
        group_id=below,
        visibility=scope,
        keywords=["甲", "乙 丙"],
        stages=["意向"],
    )
    script(admin, "草稿", status="draft", group_id=group["group_id"])
    archived = script(admin, "旧的")
    admin.send("POST", f"/admin/scripts/{archived['item_id']}:archive", {"version": 1})


def test_what_is_exported_is_imported_again_the_same(admin, files, tables):
    filled(admin)
    table = exported(admin)
    assert table.startswith("\ufeff")
    assert "\"'=1+1" in table
    assert '"\'+特价"' in table
    before = titles(admin)

    assert counts(sent(table)) == {"unchanged": 3}

    kept = {
        row["item_id"]: admin.send("GET", f"/admin/scripts/{row['item_id']}").json for row in listed(admin)
    }
    for row in listed(admin):
        assert admin.send("DELETE", f"/admin/scripts/{row['item_id']}").status == 204
    for row in reversed(admin.send("GET", "/admin/script-groups").json["items"]):
        assert admin.send("DELETE", f"/admin/script-groups/{row['group_id']}").status == 204
    assert exported(admin).count("\n") == 1

    assert counts(sent(table)) == {"created": 3}

    assert titles(admin) == before
    assert exported(admin) == table
    for item_id, was in kept.items():
        now = admin.send("GET", f"/admin/scripts/{item_id}").json
        for name in ("title", "status", "content", "visibility", "keywords", "stages"):
            assert now[name] == was[name], name


def test_a_table_that_comes_back_publishes_no_draft_that_waits(admin, files):
    one = f"/admin/scripts/{script(admin, '报价')['item_id']}"
    parts = [{"kind": "text", "text": "还没有定"}]
    assert admin.send("PUT", one, {"version": 1, "title": "报价", "parts": parts}).json["changed"]
    before = admin.send("GET", one).json

    table = exported(admin)

    assert counts(sent(table)) == {"unchanged": 1}
    assert admin.send("GET", one).json == before
    assert counts(sent(table.replace("还没有定", "定了"))) == {"updated": 1}
    after = admin.send("GET", one).json
    assert (after["published"], after["status"]) == (before["published"], "published")
    assert after["content"]["parts"][0]["text"] == "定了"
    assert counts(sent(exported(admin).replace("草稿", "已发布"))) == {"updated": 1}
    assert admin.send("GET", one).json["published"] == after["content"]


def test_materials_and_articles_go_out_and_come_in_too(admin, files):
    group = made(admin, "material-groups", name="价格")["group_id"]
    made(admin, "materials", kind="h5", name="表", title="表", url="https://a.example", cover_file_id=COVER)
    made(admin, "materials", kind="image", name="图", file_id=FILE, group_id=group)
    text(admin, "@话")
    page = {"appid": "wx0123456789abcdef", "page": "p/i.html?a=1"}
    made(admin, "materials", kind="miniprogram", name="程序", title="程序", cover_file_id=COVER, **page)
    made(admin, "knowledge", title="退款", body="一\n二", keywords=["退费"])

    for noun, count in (("materials", 4), ("knowledge", 1)):
        table = exported(admin, noun)
        assert counts(sent(table, noun)) == {"unchanged": count}
        before = listed(admin, noun)
        for row in before:
            assert admin.send("DELETE", f"/admin/{noun}/{row['item_id']}").status == 204
        assert counts(sent(table, noun)) == {"created": count}
        assert exported(admin, noun) == table
        assert [each["summary"] for each in listed(admin, noun)] == [each["summary"] for each in before]


def test_a_group_alone_is_exported_with_those_below(admin, files):
    filled(admin)
    top = admin.send("GET", "/admin/script-groups").json["items"][0]["group_id"]

    table = exported(admin, "scripts", f"?group_id={top}")

    assert "特价" in table
    assert "草稿" in table
    assert "旧的" not in table


def test_an_export_leaves_a_line_in_the_log_of_audit(admin, tables):
    script(admin, "话")
    exported(admin)

    last = [row for row in tables.rows("AUDIT") if row["SK"] != "HEAD"][-1]
    assert (last["action"], last["actor"], json.loads(last["after"])["rows"]) == (
        "script_exported",
        "admin",
        1,
    )


@pytest.mark.parametrize("noun", ["scripts", "materials", "knowledge"])
def test_the_template_can_be_imported_as_it_is(admin, noun):
    text(admin, "春季价格表")
    answered = admin.send("GET", f"/admin/{noun}/import-template")

    assert answered.headers["content-type"] == "text/csv; charset=utf-8"
    assert counts(sent(answered.text, noun)) == {"created": 1}


def test_con_15_an_import_killed_anywhere_and_sent_again_reaches_the_same_end(
    admin, corp, files, tables, monkeypatch
):
    from scrm.kept import Kept

    table = f"标题,分组,类型,内容\n一,售前/价格,,你好\n二,售前,图片,{FILE}\n三,,,您好\n"
    steps = Steps()

    def prepare() -> Any:
        for key in [key for row in tables.typed() if (key := {"PK": row["PK"], "SK": row["SK"]})]:
            if key["PK"]["S"].startswith(("LIBRARY#", "ITEM#", "AUDIT")):
                tables.client.delete_item(TableName="ScrmTable", Key=key)
        tables.client.update_item(
            TableName="ScrmTable",
            Key={"PK": {"S": f"FILE#{FILE}"}, "SK": {"S": "FILE"}},
            UpdateExpression="REMOVE used_by, due_pk, due_sk",
        )
        Kept.forget_all()
        return lambda: sent(table)

    def outcome() -> Any:
        taken = steps.taken
        steps.restart(None)
        used_by = tables.rows(f"FILE#{FILE}")[0].get("used_by")
        found = [everything(tables), seen_by("lisi", "script"), used_by]
        steps.taken = taken
        return found

    with steps.watched(monkeypatch, corp):
        different = survives(steps, prepare, outcome)

    assert steps.taken > 10
    assert different == {}
