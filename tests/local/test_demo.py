"""The demo plays to its end, on real encrypted callbacks."""

import json
import os
import subprocess
import sys

from infra.local.stack.description import Description
from infra.local.stack.places import ROOT
from tests.local.conftest import STACK_DIR


def test_the_demo_ends_with_the_stranger_in_the_sidebar(stack: Description) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "infra.local.demo"],
        cwd=ROOT,
        env={**os.environ, "STACK_DIR": str(STACK_DIR), "DEMO_EXIT": "1", "PORT": "", "WECOM_BASE_URL": ""},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    printed = done.stdout
    shown = json.loads(printed[printed.index("\n{\n") : printed.index("\n}\n") + 2])
    assert shown["name"] == "韩梅梅"
    assert shown["relation"]["userid"] == "zhangsan"
    assert shown["source"]["channel_name"] == "春季展会 A 区"
    assert "zhangsan ¥599.00 (rule: share)" in printed
    assert "5 blacklisted、175 created、20 duplicate" in printed
    assert "160 ASSIGNED、5 INVALID、15 NEW" in printed
    assert "who owned the lead" in printed
    assert "     POOLED at " in printed
    bars = [line.split(" due")[0].strip() for line in printed.splitlines() if line.startswith("     X 3/5")]
    assert bars == ["X 3/5  entered Mon 10:15, A4"]
    assert "     Y 2/5  entered Wed 16:00, EXITED (goal)" in printed
    assert "     Z 1/5  entered Thu 12:00, EXITED (lost_relation)" in printed
    assert "3          3          3" in printed
    assert "9 handed over, 8 with a new colleague (88.89 %), 1 refused" in printed
    assert "0 files were uploaded at the tap." in printed
    assert stack.api_url in printed
