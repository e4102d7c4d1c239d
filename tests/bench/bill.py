"""U14: what a month costs at list prices, from the counts the scenarios recorded.

List prices of us-east-1 in US dollars, arm64, as published at aws.amazon.com/<service>/pricing. The free
amounts are those that every account keeps for ever; what is free for a first year is not deducted. Prices of
table units and of Lambda were confirmed against published copies; the others are as generally quoted.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.build import deploy
from tests.bench.bars import ROOT, Options, Result, at_most
from tests.doubles.bundle import consumers
from tests.doubles.dynamodb.tables import template

GOLDEN = Path(__file__).parent / "golden"
HOURS = 730
BARS = {10_000: 12.0, 100_000: 20.0, 1_000_000: 100.0}


@dataclass(frozen=True)
class Price:
    """Dollars for one unit, and how many units a month every account has free."""

    each: float
    free: float = 0.0

    def of(self, units: float) -> float:
        return max(0.0, units - self.free) * self.each


PRICES = {
    "table_write_unit": Price(0.625e-6),  # aws.amazon.com/dynamodb/pricing/on-demand, since November 2024
    "table_read_unit": Price(0.125e-6),
    "table_gb": Price(0.25, free=25),
    "table_backup_gb": Price(0.20),  # point-in-time recovery
    "lambda_request": Price(0.20e-6, free=1e6),  # aws.amazon.com/lambda/pricing
    "lambda_gb_second": Price(0.0000133334, free=400_000),
    "queue_request": Price(0.40e-6, free=1e6),  # aws.amazon.com/sqs/pricing
    "fifo_queue_request": Price(0.50e-6),  # the free million is deducted above
    "http_request": Price(1.00e-6),  # aws.amazon.com/api-gateway/pricing
    "schedule": Price(1.00e-6, free=14e6),  # aws.amazon.com/eventbridge/pricing
    "log_gb": Price(0.50, free=5),  # aws.amazon.com/cloudwatch/pricing
    "metric": Price(0.30, free=10),
    "alarm": Price(0.10, free=10),
    "dashboard": Price(3.00, free=3),
    "instance_hour": Price(0.0042),  # t4g.nano, aws.amazon.com/ec2/pricing/on-demand
    "address_hour": Price(0.005),  # a public IPv4 address, aws.amazon.com/vpc/pricing
    "disk_gb": Price(0.08),  # gp3, aws.amazon.com/ebs/pricing
}

# What one customer does in a month; a busy corp, on the safe side.
ADDS, EDITS, DELETIONS, DUPLICATES = 0.05, 0.10, 0.01, 0.01
DETAILS_SHOWN, PAGES_SHOWN = 2.0, 0.3
STEPS = 0.3
"""Steps of SOPs that are dispatched and done for one customer, on the average of all customers."""
HANDED_OVER = 0.02
"""Customers who go to another member, by plans of inheritance; WeCom tells of each twice."""
OF_A_PLAN = 1_000
NIGHTS = 30
PAGE_OF_RECONCILIATION = 100
CUSTOMERS_A_MEMBER = 2_000

# A stored customer: contact, relation, customer, identity, timeline, with their index entries.
BYTES_A_CUSTOMER = 4_000
LOG_BYTES = 600
IDLE_POLLS = 650_000
"""Empty receives that Lambda's pollers make of one queue in a month (measured, quality-bars)."""

# Seconds and GB of one invocation: what WeCom takes to answer is most of a worker's time.
CALLBACK, WORKER, REACTION, API, PAGE = (0.03, 1.0), (0.8, 1.0), (0.15, 0.5), (0.12, 0.5), (2.0, 0.5)


def bills(options: Options) -> list[Result]:
    """U14: a month at 10,000, 100,000 and a million customers, the fixed address by a NAT instance."""
    results = []
    for customers, bar in BARS.items():
        lines = {name: round(dollars, 2) for name, dollars in bill(customers).items()}
        total = sum(lines.values())
        results.append(at_most("U14", f"month_with_{customers}_customers", total, bar, " $", **lines))
    return results


def bill(customers: int) -> dict[str, float]:
    """Return the lines of a month's bill, in dollars."""
    adds, deletions = customers * ADDS, customers * DELETIONS
    handed_over = customers * HANDED_OVER
    edits = customers * EDITS + 2 * handed_over
    events = adds + edits + deletions
    steps = customers * STEPS
    details, pages = customers * DETAILS_SHOWN, customers * PAGES_SHOWN
    members = max(1, customers // CUSTOMERS_A_MEMBER)
    compared = NIGHTS * (math.ceil(customers / PAGE_OF_RECONCILIATION) + members)
    work = [
        (adds, _golden("u3_new_customer_and_notice")),
        (edits + deletions, _golden("u14_edit")),
        (events * DUPLICATES, _golden("u2_duplicate")),
        (details, _golden("u8_sidebar_detail")),
        (pages, _golden("u9_customers_page")),
        (compared, _golden("u14_reconciled_page")),
        (handed_over / OF_A_PLAN, _golden(f"u11_{OF_A_PLAN}_of_a_pair")),
        *((steps, _golden(f"u5_marketing_{name}")) for name in ("dispatch", "completion", "followed")),
    ]
    writes = sum(count * sum(golden["wru"].values()) for count, golden in work)
    reads = sum(count * sum(golden["rru"].values()) for count, golden in work)
    sends = sum(count * sum(golden["messages"].values()) for count, golden in work)
    invocations = {
        CALLBACK: events,
        WORKER: events + adds,
        # Both messages, the to-do's row twice, the bar's; of a handover the marks, both relations, the batch.
        REACTION: events * 3 + steps * 5 + handed_over * 5,
        API: (details + pages) * 2,  # the authorizer, too
        PAGE: compared,
    }
    ticks = _ticks()
    requests = sum(invocations.values()) + ticks
    seconds = sum(count * took * memory for (took, memory), count in invocations.items()) + ticks * 0.1 * 0.5
    fifo = sum(_is_fifo(queue) for queue in consumers())
    standard = len(consumers()) - fifo
    stored = customers * BYTES_A_CUSTOMER / 1e9
    watched = _watched()
    return {
        "tables": PRICES["table_write_unit"].of(writes) + PRICES["table_read_unit"].of(reads + ticks),
        "storage": PRICES["table_gb"].of(stored) + PRICES["table_backup_gb"].of(stored),
        "functions": PRICES["lambda_request"].of(requests) + PRICES["lambda_gb_second"].of(seconds),
        "queues": PRICES["queue_request"].of(standard * IDLE_POLLS)
        + PRICES["fifo_queue_request"].of(fifo * IDLE_POLLS + 3 * sends),
        "http": PRICES["http_request"].of(events + details + pages),
        "schedules": PRICES["schedule"].of(ticks),
        "logs": PRICES["log_gb"].of(requests * LOG_BYTES / 1e9),
        "metrics": PRICES["metric"].of(watched["metrics"]),
        "alarms": PRICES["alarm"].of(watched["alarms"]),
        "dashboards": PRICES["dashboard"].of(watched["dashboards"]),
        "fixed_address": PRICES["instance_hour"].of(HOURS)
        + PRICES["address_hour"].of(HOURS)
        + PRICES["disk_gb"].of(8),
    }


def _is_fifo(queue: str) -> bool:
    return bool(template()["Resources"][queue].get("Properties", {}).get("FifoQueue"))


def _golden(name: str) -> dict[str, Any]:
    golden: dict[str, Any] = json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))
    return golden


def _ticks() -> float:
    """Return how often schedules run in a month."""
    total = 0.0
    for resource in template()["Resources"].values():
        for event in resource.get("Properties", {}).get("Events", {}).values():
            if event["Type"].startswith("Schedule"):
                total += _runs(event["Properties"]["ScheduleExpression"])
    return total


def _runs(expression: str) -> float:
    if expression.startswith("cron"):
        return 30.0
    number, unit = expression.removeprefix("rate(").removesuffix(")").split()
    minutes = {"minute": 1, "hour": 60, "day": 1440}[unit.rstrip("s")] * int(number)
    return HOURS * 60 / minutes


def _kinds(stack: dict[str, Any]) -> list[str]:
    """Return the type of each resource; a loop counts for each of its values."""
    kinds: list[str] = []
    for resource in stack["Resources"].values():
        if isinstance(resource, dict):
            kinds.append(resource["Type"])
            continue
        _, values, repeated = resource
        kinds += [each["Type"] for each in repeated.values()] * _length(values)
    return kinds


def _length(values: str | list[str]) -> int:
    """Return how many values a loop has when the bundle's own command deploys it."""
    if not isinstance(values, str):
        return len(values)
    found = {name: (each["Type"], name) for name, each in template()["Resources"].items()}
    return len(deploy.alarm_parameters("scrm", found)[values].split(","))


def _watched() -> dict[str, float]:
    """Return how many metrics of our own, alarms and dashboards are billed."""
    from scrm.telemetry import METRICS

    stacks = [ROOT / "infra" / name for name in ("observability.yaml", "egress.yaml")]
    kinds = [kind for stack in stacks for kind in _kinds(template(stack))]
    return {
        "metrics": float(len(METRICS)),
        "alarms": float(kinds.count("AWS::CloudWatch::Alarm")),
        "dashboards": float(kinds.count("AWS::CloudWatch::Dashboard")),
    }
