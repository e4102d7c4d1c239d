"""Facts are read back as they were stored, with one query."""

from datetime import datetime, timedelta
from typing import Any

from pynamodb.transactions import TransactWrite


def test_facts_of_nobody_are_empty(tables: Any) -> None:
    from scrm.facts.dynamodb import load
    from scrm.facts.model import Facts

    assert load("cu_nobody") == Facts()


def test_facts_are_read_back_with_the_talks_and_the_sum_of_versions(tables: Any, at: Any) -> None:
    from scrm import clock
    from scrm.facts.dynamodb import TalkRow, load, tally_of, tally_step
    from scrm.facts.model import Bought, Orders, Score
    from scrm.facts.tally import Tally, acted, chatted
    from scrm.table import Row

    now: datetime = clock.now()
    orders = Orders(
        2, 29800, now, now, (("2026-03-02", 2, 29800),), ("P",), (Bought("P", "茶", 2, 29800, now),)
    )
    score = Score("intention", 0.0, "model-1", now, "三次询价", now + timedelta(days=3))
    tally = Tally(orders=orders, scores=(score,), member_since=now, follows_official_account=False)
    tally = chatted(acted(acted(tally, "share", now, now), "message", now, now), now, now)
    with TransactWrite(connection=Row._get_connection().connection) as transaction:
        tally_step("cu_1", tally, now)(transaction)
        transaction.save(
            TalkRow("CUSTOMER#cu_1", "TALK#lisi", userid="LiSi", staff_at="2026-03-02T02:15:00Z", version=4)
        )

    found = load("cu_1")
    assert tally_of("cu_1") == Tally(**{**vars(tally), "version": 1})
    assert found.orders == orders
    assert found.scores == (score,)
    assert found.sessions is not None
    assert (found.sessions.count, found.follows_official_account, found.member_since) == (1, False, now)
    assert found.interaction.acts == {"share": (("2026-03-02", 1),)}
    assert [(each.userid, each.staff_at, each.customer_at) for each in found.talks] == [("LiSi", now, None)]
    assert found.version == 5
