"""Which of WeCom's results tells of a handover, where the pair has had the customer before."""

from datetime import UTC, datetime

from scrm.inheritance.asking import result_of
from scrm.inheritance.model import Item
from scrm.wecom.transfers import Result

SENT = datetime(2026, 3, 2, 2, 15, tzinfo=UTC)
ITEM = Item("c1", "e1", "h", "t1", status="WAITING", sent_at=SENT)
DONE = Result("e1", 1, int(SENT.timestamp()) + 86_400)
DONE_BEFORE = Result("e1", 1, int(SENT.timestamp()) - 86_400)
WAITS = Result("e1", 2, int(SENT.timestamp()) - 86_400)
REFUSED, FULL = Result("e1", 3, 0), Result("e1", 4, 0)


def test_inh_08_of_several_results_the_one_of_this_handover_is_taken_in_whatever_order() -> None:
    for results in ([DONE, REFUSED], [REFUSED, DONE], [DONE_BEFORE, DONE, REFUSED]):
        assert result_of(results, ITEM, had=False) == DONE
    assert result_of([REFUSED, DONE_BEFORE], ITEM, had=False) == REFUSED
    assert result_of([REFUSED, FULL], ITEM, had=False) == FULL


def test_i12_a_result_without_a_time_says_nothing_of_a_pair_that_had_the_customer_before() -> None:
    assert result_of([REFUSED], ITEM, had=True) is None
    assert result_of([REFUSED, DONE], ITEM, had=True) == DONE


def test_inh_08_where_wecoms_clock_is_another_one_its_result_counts_a_day_later() -> None:
    assert result_of([DONE_BEFORE], ITEM, had=False) is None
    assert result_of([DONE_BEFORE], ITEM, had=False, is_over=True) == DONE_BEFORE
    assert result_of([DONE_BEFORE, REFUSED], ITEM, had=False, is_over=True) == REFUSED
    assert result_of([WAITS], ITEM, had=True) == WAITS
