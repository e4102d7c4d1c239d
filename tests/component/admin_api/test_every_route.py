"""What holds for every route of the console: who may call it, and one audit line for each write."""

from collections import defaultdict

from scrm.http.caller import ROLES
from tests.component.conftest import app_of
from tests.component.console import channel_body


def routes():
    api = app_of("admin_api").api
    api.load()
    return api.routes


def path_of(route):
    named = {"userid": "lisi", "channel_id": "ch_none", "external_userid": "wmNone", "customer": "cu_none"}
    return route.pattern.format_map(defaultdict(lambda: "none", named))


def test_every_role_gets_403_exactly_where_the_route_does_not_name_it(ask, monkeypatch):
    monkeypatch.setattr("scrm.admin.doctor_routes.examine", lambda _: [])
    wrong = []
    for route in routes():
        for role in ROLES:
            status = ask(route.method, path_of(route), {}, role=role).status
            if (status == 403) != (role not in route.roles):
                wrong.append((route.method, route.pattern, role, status))
        if ask(route.method, path_of(route), {}, role=None).status != 401:
            wrong.append((route.method, route.pattern, "nobody"))
    assert wrong == []


def test_plain_staff_may_call_nothing_of_the_console():
    assert [route.pattern for route in routes() if "staff" in route.roles] == []


WRITES = [
    ("PUT", "/admin/staff/lisi", {"role": "hr"}),
    ("PUT", "/admin/staff/lisi", {"role": "hr"}),
    ("PUT", "/admin/settings", {"notice_daily_max": 5}),
    ("PUT", "/admin/config", {"notice_daily_max": 6}),
    ("POST", "/admin/organisation:sync", None),
    ("POST", "/admin/tags:sync", None),
    ("POST", "/admin/tag-groups", {"name": "组", "tags": [{"name": "一"}, {"name": "二"}]}),
    ("PUT", "/admin/tag-groups/{group}", {"name": "新组"}),
    ("POST", "/admin/tags", {"name": "三", "group_name": "新组"}),
    ("PUT", "/admin/tags/{tag}", {"name": "四"}),
    ("DELETE", "/admin/tags/{tag}", None),
    ("DELETE", "/admin/tag-groups/{group}", None),
    ("POST", "/admin/channels", channel_body()),
    ("PUT", "/admin/channels/{channel}", {"version": 1, "name": "新名"}),
    ("POST", "/admin/channels/{channel}:pause", {}),
    ("POST", "/admin/channels/{channel}:resume", {}),
    ("DELETE", "/admin/channels/{channel}", None),
]


def test_every_write_leaves_exactly_one_audit_line_with_who_and_which_request(ask):
    made: dict[str, str] = {}
    for method, path, body in WRITES:
        before = len(ask("GET", "/admin/audit", query={"limit": "100"}).json["items"])
        answer = ask(method, path.format_map(made), body)
        assert answer.status < 300, (method, path, answer.text)
        if method == "POST" and answer.status == 201:
            made |= {
                name.removesuffix("_id"): answer.json[name]
                for name in ("group_id", "tag_id", "channel_id")
                if name in answer.json
            }
        lines = ask("GET", "/admin/audit", query={"limit": "100"}).json["items"]
        assert len(lines) == before + 1, (method, path)
        assert (lines[0]["actor"], lines[0]["request_id"]) == ("admin", answer.headers["x-request-id"])
    assert ask("GET", "/admin/audit:verify").json["ok"]


def test_refused_writes_and_readings_leave_none(ask):
    ask("PUT", "/admin/settings", {"notice_daily_max": 0})
    ask("PUT", "/admin/settings", {"notice_daily_max": 5}, role="auditor")
    ask("POST", "/admin/channels:preview", {"staff": [{"userid": "lisi"}]})
    ask("GET", "/admin/staff")

    assert ask("GET", "/admin/audit").json["items"] == []


def test_a_line_names_no_welcome_text(ask):
    ask("POST", "/admin/channels", channel_body(welcome={"text": "你好，我的电话 13812348000"}))

    (line,) = ask("GET", "/admin/audit").json["items"]
    assert "你好" not in str(line)
    assert line["after"]["welcome_bytes"] > 0
