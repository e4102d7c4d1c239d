"""Build the layer of third-party packages: install by hash, trim, compile. Called by `layers/deps/Makefile`.

The result is kept under `.local/cache` by everything it depends on, so that a change of code costs a copy.

DEPS_ARCHITECTURE=arm64 or x86_64 asks for wheels that run on Lambda; without it the layer fits this machine.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from infra.build import byte_code, defer, trim  # noqa: E402

REQUIREMENTS = ROOT / "layers" / "deps" / "requirements.txt"
CACHE = ROOT / ".local" / "cache"
MACHINES = {"arm64": "aarch64", "x86_64": "x86_64"}


def build(target: Path, architecture: str) -> None:
    """Fill `target` with the layer's content."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        cached = CACHE / f"deps-{fingerprint(architecture)}"
        if not cached.exists():
            build_into(cached, architecture)
        shutil.copytree(cached, target, dirs_exist_ok=True)


def build_into(cached: Path, architecture: str) -> None:
    with tempfile.TemporaryDirectory(dir=CACHE) as draft:
        packages = Path(draft) / "layer" / "python"
        install(packages, architecture)
        trim.trim(packages)
        defer.defer(packages)
        byte_code.compile_tree(packages, "/opt/python")
        keep_only(packages.parent, cached)


def keep_only(built: Path, cached: Path) -> None:
    """Put the built layer into the cache, in one step, in place of older ones."""
    for old in CACHE.glob("deps-*"):
        shutil.rmtree(old, ignore_errors=True)
    built.replace(cached)


def fingerprint(architecture: str) -> str:
    """Return a digest of what the layer depends on."""
    parts = [REQUIREMENTS.read_bytes(), sys.version.encode(), architecture.encode()]
    parts += [path.read_bytes() for path in sorted(Path(__file__).parent.glob("*")) if path.is_file()]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]


def install(packages: Path, architecture: str) -> None:
    command = [sys.executable, "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    command += ["--root-user-action", "ignore", "--no-compile", "--no-deps", "--require-hashes"]
    command += ["-r", str(REQUIREMENTS), "--target", str(packages)]
    subprocess.run(command + platform_options(architecture), check=True, stdin=subprocess.DEVNULL)


def platform_options(architecture: str) -> list[str]:
    """Return pip's options for wheels that run on Lambda; none for this machine's own.

    Python 3.11's runtime stands on glibc 2.26, later ones on 2.34.
    https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
    """
    if not architecture:
        return []
    newer = ["manylinux_2_28", "manylinux_2_34"] if sys.version_info >= (3, 12) else []
    tags = ["manylinux2014", "manylinux_2_17", "manylinux_2_26", *newer]
    options = ["--only-binary=:all:", "--implementation", "cp"]
    options += ["--python-version", f"{sys.version_info[0]}.{sys.version_info[1]}"]
    for tag in tags:
        options += ["--platform", f"{tag}_{MACHINES[architecture]}"]
    return options


if __name__ == "__main__":
    build(Path(sys.argv[1]), os.environ.get("DEPS_ARCHITECTURE", ""))
