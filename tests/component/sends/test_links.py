"""spec CON-17: who opens a short link is led on, and the send that it belongs to counts it."""

from datetime import timedelta
from typing import Any

import pytest

from scrm.library.model import Uses
from tests.component.identities.conftest import BEGAN
from tests.component.sends.conftest import TARGET, forward, token_of, visit


def uses() -> Uses:
    from scrm.sends.uses_dynamodb import uses_of

    return uses_of("material", "ma_1")


def index(customer_id: str) -> float:
    from scrm import clock
    from scrm.facts.dynamodb import load
    from scrm.facts.model import index_at

    return index_at(load(customer_id).interaction, clock.now())


def trace(tables: Any, customer_id: str) -> list[str]:
    rows = tables.rows(f"TIMELINE#{customer_id}")
    return [row["kind"] for row in rows if row["kind"] in {"sent", "link_open", "share"}]


def test_con_17_an_opened_link_leads_on_and_counts_for_its_send(send: Any, react: Any, tables: Any) -> None:
    from scrm.sends import dynamodb as stored

    made = send()
    react()

    answered = visit(token_of(1))

    assert (answered.status, answered.headers["location"]) == (302, TARGET)
    react()
    known = stored.send(made.send_id)
    assert (known.status, known.evidence, known.sent_at, known.opened_at) == ("sent", "opened", BEGAN, BEGAN)
    assert known.expires_at is None
    assert uses() == Uses(sends=1, opens=1)
    assert trace(tables, made.customer_id) == ["link_open", "sent"]
    assert index(made.customer_id) == pytest.approx(2.0)
    (link,) = tables.rows("LINK#")
    assert "expires_at" not in link


def test_con_17_a_forward_counts_and_weighs_eight(send: Any, react: Any, tables: Any) -> None:
    made = send()
    visit(token_of(1))

    assert forward(token_of(1)).json == {"status": "received"}
    assert forward(token_of(1)).json == {"status": "received"}
    react()

    assert uses() == Uses(sends=1, opens=1, forwards=1)
    assert sorted(trace(tables, made.customer_id)) == ["link_open", "sent", "share"]
    assert index(made.customer_id) == pytest.approx(10.0)


def test_con_17_a_page_tells_of_a_forward_by_its_share_id(send: Any, react: Any) -> None:
    made = send()

    assert forward(made.send_id).json == {"status": "received"}
    assert forward("z" * 24).status == 404
    react()

    assert uses() == Uses(sends=1, forwards=1)


@pytest.mark.parametrize("busy_with", ["PutItem", "UpdateItem"])
def test_con_17_while_the_table_is_busy_the_customer_is_led_on(
    send: Any, monkeypatch: Any, tables: Any, busy_with: str
) -> None:
    from botocore.client import BaseClient
    from botocore.exceptions import ClientError

    send()
    real, before = BaseClient._make_api_call, tables.rows("SEND#")

    def busy(client: Any, operation: str, asked: Any) -> Any:
        if operation == busy_with:
            told = {"Error": {"Code": "ThrottlingException"}, "ResponseMetadata": {"HTTPStatusCode": 400}}
            raise ClientError(told, operation)  # type: ignore[arg-type]  # as much of it as is asked for
        return real(client, operation, asked)

    monkeypatch.setattr(BaseClient, "_make_api_call", busy)
    assert visit(token_of(1)).status == 302
    assert (tables.rows("SEND#") == before) == (busy_with == "PutItem")


def test_con_17_opens_of_one_minute_are_one_and_those_of_the_next_are_more(
    send: Any, react: Any, at: Any
) -> None:
    from scrm.sends import dynamodb as stored

    made = send()
    for seconds in (0, 20, 44, 45, 61):
        at((BEGAN + timedelta(seconds=seconds)).isoformat())
        visit(token_of(1))
    react()

    assert uses() == Uses(sends=1, opens=2)
    assert stored.send(made.send_id).opened_at == BEGAN


@pytest.mark.parametrize(
    ("method", "agent", "headers"),
    [
        ("HEAD", "Mozilla/5.0 (iPhone) MicroMessenger/8.0", {}),
        ("GET", "Mozilla/5.0 (compatible; Baiduspider/2.0)", {}),
        ("GET", "Mozilla/5.0 AppleWebKit (compatible; bingbot/2.0)", {}),
        ("GET", "WhatsApp/2.23", {}),
        ("GET", "curl/8.5.0", {}),
        ("GET", "Mozilla/4.0", {}),
        ("GET", "", {}),
        ("GET", "Mozilla/5.0 (iPhone) MicroMessenger/8.0", {"sec-purpose": "prefetch;prerender"}),
    ],
)
def test_con_17_a_program_that_looks_is_led_on_and_counts_nothing(
    send: Any, react: Any, method: str, agent: str, headers: Any
) -> None:
    send()

    answered = visit(token_of(1), method, agent, **headers)
    react()

    assert (answered.status, answered.headers["location"]) == (302, TARGET)
    assert uses() == Uses()


@pytest.mark.parametrize("token", [token_of(2), "x", "a" * 200, "%2e%2e", "https%2F%2Fevil.example", " "])
def test_con_17_there_is_one_answer_for_whatever_is_no_link(send: Any, tables: Any, token: str) -> None:
    send()
    before = tables.typed()

    for accept in ("*/*", "text/html,application/xhtml+xml"):
        answered, known = visit(token, accept=accept), visit(token_of(3), accept=accept)
        assert (answered.status, answered.text) == (404, known.text)
        assert answered.headers["content-type"] == known.headers["content-type"]
        assert "location" not in answered.headers
    assert "链接已失效" in known.text
    assert forward(token_of(3)).text == visit(token_of(3)).text
    assert tables.typed() == before


def test_con_17_a_link_of_what_was_never_sent_ends_and_one_of_what_was_does_not(
    send: Any, react: Any, at: Any
) -> None:
    send(1)
    send(2)
    visit(token_of(2))
    react()

    at((BEGAN + timedelta(days=30)).isoformat())

    assert [visit(token_of(each)).status for each in (1, 2)] == [404, 302]


def test_one_address_opens_so_many_links_a_minute(send: Any) -> None:
    send()
    assert [visit(token_of(1)).status for _ in range(121)] == [302] * 120 + [429]


def test_a_target_beyond_ascii_is_written_in_percent_signs(there: str, send: Any, tables: Any) -> None:
    from scrm.sends import dynamodb as stored

    made = send(7)
    other = "https://shop.example.com/春?a=b%20c"
    assert not stored.put(made, {token_of(8): other})
    send(9, links=(token_of(9),))
    tables.client.update_item(
        TableName="ScrmTable",
        Key={"PK": {"S": f"LINK#{token_of(9)}"}, "SK": {"S": "LINK"}},
        UpdateExpression="SET target = :t",
        ExpressionAttributeValues={":t": {"S": other}},
    )

    assert visit(token_of(9)).headers["location"] == "https://shop.example.com/%E6%98%A5?a=b%20c"
    assert visit(token_of(8)).status == 404


def test_con_17_a_telephone_whose_name_ends_like_a_robot_s_is_a_person_s(send: Any, react: Any) -> None:
    send()
    visit(token_of(1), agent="Mozilla/5.0 (Linux; Android 11; CUBOT NOTE 20) MicroMessenger/8.0")
    react()

    assert uses() == Uses(sends=1, opens=1)
