"""Cut the layer down to what the bundle uses: size is cold start, and botocore alone carries 23 MB.

What botocore keeps stands in `botocore-operations.json`; a test compares it with the calls in the code.
"""

from __future__ import annotations

import gzip
import json
import shutil
from pathlib import Path
from typing import Any

OPERATIONS: dict[str, list[str]] = json.loads(
    Path(__file__).with_name("botocore-operations.json").read_text()
)
PARTITIONS = {"aws", "aws-cn"}
SHARED_DATA = {"endpoints.json", "partitions.json", "sdk-default-configuration.json", "_retry.json"}
UNUSED_FOLDERS = ("*.dist-info", "tests", "bin", "__pycache__")
UNUSED_FILES = ("*.pyi", "*.h", "*.c", "*.pyx", "*.pxd", "py.typed")
UNUSED = (
    # httpx needs it for async clients only, and its import parses its own source on every cold start.
    "anyio",
    # Read C headers when a package is built; what cryptography needs at run time is _cffi_backend.
    "cffi",
    "pycparser",
    # A copy of the time zones that nothing opens.
    "dateutil/zoneinfo",
    # Nothing that is shipped imports it: routes, batches, logs are ours (docs/decisions/0003 to 0005). The
    # bench measures our dispatch against its resolver.
    "aws_lambda_powertools",
    # Initials are asked of single characters; how words are read is the larger part of the package.
    "pypinyin/phrases_dict.json",
    "pypinyin/phrases_dict.py",
    "pypinyin/runner.py",
    "pypinyin/tools",
    "pypinyin/__pyinstaller",
)


def trim(packages: Path) -> None:
    """Remove from an installed `packages` folder what no function of the bundle opens."""
    for name in UNUSED:
        remove(packages / name)
    for pattern in UNUSED_FOLDERS:
        for folder in list(packages.rglob(pattern)):
            shutil.rmtree(folder)
    for pattern in UNUSED_FILES:
        for file in list(packages.rglob(pattern)):
            file.unlink()
    trim_botocore(packages / "botocore" / "data")
    rewrite(packages / "pypinyin" / "pinyin_dict.json", only_characters_in_use)


def remove(path: Path) -> None:
    """Remove a file, or a folder with all that is in it."""
    if path.is_file():
        path.unlink()
    else:
        shutil.rmtree(path, ignore_errors=True)


def only_characters_in_use(readings: dict[str, str]) -> dict[str, str]:
    """Return the readings of the characters people type: those of Unicode's first plane."""
    return {code: read for code, read in readings.items() if int(code) <= 0xFFFF}


def trim_botocore(data: Path) -> None:
    for entry in list(data.iterdir()):
        if entry.is_dir() and entry.name not in OPERATIONS:
            shutil.rmtree(entry)
        elif entry.is_file() and entry.name.removesuffix(".gz") not in SHARED_DATA:
            entry.unlink()
    for service, operations in OPERATIONS.items():
        *older, newest = sorted((data / service).iterdir())
        trim_service(newest, set(operations))
        for version in older:
            shutil.rmtree(version)
    rewrite(data / "endpoints.json", only_our_endpoints)
    rewrite(data / "partitions.json", only_our_partitions)


def trim_service(folder: Path, operations: set[str]) -> None:
    """Keep one API version's model and endpoint rules, with the named operations only.

    Raises KeyError when the service has no such operation.
    """
    rewrite(folder / "service-2.json", lambda model: only_operations(model, operations))
    rewrite(folder / "endpoint-rule-set-1.json", lambda rules: rules)
    paginators = folder / "paginators-1.json"
    if existing(paginators):
        rewrite(paginators, lambda pages: {"pagination": chosen(pages["pagination"], operations)})
    kept = {"service-2.json", "endpoint-rule-set-1.json", "paginators-1.json"}
    for file in list(folder.iterdir()):
        if file.name not in kept:
            file.unlink()


def only_operations(model: dict[str, Any], operations: set[str]) -> dict[str, Any]:
    """Return the model with the named operations and the shapes they reach, without documentation."""
    kept = {name: model["operations"][name] for name in sorted(operations)}
    shapes: dict[str, Any] = {}
    waiting = list(shape_names(kept))
    while waiting:
        name = waiting.pop()
        if name not in shapes:
            shapes[name] = model["shapes"][name]
            waiting += shape_names(shapes[name])
    trimmed: dict[str, Any] = undocumented({**model, "operations": kept, "shapes": shapes})
    for parameter in trimmed.get("clientContextParams", {}).values():
        parameter["documentation"] = ""  # botocore asks for it
    return trimmed


def shape_names(node: Any) -> list[str]:
    """Return the names of the shapes a part of a model refers to."""
    if isinstance(node, dict):
        own = [node["shape"]] if isinstance(node.get("shape"), str) else []
        return own + [name for value in node.values() for name in shape_names(value)]
    return [name for value in node for name in shape_names(value)] if isinstance(node, list) else []


def undocumented(node: Any) -> Any:
    """Return the node without its `documentation` texts; members of that name, which are shapes, stay."""
    if isinstance(node, dict):
        return {
            key: undocumented(value)
            for key, value in node.items()
            if not (key == "documentation" and isinstance(value, str))
        }
    return [undocumented(value) for value in node] if isinstance(node, list) else node


def only_our_endpoints(endpoints: dict[str, Any]) -> dict[str, Any]:
    kept = [entry for entry in endpoints["partitions"] if entry["partition"] in PARTITIONS]
    names = {"dynamodb", "streams.dynamodb", *OPERATIONS}
    return {
        **endpoints,
        "partitions": [{**entry, "services": chosen(entry["services"], names)} for entry in kept],
    }


def only_our_partitions(partitions: dict[str, Any]) -> dict[str, Any]:
    return {
        **partitions,
        "partitions": [entry for entry in partitions["partitions"] if entry["id"] in PARTITIONS],
    }


def chosen(mapping: dict[str, Any], names: set[str]) -> dict[str, Any]:
    return {name: value for name, value in mapping.items() if name in names}


def existing(file: Path) -> Path | None:
    """Return the file, plain or compressed, or nothing."""
    return next((path for path in (file, file.with_name(file.name + ".gz")) if path.exists()), None)


def rewrite(file: Path, change: Any) -> None:
    """Write the changed content without compression or white space: reading it should cost only parsing."""
    source = existing(file)
    if source is None:
        raise FileNotFoundError(file)
    raw = gzip.decompress(source.read_bytes()) if source.suffix == ".gz" else source.read_bytes()
    source.unlink()
    file.write_text(json.dumps(change(json.loads(raw)), separators=(",", ":")))
