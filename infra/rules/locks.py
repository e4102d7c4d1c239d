"""Lock files name packages and hashes, never hosts: an address would tie the bundle to someone's mirror.

python -m infra.rules.locks
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from infra.rules.bundle import ROOT, Finding

INDEX_OPTION = re.compile(r"^\s*(-i|-f|--(extra-)?index-url|--find-links|--trusted-host)\b", re.MULTILINE)
PINNED = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]*==\S+", re.MULTILINE)


def findings(root: Path = ROOT) -> list[Finding]:
    return sorted(
        {finding for path in requirement_files(root) for finding in faults(path.relative_to(root), path)}
    )


def requirement_files(root: Path) -> list[Path]:
    found = [*root.glob("infra/**/requirements*"), *root.glob("layers/**/requirements*")]
    return [
        path
        for path in [*found, *root.glob("web/package-lock.json")]
        if path.suffix in {".in", ".txt", ".json"}
    ]


def faults(name: Path, path: Path) -> Iterator[Finding]:
    content = path.read_text()
    if path.suffix == ".json":
        if '"resolved"' in content:
            yield Finding(
                "lock-host", str(name), "holds addresses; keep omit-lockfile-registry-resolved=true"
            )
        return
    if "://" in content or INDEX_OPTION.search(content):
        yield Finding("lock-host", str(name), "names a host or an index")
    if path.suffix == ".txt":
        entries = re.split(r"\n(?=\S)", content.strip())
        for entry in entries:
            if not PINNED.match(entry) or "--hash=sha256:" not in entry:
                yield Finding("lock-hash", str(name), f"not pinned by hash: {entry.splitlines()[0]}")


def main() -> None:
    found = findings()
    for finding in found:
        print(finding)
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
