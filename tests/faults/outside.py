"""S12: addresses that people give us and that lead inside; none is fetched."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator

from scrm.outside.addresses import Forbidden, target_of
from scrm.outside.posting import NotReached, Poster
from tests.bench.bars import Options, Result, exactly

# Written so that a careless client would reach an address of ours.
WRITTEN = (
    "http://crm.example.com/",
    "https://127.0.0.1/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0177.0.0.1/",
    "https://127.1/",
    "https://0/",
    "https://[::1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:a9fe:a9fe]/",
    "https://169.254.169.254/latest/meta-data/",
    "https://169.254.170.2/v2/credentials/",
    "https://[fd00:ec2::254]/latest/",
    "https://localhost/",
    "https://localhost.localdomain/",
    "https://metadata.google.internal/",
    "https://printer.local/",
    "https://crm.example.com@127.0.0.1/",
    "https://crm.example.com:80@10.0.0.1/",
    "https://crm.example.com:22/",
    "https://crm.example.com\\@127.0.0.1/",
    "https://１２７.0.0.1/",
    "file:///etc/passwd",
    "gopher://crm.example.com/",
)

# What a name may be made to lead to: (name, addresses its resolver gives).
RESOLVED = (
    ("loopback", ["127.0.0.1"]),
    ("private-10", ["10.1.2.3"]),
    ("private-172", ["172.16.9.9"]),
    ("private-192", ["192.168.1.1"]),
    ("metadata", ["169.254.169.254"]),
    ("carrier", ["100.64.0.1"]),
    ("nowhere", ["0.0.0.1"]),
    ("multicast", ["224.0.0.1"]),
    ("reserved", ["240.0.0.1"]),
    ("loopback-6", ["::1"]),
    ("link-6", ["fe80::1%eth0"]),
    ("unique-6", ["fd00:ec2::254"]),
    ("mapped-6", ["::ffff:169.254.169.254"]),
    ("nat64", ["64:ff9b::a9fe:a9fe"]),
    ("sixtofour", ["2002:7f00:1::1"]),
    ("one-of-two", ["93.184.215.14", "127.0.0.1"]),
)
PUBLIC = "93.184.215.14"


class _Network:
    """A network that notes every connection; a rebinding name answers with a public address once."""

    def __init__(self, answers: Iterator[list[str]]) -> None:
        self.answers = answers
        self.reached: list[str] = []

    def resolve(self, _host: str, _port: int) -> list[str]:
        return next(self.answers)

    def dial(self, address: str, _port: int, _host: str) -> socket.socket:
        self.reached.append(address)
        raise OSError("noted")


def _reached(url: str, *answers: list[str]) -> list[str]:
    """Return the addresses that posting to a URL connects to."""
    network = _Network(iter([*answers, *[["127.0.0.1"]] * 9]))
    with contextlib.suppress(Forbidden, NotReached):
        Poster(network.resolve, network.dial).post(target_of(url), b"{}", {})
    return network.reached


def attempts() -> list[tuple[str, list[str]]]:
    """Return every target with the addresses it made us connect to."""
    written = [(url, _reached(url, ["127.0.0.1"])) for url in WRITTEN]
    return [*written, *((name, _reached(f"https://{name}.example.com/", ips)) for name, ips in RESOLVED)]


def fetched(options: Options) -> list[Result]:
    """S12: 40 targets inside; and a rebinding name is connected to where it was checked, once."""
    tried = attempts()
    inside = [name for name, reached in tried if reached]
    rebound = _reached("https://rebinding.example.com/", [PUBLIC], ["169.254.169.254"])
    inside += ["rebinding"] if rebound != [PUBLIC] else []
    return [exactly("S12", "inside_targets_fetched", len(inside), 0, f" of {len(tried)}", fetched=inside)]
