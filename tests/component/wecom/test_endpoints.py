"""WeCom's answers in our words, as its documents print them."""

import json
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from scrm.wecom import auth, contacts, customers, messages, tags, welcome
from scrm.wecom.customers import RelationTag
from scrm.wecom.errors import AlreadyChatting, NotFriend, UnknownOutcome
from tests.component.wecom.conftest import OK

GET = "/cgi-bin/externalcontact/get"
PAGE = "/cgi-bin/externalcontact/batch/get_by_user"
DETAIL = {
    **OK,
    "external_contact": {"external_userid": "wm1", "name": "小雨", "type": 1, "gender": 2, "unionid": "oRf3"},
    "follow_user": [
        {
            "userid": "liu.yang",
            "remark": "小雨-春季班",
            "createtime": 1767835200,
            "tags": [
                {"group_name": "意向", "tag_name": "高", "tag_id": "et1", "type": 1},
                {"group_name": "我的", "tag_name": "熟客", "type": 2},
            ],
            "remark_mobiles": ["13900000001"],
            "add_way": 1,
            "oper_userid": "wm1",
            "state": "ch_0007",
        }
    ],
}


def test_a_customer_reads_with_relations_and_tags(wecom, scripted):
    scripted.script[GET] = [DETAIL]

    found = customers.customer(wecom, "wm1")

    (relation,) = found.relations
    assert (found.customer.name, found.customer.kind, found.customer.unionid) == ("小雨", 1, "oRf3")
    assert (relation.userid, relation.added_at, relation.add_way) == ("liu.yang", 1767835200, 1)
    assert (relation.started_by, relation.state, relation.phones) == ("wm1", "ch_0007", ("13900000001",))
    assert relation.tags == (RelationTag("et1", "高", "意向", 1), RelationTag("", "熟客", "我的", 2))
    assert "小雨" not in repr(found)
    assert "13900000001" not in repr(found)


def test_a_customer_of_many_members_is_read_to_the_last_page(wecom, scripted):
    scripted.script[GET] = [
        {**DETAIL, "next_cursor": "c2"},
        {**DETAIL, "external_contact": {}, "follow_user": [{"userid": "chen.mei"}]},
    ]

    found = customers.customer(wecom, "wm1")

    assert [each.userid for each in found.relations] == ["liu.yang", "chen.mei"]
    assert found.customer.name == "小雨"
    assert [r.url.params.get("cursor") for r in scripted.calls(GET)] == [None, "c2"]


def test_a_member_without_customers_has_none(wecom, scripted):
    nobody = {"errcode": 84061, "errmsg": "not external contact", "external_userid": []}
    scripted.script["/cgi-bin/externalcontact/list"] = [nobody]
    scripted.script[PAGE] = [nobody]

    assert customers.customer_ids(wecom, "liu.yang") == ()
    assert customers.customer_page(wecom, ["liu.yang"]) == customers.CustomerPage((), None)


def test_a_customer_nobody_is_related_to_is_an_error(wecom, scripted):
    scripted.script[GET] = [{"errcode": 84061, "external_contact": {}, "follow_user": []}]

    with pytest.raises(NotFriend):
        customers.customer(wecom, "wm1")


def test_a_page_of_customers_knows_tags_by_id_and_whether_there_is_more(wecom, scripted):
    row = {
        "external_contact": {"external_userid": "wm1", "name": "小雨", "type": 1},
        "follow_info": {"userid": "liu.yang", "createtime": 1767835200, "tag_id": ["et1", "et2"]},
    }
    scripted.script[PAGE] = [
        {**OK, "external_contact_list": [row], "next_cursor": "c2"},
        {**OK, "external_contact_list": [row], "next_cursor": ""},
    ]

    first = customers.customer_page(wecom, ["liu.yang"])
    last = customers.customer_page(wecom, ["liu.yang"], first.next_cursor)

    ((customer, relation),) = first.rows
    assert customer.external_userid == "wm1"
    assert [tag.id for tag in relation.tags] == ["et1", "et2"]
    assert (first.next_cursor, last.next_cursor) == ("c2", None)


def test_receivers_that_were_not_reached_come_back_lower_cased(wecom, scripted):
    scripted.script["/cgi-bin/message/send"] = [
        {**OK, "invaliduser": "ChenYu|LinJie", "invalidparty": "", "unlicenseduser": "WuKai", "msgid": "m1"}
    ]

    sent = messages.send(wecom, messages.text("hi"), userids=["ChenYu", "LinJie", "WuKai", "liu.yang"])

    assert sent.invalid_userids == ("chenyu", "linjie")
    assert sent.unlicensed_userids == ("wukai",)
    assert (sent.invalid_departments, sent.msgid) == ((), "m1")


def test_a_message_without_an_answer_is_repeated_only_where_wecom_drops_the_double(wecom, scripted):
    path = "/cgi-bin/message/send"
    scripted.script[path] = [httpx.ReadTimeout("timed out")]
    messages.send(wecom, messages.text("hi"), userids=["a"])
    assert [json.loads(r.content)["enable_duplicate_check"] for r in scripted.calls(path)] == [1, 1]

    scripted.script[path] = [httpx.ReadTimeout("timed out")]
    with pytest.raises(UnknownOutcome):
        messages.send(wecom, messages.text("hi"), userids=["a"], same_within=0)
    assert len(scripted.calls(path)) == 3


def test_a_welcome_repeated_after_no_answer_tells_that_it_was_delivered(wecom, scripted):
    scripted.script["/cgi-bin/externalcontact/send_welcome_msg"] = [
        httpx.ReadTimeout("timed out"),
        {"errcode": 41051, "errmsg": "externaluser has started chatting"},
    ]

    with pytest.raises(AlreadyChatting):
        welcome.send_welcome(wecom, "code", "您好")


def test_marking_nothing_calls_nobody(wecom, scripted):
    tags.mark(wecom, "liu.yang", "wm1")
    customers.set_remark(wecom, "liu.yang", "wm1")

    assert scripted.requests == []


def test_a_member_reads_with_departments_and_leadership(wecom, scripted):
    scripted.script["/cgi-bin/user/get"] = [
        {
            **OK,
            "userid": "ChenYu",
            "name": "陈雨",
            "department": [2, 7],
            "main_department": 2,
            "position": "顾问",
            "is_leader_in_dept": [0, 1],
            "direct_leader": ["LinJie"],
            "status": 1,
        }
    ]

    found = contacts.staff(wecom, "ChenYu")

    assert (found.departments, found.main_department, found.leads) == ((2, 7), 2, (7,))
    assert (found.leaders, found.status) == (("LinJie",), 1)


@pytest.mark.parametrize(
    ("answer", "userid", "external_userid"),
    [
        ({"userid": "ChenYu", "user_ticket": "canary"}, "ChenYu", ""),
        ({"UserId": "ChenYu", "DeviceId": ""}, "ChenYu", ""),
        ({"openid": "oAbc", "external_userid": "wm1"}, "", "wm1"),
        ({"OpenId": "oAbc"}, "", ""),
    ],
)
def test_a_code_tells_member_from_customer(wecom, scripted, answer, userid, external_userid):
    scripted.script["/cgi-bin/auth/getuserinfo"] = [{**OK, **answer}]

    found = auth.visitor(wecom, "code")

    assert (found.userid, found.external_userid) == (userid, external_userid)
    assert "canary" not in repr(found)
    assert "oAbc" not in repr(found)


def test_login_addresses_are_as_documented():
    back = "https://scrm.example.com/auth/return?next=/a b"
    inside = auth.oauth_url("ww1", 1000002, back, "s1")
    browser = auth.login_url("ww1", 1000002, back, "s1")

    assert inside.startswith(f"{auth.OAUTH_PAGE}?appid=ww1&redirect_uri=https%3A%2F%2Fscrm")
    assert inside.endswith("#wechat_redirect")
    assert parse_qs(urlsplit(inside).query) == {
        "appid": ["ww1"],
        "redirect_uri": [back],
        "response_type": ["code"],
        "scope": ["snsapi_base"],
        "state": ["s1"],
        "agentid": ["1000002"],
    }
    assert parse_qs(urlsplit(browser).query) == {
        "login_type": ["CorpApp"],
        "appid": ["ww1"],
        "agentid": ["1000002"],
        "redirect_uri": [back],
        "state": ["s1"],
    }
    assert "+" not in inside
