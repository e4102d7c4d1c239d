"""The audit log's chain: any one line changed, dropped, doubled or moved is found (S15)."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from scrm.audit.model import GENESIS, Entry, Link, follow, masked


def chain(length):
    entries, previous = [], GENESIS
    for seq in range(1, length + 1):
        at = f"2026-03-02T02:15:{seq:02d}Z"
        entry = Entry(seq, at, "ann", "changed", f"THING#{seq}", None, {"n": seq}, f"r{seq}", previous)
        entries.append(replace(entry, hash=entry.computed_hash()))
        previous = entries[-1].hash
    return entries


def test_an_untouched_chain_has_no_fault_in_one_part_or_in_two():
    entries = chain(6)
    whole, fault = follow(entries, Link())
    half, _ = follow(entries[:3], Link())

    assert (whole.seq, fault) == (6, None)
    assert follow(entries[3:], half) == (whole, None)


CHANGES = [
    {"actor": "bob"},
    {"after": {"n": 99}},
    {"before": {"n": 0}},
    {"at": "2026-03-02T09:00:00Z"},
    {"request_id": "r0"},
    {"action": "nothing"},
    {"subject": "THING#9"},
]


@given(st.integers(0, 5), st.sampled_from(CHANGES))
def test_a_changed_line_is_named(place, change):
    entries = chain(6)
    entries[place] = replace(entries[place], **change)

    _, fault = follow(entries, Link())

    assert (fault.seq, fault.reason) == (place + 1, "changed")


def test_a_line_rewritten_with_a_hash_of_its_own_breaks_the_next_link():
    entries = chain(4)
    forged = replace(entries[1], actor="bob")
    entries[1] = replace(forged, hash=forged.computed_hash())

    _, fault = follow(entries, Link())

    assert (fault.seq, fault.reason) == (3, "broken_link")


def test_a_dropped_line_is_named():
    entries = chain(4)
    del entries[1]

    assert follow(entries, Link())[1].seq == 2


def test_what_is_masked():
    given_ = {
        "phones": ["13812348000", "0086-13812348000", "+8613812348000"],
        "token": "abc",
        "empty_token": "",
        "order_no": "20260302138123480001",
        "nested": [{"text": "身份证 110101199003077219"}],
        "count": 3,
    }

    assert masked(given_) == {
        "phones": ["138****8000", "0086-138****8000", "+86138****8000"],
        "token": "***",
        "empty_token": "",
        "order_no": "20260302138123480001",
        "nested": [{"text": "身份证 110101********7219"}],
        "count": 3,
    }
