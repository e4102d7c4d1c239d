"""Every call our wrappers make has the verb, path, fields, types and sizes that WeCom documents."""

import json
import re
from pathlib import Path

import httpx
import pytest

from scrm.wecom import (
    attachments,
    auth,
    contact_ways,
    contacts,
    customers,
    media,
    messages,
    tags,
    welcome,
)
from scrm.wecom.client import WeCom, WeComSettings
from tests.component.wecom.store import MemoryStore

FACTS = {
    (each["method"], each["path"]): each["request_fields"]
    for each in json.loads(Path(__file__).with_name("endpoints.json").read_text(encoding="utf-8"))
}
TYPES = {"string": str, "int": int, "uint32": int, "bool": bool, "object": dict}

CALLS = {
    "corp ticket": lambda w: w.corp_ticket(),
    "app ticket": lambda w: w.app_ticket(),
    "visitor": lambda w: auth.visitor(w, "code"),
    "staff": lambda w: contacts.staff(w, "ChenYu"),
    "staff of": lambda w: contacts.staff_of(w, 1),
    "staff names of": lambda w: contacts.staff_names_of(w, 1),
    "departments": lambda w: contacts.departments(w),
    "departments below": lambda w: contacts.departments(w, 2),
    "department tree": lambda w: contacts.department_tree(w, 2),
    "department": lambda w: contacts.department(w, 2),
    "callback addresses": lambda w: contacts.callback_addresses(w),
    "api addresses": lambda w: contacts.api_addresses(w),
    "staff with customers": lambda w: customers.staff_with_customers(w),
    "customer ids": lambda w: customers.customer_ids(w, "ChenYu"),
    "customer": lambda w: customers.customer(w, "wm1"),
    "customer page": lambda w: customers.customer_page(w, ["ChenYu"] * 100),
    "next customer page": lambda w: customers.customer_page(w, ["ChenYu"], "cursor"),
    "remark": lambda w: customers.set_remark(
        w, "ChenYu", "wm1", remark="r" * 20, description="d" * 150, company="c" * 20, phones=["13900000001"]
    ),
    "phones cleared": lambda w: customers.set_remark(w, "ChenYu", "wm1", phones=[]),
    "tag groups": lambda w: tags.tag_groups(w),
    "some tag groups": lambda w: tags.tag_groups(w, tag_ids=["et1"], group_ids=["et2"]),
    "tags into a new group": lambda w: tags.add_tags(w, [("高", 2)], group_name="意向", group_order=3),
    "tags into a group": lambda w: tags.add_tags(w, [("高", 2), ("低", 0)], group_id="et2"),
    "edit tag": lambda w: tags.edit_tag(w, "et1", name="一般", order=0),
    "delete tags": lambda w: tags.delete_tags(w, tag_ids=["et1"]),
    "mark": lambda w: tags.mark(w, "ChenYu", "wm1", add=["et1"], remove=["et2"]),
    "mark only adding": lambda w: tags.mark(w, "ChenYu", "wm1", add=["et1"]),
    "code for one": lambda w: contact_ways.add_contact_way(w, userids=["ChenYu"], state="s" * 30),
    "code for many": lambda w: contact_ways.add_contact_way(
        w, userids=["u"] * 100, departments=[6], state="ch_0007", remark="r" * 30, skip_verify=False
    ),
    "code that may grow": lambda w: contact_ways.add_contact_way(w, userids=["a"], state="s", multi=True),
    "read code": lambda w: contact_ways.contact_way(w, "7c1f"),
    "list codes": lambda w: contact_ways.contact_way_ids(w, 1, 2, "cursor"),
    "change code": lambda w: contact_ways.update_contact_way(
        w, "7c1f", userids=["a"], departments=[], state="s", remark="r", skip_verify=True
    ),
    "delete code": lambda w: contact_ways.delete_contact_way(w, "7c1f"),
    "welcome": lambda w: welcome.send_welcome(
        w,
        "code",
        "您好",
        [
            attachments.image(media_id="m1"),
            attachments.image(pic_url="https://wework.qpic.cn/a"),
            attachments.link(
                "t", "https://h5.example.com", description="d", picture="https://h5.example.com/p"
            ),
            attachments.mini_program("t", "wx1", "p.html", "m2"),
            attachments.video("m3"),
            attachments.file("m4"),
        ],
    ),
    "welcome without text": lambda w: welcome.send_welcome(w, "code", "", [attachments.video("m3")]),
    "text": lambda w: messages.send(w, messages.text("hi"), userids=["a", "b"]),
    "markdown": lambda w: messages.send(w, messages.markdown("**hi**"), departments=[1, 2]),
    "card": lambda w: messages.send(
        w, messages.text_card("t", "d", "https://x", button="查看"), userids=["a"]
    ),
    "news": lambda w: messages.send(
        w, messages.news([messages.Article("t", "https://x", "d", "https://x/p")]), userids=["a"]
    ),
    "mini program notice": lambda w: messages.send(
        w,
        messages.mini_program_notice("wx1", "新客户提醒", [("k", "v")], page="p", description="请尽快跟进"),
        userids=["a"],
    ),
    "notice card": lambda w: messages.send(
        w, messages.notice_card("t", "d", "https://x", rows={"k": "v"}), userids=["a"], same_within=0
    ),
    "button card": lambda w: messages.send(
        w,
        messages.button_card(
            "task_1",
            "t",
            "d",
            [messages.Button("完成", key="done"), messages.Button("打开", url="https://x")],
        ),
        userids=["a"],
        same_within=99_999,
    ),
    "upload": lambda w: media.upload(w, "image", "a.png", b"PNG-bytes", "image/png"),
    "upload for moments": lambda w: media.upload_attachment(
        w, 1, "video", "介绍.mp4", b"MP4-bytes", "video/mp4"
    ),
    "upload for the album": lambda w: media.upload_attachment(
        w, 2, "image", "a.png", b"PNG-bytes", "image/png"
    ),
    "upload for good": lambda w: media.upload_picture(w, "a.png", b"PNG-bytes", "image/png"),
}


class Recorder:
    """Says yes to everything and keeps what was asked."""

    def __init__(self):
        self.requests = []

    def __call__(self, request):
        self.requests.append(
            httpx.Request(request.method, request.url, headers=request.headers, content=request.read())
        )
        told = {"access_token": "t", "ticket": "t", "expires_in": 7200, "config_id": "c", "media_id": "m"}
        told["url"] = "https://wework.qpic.cn/a"
        return httpx.Response(
            200, json={"errcode": 0, "errmsg": "ok", **told, "created_at": "17", "userid": "u"}
        )


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_call_is_made_as_documented(call):
    recorder, store = Recorder(), MemoryStore()
    settings = WeComSettings("https://wecom.test", "ww1", 1000002, lambda: "s")
    wecom = WeCom(settings, store, store, transport=httpx.MockTransport(recorder))

    call(wecom)

    assert [problem for request in recorder.requests for problem in problems(request)] == []


def test_every_documented_call_of_the_first_release_is_made_by_a_wrapper():
    recorder, store = Recorder(), MemoryStore()
    settings = WeComSettings("https://wecom.test", "ww1", 1000002, lambda: "s")
    wecom = WeCom(settings, store, store, transport=httpx.MockTransport(recorder))
    for call in CALLS.values():
        call(wecom)

    assert {(r.method, r.url.path) for r in recorder.requests} == set(FACTS)


@pytest.mark.parametrize(
    "body",
    [
        {"userid": "a", "external_userid": "b", "add_tags": ["et1"]},
        {"userid": "a", "add_tag": ["et1"]},
        {"userid": "a", "external_userid": "b", "add_tag": "et1"},
    ],
    ids=["unknown field", "missing field", "wrong type"],
)
def test_the_check_itself_finds_a_wrong_body(body):
    url = "https://wecom.test/cgi-bin/externalcontact/mark_tag?access_token=t"

    assert list(problems(httpx.Request("POST", url, json=body)))


def problems(request):
    """Yield what the request has that WeCom's documents do not, or lacks what they require."""
    facts = FACTS.get((request.method, request.url.path))
    if facts is None:
        yield f"{request.method} {request.url.path} is not documented"
        return
    in_query = {name for name, fact in facts.items() if fact.get("in") == "query"}
    given = dict(request.url.params.items())
    sent = dict(given)
    if "json" in request.headers.get("content-type", ""):
        leaves = dict(flattened(json.loads(request.content)))
        sent |= leaves
        yield from mistyped(leaves, facts)
    elif "multipart" in request.headers.get("content-type", ""):
        sent |= dict.fromkeys(re.findall(r'name="(\w+)"; filename=', request.content.decode("latin1")), b"")
    yield from (f"{name} is not documented" for name in set(sent) - set(facts) if not is_inside(name, facts))
    required = {name for name, fact in facts.items() if fact["required"]}
    yield from (f"{name} is required" for name in required - set(sent) if not given_in_part(name, sent))
    yield from (f"{name} belongs into the query" for name in in_query & (set(sent) - set(given)))


def flattened(value, path=""):
    """Yield the leaves and lists of a body under the names the documents use: `a.b`, `a[].b`."""
    for name, inner in value.items():
        here = f"{path}.{name}" if path else name
        if isinstance(inner, dict):
            yield from flattened(inner, here)
            continue
        yield here, inner
        if isinstance(inner, list) and inner and isinstance(inner[0], dict):
            for item in inner:
                yield from flattened(item, f"{here}[]")


def is_inside(name, facts):
    return any(fact["type"] == "object" and name.startswith(f"{outer}.") for outer, fact in facts.items())


def given_in_part(name, sent):
    """A required field inside an object or list counts only where that object is sent."""
    outer = re.split(r"\.|\[\]", name)[0]
    return "." in name and (outer not in sent or any(each.startswith(outer) for each in sent))


def mistyped(leaves, facts):
    for name, value in leaves.items():
        fact = facts.get(name)
        if fact is None:
            continue
        kind = fact["type"].removesuffix("[]")
        values = value if fact["type"].endswith("[]") else [value]
        if not isinstance(values, list) or not all(type(each) is TYPES[kind] for each in values):
            yield f"{name} is not {fact['type']}"
        limit = re.match(r"\d+", str(fact.get("max", "")))
        if limit and isinstance(value, list | str) and len(value) > int(limit[0]):
            yield f"{name} is longer than {fact['max']}"
        elif limit and isinstance(value, int) and value > int(limit[0]):
            yield f"{name} is above {fact['max']}"
