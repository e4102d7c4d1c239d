"""One call to WeCom, and everything that can become of it."""

import logging
import ssl
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from scrm.wecom import errors, tls
from tests.component.wecom.conftest import OK, SECRET, client

API = "/cgi-bin/externalcontact/get"
HTML = httpx.Response(200, text="<html>captive portal</html>")
NO_ANSWERS = {
    "read timeout": httpx.ReadTimeout("timed out"),
    "write timeout": httpx.WriteTimeout("timed out"),
    "reset": httpx.ReadError("reset by peer"),
    "closed early": httpx.RemoteProtocolError("server disconnected"),
    "502": httpx.Response(502, text="bad gateway"),
    "500 with json": httpx.Response(500, json=OK),
    "redirect": httpx.Response(301, headers={"location": "https://elsewhere.test"}),
    "html": HTML,
    "json list": httpx.Response(200, json=[1]),
    "odd errcode": httpx.Response(200, json={"errcode": "many"}),
    "cut json": httpx.Response(200, text='{"errcode":0,'),
}
NOT_SENT = {
    "refused": httpx.ConnectError("refused"),
    "connect timeout": httpx.ConnectTimeout("timed out"),
    "pool": httpx.PoolTimeout("no connection"),
    "proxy": httpx.ProxyError("403 Forbidden"),
}


def read(wecom):
    return wecom.call("GET", API, params={"external_userid": "wm1"}, idempotent=True)


def write(wecom):
    return wecom.call("POST", API, json={"a": 1}, idempotent=False)


def test_a_call_carries_token_and_parameters_in_the_query_and_fetches_one_token(wecom, scripted):
    read(wecom)
    read(wecom)

    first = scripted.calls(API)[0]
    assert dict(first.url.params) == {"external_userid": "wm1", "access_token": "canary-token-1"}
    assert scripted.fetches == 1


@pytest.mark.parametrize("errcode", [40014, 42001])
@pytest.mark.parametrize("act", [read, write])
def test_a_refused_token_is_renewed_once_and_the_call_repeated_once(wecom, scripted, errcode, act):
    read(wecom)
    scripted.script[API] = [{"errcode": errcode, "errmsg": "x"}]

    assert act(wecom)["errcode"] == 0

    assert [r.url.params["access_token"] for r in scripted.calls(API)] == [
        "canary-token-1",
        "canary-token-1",
        "canary-token-2",
    ]


def test_a_token_ended_in_flight_is_renewed_once_for_fifty_threads_in_two_processes(
    wecom, scripted, store, time
):
    another = client(scripted, store, time)
    for each in (wecom, another):
        read(each)
    scripted.revoke()

    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(read, [wecom, another] * 25))

    assert {each["errcode"] for each in answers} == {0}
    assert scripted.fetches == 2


def test_a_token_refused_twice_is_an_error_after_one_renewal(wecom, scripted):
    scripted.script[API] = [{"errcode": 40014}] * 5

    with pytest.raises(errors.TokenRejected):
        read(wecom)

    assert len(scripted.calls(API)) == 2
    assert scripted.fetches == 2


@pytest.mark.parametrize("answer", NO_ANSWERS.values(), ids=NO_ANSWERS)
def test_a_write_without_an_answer_is_unknown_and_never_repeated(wecom, scripted, answer):
    scripted.script[API] = [answer]

    with pytest.raises(errors.UnknownOutcome) as unknown:
        write(wecom)

    assert unknown.value.errcode == errors.NO_ANSWER
    assert len(scripted.calls(API)) == 1


@pytest.mark.parametrize("answer", NO_ANSWERS.values(), ids=NO_ANSWERS)
def test_a_read_without_an_answer_is_repeated(wecom, scripted, answer):
    scripted.script[API] = [answer, answer]

    assert read(wecom)["errcode"] == 0
    assert len(scripted.calls(API)) == 3


@pytest.mark.parametrize("answer", NO_ANSWERS.values(), ids=NO_ANSWERS)
def test_repetition_is_bounded_in_number(wecom, scripted, answer):
    scripted.script[API] = [answer] * 10

    with pytest.raises(errors.UnknownOutcome):
        read(wecom)
    assert len(scripted.calls(API)) == 3


@pytest.mark.parametrize("answer", NOT_SENT.values(), ids=NOT_SENT)
@pytest.mark.parametrize("act", [read, write])
def test_what_was_never_sent_is_repeated_for_every_call(wecom, scripted, answer, act):
    scripted.script[API] = [answer]

    assert act(wecom)["errcode"] == 0
    assert len(scripted.calls(API)) == 2


@pytest.mark.parametrize("errcode", sorted(errors.BUSY))
@pytest.mark.parametrize("act", [read, write])
def test_busy_is_repeated_at_most_three_times(wecom, scripted, errcode, act):
    scripted.script[API] = [{"errcode": errcode}] * 5

    with pytest.raises(errors.Busy):
        act(wecom)
    assert len(scripted.calls(API)) == 3


def test_no_repetition_begins_beyond_the_budget(wecom, scripted, time):
    scripted.script[API] = [{"errcode": -1}] * 5

    with pytest.raises(errors.Busy):
        wecom.call("GET", API, idempotent=True, budget=0.05)

    assert len(scripted.calls(API)) == 1
    assert time.ticks == 0


def test_a_refusal_is_final(wecom, scripted):
    scripted.script[API] = [{"errcode": 84061, "errmsg": "not external contact"}]

    with pytest.raises(errors.NotFriend):
        read(wecom)
    assert len(scripted.calls(API)) == 1


@pytest.mark.parametrize("answer", [*NO_ANSWERS.values(), {"errcode": -1}], ids=[*NO_ANSWERS, "busy"])
def test_a_write_is_not_unknown_when_only_its_token_could_not_be_fetched(wecom, scripted, answer):
    scripted.script["/cgi-bin/gettoken"] = [answer]

    assert write(wecom)["errcode"] == 0
    assert len(scripted.calls(API)) == 1


def test_a_bad_secret_is_tried_once_by_all_processes_for_a_while(wecom, scripted, store, time):
    scripted.script["/cgi-bin/gettoken"] = [{"errcode": 40001, "errmsg": "invalid credential"}] * 9
    another = client(scripted, store, time)

    for each in (wecom, another, wecom):
        with pytest.raises(errors.BadCredentials) as refused:
            read(each)
        assert refused.value.errcode == 40001
    assert len(scripted.calls("/cgi-bin/gettoken")) == 1

    time.sleep(16)
    scripted.script.clear()
    assert read(another)["errcode"] == 0


def test_tickets_are_fetched_once_and_shared(wecom, scripted, store, time):
    scripted.handler = lambda request: {
        **OK,
        "ticket": f"T{request.url.params.get('type')}",
        "expires_in": 7200,
    }
    another = client(scripted, store, time)

    assert (wecom.corp_ticket(), another.corp_ticket()) == ("TNone", "TNone")
    assert (wecom.app_ticket(), another.app_ticket()) == ("Tagent_config", "Tagent_config")
    assert len(scripted.calls("/cgi-bin/get_jsapi_ticket")) == 1
    assert len(scripted.calls("/cgi-bin/ticket/get")) == 1


def test_no_token_or_secret_appears_in_logs_or_errors(wecom, scripted, caplog):
    caplog.set_level(logging.DEBUG)
    logging.getLogger("httpx").setLevel(logging.DEBUG)
    shown = []
    failures = [
        *NO_ANSWERS.values(),
        *NOT_SENT.values(),
        {"errcode": 40014},
        {"errcode": 60020, "errmsg": "x"},
    ]
    for failure in failures:
        scripted.script[API] = [failure] * 3
        with pytest.raises(errors.WeComError) as failed:
            read(wecom)
        error = failed.value
        shown += [str(error), repr(error), str(vars(error)), str(error.__cause__)]
        assert error.__suppress_context__ or not isinstance(error.__context__, httpx.HTTPError)
    shown += [caplog.text, repr(wecom.settings), repr(wecom.token.get())]

    for canary in ("canary-token", SECRET, "access_token="):
        assert canary not in "\n".join(shown)


def test_an_unknown_root_makes_the_process_trust_the_whole_bundle():
    wrapped = httpx.ConnectError("certificate")
    wrapped.__cause__ = OSError()
    wrapped.__cause__.__context__ = ssl.SSLCertVerificationError()

    assert tls.is_unknown_root(wrapped)
    assert not tls.is_unknown_root(httpx.ConnectError("refused"))
    assert len(tls.lean_context().get_ca_certs()) == 5
    assert len(tls.full_context().get_ca_certs()) > 50
    assert tls.lean_context().verify_mode == ssl.CERT_REQUIRED
    assert tls.lean_context().check_hostname
