"""Lost callbacks heal by reconciliation: IDN-26, R13."""

import json
from dataclasses import replace

from tests.component.sync_customer_page.conftest import NIGHT
from wecom_simulator.acts import customer_deletes, member_deletes, member_edits, tag_created

NEXT_NIGHT = "2026-03-04T02:00:00+08:00"


def domain(tables):
    """Return every row but those of the runs themselves."""
    return [row for row in tables.typed() if not row["PK"]["S"].startswith("SYNC")]


def a_tag(wecom):
    tag_created(wecom, group_name="意向", names=["高"])
    return next(iter(wecom.world.tags))


def relation_rows(tables, status="active"):
    return [row for row in tables.rows("CONTACT#", "RELATION#") if row["status"] == status]


def test_a_lost_add_is_restored_with_person_and_customer(reconciliation, befriend, tables):
    external_userid = befriend(1)

    progress = reconciliation.play()

    contact, relation = tables.rows(f"CONTACT#{external_userid}")
    assert contact["name"] == "客户1"
    assert relation["status"] == "active"
    assert tables.rows(f"CUSTOMER#{contact['customer_id']}")
    assert progress.status == "done"
    assert (progress.counts.seen, progress.counts.added, progress.counts.missing) == (1, 1, 0)


def test_a_second_run_writes_nothing_to_the_domain(reconciliation, befriend, tables):
    for number in range(5):
        befriend(number)
    reconciliation.play()
    reconciliation.refreshed()
    before = domain(tables)

    again = reconciliation.play(NEXT_NIGHT)

    assert domain(tables) == before
    assert (again.counts.seen, again.counts.added, again.counts.edited) == (5, 0, 0)


def test_a_lost_edit_is_taken_over(reconciliation, befriend, callbacks, receive, wecom, tables, at):
    external_userid = befriend(1)
    receive(callbacks.pop())
    at("2026-03-02T12:00:00+08:00")
    tag_id = a_tag(wecom)
    member_edits(wecom, userid="zhangsan", external_userid=external_userid, remark="老客户", add_tag=[tag_id])

    progress = reconciliation.play()

    (relation,) = relation_rows(tables)
    assert relation["remark"] == "老客户"
    assert relation["tags"] == [tag_id]
    assert (progress.counts.added, progress.counts.edited) == (0, 1)


def test_one_in_twenty_lost_and_all_restored_without_false_churn(
    reconciliation, befriend, callbacks, receive, wecom, tables, at
):
    """R13: adds, edits and deletions; 5 % of adds and edits never arrive."""
    staff = [each.userid for each in wecom.world.employed() if each.customer_contact][:4]
    pairs = []
    for number in range(60):
        userid = staff[number % len(staff)]
        pairs.append((userid, befriend(number, userid)))
        if number % 3 == 0:
            member_edits(wecom, userid=userid, external_userid=pairs[-1][1], remark=f"备注{number}")
        if number % 10 == 0:
            customer_deletes(wecom, userid=userid, external_userid=pairs[-1][1])
        if number % 15 == 0:
            member_deletes(wecom, userid=userid, external_userid=pairs[-1][1])
    told = [xml for xml in callbacks if "del_" not in xml]
    lost = set(told[7::20])
    for xml in list(callbacks):
        if xml not in lost:
            receive(xml)
    without_add = sum("add_external_contact" in xml for xml in lost)

    progress = reconciliation.play()

    stored = {
        (row["userid"], row["PK"].removeprefix("CONTACT#")): row
        for row in tables.rows("CONTACT#", "RELATION#")
    }
    assert set(stored) == set(pairs)
    for number, pair in enumerate(pairs):
        by_member, by_customer = number % 15 == 0, number % 10 == 0
        expected = (
            "both_deleted"
            if by_member and by_customer
            else "deleted_by_staff"
            if by_member
            else "deleted_by_customer"
            if by_customer
            else "active"
        )
        assert stored[pair]["status"] == expected, pair
        if expected == "active" and number % 3 == 0:
            assert stored[pair]["remark"] == f"备注{number}"
    assert progress.counts.added >= without_add > 0
    assert len(lost) >= len(told) // 20
    assert progress.counts.missing == 0


def test_a_deletion_is_marked_missing_and_never_invented(
    reconciliation, befriend, callbacks, receive, wecom, tables
):
    external_userid = befriend(1)
    receive(callbacks.pop())
    member_deletes(wecom, userid="zhangsan", external_userid=external_userid)

    first, second = reconciliation.play(), reconciliation.play(NEXT_NIGHT)

    (relation,) = relation_rows(tables)
    assert relation["missing_since"] == "2026-03-02T18:00:00Z"
    assert first.counts.missing == second.counts.missing == 1


def test_who_is_seen_again_is_missing_no_longer(reconciliation, befriend, callbacks, receive, wecom, tables):
    external_userid = befriend(1)
    receive(callbacks.pop())
    pair = wecom.people.relation("zhangsan", external_userid)
    pair.deleted_by_member = True
    reconciliation.play()
    pair.deleted_by_member = False

    progress = reconciliation.play(NEXT_NIGHT)

    (relation,) = relation_rows(tables)
    assert "missing_since" not in relation
    assert (progress.counts.found_again, progress.counts.missing) == (1, 0)


def test_a_customer_who_has_not_been_added_back_is_not_missing(
    reconciliation, befriend, callbacks, receive, tables
):
    befriend(1, half=True)
    receive(callbacks.pop())

    assert reconciliation.play().counts.missing == 0


def test_more_customers_than_a_page_holds(reconciliation, befriend, wecom, tables):
    for number in range(105):
        befriend(number)

    progress = reconciliation.play()

    assert len(relation_rows(tables)) == 105
    assert (progress.counts.seen, progress.counts.added) == (105, 105)
    pages = [
        call for call in wecom.calls.listed("externalcontact/batch/get_by_user") if call["body"]["cursor"]
    ]
    assert len(pages) == 1


def test_a_member_without_customers_is_done_at_once(reconciliation, tables):
    progress = reconciliation.play()

    assert progress.status == "done"
    assert progress.members == progress.members_done > 0
    assert progress.counts.seen == 0


def test_a_second_start_returns_the_run_under_way(reconciliation, befriend, at):
    from scrm import clock
    from scrm.reconciliation.running import start

    befriend(1)
    running = reconciliation.start()
    at("2026-03-03T02:01:00+08:00")

    assert start(clock.now(), "admin") == running
    reconciliation.work_off()
    at("2026-03-03T02:02:00+08:00")
    assert start(clock.now(), "admin") != running


def test_a_run_that_never_ends_gives_way_after_six_hours(reconciliation, befriend, at):
    from scrm import clock
    from scrm.reconciliation.running import start

    befriend(1)
    stuck = reconciliation.start()

    at("2026-03-03T07:59:00+08:00")
    assert start(clock.now(), "admin") == stuck
    at("2026-03-03T08:00:00+08:00")
    assert start(clock.now(), "admin") != stuck


def test_a_schedules_retry_goes_on_with_its_own_run(reconciliation, befriend, queues):
    befriend(1)

    first = reconciliation.start()
    queued = len(queues.messages("SyncPages"))
    again = reconciliation.start()

    assert queued > 0
    assert first == again
    assert queues.messages("SyncPages") == []


def test_pages_delivered_twice_are_counted_once(reconciliation, befriend, queues, tables):
    for number in range(3):
        befriend(number)
    run_id = reconciliation.start()
    messages = queues.messages("SyncPages")
    for message in (*messages, *messages):
        reconciliation.hand_over(message)

    assert reconciliation.progress(run_id).counts.added == 3
    assert reconciliation.progress(run_id).members_done == len(messages)


def test_killed_between_two_healings_the_page_goes_on_and_counts_all(
    reconciliation, befriend, queues, tables, monkeypatch
):
    from scrm.customers.dynamodb import Customers

    for number in range(4):
        befriend(number)
    run_id = reconciliation.start()
    messages = queues.messages("SyncPages")
    save, left = Customers.save_relation, [2]

    class Killed(BaseException):
        """The process is gone."""

    def dying(self, *arguments):
        left[0] -= 1
        if left[0] == 0:
            raise Killed
        return save(self, *arguments)

    monkeypatch.setattr(Customers, "save_relation", dying)
    for message in messages:
        try:
            reconciliation.hand_over(message)
        except Killed:
            reconciliation.hand_over(message)

    assert len(relation_rows(tables)) == 4
    assert reconciliation.progress(run_id).counts.added == 4


def test_throttled_pages_come_back_when_wecom_allows(reconciliation, befriend, wecom, queues, at, tables):
    befriend(1)
    run_id = reconciliation.start()
    wecom.faults.add({"endpoint": "externalcontact/batch/get_by_user", "what": "errcode", "errcode": 45009})
    pages = queues.messages("SyncPages")
    for page in pages:
        reconciliation.hand_over(page)
    postponed = queues.client.get_queue_attributes(
        QueueUrl=queues.url("SyncPages"), AttributeNames=["ApproximateNumberOfMessagesDelayed"]
    )["Attributes"]["ApproximateNumberOfMessagesDelayed"]

    assert int(postponed) > 0
    at("2026-03-03T02:05:00+08:00")
    for page in pages:
        reconciliation.hand_over(page)

    assert reconciliation.progress(run_id).status == "done"
    assert len(relation_rows(tables)) == 1


def test_a_forgotten_cursor_begins_the_member_afresh(reconciliation, befriend, wecom, tables):
    for number in range(101):
        befriend(number)
    wecom.faults.add(
        {
            "endpoint": "externalcontact/batch/get_by_user",
            "what": "errcode",
            "errcode": 50100,
            "body": {"userid_list": ["zhangsan"]},
            "nth": 2,
        }
    )

    progress = reconciliation.play()

    assert progress.status == "done"
    assert len(relation_rows(tables)) == 101
    assert progress.counts.added == 101


def test_a_member_wecom_does_not_show_is_skipped_and_counted(reconciliation, befriend, wecom):
    befriend(1)
    wecom.faults.add(
        {
            "endpoint": "externalcontact/batch/get_by_user",
            "what": "errcode",
            "errcode": 60011,
            "body": {"userid_list": ["zhangsan"]},
        }
    )

    progress = reconciliation.play()

    assert (progress.status, progress.members_skipped) == ("done", 1)


def test_a_restored_add_gets_the_tags_of_its_channel(reconciliation, wecom, callbacks, tables):
    from scrm.channel_codes.dynamodb import ChannelRow
    from scrm.channel_codes.model import Channel, Welcome
    from scrm.wecom.contact_ways import add_contact_way
    from scrm.wecom.deployed import wecom as client

    tag_id = a_tag(wecom)
    stamp = "2026-03-01T00:00:00Z"
    channel = Channel(
        "ch_expo",
        "展会",
        "offline_exhibition",
        tags=(tag_id,),
        welcome=Welcome("欢迎"),
        status="active",
        created_at=stamp,
        updated_at=stamp,
    )
    ChannelRow.of(channel).save()
    add_contact_way(client(), userids=["zhangsan"], state="ch_expo", remark="", multi=True)
    wecom.people.scan(state="ch_expo", name="小雨")

    reconciliation.play()
    (relation,) = relation_rows(tables)
    reconciliation.play(NEXT_NIGHT)

    assert relation["tags"] == [tag_id]
    assert "intents" not in relation
    assert len(wecom.calls.listed("externalcontact/mark_tag")) == 1
    assert relation_rows(tables) == [relation]


def test_what_changed_after_wecom_was_asked_is_left_alone():
    from datetime import UTC, datetime

    from scrm.customers.model import Relation
    from scrm.customers.relation import Fact
    from scrm.reconciliation.compare import Origin, compared
    from scrm.wecom.customers import Relation as Row

    asked = datetime.fromisoformat(NIGHT)
    ours = Relation("wm1", "zhangsan", (Fact("add", 1_772_400_000, "e1"),), remark="新的", version=3)
    row = Row("zhangsan", "旧的", "", "", (), 1_772_400_000, 1, "wm1", "", ())

    fresh = replace(ours, updated_at=datetime(2026, 3, 2, 18, 0, 1, tzinfo=UTC))
    older = replace(ours, updated_at=datetime(2026, 3, 2, 17, 59, 59, tzinfo=UTC))

    assert compared(fresh, "wm1", row, lambda _: Origin(), asked).relation == fresh
    assert compared(older, "wm1", row, lambda _: Origin(), asked).relation.remark == "旧的"


def test_a_run_is_started_and_watched_over_http(reconciliation, befriend, http_event, at):
    from scrm import clock
    from scrm.http.routing import Api
    from scrm.reconciliation import routes
    from tests.component.http_world import caller_of

    befriend(1)
    api = Api("admin")
    routes.declare(api)

    def ask(method, path, userid="admin"):
        answer = api.answer(http_event(method, path, caller=caller_of(userid)), clock.now())
        return answer["statusCode"], json.loads(answer["body"])

    status, begun = ask("POST", "/admin/reconciliations")
    reconciliation.work_off()
    _, ended = ask("GET", f"/admin/reconciliations/{begun['run_id']}")

    assert (status, begun["status"]) == (202, "starting")
    assert (ended["status"], ended["added"], ended["requested_by"]) == ("done", 1, "admin")
    assert ask("GET", "/admin/reconciliations")[1]["items"][0]["run_id"] == begun["run_id"]
    assert ask("GET", "/admin/reconciliations/none")[0] == 404
    assert ask("POST", "/admin/reconciliations", "zhangsan")[0] == 403
