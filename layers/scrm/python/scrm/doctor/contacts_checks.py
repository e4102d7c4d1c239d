"""May we see customers and staff: permission, visible range, members of channel codes."""

from collections.abc import Iterable

from scrm.channel_codes.model import Channel
from scrm.doctor.model import Verdict, fail, ok, skip, warn
from scrm.staff import shown
from scrm.staff.model import Directory, key
from scrm.wecom import customers
from scrm.wecom import tags as wecom_tags
from scrm.wecom.client import WeCom
from scrm.wecom.errors import NoPermission

CONSOLE_CALLABLE = "企业微信管理后台 → 客户与上下游 → 客户联系 → API → 可调用接口的应用"
CONSOLE_USERS = "企业微信管理后台 → 客户与上下游 → 客户联系 → 权限配置 → 使用范围"
CONSOLE_RANGE = "企业微信管理后台 → 应用管理 → 自建 → 本应用 → 可见范围"
_NAMED = 20


def customer_contact(wecom: WeCom) -> Verdict:
    """Whether the app is among the callable apps of customer contact (48002)."""
    try:
        members = customers.staff_with_customers(wecom)
        wecom_tags.tag_groups(wecom)
    except NoPermission as error:
        fix = f"请打开 {CONSOLE_CALLABLE}，勾选本应用"
        return fail("本应用没有“客户联系”接口权限", fix, errcode=error.errcode)
    if not members:
        fix = f"请打开 {CONSOLE_USERS}，加入需要联系客户的成员"
        return fail("没有任何成员开通“客户联系”", fix)
    return ok(f"“客户联系”接口可用，{len(members)} 位成员已开通", members=len(members))


def visible_range(wecom: WeCom) -> Verdict:
    """Whether the app sees the departments and every member who may have customers."""
    departments = shown.departments(wecom)
    fix = f"请打开 {CONSOLE_RANGE}，选择需要使用本系统的部门（建议全公司）"
    if not departments:
        return fail("应用的可见范围内没有任何部门", fix)
    seen = {
        key(each.userid) for each_one in departments for each in shown.members(wecom, each_one.department_id)
    }
    contacts = shown.with_customer_contact(wecom)
    if contacts is None:
        return skip("没有“客户联系”权限，无法比较可见范围", f"请先打开 {CONSOLE_CALLABLE}，勾选本应用")
    if hidden := sorted(contacts - seen):
        return fail(f"{len(hidden)} 位开通“客户联系”的成员不在应用可见范围内", fix, userids=hidden[:_NAMED])
    if not contacts:
        return warn("可见范围内没有成员开通“客户联系”", f"请打开 {CONSOLE_USERS}，加入成员")
    return ok(f"可见 {len(departments)} 个部门、{len(seen)} 位成员", members=len(seen))


def channel_members(
    channels: Iterable[Channel], directory: Directory, able: frozenset[str] | None
) -> Verdict:
    """Whether every member on a channel code may take customers."""
    if able is None:
        return skip("没有“客户联系”权限，无法核对活码成员", f"请先打开 {CONSOLE_CALLABLE}，勾选本应用")
    named: set[str] = set()
    stopped: list[str] = []
    for channel in channels:
        if channel.status in {"active", "paused", "creating", "unknown"}:
            named |= {entry.userid for entry in channel.staff} | set(channel.fallback)
        elif channel.status == "failed":
            stopped.append(channel.channel_id)
    lacking = sorted(
        userid
        for userid in named
        if key(userid) not in able or not (found := directory.get(userid)) or found.status != "active"
    )
    if lacking:
        fix = f"请打开 {CONSOLE_USERS}，加入这些成员，或在渠道活码中移除他们"
        return fail(f"{len(lacking)} 位活码成员不能接待客户", fix, userids=lacking[:_NAMED])
    if stopped:
        return warn(
            f"{len(stopped)} 个渠道活码创建失败",
            "请在渠道活码列表中查看原因后重建",
            channels=stopped[:_NAMED],
        )
    return ok("渠道活码的成员都能接待客户", members=len(named))


def organisation(directory: Directory) -> Verdict:
    """Whether the organisation was pulled and somebody can administer."""
    present = [each for each in directory.members.values() if each.status == "active"]
    if not present:
        return fail("还没有同步组织架构", "请在“成员与权限”中点击“同步组织架构”")
    if not any(each.role == "operations_admin" for each in present):
        return fail("没有在职的运营管理员", "请核对设置中的首位管理员账号，再同步组织架构")
    return ok(f"组织架构已同步，{len(present)} 位在职成员", members=len(present))
