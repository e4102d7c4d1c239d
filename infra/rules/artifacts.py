"""What is shipped: small enough, compiled, and complete without the engine's packages.

    python -m infra.rules.artifacts

Prints bars C4 and C5. Each handler is imported the way Lambda does, with `python -S` and only the two
layers and its own folder on the path, so that a package which is merely installed here cannot hide.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from infra.build import byte_code, package
from infra.rules.bundle import Bundle, bundle, target

BUILD = package.TOOLS / "check-build"
MEGABYTES = 48
IMPORT = """
import sys
compiled = []
sys.addaudithook(lambda name, args: name == "compile" and compiled.append(str(args[1])))
sys.path[:0] = sys.argv[1:]
sys.dont_write_bytecode = True
import app
assert callable(app.handler)
print("\\n".join(name for name in compiled if name.startswith(tuple(sys.argv[1:]))))
"""


def built() -> Path:
    """Return the folder of a fresh build for this machine."""
    runtime = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    package.build(
        BUILD, {"PythonRuntime": runtime, "WeComCorpId": "ww0123456789abcdef", "WeComAgentId": "1000002"}
    )
    return BUILD


def size_of(folder: Path) -> float:
    """Return the folder's size in megabytes."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1_000_000


def import_failures(build: Path, of: Bundle) -> Iterator[str]:
    """Yield a sentence for each handler that cannot be imported, or whose import compiles a source."""
    layers = [build / "DepsLayer" / "python", build / "ScrmLayer" / "python"]
    for name, function in of.functions().items():
        path = [str(folder.resolve()) for folder in (*layers, build / name)]
        environment = variables(function, of) | {"AWS_DEFAULT_REGION": "us-east-1", "HOME": "/nowhere"}
        done = subprocess.run(
            [sys.executable, "-S", "-E", "-P", "-c", IMPORT, *path],
            env={**environment, "PATH": os.environ["PATH"]},
            capture_output=True,
            text=True,
        )
        if done.returncode:
            yield f"{name} cannot be imported: {done.stderr.strip().splitlines()[-1]}"
        elif done.stdout.strip():
            yield f"{name} compiles at import: {done.stdout.strip()}"


def variables(function: dict[str, Any], of: Bundle) -> dict[str, str]:
    """Return a function's environment as a deployment with default parameters would have it."""
    parameters = of.source["Parameters"]
    found = {}
    for name, value in function.get("Environment", {}).get("Variables", {}).items():
        referred = target(value)
        default = parameters[referred].get("Default", "1000002") if referred in parameters else referred
        found[name] = value if isinstance(value, str) else str(default)
    return found


def main() -> None:
    of = bundle()
    build = built()
    folders = ["DepsLayer", "ScrmLayer", *of.functions()]
    plain = [str(path) for name in folders for path in byte_code.uncompiled(build / name)]
    failures = list(import_failures(build, of))
    megabytes = sum(size_of(build / layer) for layer in ("DepsLayer", "ScrmLayer"))
    verdicts = [not plain and not failures, megabytes <= MEGABYTES]
    words = ["ok" if good else "short" for good in verdicts]
    print(f"C4 sources_compiled_at_import {len(plain) + len(failures)} <=0 {words[0]}")
    print(f"C5 layers_unzipped {megabytes:.1f}MB <={MEGABYTES}MB {words[1]}")
    for line in (*plain[:10], *failures):
        print(f"  {line}")
    sys.exit(0 if all(verdicts) else 1)


if __name__ == "__main__":
    main()
