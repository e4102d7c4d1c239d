"""The local stack's commands, as far as they go without a stack."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from infra.build import secrets
from infra.local.stack import clock, drain, processes, tick
from infra.local.stack.places import ROOT


def test_the_clock_moves_to_a_time_and_runs_on_from_there(tmp_path: Path) -> None:
    file = tmp_path / "clock.json"

    now = clock.move("2026-03-02T10:15:00+08:00", file)

    assert abs(now - datetime(2026, 3, 2, 2, 15, tzinfo=UTC)) < timedelta(seconds=5)
    assert json.loads(file.read_text()).keys() == {"offset_seconds"}
    assert abs(clock.move("real", file) - datetime.now(UTC)) < timedelta(seconds=5)


@pytest.mark.parametrize("wrong", ["tomorrow", "2026-03-02T10:15:00", "2026-13-01T00:00:00Z"])
def test_the_clock_refuses_what_is_no_time_with_an_offset(tmp_path: Path, wrong: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        clock.move(wrong, tmp_path / "clock.json")


def test_a_stuck_message_is_named_without_what_is_private() -> None:
    body = json.dumps(
        {
            "event_id": "e1",
            "external_userid": "wm1",
            "name": "王小明",
            "phone": "13800138000",
            "welcome_code": "CODE",
            "inner": {"kind": "added", "remark": "大客户", "list": [{"lead_id": "l1", "text": "你好"}]},
        },
        ensure_ascii=False,
    )

    shown = drain.shown(body)

    assert json.loads(shown) == {
        "event_id": "e1",
        "external_userid": "wm1",
        "inner": {"kind": "added", "list": [{"lead_id": "l1"}]},
    }


def test_a_message_that_is_not_json_is_only_measured() -> None:
    assert drain.shown("<xml>王小明</xml>") == "14 characters, not JSON"


def test_a_tick_tells_the_time_as_the_scheduler_does() -> None:
    at = datetime.fromisoformat("2026-03-02T10:15:00.5+08:00")

    assert tick.rfc3339(at) == "2026-03-02T02:15:00Z"


def test_an_aes_key_is_what_wecom_would_make() -> None:
    key = secrets.new_aes_key()

    assert len(key) == 43
    assert key.isalnum()


@pytest.fixture
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(processes, "STACK_DIR", tmp_path)
    return tmp_path


def test_a_recycled_process_id_is_not_ours(own_folder: Path) -> None:
    processes.record("engine").write_text(json.dumps({"pid": os.getpid(), "started": "long ago"}))

    assert not processes.running("engine")
    assert not processes.record("engine").exists()


def test_a_record_that_makes_no_sense_is_forgotten(own_folder: Path) -> None:
    processes.record("engine").write_text("half a rec")

    assert not processes.running("engine")
    assert not processes.stop("engine")


def test_what_was_started_is_found_and_stopped(own_folder: Path) -> None:
    port = processes.free_port()
    server = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"]

    processes.start("engine", server, processes.clean_environment(), f"http://127.0.0.1:{port}/", own_folder)

    assert processes.running("engine")
    assert not processes.port_is_free(port)
    assert processes.stop("engine")
    assert processes.port_is_free(port)


def test_a_process_that_ends_at_once_says_why(own_folder: Path) -> None:
    program = [sys.executable, "-c", "raise SystemExit('no such luck')"]

    with pytest.raises(processes.NotStarted, match="no such luck"):
        processes.start("engine", program, processes.clean_environment(), "http://127.0.0.1:9/", own_folder)


def test_a_background_process_gets_nothing_of_the_callers_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "real")

    assert processes.clean_environment(PORT="1").keys() <= {"PATH", "HOME", "LANG", "PORT"}


@pytest.mark.parametrize("command", ["drain", "tick"])
def test_without_a_stack_a_command_says_how_to_start_one(tmp_path: Path, command: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "infra.local.stack", command],
        cwd=ROOT,
        env={**os.environ, "STACK_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
    )

    assert done.returncode == 1
    assert "make up" in done.stderr
