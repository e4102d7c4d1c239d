"""Do callbacks arrive: key, way there and back, what WeCom last sent; does the domain answer."""

import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from secrets import token_hex
from time import monotonic, sleep
from urllib.parse import urlsplit

import httpx

from scrm.corp_events import probe
from scrm.doctor.model import Verdict, fail, ok, skip, warn
from scrm.secret_store import SecretMissing, secret
from scrm.wecom.crypto import CallbackKey

CONSOLE_RECEIVE = "企业微信管理后台 → 应用管理 → 自建 → 本应用 → 接收消息 → 设置API接收"
CONSOLE_DOMAIN = "企业微信管理后台 → 应用管理 → 自建 → 本应用 → 网页授权及JS-SDK → 设置可信域名"
ARRIVES_WITHIN = 6.0
SILENT_FOR = timedelta(days=3)
_TOKEN = re.compile(r"[A-Za-z0-9]{1,32}")
_AES_KEY = re.compile(r"[A-Za-z0-9]{43}")


def callback_key(corp_id: str) -> tuple[Verdict, CallbackKey | None]:
    """Whether token and EncodingAESKey of the receiver `app` are there and well formed, and the key."""
    fix = f"请打开 {CONSOLE_RECEIVE}，把 Token 和 EncodingAESKey 原样写入参数 callbacks/app"
    try:
        shared = json.loads(secret("callbacks/app"))
        token, aes_key = str(shared["token"]), str(shared["aes_key"])
    except SecretMissing:
        return fail("还没有配置回调的 Token 和 EncodingAESKey", fix), None
    except (ValueError, KeyError, TypeError):
        return fail("参数 callbacks/app 的格式不正确", '应为 {"token": "…", "aes_key": "…"}'), None
    if not _TOKEN.fullmatch(token):
        return fail("回调 Token 应为 1 到 32 位字母或数字", fix), None
    if not _AES_KEY.fullmatch(aes_key):
        return fail(f"EncodingAESKey 应为 43 位字母或数字，现在是 {len(aes_key)} 位", fix), None
    return ok("回调的 Token 和 EncodingAESKey 格式正确"), CallbackKey(token, aes_key, corp_id)


def round_trip(public_url: str | None, key: CallbackKey | None, now: datetime, http: httpx.Client) -> Verdict:
    """Whether a callback sealed with our key arrives through our public address, queue and worker."""
    if public_url is None:
        return skip("没有设置访问地址，无法试发回调", "请先设置部署参数 PublicUrl")
    if key is None:
        return skip("回调密钥有误，无法试发回调", "请先修复回调的 Token 和 EncodingAESKey")
    address = f"{public_url}/wecom/callbacks/app"
    nonce = token_hex(8)
    sealed = key.seal(probe.xml_of(key.receive_id, nonce, now).encode(), nonce, str(int(now.timestamp())))
    query = {"msg_signature": sealed.msg_signature, "timestamp": sealed.timestamp, "nonce": sealed.nonce}
    body = f"<xml><Encrypt><![CDATA[{sealed.encrypted}]]></Encrypt></xml>"
    try:
        status = http.post(address, params=query, content=body.encode()).status_code
    except httpx.HTTPError as error:
        fix = "请检查域名解析、证书，以及域名是否指向本系统的 API"
        return fail("回调地址无法访问", fix, address=address, cause=type(error).__name__)
    if status != httpx.codes.OK:
        fix = "请检查域名是否指向本系统的 API；刚更换过密钥时请等 5 分钟"
        return fail(f"回调地址返回了 {status}", fix, address=address, http_status=status)
    return _arrival(nonce, address)


def _arrival(nonce: str, address: str) -> Verdict:
    started = monotonic()
    while monotonic() - started < ARRIVES_WITHIN:
        if probe.has_arrived(nonce):
            return ok("试发的回调已送达并处理", address=address, seconds=round(monotonic() - started, 1))
        sleep(0.2)
    fix = "请查看队列 CorpEvents 是否积压，以及函数 handle_corp_event 的日志"
    return warn("试发的回调已接收，但几秒内没有处理完", fix, address=address)


def heard_from_wecom(now: datetime, last: Callable[[], datetime | None]) -> Verdict:
    """Whether WeCom itself sends us callbacks."""
    fix = f"请打开 {CONSOLE_RECEIVE}，核对 URL、Token、EncodingAESKey 后保存，再从工作台打开一次本应用"
    at = last()
    if at is None:
        return warn("还没有收到过企业微信的回调", fix)
    seen = at.isoformat(timespec="seconds")
    if now - at > SILENT_FOR:
        return warn("超过 3 天没有收到企业微信的回调", fix, last_at=seen)
    return ok("企业微信的回调正常到达", last_at=seen)


def trusted_domain(public_url: str | None, http: httpx.Client) -> Verdict:
    """Whether the public address is set, is https, and leads to this deployment."""
    fix = f"请把域名指向本系统的 API，设置部署参数 PublicUrl，并打开 {CONSOLE_DOMAIN}，填写同一域名"
    if public_url is None:
        return fail("没有设置访问地址（可信域名）", fix)
    parts = urlsplit(public_url)
    local = parts.hostname in {"127.0.0.1", "localhost"}
    if parts.scheme != "https" and not local:
        return fail("访问地址必须是 https", fix, public_url=public_url)
    try:
        answer = http.get(f"{public_url}/healthz")
    except httpx.HTTPError as error:
        return fail("访问地址无法打开", fix, public_url=public_url, cause=type(error).__name__)
    if answer.status_code != httpx.codes.OK:
        return fail("访问地址没有指向本系统", fix, public_url=public_url, http_status=answer.status_code)
    return ok("访问地址可用", public_url=public_url)


def domain_proof(public_url: str | None, proof_id: str | None, http: httpx.Client) -> Verdict:
    """Whether the file that proves the domain can be fetched at its root."""
    fix = f"请打开 {CONSOLE_DOMAIN} → 申请校验域名，把文件名中的编号写入部署参数 DomainVerification"
    if public_url is None:
        return skip("没有设置访问地址，无法检查域名校验文件", "请先设置部署参数 PublicUrl")
    if proof_id is None:
        return warn("没有设置域名校验文件", fix)
    address = f"{public_url}/WW_verify_{proof_id}.txt"
    try:
        answer = http.get(address)
    except httpx.HTTPError as error:
        return fail("域名校验文件无法访问", fix, address=address, cause=type(error).__name__)
    if answer.status_code != httpx.codes.OK or answer.text.strip() != proof_id:
        return fail("域名校验文件的内容不正确", fix, address=address, http_status=answer.status_code)
    return ok("域名校验文件可以访问", address=address)
