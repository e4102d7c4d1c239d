"""/sidebar/jssdk: signatures for our own pages."""

from urllib.parse import urlsplit

from scrm.config import corp, optional
from scrm.http import problems
from scrm.http.request import Request
from scrm.http.routing import ANY_STAFF, Api
from scrm.settings import dynamodb as settings
from scrm.sidebar.asking import wecom
from scrm.sidebar.models import JssdkOut, JssdkQuery, SignatureOut
from scrm.sidebar.refusals import told_to_staff
from scrm.sidebar.signing import ForeignPage, own_page, signed
from scrm.wecom.errors import UnknownOutcome


def declare(api: Api) -> None:
    """Add the routes."""
    api.route("GET", "/sidebar/jssdk", roles=ANY_STAFF, scope="corp", query=JssdkQuery, answers=JssdkOut)(
        sign_page
    )


def sign_page(request: Request) -> JssdkOut:
    """Signatures that let one of our pages use WeCom's JS-SDK."""
    try:
        page = own_page(request.query.url, _own_hosts(request))
    except ForeignPage:
        raise problems.invalid_field("url", "只能为本系统的页面签名，请管理员检查可信域名") from None
    ours = corp()
    corp_ticket, app_ticket = _tickets()
    return JssdkOut(
        url=page,
        corp_id=ours.corp_id,
        agent_id=str(ours.agent_id),
        config=SignatureOut.model_validate(signed(corp_ticket, page, request.now)),
        agent_config=SignatureOut.model_validate(signed(app_ticket, page, request.now)),
    )


def _tickets() -> tuple[str, str]:
    """Return the corp's and the app's ticket, shared by all processes; no ticket leaves this module."""
    try:
        with told_to_staff():
            return wecom().corp_ticket(), wecom().app_ticket()
    except UnknownOutcome:
        raise problems.unavailable("企业微信没有应答，请稍后再试", code="wecom_unavailable") from None


def _own_hosts(request: Request) -> list[str]:
    """Return the hosts whose pages are ours; in the local stack, also the one that was called."""
    hosts = [urlsplit(optional("PUBLIC_URL") or "").netloc, *settings.load().trusted_hosts]
    if optional("ENV") == "local":
        hosts.append(request.headers.get("host", ""))
    return hosts
