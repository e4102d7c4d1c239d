"""Moments: a job makes one, members publish it, and only then somebody sees it."""

import pytest

ADD = "externalcontact/add_moment_task"
TASK = "externalcontact/get_moment_task"
SEEN = "externalcontact/get_moment_send_result"
TEXT = {"text": {"content": "春季班开课"}}


def made(wecom, clock, **wish):
    """Return the id of a moment whose job is done."""
    job = wecom.post(ADD, TEXT | wish)["jobid"]
    clock.advance(seconds=3)
    return wecom.get("externalcontact/get_moment_task_result", jobid=job)["result"]["moment_id"]


def test_a_moment_is_there_when_its_job_is_done(wecom, clock):
    job = wecom.post(ADD, TEXT)["jobid"]
    seen = []
    for _ in range(4):
        seen.append(wecom.get("externalcontact/get_moment_task_result", jobid=job)["status"])
        clock.advance(seconds=1)
    assert seen == [1, 1, 2, 3]
    clock.advance(days=1)
    wecom.token = ""
    assert wecom.get("externalcontact/get_moment_task_result", jobid=job)["errcode"] == 40058


def test_only_who_published_shows_it(wecom, simulator, clock):
    customer = simulator.people.scan(userid="lisi")["external_userid"]
    senders = {"sender_list": {"user_list": ["lisi", "zhangsan"]}}
    moment_id = made(wecom, clock, visible_range=senders)
    wish = {"moment_id": moment_id, "userid": "lisi"}
    assert wecom.post(SEEN, wish)["errcode"] == 41062
    wecom.control("POST", "people/moment-published", wish)
    rows = wecom.post(TASK, {"moment_id": moment_id})["task_list"]
    assert {row["userid"]: row["publish_status"] for row in rows} == {"lisi": 1, "zhangsan": 0}
    assert wecom.post(SEEN, wish)["customer_list"] == [{"external_userid": customer}]
    assert wecom.post(SEEN, wish | {"userid": "wangwu"})["errcode"] == 41061


def test_a_moment_for_tags_goes_to_who_has_such_customers(wecom, simulator, clock):
    external = simulator.people.scan(userid="lisi")["external_userid"]
    tag = wecom.control("POST", "people/tag-created", {"group_name": "g", "names": ["a"]})["tags"]["a"]
    pair = {"userid": "lisi", "external_userid": external, "add_tag": [tag]}
    wecom.control("POST", "people/member-edits", pair)
    moment_id = made(wecom, clock, visible_range={"external_contact_list": {"tag_list": [tag]}})
    rows = wecom.post(TASK, {"moment_id": moment_id})["task_list"]
    assert [row["userid"] for row in rows] == ["lisi"]


@pytest.mark.parametrize(("limit", "code"), [("moments_per_minute", 45009), ("moments_per_month", 41210)])
def test_a_corp_makes_so_many_a_minute_and_a_month(wecom, limit, code):
    wecom.control("PUT", "limits", {limit: 2})
    assert [wecom.post(ADD, TEXT)["errcode"] for _ in range(3)] == [0, 0, code]


def test_a_moment_that_is_still_made_answers_nothing(wecom, simulator):
    wecom.post(ADD, TEXT)
    (moment_id,) = simulator.world.moments
    assert wecom.post(TASK, {"moment_id": moment_id})["errcode"] == 41079
    assert wecom.post(TASK, {"moment_id": "momNone"})["errcode"] == 41060
