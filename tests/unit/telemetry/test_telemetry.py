"""One JSON line a fact, one line of metrics an invocation, and nothing of what they are about."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from scrm import telemetry
from scrm.telemetry import METRICS, Log

ROOT = Path(__file__).parents[3]


@pytest.fixture
def lines(capsys):
    return lambda: [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_each_line_carries_what_the_invocation_is_correlated_by(lines):
    log = Log("send_notices")
    with log.invocation(event_id="e1"):
        log.info("notice_settled", status="sent")
        telemetry.correlate(notice_id="n1", event_id=None)
        log.info("notice_settled", status="muted")

    first, second, last = lines()
    assert first["event_id"] == "e1"
    assert (first["function"], first["message"], first["status"]) == (
        "send_notices",
        "notice_settled",
        "sent",
    )
    assert (second.get("event_id"), second["notice_id"]) == (None, "n1")
    assert last["message"] == "invocation_finished"


def test_nothing_is_carried_into_the_next_invocation(lines):
    log = Log("send_notices")
    with log.invocation(event_id="e1"):
        telemetry.count("notice_sent")
    with log.invocation():
        pass

    assert "event_id" not in lines()[-1]
    with log.invocation():
        pass
    assert "notice_sent" not in lines()[-1]


def test_counts_become_metrics_only_where_an_alarm_needs_them(lines):
    with Log("x").invocation():
        telemetry.count("notice_sent", kind="new_customer")
        telemetry.count("notice_sent", kind="order_paid")
        telemetry.count("notice_put_back", 3)

    (line,) = lines()
    assert (line["notice_sent"], line["notice_sent.new_customer"], line["notice_put_back"]) == (2, 1, 3)
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert directive == {
        "Namespace": "Scrm",
        "Dimensions": [["stack"]],
        "Metrics": [{"Name": "notice_sent", "Unit": "Count"}],
    }
    assert isinstance(line["_aws"]["Timestamp"], int)


def test_an_exception_is_told_by_type_and_place_and_never_by_its_text(lines):
    secret = "access_token=canary-4711 张三 13812345678"

    def failing():
        raise ValueError(secret)

    with pytest.raises(ValueError, match="canary"), Log("x").invocation():
        failing()

    printed = lines()
    failure = printed[0]
    assert failure["message"] == "invocation_failed"
    assert failure["error"] == "ValueError"
    assert failure["where"].startswith("test_telemetry.py:")
    assert ":failing < " in failure["where"]
    assert "canary" not in json.dumps(printed, ensure_ascii=False)
    assert printed[-1]["invocation_failed"] == 1


def test_durations_are_told_also_of_what_failed(lines):
    with pytest.raises(KeyError), Log("x").invocation(), telemetry.timed("wecom"):
        raise KeyError

    assert lines()[-1]["wecom_ms"] >= 0


def test_importing_it_loads_next_to_nothing():
    code = "import sys; before = set(sys.modules); import scrm.telemetry; print(*set(sys.modules) - before)"
    answer = subprocess.run(
        [sys.executable, "-S", "-c", code],
        env={"PYTHONPATH": str(ROOT / "layers/scrm/python")},
        capture_output=True,
        text=True,
        check=True,
    )

    assert not {name.partition(".")[0] for name in answer.stdout.split()} & {
        "aws_lambda_powertools",
        "botocore",
        "logging",
        "pydantic",
        "traceback",
    }


def observability():
    return (ROOT / "infra/observability.yaml").read_text(encoding="utf-8")


def test_every_metric_is_watched_and_every_watched_one_exists():
    watched = set(re.findall(r'"Scrm", "(\w+)"', observability()))
    alarmed = set(re.findall(r"Namespace: Scrm\n\s+MetricName: (\w+)", observability()))

    assert watched | alarmed == set(METRICS)


def test_every_alarm_names_a_section_of_the_runbook():
    text = (ROOT / "docs/runbook.md").read_text(encoding="utf-8")
    headings = {line.removeprefix("## ").lower() for line in text.splitlines() if line.startswith("## ")}
    named = re.findall(r'AlarmDescription: .*Runbook: ([^"\n]+)"', observability())

    assert len(named) == observability().count("AlarmDescription:")
    assert {each.lower() for each in named} <= headings
