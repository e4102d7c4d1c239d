"""The shared token: early renewal, killed holders, clocks that disagree, tokens ended early."""

import pytest

from scrm.wecom.errors import Busy, UnknownOutcome
from scrm.wecom.tokens import EARLY_SECONDS, LEASE_SECONDS, Entry, Held, SharedToken
from tests.component.wecom.store import MemoryStore, VirtualTime


class Killed(BaseException):
    """The process ended at this line: nothing after it happens, not even its own cleaning up."""


class Source:
    """Gives out T1, T2, …; `on_fetch` happens before each."""

    def __init__(self):
        self.fetches = 0
        self.on_fetch = lambda: None

    def __call__(self):
        self.fetches += 1
        self.on_fetch()
        return f"T{self.fetches}", 7200.0


def process(store, source, time):
    return SharedToken("k", source, store, now=time.now, monotonic=time.monotonic, sleep=time.sleep)


class KilledHolderStore(MemoryStore):
    """A store to which a killed process can no longer speak."""

    dead = False

    def release(self, *arguments):
        if not self.dead:
            super().release(*arguments)

    def publish(self, *arguments):
        return False if self.dead else super().publish(*arguments)


@pytest.fixture
def source():
    return Source()


def test_processes_share_one_token_through_the_store(store, source, time):
    first, second = process(store, source, time), process(store, source, time)

    assert first.get() == second.get() == first.get()
    assert source.fetches == 1


def test_a_token_is_renewed_early_by_one_while_it_still_serves(store, source, time):
    processes = [process(store, source, time) for _ in range(4)]
    old = {each.get().value for each in processes}
    time.sleep(7200 - EARLY_SECONDS + 1)
    for each in processes:
        each.get()
    time.sleep(6)

    assert old == {"T1"}
    assert {each.get().value for each in processes} == {"T2"}
    assert source.fetches == 2


def test_an_early_renewal_that_fails_is_not_noticed_by_callers(store, source, time):
    token = process(store, source, time)
    token.get()
    time.sleep(7200 - EARLY_SECONDS + 1)

    def fail():
        raise UnknownOutcome("/cgi-bin/gettoken", "ReadTimeout")

    source.on_fetch = fail
    assert token.get().value == "T1"
    source.on_fetch = lambda: None
    time.sleep(6)
    assert token.get().value == "T3"


def test_a_holder_killed_during_early_renewal_delays_nobody(source, time):
    store = KilledHolderStore()
    holder, other = process(store, source, time), process(store, source, time)
    assert (holder.get().value, other.get().value) == ("T1", "T1")
    time.sleep(7200 - EARLY_SECONDS + 1)

    def die():
        store.dead = True
        raise Killed

    source.on_fetch = die
    with pytest.raises(Killed):
        holder.get()
    store.dead, source.on_fetch = False, lambda: None
    before = time.ticks

    assert other.get().value == "T1"
    assert time.ticks == before
    time.sleep(LEASE_SECONDS + 2)
    assert other.get().value == "T3"
    assert source.fetches == 3


@pytest.mark.parametrize("skew", [-300.0, 0.0, 300.0])
def test_a_holder_killed_without_any_token_is_succeeded_within_its_lease(source, time, skew):
    store = KilledHolderStore()

    def die():
        store.dead = True
        raise Killed

    source.on_fetch = die
    with pytest.raises(Killed):
        process(store, source, time).get()
    store.dead, source.on_fetch = False, lambda: None
    waiting = VirtualTime(time.wall + skew)

    assert process(store, source, waiting).get().value == "T2"
    assert waiting.ticks <= LEASE_SECONDS + 0.5


def test_a_successor_that_was_too_quick_loses_nothing(store, source, time):
    slow, quick = process(store, source, time), process(store, source, time)

    def be_slow():
        source.on_fetch = lambda: None
        time.sleep(LEASE_SECONDS / 2)
        # The successor has watched the lease since before; its patience ends while we still wait for WeCom.
        assert quick.get().value == "T2"

    source.on_fetch = be_slow
    slow.get()

    assert store.read("k").held.value == "T2"
    assert slow.replace(Held("T1", 1, 0.0)).value == "T2"
    assert source.fetches == 2


@pytest.mark.parametrize("skew", [-280.0, -30.0, 30.0, 600.0])
def test_clocks_that_disagree_cost_no_second_fetch(store, source, time, skew):
    skewed = VirtualTime(time.wall + skew)

    values = {process(store, source, time).get().value, process(store, source, skewed).get().value}

    assert values == {"T1"}
    assert source.fetches == 1


def test_a_clock_far_ahead_takes_a_token_published_while_it_waited(store, source, time):
    ahead = VirtualTime(time.wall + 30_000)
    waiting = Entry(None, "other", ahead.wall)
    published = Entry(Held("T9", 1, time.wall + 7200))
    reads = iter([waiting, published])
    store.read = lambda _: next(reads)

    assert process(store, source, ahead).get().value == "T9"
    assert source.fetches == 0


@pytest.mark.parametrize("skew", [-300.0, 300.0])
def test_a_running_lease_is_left_alone_whatever_our_clock_says(store, source, time, skew):
    class Waits(Exception):
        pass

    class WaitingTime(VirtualTime):
        def sleep(self, seconds):
            raise Waits

    def meanwhile():
        source.on_fetch = lambda: None
        skewed = WaitingTime(time.wall + skew)
        with pytest.raises(Waits):
            process(store, source, skewed).get()

    source.on_fetch = meanwhile

    assert process(store, source, time).get().value == "T1"
    assert source.fetches == 1


def test_a_token_ended_early_is_replaced_once_for_all_who_were_refused(store, source, time):
    processes = [process(store, source, time) for _ in range(5)]
    rejected = [each.get() for each in processes]

    replaced = {each.replace(held).value for each, held in zip(processes, rejected, strict=True)}

    assert replaced == {"T2"}
    assert source.fetches == 2


def test_a_late_refusal_of_an_old_token_does_not_replace_the_new_one(store, source, time):
    token = process(store, source, time)
    old = token.get()
    new = token.replace(old)
    time.sleep(10)

    assert token.replace(old) == new
    assert process(store, source, time).replace(old) == new
    assert source.fetches == 2


def test_an_old_token_is_never_written_over_a_newer_one(store):
    store.acquire("k", "slow", store.read("k"), 0.0)
    slow = store.read("k")
    store.acquire("k", "quick", slow, 5.0)
    assert store.publish("k", "quick", Held("new", 1, 7200.0))

    assert not store.publish("k", "slow", Held("old", 1, 7200.0))
    assert store.read("k").held.value == "new"


def test_a_refusal_with_another_cause_does_not_become_a_stampede(store, source, time):
    token = process(store, source, time)
    for _ in range(50):
        token.replace(token.get())

    assert source.fetches == 2
    time.sleep(1.1)
    token.replace(token.get())
    assert source.fetches == 3


def test_who_waits_in_vain_is_told_that_wecom_is_busy(store, source, time):
    store.acquire("k", "someone", store.read("k"), time.now())
    seen = store.read

    def ever_new(key):
        store.entries[key] = type(entry := seen(key))(None, f"holder-{time.ticks}", time.wall)
        return entry

    store.read = ever_new

    with pytest.raises(Busy):
        process(store, source, time).get()
    assert source.fetches == 0
