"""The tick that queues channels whose roster depends on the time."""

from scrm import clock
from tests.component.conftest import app_of
from tests.component.console import channel_body


def test_only_channels_that_the_clock_may_change_are_queued(ask, wecom, queues, lambda_context):
    shift = [{"userid": "lisi", "shifts": [{"start": "09:00", "end": "12:00"}]}]
    cap = [{"userid": "lisi", "daily_cap": 3}]
    weights = [{"userid": "lisi", "weight": 2}, {"userid": "wangwu", "weight": 1}]
    due = [
        ask("POST", "/admin/channels", channel_body(staff=staff)).json["channel_id"]
        for staff in (shift, cap, weights)
    ]
    ask("POST", "/admin/channels", channel_body())
    gone = ask("POST", "/admin/channels", channel_body(staff=cap)).json["channel_id"]
    ask("DELETE", f"/admin/channels/{gone}")
    wecom.faults.add({"endpoint": "externalcontact/add_contact_way", "what": "unknown_outcome"})
    due.append(ask("POST", "/admin/channels", channel_body()).json["channel_id"])
    event = {"time": clock.now().isoformat()}

    answers = [app_of("refresh_channel_codes").handler(event, lambda_context) for _ in range(2)]

    assert answers == [{"queued": 4}] * 2
    messages = queues.received("CorpEvents")
    assert sorted(each["Attributes"]["MessageGroupId"] for each in messages) == sorted(due)
