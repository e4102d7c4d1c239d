"""Create the tools' environments under `.local/`: one per lock file, each installed from hashes.

Run by `make setup` with the system's Python and nothing else. Repeating it costs milliseconds: an environment
is touched only when its lock file or the interpreter has changed since it was installed.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ROOT / ".local"
LOCKS = ROOT / "infra" / "local"
SYSTEM_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
"""Where a machine behind a company's proxy keeps the certificates it trusts; uv brings its own list."""

ENVIRONMENTS = {
    "engine": "the local AWS engine",
    "sam": "SAM, which builds and deploys",
    "app": "the bundle's own packages, its tests and linters",
    "check": "the template scanner",
}


def main() -> None:
    if sys.version_info < (3, 11):  # noqa: UP036 - this runs on whatever Python the machine has
        sys.exit(f"Python 3.11 or later is needed; {sys.executable} is {sys.version.split()[0]}.")
    TOOLS.mkdir(exist_ok=True)
    with (TOOLS / "setup.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        uv = installed_uv()
        for name, purpose in ENVIRONMENTS.items():
            install(uv, name, purpose)


def installed_uv() -> Path:
    """Return uv's program, installed from its lock file on first use."""
    lock = LOCKS / "requirements-uv.txt"
    home, program = TOOLS / "uv", TOOLS / "uv" / "bin" / "uv"
    if stamp_of(home) == digest(lock) and program.exists():
        return program
    say("Installing uv, the installer of everything else …")
    shutil.rmtree(home, ignore_errors=True)
    # A target folder needs neither the venv module nor a writable system Python (Debian splits the one
    # off and locks the other).
    command = [sys.executable, "-m", "pip", "install", "-qq", "--disable-pip-version-check", "--no-compile"]
    command += ["--root-user-action", "ignore", "--require-hashes", "--target", str(home), "-r", str(lock)]
    run(command)
    write_stamp(home, digest(lock))
    return program


def install(uv: Path, name: str, purpose: str) -> None:
    """Make environment `name` match its lock file exactly."""
    lock, home = LOCKS / f"requirements-{name}.txt", TOOLS / name
    wanted = digest(lock)
    python = home / "bin" / "python"
    if stamp_of(home) == wanted and python.exists():
        return
    say(f"Installing {purpose} …")
    started = time.monotonic()
    if not python.exists() or version_of(python) != version_of(Path(sys.executable)):
        run([str(uv), "venv", "--quiet", "--clear", "--python", sys.executable, str(home)])
    command = [str(uv), "pip", "sync", "--quiet", "--python", str(python), "--require-hashes"]
    run([*command, "--link-mode", "copy", "--compile-bytecode", str(lock)])
    write_stamp(home, wanted)
    say(f"  done in {time.monotonic() - started:.0f} s.")


def digest(lock: Path) -> str:
    """Return what an environment depends on: its lock file and the interpreter."""
    return hashlib.sha256(lock.read_bytes() + sys.version.encode()).hexdigest()


def stamp_of(home: Path) -> str:
    stamp = home / ".installed"
    return stamp.read_text() if stamp.exists() else ""


def write_stamp(home: Path, value: str) -> None:
    (home / ".installed").write_text(value)


def version_of(python: Path) -> str:
    """Return an interpreter's full version, or nothing when it does not run."""
    command = [str(python), "-c", "import sys; print(sys.version)"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return ""


def run(command: list[str]) -> None:
    environment = {**os.environ, "UV_PYTHON_DOWNLOADS": "never"}
    if SYSTEM_CERTIFICATES.exists():
        environment.setdefault("UV_SYSTEM_CERTS", "1")
    environment.pop("VIRTUAL_ENV", None)
    done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL)
    if done.returncode:
        sys.exit(f"Setting up failed at: {' '.join(command)}")


def say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    main()
