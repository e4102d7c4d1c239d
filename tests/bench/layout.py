"""What Lambda would find on disk: runtime, built layers and functions, with byte code as shipped.

Made by the bundle's own build code under .local/, so that what is measured is what is deployed.
"""

from __future__ import annotations

import functools
import importlib.util
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from infra.build import byte_code
from tests.bench.bars import ROOT, progress

PLACE = ROOT / ".local" / "bench-build"
RUNTIME = ("awslambdaric", "simplejson", "snapshot_restore_py", "runtime_client")
CACHES = shutil.ignore_patterns("__pycache__")


@dataclass(frozen=True)
class Layout:
    """Folders as Lambda mounts them."""

    runtime: Path
    deps: Path
    scrm: Path
    functions: Path

    def path(self, function: str) -> list[str]:
        """Return a function's sys.path: its code, the layers, the runtime."""
        own = [self.functions / function, self.deps / "python", self.scrm / "python", self.runtime]
        return [str(each) for each in own]

    def names(self) -> list[str]:
        """Return every function that exists."""
        return sorted(each.name for each in self.functions.iterdir() if (each / "app.py").exists())


@functools.cache
def layout() -> Layout:
    """Return the layout, built from the sources as they are now."""
    progress("building the layout")
    shutil.rmtree(PLACE, ignore_errors=True)
    made = Layout(PLACE / "runtime", PLACE / "deps", PLACE / "scrm", PLACE / "functions")
    # The environment of sam has pip, as `sam build` wants it; this one has none.
    builder = ROOT / ".local" / "sam" / "bin" / "python"
    command = [str(builder), str(ROOT / "infra" / "build" / "deps_layer.py"), str(made.deps)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    shutil.copytree(ROOT / "layers" / "scrm" / "python", made.scrm / "python", ignore=CACHES)
    byte_code.compile_tree(made.scrm / "python", "/opt/python")
    for source in sorted((ROOT / "functions").glob("*/app.py")):
        shutil.copytree(source.parent, made.functions / source.parent.name, ignore=CACHES)
        byte_code.compile_tree(made.functions / source.parent.name, "/var/task")
    _runtime(made.runtime)
    return made


def _runtime(place: Path) -> None:
    """Copy the runtime's own packages, which Lambda has outside the layers."""
    place.mkdir(parents=True)
    for name in RUNTIME:
        spec = importlib.util.find_spec(name)
        if spec is None or spec.origin is None:
            raise LookupError(f"{name} is not installed: the runtime cannot be measured")
        origin = Path(spec.origin)
        if origin.name == "__init__.py":
            shutil.copytree(origin.parent, place / name, ignore=CACHES)
        else:
            shutil.copy(origin, place)
    byte_code.compile_tree(place, "/var/runtime")


def python() -> list[str]:
    """Return the interpreter without anything of this environment: no site, no variables of its own."""
    return [sys.executable, "-I", "-S"]
