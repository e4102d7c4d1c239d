"""S12: only public addresses are called, checked where we connect."""

import pytest

from scrm.outside.addresses import Forbidden, is_public, target_of
from tests.bench.bars import Options
from tests.faults.outside import PUBLIC, RESOLVED, WRITTEN, _reached, attempts, fetched


def test_s12_none_of_forty_targets_is_fetched():
    assert len(attempts()) == len(WRITTEN) + len(RESOLVED) == 40
    assert [name for name, reached in attempts() if reached] == []
    assert all(result.ok for result in fetched(Options()))


def test_s12_a_name_is_looked_up_once_and_connected_to_as_checked():
    assert _reached("https://crm.example.com/hook", [PUBLIC], ["127.0.0.1"]) == [PUBLIC]


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("https://crm.example.com", "/"),
        ("https://CRM.example.com:8443/hooks/scrm?v=1", "/hooks/scrm?v=1"),
        ("https://xn--fiq228c.com/", "/"),
    ],
)
def test_a_public_address_is_taken(url, path):
    assert target_of(url).path == path


@pytest.mark.parametrize("address", [PUBLIC, "8.8.8.8", "2606:4700:4700::1111"])
def test_public_addresses_are_public(address):
    assert is_public(address)


def test_what_is_too_long_is_refused():
    with pytest.raises(Forbidden):
        target_of("https://crm.example.com/" + "x" * 500)
