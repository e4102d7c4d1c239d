"""Our own count of calls: never more than WeCom allows, nearly all of it used, nothing inside a block."""

from collections import Counter

import pytest

from scrm.wecom.errors import Throttled
from scrm.wecom.limits import BLOCK, FREE_PER_MINUTE, HOUR_LIMIT, MINUTE_LIMIT, RateLimits
from tests.component.wecom.conftest import client
from tests.component.wecom.store import VirtualTime

API = "/cgi-bin/externalcontact/get"
MINUTE = 1_772_416_800.0  # a full hour


def process(store, time):
    return RateLimits("ww1", store, now=time.now, monotonic=time.monotonic)


def allowed(limits, times=1, api=API):
    made = 0
    for _ in range(times):
        try:
            limits.before_call(api)
        except Throttled:
            continue
        made += 1
    return made


def test_the_first_calls_of_a_minute_write_nothing(store):
    limits = process(store, VirtualTime(MINUTE))

    assert allowed(limits, FREE_PER_MINUTE) == FREE_PER_MINUTE
    assert store.writes == 0
    assert allowed(limits, BLOCK) == BLOCK
    assert store.writes == 1


def test_at_three_times_the_allowance_no_minute_or_hour_is_overrun_and_nearly_all_is_used(store):
    time = VirtualTime(MINUTE)
    processes = [process(store, time) for _ in range(8)]
    by_minute: Counter[int] = Counter()
    for minute in range(60):
        time.wall = MINUTE + minute * 60 + 1
        time.ticks += 60
        demand = 3 * MINUTE_LIMIT if minute < 3 else MINUTE_LIMIT
        for _ in range(20):
            for each in processes:
                by_minute[minute] += allowed(each, demand // 8 // 20)

    assert max(by_minute.values()) <= MINUTE_LIMIT
    assert sum(by_minute.values()) <= HOUR_LIMIT
    assert min(by_minute[m] for m in range(14)) >= 0.95 * MINUTE_LIMIT
    assert sum(by_minute.values()) >= 0.95 * HOUR_LIMIT


def test_many_light_processes_stay_within_the_reserve(store):
    time = VirtualTime(MINUTE)
    heavy, light = process(store, time), [process(store, time) for _ in range(80)]

    made = allowed(heavy, MINUTE_LIMIT) + sum(allowed(each, FREE_PER_MINUTE) for each in light)

    assert 0.95 * MINUTE_LIMIT <= made <= MINUTE_LIMIT


def test_a_full_minute_tells_when_the_next_begins_and_asks_the_store_no_more(store):
    time = VirtualTime(MINUTE + 20)
    limits = process(store, time)
    allowed(limits, MINUTE_LIMIT)
    writes = store.writes

    with pytest.raises(Throttled) as throttled:
        limits.before_call(API)

    assert throttled.value.retry_after == 40
    assert store.writes == writes
    time.sleep(40)
    limits.before_call(API)


def test_apis_are_counted_apart(store):
    limits = process(store, VirtualTime(MINUTE))
    allowed(limits, MINUTE_LIMIT)

    assert allowed(limits, 10, api="/cgi-bin/user/get") == 10


def test_after_45009_nobody_calls_for_a_minute_and_everybody_resumes_at_once(store):
    time = VirtualTime(MINUTE + 5)
    seen, others = process(store, time), [process(store, time) for _ in range(4)]
    for each in (seen, *others):
        each.before_call(API)
    time.sleep(0.3)

    assert seen.after_throttled(API) == 60

    for _ in range(59):
        assert not any(allowed(each) for each in (seen, *others))
        time.sleep(1)
    assert others[0]._blocks[API] == MINUTE + 5.3 + 60
    time.sleep(1)
    assert all(allowed(each) for each in (seen, *others))


def test_several_calls_under_way_make_one_block(store):
    time = VirtualTime(MINUTE + 5)
    limits, other = process(store, time), process(store, time)
    limits.after_throttled(API)
    time.sleep(2)

    assert other.after_throttled(API) == 58
    assert limits.after_throttled(API) == 58


def test_a_block_that_comes_again_lasts_until_the_hour_ends(store):
    time = VirtualTime(MINUTE + 600)
    limits = process(store, time)
    limits.after_throttled(API)
    time.sleep(61)

    assert limits.after_throttled(API) == 3600 - 661
    assert not allowed(process(store, time))


def test_a_clock_moved_back_does_not_lock_the_api_for_good(store):
    time = VirtualTime(MINUTE + 86_400 * 7)
    limits = process(store, time)
    allowed(limits, MINUTE_LIMIT + 1)
    limits.after_throttled(API)

    time.wall, time.ticks = MINUTE, time.ticks + 1

    assert allowed(limits, 100) == 100


def test_a_45009_answer_blocks_the_api_for_every_process_and_no_call_is_made_inside(
    wecom, scripted, store, time
):
    another = client(scripted, store, time)
    another.call("GET", API, idempotent=True)
    scripted.script[API] = [{"errcode": 45009, "errmsg": "api freq out of limit"}]

    with pytest.raises(Throttled) as throttled:
        wecom.call("GET", API, idempotent=True)
    time.sleep(1)
    made = len(scripted.calls(API))
    for each in (wecom, another):
        with pytest.raises(Throttled):
            each.call("POST", API, json={}, idempotent=False)

    assert throttled.value.retry_after == 60
    assert len(scripted.calls(API)) == made
    time.sleep(60)
    assert another.call("GET", API, idempotent=True)["errcode"] == 0
