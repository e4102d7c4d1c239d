"""Where things lie: a checkout's tools, and the folder of one stack's own files, so that several can run."""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
TOOLS = ROOT / ".local"
STACK_DIR = Path(os.environ.get("STACK_DIR") or TOOLS).resolve()

STACK_NAME = "scrm"
REGION = "us-east-1"
API_ID = "a9b1c2d3"

STACK_JSON = STACK_DIR / "stack.json"
CLOCK_FILE = STACK_DIR / "clock.json"
SETTINGS = STACK_DIR / "settings.json"
BUILD = STACK_DIR / "build"


def runtime() -> str:
    """Return the Lambda runtime whose byte code this interpreter writes."""
    return f"python{sys.version_info[0]}.{sys.version_info[1]}"


def architecture() -> str:
    return "arm64" if platform.machine() in {"arm64", "aarch64"} else "x86_64"


def say(text: str) -> None:
    """Tell the person at the terminal what is happening."""
    print(text, flush=True)
