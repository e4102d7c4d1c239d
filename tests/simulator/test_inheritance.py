"""Handovers: accepted at once, done after a day, at most twice in ninety."""

import pytest

MOVE = "externalcontact/transfer_customer"
PAIR = {"handover_userid": "lisi", "takeover_userid": "wangwu"}


def move(wecom, *customers, path=MOVE, **pair):
    answer = wecom.post(path, PAIR | pair | {"external_userid": list(customers)})
    return answer["errcode"] or [row["errcode"] for row in answer["customer"]]


def results(wecom, path="externalcontact/transfer_result", **pair):
    answer = wecom.post(path, PAIR | pair)
    return [(row["status"], row["takeover_time"]) for row in answer["customer"]]


def events(simulator):
    rows = simulator.callbacks.listed(since=1)
    return [row["xml"].partition("<ChangeType><![CDATA[")[2].partition("]")[0] for row in rows]


def later(wecom, clock, **span):
    clock.advance(**span)
    wecom.token = ""


@pytest.fixture
def external(friends):
    return friends["external_userid"]


def test_a_handover_runs_after_a_day(wecom, simulator, external, clock):
    due = int(clock.now) + 86_400
    assert move(wecom, external) == [0]
    assert results(wecom) == [(2, due)]
    later(wecom, clock, seconds=86_399)
    assert results(wecom) == [(2, due)]

    later(wecom, clock, seconds=1)

    assert results(wecom) == [(1, due)]
    assert events(simulator) == ["del_external_contact", "add_external_contact"]
    assert "<Source><![CDATA[DELETE_BY_TRANSFER]]></Source>" in simulator.callbacks.listed()[1]["xml"]
    rows = wecom.get("externalcontact/get", external_userid=external)["follow_user"]
    assert [(row["userid"], row["add_way"]) for row in rows] == [("wangwu", 202)]


def test_a_takeover_who_knows_the_customer_already_gets_no_add_event(wecom, simulator, external, clock):
    wecom.control("POST", "people/scan", {"userid": "wangwu", "external_userid": external})
    move(wecom, external)
    later(wecom, clock, days=1)
    assert results(wecom)[0][0] == 1
    assert events(simulator)[1:] == ["del_external_contact"]


def test_the_customer_may_refuse(wecom, simulator, external):
    move(wecom, external)
    wish = {"handover_userid": "lisi", "external_userid": external, "result": "refused"}
    wecom.control("POST", "people/transfer-ends", wish)
    assert results(wecom) == [(3, 0)]
    assert events(simulator) == ["transfer_fail"]
    assert "<FailReason><![CDATA[customer_refused]]></FailReason>" in simulator.callbacks.listed()[1]["xml"]
    assert wecom.get("externalcontact/list", userid="lisi")["external_userid"] == [external]


def test_a_takeover_who_is_full_by_then(wecom, simulator, external, clock):
    wecom.control("POST", "people/member-changes", {"userid": "wangwu", "customer_limit": 1})
    assert move(wecom, external) == [0]
    wecom.control("POST", "people/scan", {"userid": "wangwu"})
    later(wecom, clock, days=1)
    assert results(wecom) == [(4, 0)]
    assert "customer_limit_exceed" in simulator.callbacks.listed()[-1]["xml"]


def test_row_codes(wecom, simulator, external):
    other = simulator.people.scan(userid="wangwu")["external_userid"]
    flawed = simulator.people.scan(userid="lisi")["external_userid"]
    wecom.control(
        "PATCH", "relation", {"userid": "lisi", "external_userid": flawed, "transfer_errcode": 40143}
    )
    assert move(wecom, external, "wmNobody", other, flawed, external) == [0, 40096, 40131, 40143, 40129]


def test_a_full_takeover_refuses_the_surplus_rows(wecom, simulator, external):
    second = simulator.people.scan(userid="lisi")["external_userid"]
    wecom.control("POST", "people/member-changes", {"userid": "wangwu", "customer_limit": 1})
    assert move(wecom, external, second) == [0, 40099]


@pytest.mark.parametrize(
    ("pair", "code"),
    [
        ({"takeover_userid": "LISI"}, 40130),
        ({"takeover_userid": "nobody"}, 40003),
        ({"takeover_userid": "zhengshi"}, 84074),
        ({"handover_userid": "nobody"}, 40003),
        ({"transfer_success_msg": "长" * 201}, 40058),
    ],
)
def test_calls_that_are_refused_whole(wecom, external, pair, code):
    assert move(wecom, external, **pair) == code


def test_at_most_a_hundred_customers_a_call(wecom):
    assert move(wecom, *["wm"] * 101) == 40058


def test_twice_in_ninety_calendar_days(wecom, external, clock):
    """Accepted on 2026-03-02 and 04-21: refused on 05-30, accepted on 05-31, ninety days after the first."""
    assert move(wecom, external) == [0]
    later(wecom, clock, days=50)
    assert move(wecom, external, handover_userid="wangwu", takeover_userid="lisi") == [0]
    later(wecom, clock, days=39)
    assert move(wecom, external) == [40128]
    later(wecom, clock, hours=13)
    assert move(wecom, external) == [40128]
    later(wecom, clock, hours=1)  # past midnight in Beijing: the 31st
    assert move(wecom, external) == [0]


def test_customers_of_a_member_who_left(wecom, simulator, external, clock):
    path = "externalcontact/resigned/transfer_customer"
    assert move(wecom, external, path=path) == 40097
    left = wecom.control("POST", "people/member-leaves", {"userid": "lisi"})
    assert left["customers"] == 1
    info = wecom.post("externalcontact/get_unassigned_list")
    row = {"handover_userid": "lisi", "external_userid": external, "dimission_time": int(clock.now)}
    assert (info["info"], info["is_last"], info["next_cursor"]) == ([row], True, "")
    assert wecom.get("externalcontact/get", external_userid=external)["errcode"] == 84061
    assert move(wecom, external) == 40003

    assert move(wecom, external, path=path) == [0]
    assert wecom.post("externalcontact/get_unassigned_list")["info"] == []
    later(wecom, clock, days=1)
    assert results(wecom, "externalcontact/resigned/transfer_result")[0][0] == 1
    assert events(simulator) == ["delete_user", "add_external_contact"]
    assert wecom.get("externalcontact/list", userid="wangwu")["external_userid"] == [external]


def test_the_unassigned_list_has_pages(wecom):
    wecom.control("POST", "populate", {"customers": 25, "staff": ["lisi"]})
    wecom.control("POST", "people/member-leaves", {"userid": "lisi"})
    cursor, sizes, last = "", [], False
    while not last:
        page = wecom.post("externalcontact/get_unassigned_list", {"page_size": 10, "cursor": cursor})
        sizes.append(len(page["info"]))
        cursor, last = page["next_cursor"], page["is_last"]
    assert sizes == [10, 10, 5]
