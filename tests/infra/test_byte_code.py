"""Byte code is shipped so that a cold start takes it as it is."""

import os
import py_compile
import sys
from pathlib import Path

import pytest

from infra.build import byte_code


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "module.py").write_text(
        "ANSWER = 42\n\ndef where():\n    return where.__code__.co_filename\n"
    )
    return tmp_path


def test_every_source_is_compiled_with_lambdas_path(folder: Path) -> None:
    byte_code.compile_tree(folder, "/opt/python")

    assert list(byte_code.uncompiled(folder)) == []
    (written,) = folder.rglob("*.pyc")
    assert b"/opt/python/package/module.py" in written.read_bytes()
    assert str(folder).encode() not in written.read_bytes()


def test_a_developers_cache_folder_does_not_swallow_it(
    folder: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "pycache_prefix", str(tmp_path_factory.mktemp("elsewhere")))

    byte_code.compile_tree(folder, "/opt/python")

    assert len(list(folder.rglob("*.pyc"))) == 1


def test_byte_code_with_a_time_stamp_does_not_count(folder: Path) -> None:
    source = folder / "package" / "module.py"
    with byte_code.beside_the_source():
        py_compile.compile(str(source), invalidation_mode=py_compile.PycInvalidationMode.TIMESTAMP)

    assert list(byte_code.uncompiled(folder)) == [source]


def test_byte_code_of_an_older_source_does_not_count(folder: Path) -> None:
    byte_code.compile_tree(folder, "/opt/python")
    source = folder / "package" / "module.py"
    stamp = source.stat().st_mtime
    source.write_text("ANSWER = 43\n")
    os.utime(source, (stamp, stamp))

    assert list(byte_code.uncompiled(folder)) == [source]


def test_a_source_that_does_not_compile_stops_the_build(folder: Path) -> None:
    (folder / "broken.py").write_text("def (:\n")

    with pytest.raises(SyntaxError):
        byte_code.compile_tree(folder, "/opt/python")
