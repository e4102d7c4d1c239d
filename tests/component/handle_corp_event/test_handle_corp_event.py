"""Events that are not about one customer: followed whatever their order, kept when not understood."""

import random
from pathlib import Path

import pytest

from scrm import clock
from scrm.staff import dynamodb as staff
from scrm.tags import dynamodb as tags
from scrm.tags import sync as tag_sync
from scrm.wecom import deployed
from tests.component.conftest import app_of, sqs_event_of
from wecom_simulator.acts import ACTS

CREATED = 1772417700


def xml(event, change="", **fields):
    elements = {
        "ToUserName": "ww8f3c0b9e12aa4d01",
        "FromUserName": "sys",
        "CreateTime": CREATED,
        "MsgType": "event",
    }
    elements |= {"Event": event, "ChangeType": change, **fields}
    return "<xml>" + "".join(f"<{k}><![CDATA[{v}]]></{k}>" for k, v in elements.items()) + "</xml>"


def message(content, number=1):
    return {
        "event_id": f"{number:064x}",
        "receiver": "app",
        "received_at": "2026-03-02T02:15:00Z",
        "xml": content,
    }


@pytest.fixture
def follow(corp, lambda_context):
    """Hand these callbacks to the function in one batch; return what failed."""
    tag_sync.pull(deployed.wecom())

    def followed(*contents):
        bodies = [message(content, number) for number, content in enumerate(contents, 1)]
        answer = app_of("handle_corp_event").handler(
            sqs_event_of(*bodies, queue="CorpEvents"), lambda_context
        )
        return [each["itemIdentifier"] for each in answer["batchItemFailures"]]

    return followed


def tag_xml(change, tag_id, kind="tag"):
    return xml("change_external_tag", change, Id=tag_id, TagType=kind)


def test_a_tag_made_in_the_client_appears_with_its_group(follow, corp):
    ACTS["tag-created"](corp, group_name="意向", names=["高", "低"])
    ids = {tag.name: tag.id for tag in corp.world.tags.values()}
    group_id = next(g.group_id for g in corp.world.tag_groups.values() if g.group_name == "意向")

    assert follow(tag_xml("create", group_id, "tag_group"), tag_xml("create", ids["高"])) == []

    catalogue = tags.load_catalogue()
    assert [each.name for each in catalogue.in_group(group_id)] in (["高", "低"], ["低", "高"])
    assert catalogue.groups[group_id].name == "意向"


def test_a_tag_event_in_any_order_ends_alike(follow, corp):
    ACTS["tag-created"](corp, group_name="意向", names=["高", "低"])
    ids = {tag.name: tag.id for tag in corp.world.tags.values()}
    group_id = next(g.group_id for g in corp.world.tag_groups.values() if g.group_name == "意向")
    ACTS["tag-changed"](corp, tag_id=ids["高"], name="很高")
    ACTS["tag-deleted"](corp, tag_id=ids["低"])
    events = [
        tag_xml("create", group_id, "tag_group"),
        tag_xml("create", ids["高"]),
        tag_xml("create", ids["低"]),
        tag_xml("update", ids["高"]),
        tag_xml("delete", ids["低"]),
        xml("change_external_tag", "shuffle", Id=group_id),
    ]
    outcomes = []
    for seed in range(4):
        random.Random(seed).shuffle(events)
        assert follow(*events, events[0]) == []
        catalogue = tags.load_catalogue()
        outcomes.append(sorted(each.name for each in catalogue.in_group(group_id)))

    assert outcomes == [["很高"]] * 4


def test_a_deleted_group_goes_with_its_tags(follow, corp):
    ACTS["tag-created"](corp, group_name="意向", names=["高", "低"])
    group_id = next(g.group_id for g in corp.world.tag_groups.values() if g.group_name == "意向")
    follow(tag_xml("create", group_id, "tag_group"))
    assert group_id in tags.load_catalogue().groups
    for tag_id in list(corp.world.tag_groups[group_id].tags):
        ACTS["tag-deleted"](corp, tag_id=tag_id)

    assert follow(tag_xml("delete", group_id, "tag_group")) == []

    assert group_id not in tags.load_catalogue().groups
    assert not tags.load_catalogue().in_group(group_id)


def test_a_shuffle_of_everything_reads_everything(follow, corp):
    ACTS["tag-created"](corp, group_name="意向", names=["高"])

    assert follow(xml("change_external_tag", "shuffle")) == []

    assert "意向" in {each.name for each in tags.load_catalogue().groups.values()}


def test_a_change_of_a_member_in_its_short_and_full_form_reads_the_member(follow, corp):
    corp.people.staff("lisi").name = "李四四"
    short = xml("change_contact", "update_user", UserID="LISI", Department="2")
    full = xml("change_contact", "update_user", UserID="lisi", Name="旧名", Department="9")

    assert follow(full, short, full) == []

    assert (staff.member("lisi").name, staff.member("lisi").departments) == ("李四四", (2,))


def test_a_member_who_left_is_marked_and_one_whose_event_is_late_is_not(follow, corp):
    ACTS["member-leaves"](corp, userid="wangwu")

    follow(
        xml("change_contact", "delete_user", UserID="wangwu"),
        xml("change_contact", "delete_user", UserID="lisi"),
    )

    assert staff.member("wangwu").status == "left"
    assert staff.member("lisi").status == "active"


def test_a_new_userid_takes_the_rights_along(follow, corp):
    from tests.component.http_world import change_member

    change_member("lisi", role="team_lead", data_scope="team")
    person = corp.people.staff("lisi")
    del corp.world.staff["lisi"]
    person.userid = "LiSi.New"
    corp.world.staff["lisi.new"] = person
    renamed = xml("change_contact", "update_user", UserID="lisi", NewUserID="LiSi.New")

    assert follow(renamed, renamed) == []

    assert (staff.member("lisi.new").role, staff.member("lisi.new").userid) == ("team_lead", "LiSi.New")
    assert staff.member("lisi").status == "left"


def test_departments_follow(follow, corp):
    ACTS["department-added"](corp, department_id=9, name="销售三部")
    new_id = max(corp.world.departments)

    follow(xml("change_contact", "create_party", Id=new_id), xml("change_contact", "update_party", Id=2))
    assert staff.load_directory().departments[new_id].name == "销售三部"
    del corp.world.departments[new_id]
    follow(xml("change_contact", "delete_party", Id=new_id))

    assert new_id not in staff.load_directory().departments


@pytest.mark.parametrize(
    "content",
    [
        xml("change_external_chat", "create"),
        xml("customer_acquisition", "balance_low"),
        xml("enter_agent"),
        xml("click", EventKey="k"),
        xml("something_new", "of_2027", Strange="<b>"),
        xml("change_external_tag", "update", Id="stX", TagType="tag", StrategyId="7"),
        xml("change_contact", "update_tag", TagId="3"),
        xml("change_contact", "create_user"),
        "<xml><MsgType>text</MsgType><Content>hi</Content><FromUserName>lisi</FromUserName></xml>",
    ],
)
def test_what_nothing_understands_yet_is_kept_thirty_days_once(follow, tables, content):
    assert follow(content) == []
    assert follow(content) == []

    (row,) = tables.rows("CALLBACKS#")
    assert row["xml"] == content
    assert row["expires_at"] == int(clock.now().timestamp()) + 30 * 86400


def test_one_failure_costs_only_itself(follow, corp, lambda_context):
    corp.faults.add(
        {"endpoint": "externalcontact/get_corp_tag_list", "what": "errcode", "errcode": 45009, "count": 0}
    )
    bodies = [message(tag_xml("update", "etX"), 1), message(xml("enter_agent"), 2)]
    event = sqs_event_of(*bodies, queue="CorpEvents")
    event["Records"][0]["attributes"]["MessageGroupId"] = "change_external_tag"

    answer = app_of("handle_corp_event").handler(event, lambda_context)

    assert [each["itemIdentifier"] for each in answer["batchItemFailures"]] == ["message-1"]


def test_every_recorded_payload_is_taken_without_a_failure(follow):
    folder = Path(__file__).parents[3] / "events"
    contents = [path.read_text(encoding="utf-8") for path in sorted(folder.rglob("*.xml"))]
    contents = [
        each for each in contents if "<Encrypt>" not in each and "change_external_contact" not in each
    ]

    for content in contents:
        assert follow(content) == [], content[:200]
