"""The one client of WeCom's API: token, limits, timeouts, and retries decided by the class of the error.

What is repeated: a refused token once, after renewal; Busy and Unreachable (WeCom did nothing) for every
call; UnknownOutcome only for calls that are safe to repeat. A 45009 blocks the API for all processes. Tokens
and secrets travel in the query, as WeCom wants it, so neither URLs nor httpx's own errors leave this module.
"""

import logging
import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from random import uniform
from typing import Any, TypeVar

import httpx

from scrm import clock, telemetry
from scrm.wecom import tls
from scrm.wecom.errors import (
    TOKEN_REJECTED,
    BadCredentials,
    Busy,
    NoPermission,
    Throttled,
    TokenRejected,
    UnknownOutcome,
    Unreachable,
    UntrustedIp,
    WeComError,
    error_for,
)
from scrm.wecom.limits import RateLimits, Windows
from scrm.wecom.tokens import Leases, SharedToken

Params = Mapping[str, str | int]
Files = Mapping[str, tuple[str, bytes, str]]
"""Parts of a multipart body: name, then file name, content and type."""

ATTEMPTS = 3
_T = TypeVar("_T")
# A fetch must end within the lease (tokens.LEASE_SECONDS), connecting included.
_TOKEN_TIMEOUT = 2.0
# What WeCom may take to answer when 20 MB have arrived.
_UPLOAD_TIMEOUT = 15.0
_TOKEN_PATHS = frozenset({"/cgi-bin/gettoken", "/cgi-bin/get_jsapi_ticket", "/cgi-bin/ticket/get"})
_NOTHING_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
# What an alarm stands for (infra/observability.yaml); the rest is counted together.
_COUNTED: dict[type[WeComError], str] = {
    UntrustedIp: "wecom_ip_refused",
    NoPermission: "wecom_permission_refused",
    BadCredentials: "wecom_token_failed",
    TokenRejected: "wecom_token_failed",
    Throttled: "wecom_throttled",
    Busy: "wecom_busy",
}
_REJECTED_MARKS = tuple(str(code).encode() for code in TOKEN_REJECTED)


@dataclass(frozen=True)
class WeComSettings:
    """What the client needs to know. `secret` is called whenever a token is fetched.

    `secret_name` tells tokens of different secrets apart in the shared store; `ca_file` replaces our roots
    where a proxy opens TLS; seconds for `connect_timeout`, `read_timeout` and `budget`, the longest that
    one call may take with its repetitions.
    """

    base_url: str
    corp_id: str
    agent_id: int
    secret: Callable[[], str] = field(repr=False)
    secret_name: str = "app"  # noqa: S105
    proxy_url: str | None = field(default=None, repr=False)
    ca_file: str | None = None
    connect_timeout: float = 1.0
    read_timeout: float = 5.0
    budget: float = 9.0


@dataclass(frozen=True)
class Clocks:
    """Time as the client sees it: wall clock (the stack's, which may be moved), waits, and sleeping."""

    now: Callable[[], float] = lambda: clock.now().timestamp()
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


class WeCom:
    """Calls WeCom for one corp and one app. One per process; threads may share it."""

    def __init__(
        self,
        settings: WeComSettings,
        leases: Leases,
        windows: Windows,
        *,
        clocks: Clocks | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.settings = settings
        self._clocks = clocks or Clocks()
        self._transport = transport
        self._trusts_every_root = False
        self._http = self._open()
        times = {"now": self._clocks.now, "monotonic": self._clocks.monotonic}
        self.limits = RateLimits(settings.corp_id, windows, **times)
        owner = f"{settings.corp_id}#{settings.secret_name}"

        def shared(kind: str, fetch: Callable[[], tuple[str, float]]) -> SharedToken:
            key = f"wecom-token#{kind}#{owner}"
            return SharedToken(key, fetch, leases, **times, sleep=self._clocks.sleep)

        self.token = shared("access", self._fetch_token)
        self._corp_ticket = shared("corp_ticket", self._fetch_corp_ticket)
        self._app_ticket = shared("app_ticket", self._fetch_app_ticket)
        self._auth = _TokenAuth(self.token)

    def call(
        self,
        method: str,
        path: str,
        *,
        params: Params | None = None,
        json: dict[str, Any] | None = None,
        files: Files | None = None,
        idempotent: bool,
        budget: float | None = None,
    ) -> dict[str, Any]:
        """Return WeCom's answer to one call, whose errcode is 0.

        `idempotent` says that repeating does no harm: reads, and writes that only set. Takes at most
        `budget` seconds of waiting for repetitions. Raises WeComError: Throttled, Busy, TokenRejected,
        Refused in its kinds, and UnknownOutcome, after which a call that is not idempotent must be
        clarified before it is sent again.
        """
        request = _Request(method, path, params, json, files)
        return self._repeat(lambda: self._once(request, self._auth), budget, idempotent=idempotent)

    def corp_ticket(self) -> str:
        """Return the ticket that signs `config` (getConfigSignature). Raises as `call`."""
        return self._ticket(self._corp_ticket)

    def app_ticket(self) -> str:
        """Return the ticket that signs `agentConfig` (getAgentConfigSignature). Raises as `call`."""
        return self._ticket(self._app_ticket)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _fetch_token(self) -> tuple[str, float]:
        params = {"corpid": self.settings.corp_id, "corpsecret": self.settings.secret()}
        return self._fetch("access_token", _Request("GET", "/cgi-bin/gettoken", params), None)

    def _fetch_corp_ticket(self) -> tuple[str, float]:
        return self._fetch("ticket", _Request("GET", "/cgi-bin/get_jsapi_ticket"), self._auth)

    def _fetch_app_ticket(self) -> tuple[str, float]:
        params = {"type": "agent_config"}
        return self._fetch("ticket", _Request("GET", "/cgi-bin/ticket/get", params), self._auth)

    def _fetch(self, name: str, request: "_Request", auth: httpx.Auth | None) -> tuple[str, float]:
        """One attempt within the short lease; whoever asked asks again.

        No answer is Unreachable here: of the call that waits for this token nothing was sent.
        """
        try:
            answer = self._once(request, auth)
            return str(answer[name]), float(answer["expires_in"])
        except UnknownOutcome as error:
            raise Unreachable(request.path, error.errmsg) from None
        except (KeyError, TypeError, ValueError):
            raise Unreachable(request.path, f"no {name}") from None

    def _ticket(self, ticket: SharedToken) -> str:
        self._repeat(self.token.get, None, idempotent=True)  # before the ticket's short lease begins
        return self._repeat(ticket.get, None, idempotent=True).value

    def _repeat(self, action: Callable[[], _T], budget: float | None, *, idempotent: bool) -> _T:
        end = self._clocks.monotonic() + (self.settings.budget if budget is None else budget)
        for attempt in range(ATTEMPTS - 1):
            try:
                return action()
            except (Busy, UnknownOutcome) as error:
                # Random to spread load, not to hide anything.
                wait = uniform(0.1, 0.3) * 3**attempt  # noqa: S311  # nosec B311
                may_repeat = idempotent or isinstance(error, Busy)
                if not may_repeat or self._clocks.monotonic() + wait >= end:
                    raise
                self._clocks.sleep(wait)
        return action()

    def _once(self, request: "_Request", auth: httpx.Auth | None) -> dict[str, Any]:
        self.limits.before_call(request.path)
        answer = _answer(self._send(request, auth), request.path)
        errcode = answer["errcode"]
        if errcode == 0:
            return answer
        error = error_for(errcode, str(answer.get("errmsg", "")), request.path)
        if isinstance(error, Throttled):
            error.retry_after = self.limits.after_throttled(request.path)
        telemetry.count(_COUNTED.get(type(error), "wecom_refused"), errcode=errcode)
        raise error

    def _send(self, request: "_Request", auth: httpx.Auth | None) -> httpx.Response:
        try:
            return self._exchange(request, auth)
        except httpx.ConnectError as error:
            settled = self._trusts_every_root or self.settings.ca_file is not None
            if settled or not tls.is_unknown_root(error):
                raise Unreachable(request.path, type(error).__name__) from None
        except _NOTHING_SENT as error:
            raise Unreachable(request.path, type(error).__name__) from None
        except httpx.TransportError as error:
            raise UnknownOutcome(request.path, type(error).__name__) from None
        self._trusts_every_root = True
        self._http = self._open()
        return self._send(request, auth)

    def _exchange(self, request: "_Request", auth: httpx.Auth | None) -> httpx.Response:
        read = _TOKEN_TIMEOUT if request.path in _TOKEN_PATHS else self.settings.read_timeout
        read = max(read, _UPLOAD_TIMEOUT) if request.files else read
        timeout = httpx.Timeout(read, connect=self.settings.connect_timeout)
        built = self._http.build_request(
            request.method,
            request.path,
            params=request.params,
            json=request.json,
            files=request.files,
            timeout=timeout,
        )
        return self._http.send(built, auth=auth)

    def _open(self) -> httpx.Client:
        base_url, proxy = self.settings.base_url, self.settings.proxy_url
        if self._transport is not None:
            return httpx.Client(base_url=base_url, transport=self._transport, trust_env=False)
        trusted = tls.full_context() if self._trusts_every_root else tls.lean_context(self.settings.ca_file)
        return httpx.Client(base_url=base_url, verify=trusted, proxy=proxy, trust_env=False)


@dataclass(frozen=True)
class _Request:
    method: str
    path: str
    params: Params | None = field(default=None, repr=False)
    json: dict[str, Any] | None = field(default=None, repr=False)
    files: Files | None = field(default=None, repr=False)


class _TokenAuth(httpx.Auth):
    """Puts the token into the query; when WeCom refuses it, renews it once and repeats once."""

    requires_response_body = True

    def __init__(self, token: SharedToken) -> None:
        self._token = token

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        held = self._token.get()
        request.url = request.url.copy_set_param("access_token", held.value)
        response = yield request
        if _rejects_token(response):
            held = self._token.replace(held)
            request.url = request.url.copy_set_param("access_token", held.value)
            yield request


def _rejects_token(response: httpx.Response) -> bool:
    if not any(mark in response.content for mark in _REJECTED_MARKS):
        return False
    try:
        return _answer(response, "")["errcode"] in TOKEN_REJECTED
    except UnknownOutcome:
        return False


def _answer(response: httpx.Response, api: str) -> dict[str, Any]:
    """Return the answer with a whole-numbered errcode. Raises UnknownOutcome when it is not WeCom's."""
    if response.status_code != httpx.codes.OK:
        raise UnknownOutcome(api, f"HTTP {response.status_code}")
    try:
        answer = response.json()
        return {**answer, "errcode": int(answer.get("errcode", 0))}
    except (ValueError, TypeError, AttributeError):
        raise UnknownOutcome(api, "no JSON object") from None


def _only_warnings(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.WARNING


for _name in ("httpx", "httpcore"):
    # httpx logs each URL at INFO, with the token in it; a filter holds whatever level the root is given.
    logging.getLogger(_name).addFilter(_only_warnings)
