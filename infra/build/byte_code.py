"""Ship byte code that is used: of the runtime's version, with Lambda's paths, never checked against a source.

`sam build` drops `.pyc` files and dates everything 1980, so a time-stamped one would be ignored and every
cold start would compile again (2.1 times slower).
"""

from __future__ import annotations

import compileall
import importlib.util
import py_compile
import shutil
import struct
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

UNCHECKED_HASH = 0b01
"""The flags of a hash-based `.pyc` that the interpreter takes without reading the source (PEP 552)."""


def compile_tree(folder: Path, shipped_as: str) -> None:
    """Write the byte code of every source under `folder`, which Lambda will see as `shipped_as`.

    Raises SyntaxError for a source that does not compile. Safe to repeat.
    """
    for cache in list(folder.rglob("__pycache__")):
        shutil.rmtree(cache)
    with beside_the_source():
        compiled = compileall.compile_dir(
            folder,
            maxlevels=50,
            quiet=1,
            stripdir=str(folder),
            prependdir=shipped_as,
            invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
        )
    if not compiled:
        raise SyntaxError(f"a source under {folder} does not compile")


@contextmanager
def beside_the_source() -> Iterator[None]:
    """Write byte code into `__pycache__`, even where PYTHONPYCACHEPREFIX keeps it out of the tree."""
    prefix, sys.pycache_prefix = sys.pycache_prefix, None
    try:
        yield
    finally:
        sys.pycache_prefix = prefix


def uncompiled(folder: Path) -> Iterator[Path]:
    """Yield each source whose byte code would not be used as it is: missing, stale or of another kind."""
    flags = struct.pack("<I", UNCHECKED_HASH)
    for source in sorted(folder.rglob("*.py")):
        with beside_the_source():
            written = Path(importlib.util.cache_from_source(str(source)))
        wanted = importlib.util.MAGIC_NUMBER + flags + importlib.util.source_hash(source.read_bytes())
        if not written.exists() or written.read_bytes()[:16] != wanted:
            yield source
