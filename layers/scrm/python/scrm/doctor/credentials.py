"""Does WeCom know us: corp id, secret, address, app, tickets, clock."""

from collections.abc import Callable, Iterable
from datetime import datetime
from secrets import token_hex

from scrm.doctor.model import Verdict, fail, ok, skip, warn
from scrm.secret_store import SecretMissing
from scrm.wecom import contacts, messages
from scrm.wecom.catalogue import explain
from scrm.wecom.client import WeCom
from scrm.wecom.errors import (
    BadCredentials,
    NoReceiver,
    Throttled,
    UnknownOutcome,
    Unreachable,
    UntrustedIp,
    WeComError,
)

CONSOLE_CORP = "企业微信管理后台 → 我的企业 → 企业信息 → 企业ID"
CONSOLE_APP = "企业微信管理后台 → 应用管理 → 自建 → 本应用"
_WRONG_CORP = (40013, 41002)
_WRONG_AGENT = (301002, 40056)
_SKEW_SECONDS = 60

FIRST_OF_ALL = "请先修复上面的 Secret、企业ID 或网络问题，再重新体检"


class Acquaintance:
    """What WeCom says to our credentials, asked once and judged by several checks."""

    def __init__(self, fresh: WeCom) -> None:
        self.fresh = fresh
        self.error: WeComError | None = None
        self.secret_missing = False
        self.broken = ""
        try:
            # Needs a token and no permission at all.
            contacts.callback_addresses(fresh)
        except SecretMissing:
            self.secret_missing = True
        except WeComError as error:
            self.error = error
        except Exception as error:  # noqa: BLE001  # the doctor says what is broken and never breaks itself
            self.broken = type(error).__name__

    @property
    def is_known(self) -> bool:
        """Whether WeCom accepts corp id and secret, so that other checks can tell something."""
        return not self.secret_missing and self.error is None and not self.broken

    def reachable(self) -> Verdict:
        """Whether WeCom's API answers at all."""
        if self.broken:
            return fail("无法读取应用的 Secret 或连接企业微信", "请检查函数的权限和日志", cause=self.broken)
        if isinstance(self.error, Unreachable | UnknownOutcome):
            fix = "请检查函数的网络出口：NAT 或代理是否可用，安全组是否放行到 qyapi.weixin.qq.com 的 443 端口"
            return fail("连接不到企业微信的接口", fix, cause=self.error.errmsg)
        if isinstance(self.error, Throttled):
            return warn("企业微信暂时限制了调用", "请一小时后重新体检；期间不要反复尝试错误的 Secret")
        return ok("企业微信的接口可以连接")

    def corp_id(self) -> Verdict:
        """Whether the corp id is right (40013)."""
        if self.error and self.error.errcode in _WRONG_CORP:
            fix = f"请打开 {CONSOLE_CORP}，复制后更新部署参数 WeComCorpId"
            return fail("企业 ID（CorpID）不正确", fix, errcode=self.error.errcode)
        if isinstance(self.error, Unreachable | UnknownOutcome) or self.secret_missing or self.broken:
            return skip("无法判断企业 ID", FIRST_OF_ALL)
        return ok("企业 ID 正确", corp_id=self.fresh.settings.corp_id)

    def secret(self) -> Verdict:
        """Whether the app's secret is right (40001, 40091)."""
        fix = f"请打开 {CONSOLE_APP} → Secret，查看后写入参数 wecom/secret，并确认应用已启用"
        if self.secret_missing:
            return fail("还没有配置应用的 Secret", fix)
        if isinstance(self.error, BadCredentials) and self.error.errcode not in _WRONG_CORP:
            return fail(explain(self.error.errcode).sentence, fix, errcode=self.error.errcode)
        if self.broken or (self.error and not isinstance(self.error, UntrustedIp)):
            return skip("无法判断 Secret", FIRST_OF_ALL)
        return ok("应用的 Secret 有效")

    def egress_ip(self) -> Verdict:
        """Whether the address we call from is on the app's list (60020)."""
        if isinstance(self.error, UntrustedIp):
            place = f"{CONSOLE_APP} → 企业可信IP → 配置"
            if self.error.ip is None:
                return fail("服务器出口 IP 未登记", f"请打开 {place}，填入本系统的出口 IP，约 1 分钟生效")
            fix = f"请打开 {place}，填入 {self.error.ip}，约 1 分钟生效"
            return fail(f"服务器出口 IP {self.error.ip} 未登记", fix, ip=self.error.ip)
        if not self.is_known:
            return skip("无法判断出口 IP", FIRST_OF_ALL)
        return ok("出口 IP 已在企业可信IP中，或该应用不限制 IP")


def agent_id(wecom: WeCom) -> Verdict:
    """Whether the token's app is the agent we name (301002).

    Nobody gets a message: its receiver does not exist, which WeCom says only to the right app.
    """
    place = f"请打开 {CONSOLE_APP}，复制 AgentId 后更新部署参数 WeComAgentId；Secret 须来自同一个应用"
    try:
        messages.send(wecom, messages.text("企微配置体检"), userids=[f"doctor-{token_hex(8)}"], same_within=0)
    except NoReceiver:
        return ok("应用 ID 与 Secret 匹配", agent_id=wecom.settings.agent_id)
    except BadCredentials as error:
        if error.errcode in _WRONG_AGENT:
            return fail("应用 ID（AgentId）与 Secret 不匹配", place, errcode=error.errcode)
        return fail(explain(error.errcode).sentence, place, errcode=error.errcode)
    return ok("应用 ID 与 Secret 匹配", agent_id=wecom.settings.agent_id)


def tickets(wecom: WeCom) -> Verdict:
    """Whether pages can be signed: both tickets of the JS-SDK can be had."""
    wecom.corp_ticket()
    wecom.app_ticket()
    return ok("页面签名所需的票据可以获取")


def clock_skew(server_time: Callable[[], datetime | None], readings: Iterable[datetime]) -> Verdict:
    """Whether our clock agrees with WeCom's: callbacks and signatures are refused beyond ten minutes."""
    theirs = server_time()
    if theirs is None:
        return skip("企业微信的回答没有带时间，无法比较时钟")
    seconds = min(abs((ours - theirs).total_seconds()) for ours in readings)
    if seconds > _SKEW_SECONDS:
        fix = "请校准服务器时钟；在 AWS 上无需处理，在其他环境请启用 NTP"
        return fail(f"服务器时钟与企业微信相差 {seconds:.0f} 秒", fix, seconds=round(seconds))
    return ok("服务器时钟准确", seconds=round(seconds))


def told(check: Callable[[], Verdict]) -> Callable[[], Verdict]:
    """Return the check with WeCom's own refusals told as failures."""

    def run() -> Verdict:
        try:
            return check()
        except WeComError as error:
            known = explain(error.errcode)
            return fail(known.sentence, known.remedy, errcode=error.errcode)

    return run
