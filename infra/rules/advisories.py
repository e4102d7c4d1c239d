"""Known weaknesses of what is shipped, where the advisory service can be reached.

    python -m infra.rules.advisories

Without the service nothing is known, and nothing is claimed: it prints "not run".
"""

from __future__ import annotations

import subprocess
import sys

from infra.build.package import ROOT, TOOLS


def main() -> None:
    program = [str(TOOLS / "check" / "bin" / "python"), "-m", "pip_audit", "--strict", "--disable-pip"]
    program += [
        "--progress-spinner",
        "off",
        "--timeout",
        "10",
        "-r",
        str(ROOT / "layers/deps/requirements.txt"),
    ]
    try:
        done = subprocess.run(program, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60)
    except subprocess.TimeoutExpired:
        print("pip-audit not run: the advisory service does not answer")
        return
    if done.returncode == 0:
        print("pip-audit found no known weakness")
    elif "known vulnerabilit" in done.stdout + done.stderr:
        sys.exit(done.stdout + done.stderr)
    else:
        print("pip-audit not run: the advisory service cannot be reached")


if __name__ == "__main__":
    main()
