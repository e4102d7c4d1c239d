"""The rules for sources: imports point inwards, logs say nothing private, lock files name no host."""

from pathlib import Path

import pytest

from infra.rules import imports, leaks, locks
from infra.rules.sources import Module


def module(name: str, text: str) -> Module:
    return Module(name, Path("layers/scrm/python") / Path(*name.split(".")).with_suffix(".py"), text)


def rules_broken(*of: Module) -> set[str]:
    return {finding.rule for finding in imports.findings(list(of))}


@pytest.mark.parametrize(
    "text",
    [
        "import pynamodb.models",
        "import httpx",
        "import boto3",
        "import os",
        "import time",
        "from scrm.leads import dynamodb",
    ],
)
def test_a_rule_may_not_reach_the_world(text: str) -> None:
    storage = module("scrm.leads.dynamodb", "import pynamodb.models")

    assert rules_broken(module("scrm.leads.assignment", text), storage) & {"pure", "library"}


def test_a_rule_may_use_the_standard_library_pydantic_and_other_rules() -> None:
    rule = module("scrm.leads.assignment", "import dataclasses, pydantic\nfrom scrm.leads.model import Lead")

    assert rules_broken(rule, module("scrm.leads.model", "from datetime import datetime")) == set()


def test_the_way_to_the_world_is_found_through_other_modules() -> None:
    rule = module("scrm.leads.assignment", "from scrm.leads import model")
    (finding,) = imports.findings(
        [rule, module("scrm.leads.model", "import secrets"), module("scrm.leads", "")]
    )[:1]

    assert "scrm.leads.assignment → scrm.leads.model → secrets" in finding.what


def test_imports_for_types_alone_do_not_count() -> None:
    text = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import httpx\n"

    assert rules_broken(module("scrm.leads.assignment", text)) == set()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("scrm.leads.model", "import pynamodb.models"),
        ("scrm.leads.routes", "import httpx"),
        ("scrm.http.front", "from cryptography.hazmat import primitives"),
        ("scrm.http.front", "import requests"),
        ("scrm.http.front", "from aws_lambda_powertools import Tracer"),
    ],
)
def test_each_library_has_its_place(name: str, text: str) -> None:
    assert "library" in rules_broken(module(name, text))


@pytest.mark.parametrize(
    "call", ["datetime.now(UTC)", "datetime.datetime.utcnow()", "date.today()", "time.time()"]
)
def test_only_the_clock_reads_the_clock(call: str) -> None:
    assert "clock" in rules_broken(module("scrm.http.front", f"NOW = {call}"))
    assert "clock" not in rules_broken(module("scrm.clock", f"NOW = {call}"))


@pytest.mark.parametrize(
    "line",
    [
        "logger.info('customer_added', name=customer.name)",
        "logger.info('customer_added', phone='138')",
        "logger.info('token_renewed', token=token)",
        "logger.info('session_made', fields=session)",
        "logger.info('code_used', code=code)",
        "logger.info('welcomed', welcome_code=row.welcome_code)",
        "logger.info(f'lead {lead_id} assigned')",
        "logger.info('lead %s assigned', lead_id)",
        "logger.info('Lead assigned')",
        "logger.error('call_refused', extra={'body': body})",
        "_log('callback_refused', xml=content)",
        "log.info('sent', message_text=text)",
    ],
)
def test_what_does_not_belong_in_a_log_is_found(line: str) -> None:
    assert leaks.findings([module("scrm.leads.routes", line)])


@pytest.mark.parametrize(
    "line",
    [
        "logger.info('lead_assigned', lead_id=lead_id, owner=owner)",
        "logger.warning('call_refused', errcode=error.errcode)",
        "logger.exception('handler_failed', exc_info=True)",
        "_log('callback_queued', event_id=event_id, event=event.kind)",
        "math.log(name)",
    ],
)
def test_a_good_log_line_is_left_alone(line: str) -> None:
    assert leaks.findings([module("scrm.leads.routes", line)]) == []


@pytest.mark.parametrize("line", ["signature == wanted", "self.token != given", "a == request.digest"])
def test_signatures_are_compared_in_constant_time(line: str) -> None:
    assert leaks.findings([module("scrm.http.front", f"SAME = {line}")])


def test_a_comparison_with_a_constant_tells_nothing() -> None:
    assert leaks.findings([module("scrm.http.front", "EMPTY = token == ''")]) == []


def test_clients_come_from_the_one_place_that_limits_their_time() -> None:
    line = "client = session.create_client('sqs')"

    assert leaks.findings([module("scrm.http.front", line)])
    assert leaks.findings([module("scrm.aws", line)]) == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("requirements-x.txt", "pip==1 --hash=sha256:00\nuv @ https" + "://example.org/uv\n"),
        ("requirements-x.txt", "--extra-index-url=mirror\npip==1 --hash=sha256:00\n"),
        ("requirements-x.txt", "pip==1\n"),
        ("requirements-x.txt", "pip>=1 --hash=sha256:00\n"),
        ("requirements-x.in", "-f wheels\npip\n"),
    ],
)
def test_a_lock_file_names_no_host_and_every_hash(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / "infra").mkdir()
    (tmp_path / "infra" / name).write_text(text)

    assert locks.findings(tmp_path)


def test_a_package_lock_holds_no_addresses(tmp_path: Path) -> None:
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "package-lock.json").write_text('{"packages": {"a": {"resolved": "somewhere"}}}')

    assert locks.findings(tmp_path)
