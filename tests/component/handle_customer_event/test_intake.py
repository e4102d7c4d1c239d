"""spec IDN-02 to IDN-04, IDN-11, IDN-14, IDN-19; quality bars U2 to U4."""

from typing import Any

SEND_WELCOME = "externalcontact/send_welcome_msg"
GET = "externalcontact/get"
MARK = "externalcontact/mark_tag"


def paths(wecom: Any) -> list[str]:
    return [row["path"].removeprefix("/cgi-bin/") for row in wecom.called()]


def test_idn_02_an_added_customer_is_recorded_with_what_wecom_knows(
    wecom: Any, handle: Any, customers: Any
) -> None:
    assert handle(wecom.add("lisi", "wmE1", name="小雨", unionid="oU1")) == []

    contact, (relation,) = customers.collection("wmE1")
    customer = customers.customer(contact.customer_id)
    assert (contact.name, contact.unionid) == ("小雨", "oU1")
    assert customer.external_userids == ("wmE1",)
    assert customer.identities == (("unionid", "oU1"),)
    assert (relation.status, relation.add_way, relation.remark) == ("active", 1, "小雨")
    assert relation.added_at.isoformat() == "2026-03-02T02:15:00+00:00"
    assert relation.intents is None


def test_idn_03_two_staff_who_add_one_customer_are_two_relations(
    wecom: Any, handle: Any, customers: Any, tables: Any
) -> None:
    handle(wecom.add("lisi", "wmE1"), wecom.add("wangwu", "wmE1"))

    _, relations = customers.collection("wmE1")
    assert [each.userid for each in relations] == ["lisi", "wangwu"]
    assert len(tables.rows("CUSTOMER#")) == 1


def test_idn_04_deletion_is_recorded_with_its_time_and_a_new_add_opens_a_second_period(
    wecom: Any, handle: Any, customers: Any, at: Any
) -> None:
    handle(wecom.add())
    at("2026-03-05T09:00:00+08:00")
    handle(wecom.act("customer_deletes", userid="lisi", external_userid="wmE1"))

    deleted = customers.relation("wmE1", "lisi")
    assert deleted.status == "deleted_by_customer"
    assert deleted.deleted_at.isoformat() == "2026-03-05T01:00:00+00:00"

    at("2026-03-06T09:00:00+08:00")
    handle(wecom.add())
    again = customers.relation("wmE1", "lisi")
    assert (again.status, again.deleted_at, len(again.periods)) == ("active", None, 2)
    assert again.periods[0].reason == "deleted_by_customer"


def test_idn_19_the_welcome_is_the_first_call_after_one_write(
    wecom: Any, handle: Any, customers: Any, channel: Any
) -> None:
    handle(wecom.add(state=channel(text="{customer}，你好，我是{staff}")))

    assert paths(wecom) == [SEND_WELCOME, GET]
    assert wecom.called(SEND_WELCOME)[0]["body"]["text"] == {"content": "朋友，你好，我是"}
    assert customers.relation("wmE1", "lisi").welcome.outcome == "delivered"


def test_idn_19_a_repeated_callback_sends_nothing_asks_nothing_and_writes_nothing(
    wecom: Any, handle: Any, tables: Any, channel: Any
) -> None:
    added = wecom.add(state=channel())
    handle(added)
    rows, calls = tables.typed(), len(wecom.called())

    assert handle(added, added) == []

    assert tables.typed() == rows
    assert len(wecom.called()) == calls


def test_idn_19_the_same_event_at_a_second_receiver_is_welcomed_once(
    wecom: Any, handle: Any, channel: Any
) -> None:
    added = wecom.add(state=channel())
    handle(added)
    handle(added, receiver="contacts")

    assert len(wecom.called(SEND_WELCOME)) == 1


def test_idn_19_a_code_older_than_20_s_is_skipped_and_logged(
    wecom: Any, handle: Any, customers: Any, channel: Any, at: Any, capsys: Any
) -> None:
    added = wecom.add(state=channel())
    at("2026-03-02T10:15:21+08:00")
    handle(added)

    assert wecom.called(SEND_WELCOME) == []
    assert customers.relation("wmE1", "lisi").welcome.outcome == "expired"
    assert '"outcome":"expired"' in capsys.readouterr().out


def test_idn_14_the_channels_tags_are_marked_in_one_call(
    wecom: Any, handle: Any, customers: Any, channel: Any, tag: Any
) -> None:
    first, second = tag("展会"), tag("高意向")
    handle(wecom.add(state=channel(tags=(first, second))))

    (call,) = wecom.called(MARK)
    assert call["body"]["add_tag"] == [first, second]
    assert customers.relation("wmE1", "lisi").tags == (first, second)
    assert paths(wecom) == [SEND_WELCOME, GET, MARK]


def test_idn_14_a_deleted_tag_is_dropped_and_the_others_are_marked(
    wecom: Any, handle: Any, customers: Any, channel: Any, tag: Any
) -> None:
    gone, there = tag("旧"), tag("新")
    wecom.act("tag_deleted", tag_id=gone)

    assert handle(wecom.add(state=channel(tags=(gone, there)))) == []

    assert customers.relation("wmE1", "lisi").tags == (there,)


def test_idn_14_a_tag_that_another_process_made_a_moment_ago_is_marked(
    wecom: Any, handle: Any, customers: Any, channel: Any, tag: Any
) -> None:
    from scrm.tags.dynamodb import TagRow

    before, fresh = tag("展会"), tag("刚建")
    TagRow("TAGS", f"TAG#{fresh}").delete()
    handle(wecom.add(state=channel("ch_1", tags=(before,))))
    TagRow("TAGS", f"TAG#{fresh}", name="刚建", group_id="g1").save()
    handle(wecom.add("lisi", "wmE2", channel("ch_2", tags=(fresh,))))

    assert customers.relation("wmE2", "lisi").tags == (fresh,)


def test_idn_11_a_serial_code_binds_its_crmid(wecom: Any, handle: Any, customers: Any, serial: Any) -> None:
    handle(wecom.add(state=serial("sc_1", "CRM-7")))

    contact, _ = customers.collection("wmE1")
    assert customers.customer(contact.customer_id).crmid == "CRM-7"


def test_idn_11_a_second_contact_of_one_crmid_is_the_same_customer(
    wecom: Any, handle: Any, customers: Any, serial: Any
) -> None:
    serial("sc_1", "CRM-7")
    handle(wecom.add("lisi", "wmE1", "sc_1"), wecom.add("lisi", "wmE2", "sc_1"))

    first, second = (customers.contact(each).customer_id for each in ("wmE1", "wmE2"))
    assert first == second
    assert customers.customer(first).external_userids == ("wmE1", "wmE2")
