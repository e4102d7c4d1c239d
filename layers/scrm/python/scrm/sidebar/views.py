"""How a customer looks in the sidebar."""

from datetime import UTC, datetime

from scrm.channel_codes.dynamodb import channels
from scrm.customers.model import Contact, Customer, Relation
from scrm.http.caller import Role
from scrm.kept import Kept
from scrm.profile.known import Profile
from scrm.profile.views import blocks, custom_fields
from scrm.sidebar import masking
from scrm.sidebar.access import Seen
from scrm.sidebar.models import (
    ColleagueOut,
    CustomerBlock,
    DetailOut,
    IdentityOut,
    MethodOut,
    PeriodOut,
    RelationOut,
    SourceOut,
    TagOut,
    TraceOut,
)
from scrm.staff import dynamodb as staff
from scrm.table import rfc3339
from scrm.tags.dynamodb import catalogue
from scrm.timeline.model import Entry

# WeCom document 92114, add_way.
ADD_WAYS = {
    0: "未知来源",
    1: "扫描二维码",
    2: "搜索手机号",
    3: "名片分享",
    4: "群聊",
    5: "手机通讯录",
    6: "微信联系人",
    8: "安装第三方应用时自动添加的客服人员",
    9: "搜索邮箱",
    10: "视频号添加",
    11: "通过日程参与人添加",
    12: "通过会议参与人添加",
    13: "添加微信好友对应的企业微信",
    14: "通过智慧硬件专属客服添加",
    15: "通过上门服务客服添加",
    16: "通过获客链接添加",
    17: "通过定制开发添加",
    18: "通过需求回复添加",
    21: "通过第三方售前客服添加",
    22: "通过可能的商务伙伴添加",
    24: "通过接受微信账号收到的好友申请添加",
    201: "内部成员共享",
    202: "管理员或负责人分配",
}


def _channel_names() -> dict[str, str]:
    return {each.channel_id: each.name for each in channels()}


_names = Kept(_channel_names)


def detail(seen: Seen, profile: Profile, role: Role, now: datetime) -> DetailOut:
    """Return the customer as the caller may see them.

    Names of tags, colleagues and channels come from what the process keeps for a minute, and are read
    only when there is something to name.
    """
    customer = profile.customer
    contact = seen.contact or Contact(seen.external_userid, customer.customer_id)
    return DetailOut(
        external_userid=seen.external_userid,
        name=contact.name,
        avatar=contact.avatar,
        gender=contact.gender,
        type=contact.type,
        corp_name=contact.corp_name,
        position=contact.position,
        relation=relation(seen.own, now) if seen.own else None,
        colleagues=[_colleague(each, now) for each in seen.others],
        source=_source(seen, now),
        customer=block(customer, role, now),
        **blocks(profile, role, now),
    )


def relation(own: Relation, now: datetime) -> RelationOut:
    """Return the caller's own relation, with their personal tags, which nobody else is shown."""
    return RelationOut(
        userid=own.userid,
        status=own.status,
        added_at=own.added_at,
        deleted_at=own.deleted_at,
        add_way=own.add_way,
        add_way_name=add_way(own),
        state=own.state,
        channel_id=own.channel_id,
        remark=own.remark,
        description=own.description,
        company=own.company,
        phones=[masking.phone(each) for each in own.mobiles],
        tags=_tags(own, now),
        personal_tags=list(own.personal_tags),
        periods=[
            PeriodOut(started_at=each.start, ended_at=each.end, reason=each.reason) for each in own.periods
        ],
        change_unanswered=own.open_edit is not None,
        transfer_pending=bool(own.transfer_to),
        version=own.version,
    )


def block(customer: Customer, role: Role, now: datetime) -> CustomerBlock:
    """Return what the company knows of the person as a role may see it, numbers masked."""
    return CustomerBlock(
        customer_id=customer.customer_id,
        kind=customer.kind,
        identified=customer.identified,
        crmid=customer.crmid,
        identities=[
            IdentityOut(kind=kind, value=masking.of_kind(kind, value)) for kind, value in customer.identities
        ],
        contact_methods=[
            MethodOut(type=each.type, value=masking.of_kind(each.type, each.value))
            for each in customer.contact_methods
        ],
        custom_fields=custom_fields(customer, role, now),
        version=customer.version,
    )


def trace(entry: Entry) -> TraceOut:
    """Return an entry of the behaviour trace; the same happening at another time is another entry."""
    own_id = f"{rfc3339(entry.at.astimezone(UTC))}#{entry.entry_id}"
    return TraceOut.model_validate({**vars(entry), "entry_id": own_id, "facts": masking.fields(entry.facts)})


def _tags(own: Relation, now: datetime) -> list[TagOut]:
    if not own.tags:
        return []
    # A tag deleted meanwhile stays on the relation until WeCom is asked again; nobody can use it.
    known = catalogue(now, holding=own.tags)
    return [
        TagOut(tag_id=each, name=known.name_of(each), group_name=known.group_name_of(each))
        for each in own.tags
        if each in known.tags
    ]


def _colleague(other: Relation, now: datetime) -> ColleagueOut:
    return ColleagueOut(
        userid=other.userid,
        name=staff.directory(now).name_of(other.userid),
        status=other.status,
        added_at=other.added_at,
        deleted_at=other.deleted_at,
        transfer_pending=bool(other.transfer_to),
    )


def _source(seen: Seen, now: datetime) -> SourceOut | None:
    known = [each for each in seen.relations if each.added_at]
    first = seen.own or min(known, key=lambda each: each.periods[0].start, default=None)
    if first is None:
        return None
    return SourceOut(
        userid=first.userid,
        add_way=first.add_way,
        add_way_name=add_way(first),
        state=first.state,
        channel_id=first.channel_id,
        channel_name=_names.get(now).get(first.channel_id, "") if first.channel_id else "",
        cid=(first.origin or {}).get("cid"),
        params=(first.origin or {}).get("params") or {},
    )


def add_way(own: Relation) -> str:
    """Return in words how the latest friendship came about, "" where WeCom has not told."""
    return "" if own.add_way is None else ADD_WAYS.get(own.add_way, f"其他（{own.add_way}）")
