"""S1-S3: forged, replayed and malicious callbacks."""

from __future__ import annotations

import base64
import os
import random
import resource
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

from tests.bench.bars import Options, Result, at_most, exactly, progress
from tests.doubles.bundle import AES_KEY, CORP_ID, TOKEN, Bundle, http_event

ADDRESS = "/wecom/callbacks/app"
Forge = Callable[[random.Random], dict[str, Any]]


def event_xml(number: int) -> bytes:
    """Return a callback's plain text."""
    return (
        f"<xml><ToUserName><![CDATA[{CORP_ID}]]></ToUserName><FromUserName><![CDATA[sys]]></FromUserName>"
        f"<CreateTime>{1772417700 + number}</CreateTime><MsgType><![CDATA[event]]></MsgType>"
        "<Event><![CDATA[change_external_contact]]></Event>"
        "<ChangeType><![CDATA[del_follow_user]]></ChangeType><UserID><![CDATA[zhangsan]]></UserID>"
        f"<ExternalUserID><![CDATA[wm{number:030d}]]></ExternalUserID></xml>"
    ).encode()


def request(signature: str, timestamp: str, nonce: str, encrypted: str) -> dict[str, Any]:
    """Return the HTTP event of a delivery."""
    query = urlencode({"msg_signature": signature, "timestamp": timestamp, "nonce": nonce})
    body = (
        f"<xml><ToUserName><![CDATA[{CORP_ID}]]></ToUserName><AgentID><![CDATA[1]]></AgentID>"
        f"<Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>"
    )
    return http_event("POST", f"{ADDRESS}?{query}", body)


def _sealed(key: Any, dice: random.Random, xml: bytes | None = None, stamp: str = "") -> Any:
    return key.seal(
        event_xml(dice.randrange(10**9)) if xml is None else xml,
        str(dice.randrange(10**9)),
        stamp or _stamp(),
        dice.randbytes(16),
    )


def _stamp() -> str:
    from scrm import clock

    return str(int(clock.now().timestamp()))


def forgeries() -> dict[str, Forge]:
    """Return the ways in which a delivery is not WeCom's."""
    from scrm.wecom.crypto import CallbackKey

    ours = CallbackKey(TOKEN, AES_KEY, CORP_ID)
    other_token = CallbackKey("AnotherToken", AES_KEY, CORP_ID)
    other_key = CallbackKey(TOKEN, "X" * 42 + "A", CORP_ID)
    other_corp = CallbackKey(TOKEN, AES_KEY, "ww0000000000000000")

    def of(sealed: Any) -> dict[str, Any]:
        return request(sealed.msg_signature, sealed.timestamp, sealed.nonce, sealed.encrypted)

    def altered(dice: random.Random) -> dict[str, Any]:
        sealed = _sealed(ours, dice)
        parts = [sealed.msg_signature, sealed.timestamp, sealed.nonce, sealed.encrypted]
        which, at = dice.randrange(4), 0
        at = dice.randrange(len(parts[which]))
        letters = (
            "0123456789"
            if which in {1, 2}
            else "0123456789abcdef"
            if which == 0
            else "ABCDEFGHIJKLMNOPabcdef"
        )
        new = dice.choice([each for each in letters if each != parts[which][at]])
        parts[which] = parts[which][:at] + new + parts[which][at + 1 :]
        return request(*parts)

    def padded_badly(dice: random.Random) -> dict[str, Any]:
        return _resigned(ours, _raw_encrypted(ours, dice.randbytes(32 * dice.randint(1, 12))), dice)

    def cut(dice: random.Random) -> dict[str, Any]:
        data = base64.b64decode(_sealed(ours, dice).encrypted)
        return _resigned(ours, base64.b64encode(data[: 16 * dice.randrange(len(data) // 16)]).decode(), dice)

    def too_old(dice: random.Random) -> dict[str, Any]:
        return of(_sealed(ours, dice, stamp=str(int(_stamp()) - dice.randint(601, 10**6))))

    return {
        "another token": lambda dice: of(_sealed(other_token, dice)),
        "another key": lambda dice: of(_sealed(other_key, dice)),
        "another corp": lambda dice: of(_sealed(other_corp, dice)),
        "altered": altered,
        "bad padding": padded_badly,
        "cut short": cut,
        "no signature": lambda dice: request("", _stamp(), "1", _sealed(ours, dice).encrypted),
        "too old": too_old,
    }


def _raw_encrypted(key: Any, plain: bytes) -> str:
    encryptor = key._cipher.encryptor()
    return base64.b64encode(encryptor.update(plain) + encryptor.finalize()).decode()


def _resigned(key: Any, encrypted: str, dice: random.Random) -> dict[str, Any]:
    """Return a delivery whose signature is right: only what is inside is wrong."""
    stamp, nonce = _stamp(), str(dice.randrange(10**9))
    return request(key.signature(stamp, nonce, encrypted), stamp, nonce, encrypted)


def flipped(messages: int, dice: random.Random) -> Iterator[dict[str, Any]]:
    """Yield each message with each single bit of what is signed turned over."""
    from scrm.wecom.crypto import CallbackKey

    key = CallbackKey(TOKEN, AES_KEY, CORP_ID)
    for _ in range(messages):
        sealed = _sealed(key, dice)
        data = base64.b64decode(sealed.encrypted)
        for bit in range(len(data) * 8):
            turned = bytearray(data)
            turned[bit // 8] ^= 1 << bit % 8
            encrypted = base64.b64encode(bytes(turned)).decode()
            yield request(sealed.msg_signature, sealed.timestamp, sealed.nonce, encrypted)
        for name in ("msg_signature", "timestamp", "nonce"):
            text = getattr(sealed, name).encode()
            for bit in range(len(text) * 8):
                turned = bytearray(text)
                turned[bit // 8] ^= 1 << bit % 8
                parts = {each: getattr(sealed, each) for each in ("msg_signature", "timestamp", "nonce")}
                parts[name] = bytes(turned).decode("latin-1")
                yield request(parts["msg_signature"], parts["timestamp"], parts["nonce"], sealed.encrypted)


def forged(options: Options) -> list[Result]:
    """S1: 100,000 forgeries and 50 messages flipped bit by bit; none is accepted, all get one answer."""
    answers: Counter[str] = Counter()
    accepted: list[str] = []
    seconds: dict[str, list[float]] = {}
    tried = 0
    for seed in options.seeds:
        dice, bundle = random.Random(seed), Bundle(simulated=False)
        with bundle.running("fast"):
            handle = bundle.app("wecom_callback").handler
            ways = forgeries()
            for number in range(options.scaled(100_000) // len(options.seeds)):
                name = list(ways)[number % len(ways)]
                event = ways[name](dice)
                began = time.perf_counter()
                answer = handle(event, None)
                seconds.setdefault(name, []).append(time.perf_counter() - began)
                _judge(answer, name, answers, accepted)
                tried += 1
            for event in flipped(options.scaled(50) // len(options.seeds) + 1, dice):
                _judge(handle(event, None), "flipped", answers, accepted)
                tried += 1
            accepted += bundle.cloud.queues.bodies("CustomerEvents")
        progress(f"S1 seed {seed}: {tried:,} tried")
    inside = [statistics.median(seconds[name]) for name in ("another corp", "bad padding", "cut short")]
    return [
        exactly("S1", "forgeries_accepted", len(accepted), 0, f" of {tried:,}", ways=accepted[:5]),
        exactly("S1", "answers_told_apart", len(answers), 1, answers=dict(answers)),
        at_most("S1", "timing_of_refusals_apart", max(inside) / min(inside), 1.5, "x"),
    ]


def _judge(answer: dict[str, Any], way: str, answers: Counter[str], accepted: list[str]) -> None:
    answers[f"{answer['statusCode']} {answer['headers']} {answer['body']}"] += 1
    if answer["statusCode"] == 200:
        accepted.append(way)


def replayed(options: Options) -> list[Result]:
    """S2: the same signed request at once, after six minutes and after a day has no second effect."""
    from tests.bench.scenarios import with_channel
    from tests.faults.crashing import differences, outcome

    second: list[str] = []
    statuses: list[int | None] = []
    for seed in options.seeds:
        bundle = Bundle(seed=str(seed))
        with bundle.running():
            bundle.wecom.people.scan(userid="zhangsan", state=with_channel(bundle))
            (sealed,) = bundle.callbacks()
            bundle.post(sealed)
            bundle.settle()
            before = outcome(bundle)
            for wait in (0, 360, 86_400):
                bundle.time.sleep(wait)
                statuses.append(bundle.post(sealed))
                bundle.settle()
                second += differences(outcome(bundle), before)
    return [exactly("S2", "second_effects_of_a_replay", len(second), 0, seen=second[:5], statuses=statuses)]


BOMB = (
    "<!DOCTYPE x ["
    + "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "ha" * 5}">' for n in range(9))
    + "]>"
)
QUADRATIC = f'<!DOCTYPE x [<!ENTITY a "{"a" * 20_000}">]><xml><A>{"&a;" * 2_000}</A></xml>'


def malicious() -> dict[str, bytes]:
    """Return XML that must be refused, at home in any position."""
    return {
        "billion laughs": f"{BOMB}<xml><A>&e8;</A></xml>".encode(),
        "quadratic blow-up": QUADRATIC.encode(),
        "external file": b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><xml><A>&a;</A></xml>',
        "external address": b'<!DOCTYPE x [<!ENTITY a SYSTEM "http://127.0.0.1:9/">]><xml><A>&a;</A></xml>',
        "parameter entity": b'<!DOCTYPE x [<!ENTITY % a SYSTEM "http://a.test/"> %a;]><xml><A>1</A></xml>',
        "external doctype": b'<!DOCTYPE xml SYSTEM "http://127.0.0.1:9/x.dtd"><xml><A>1</A></xml>',
        "undefined entity": b"<xml><A>&nobody;</A></xml>",
        "9,000 levels": b"<a>" * 9_000 + b"</a>" * 9_000,
        "200,000 levels": b"<a>" * 200_000 + b"</a>" * 200_000,
        "bad UTF-8": b"<xml><A>\xff\xfe\xc0\x80</A></xml>",
        "crossed elements": b"<xml><A><B></A></B></xml>",
        "cut short": b"<xml><Encrypt><![CDATA[abc",
        "nothing": b"",
        "no XML": b'{"a": 1}',
        "10 MB": b"<xml><A>" + b"a" * 10_000_000 + b"</A></xml>",
    }


def bodies() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield 30 deliveries: each piece of XML as the body itself, and sealed as WeCom would seal it."""
    from scrm.wecom.crypto import CallbackKey

    key, dice = CallbackKey(TOKEN, AES_KEY, CORP_ID), random.Random(1)
    for name, xml in malicious().items():
        outside = http_event("POST", f"{ADDRESS}?msg_signature=a&timestamp={_stamp()}&nonce=1", "")
        yield f"{name}, bare", {**outside, "body": base64.b64encode(xml).decode(), "isBase64Encoded": True}
        sealed = _sealed(key, dice, xml)
        yield (
            f"{name}, sealed",
            request(sealed.msg_signature, sealed.timestamp, sealed.nonce, sealed.encrypted),
        )


def bombs(options: Options) -> list[Result]:
    """S3: XML bombs, external entities, deep nesting, 10 MB, bad UTF-8: refused in 50 ms and 20 MB."""
    bundle = Bundle(simulated=False)
    took: dict[str, float] = {}
    grown: dict[str, float] = {}
    not_refused: dict[str, int] = {}
    with bundle.running("fast"):
        handle = bundle.app("wecom_callback").handler
        handle(request("", _stamp(), "1", "abc"), None)
        for name, event in bodies():
            status, took[name], grown[name] = _in_child(handle, event)
            if status not in {400, 403, 413}:
                not_refused[name] = status
    slowest, largest = max(took, key=lambda n: took[n]), max(grown, key=lambda n: grown[n])
    return [
        exactly("S3", "bodies_not_refused", len(not_refused), 0, f" of {len(took)}", statuses=not_refused),
        at_most("S3", "slowest_refusal", took[slowest] * 1000, 50, " ms", body=slowest),
        at_most("S3", "largest_growth", grown[largest], 20, " MB", body=largest),
    ]


def _in_child(
    handle: Callable[[dict[str, Any], None], dict[str, Any]], event: dict[str, Any]
) -> tuple[int, float, float]:
    """Return (status, processor seconds, MB of growth) of one request handled in a process of its own."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        began = time.process_time()
        status = handle(event, None)["statusCode"]
        took = time.process_time() - began
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        os.write(writing, f"{status} {took} {grown}".encode())
        os._exit(0)
    os.close(writing)
    _, ended = os.waitpid(child, 0)
    told = os.read(reading, 200).decode().split()
    os.close(reading)
    if ended or len(told) != 3:
        return 0, float("inf"), float("inf")
    return int(told[0]), float(told[1]), float(told[2])
