"""Reading XML that is odd, broken or hostile."""

import tracemalloc

import pytest

from scrm.wecom.callbacks import (
    MAX_BODY,
    CallbackEvent,
    MalformedCallback,
    OversizedCallback,
    envelope,
    event_id,
    parse,
)

HOSTILE = {
    "empty": b"",
    "not xml": b"hello",
    "no root": b"<?xml version='1.0'?>",
    "cut off": b"<xml><Encrypt><![CDATA[abc",
    "two roots": b"<xml><Encrypt>a</Encrypt></xml><xml/>",
    "mismatched": b"<xml><Encrypt>a</xml></Encrypt>",
    "doctype": b"<!DOCTYPE xml><xml><Encrypt>a</Encrypt></xml>",
    "external entity": b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><xml><Encrypt>&e;</Encrypt></xml>',
    "external dtd": b'<!DOCTYPE x SYSTEM "http://127.0.0.1/x.dtd"><xml><Encrypt>a</Encrypt></xml>',
    "parameter entity": b'<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1/p">%p;]><xml><A>a</A></xml>',
    "billion laughs": b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><xml><A>&b;</A></xml>',
    "undeclared entity": b"<xml><Encrypt>&nbsp;</Encrypt></xml>",
    "bad utf-8": b"<xml><Encrypt>\xff\xfe</Encrypt></xml>",
    "utf-16 doctype": "<!DOCTYPE x><xml><Encrypt>a</Encrypt></xml>".encode("utf-16"),
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_body_is_refused_as_envelope_and_as_event(body):
    with pytest.raises(MalformedCallback):
        envelope(body)
    with pytest.raises(MalformedCallback):
        parse(body)


@pytest.mark.parametrize("read", [envelope, parse])
def test_a_body_beyond_64_kib_is_refused_before_it_is_read(read):
    with pytest.raises(OversizedCallback):
        read(b"<xml>" + b"a" * MAX_BODY)


def test_deep_nesting_is_refused_cheaply():
    body = b"<xml>" + b"<a>" * 9000 + b"</a>" * 9000 + b"</xml>"
    tracemalloc.start()

    with pytest.raises(MalformedCallback, match="deep"):
        parse(body)

    assert tracemalloc.get_traced_memory()[1] < 1_000_000
    tracemalloc.stop()


def test_exactly_one_encrypt_element_is_needed():
    assert envelope(b"<xml>\n<AgentID/>\n<Encrypt><![CDATA[ab+/=]]></Encrypt></xml>") == "ab+/="
    for body in (b"<xml><A>a</A></xml>", b"<xml><Encrypt>a</Encrypt><Encrypt>b</Encrypt></xml>"):
        with pytest.raises(MalformedCallback):
            envelope(body)


def test_text_reads_the_same_bare_in_cdata_split_or_escaped():
    xml = (
        b"<xml><A>x &amp; y</A><B><![CDATA[x & y]]></B><C>x <![CDATA[&]]> y</C><D> x<!-- c --> &#38; y </D>"
        b"<E/><F></F><G><![CDATA[]]></G></xml>"
    )

    fields = parse(xml).fields

    assert {fields[name] for name in "ABCD"} == {"x & y"}
    assert {fields[name] for name in "EFG"} == {""}


def test_repeated_elements_become_lists_and_nested_ones_dicts():
    xml = (
        b"<xml><Id>1</Id><Id>2</Id><Id>3</Id><L>\n<Item>a</Item>\n<Item>b</Item></L>"
        b"<N><M><K>v</K></M></N></xml>"
    )

    fields = parse(xml).fields

    assert fields == {"Id": ["1", "2", "3"], "L": {"Item": ["a", "b"]}, "N": {"M": {"K": "v"}}}


def test_a_control_character_in_a_name_does_not_lose_the_event():
    event = parse(
        b"<xml><Event>change_contact</Event><Name>Li\x08 Ming</Name><CreateTime>17</CreateTime></xml>"
    )

    assert (event.event, event.fields["Name"], event.created_at) == ("change_contact", "Li Ming", 17)


@pytest.mark.parametrize(
    ("written", "read"),
    [("1772417700", 1772417700), (" 17 ", 17), ("", 0), ("soon", 0), ("1" * 40, 0), ("1.5", 0), ("²", 0)],
)
def test_an_odd_time_reads_as_none(written, read):
    assert parse(f"<xml><CreateTime>{written}</CreateTime></xml>".encode()).created_at == read


def test_absent_elements_read_as_empty():
    assert parse(b"<xml><MsgType>event</MsgType></xml>") == CallbackEvent(
        event="", change_type="", created_at=0, corp_id="", from_user="", fields={"MsgType": "event"}
    )


def test_an_event_id_tells_corp_receiver_and_text_apart():
    same = event_id("ww1", "app", b"<xml/>")
    others = {
        event_id("ww2", "app", b"<xml/>"),
        event_id("ww1", "contacts", b"<xml/>"),
        event_id("ww1", "app", b"<xml />"),
        event_id("ww1a", "pp", b"<xml/>"),
    }

    assert same == event_id("ww1", "app", b"<xml/>")
    assert len(same) == 64
    assert len(others | {same}) == 5
