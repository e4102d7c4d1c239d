"""Build what is deployed: `sam build`, then byte code for every function and both layers.

    python -m infra.build.package [--architecture arm64|x86_64] [--build-dir .local/build]

The product's layer is copied before it is compiled: byte code that is never checked would hide later edits in
the source tree.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from infra.build import byte_code

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ROOT / ".local"
LAYERS = {"DepsLayer", "ScrmLayer"}


def build(build_dir: Path, parameters: dict[str, str], architecture: str = "") -> Path:
    """Return the built template's path. Without an `architecture` (Lambda's) it fits this machine."""
    environment = {**os.environ, "SAM_CLI_TELEMETRY": "0", "PYTHON": str(TOOLS / "sam" / "bin" / "python")}
    environment["DEPS_ARCHITECTURE"] = architecture
    command = [str(TOOLS / "sam" / "bin" / "sam"), "build", "--build-dir", str(build_dir)]
    command += ["-t", str(ROOT / "template.yaml"), "--parameter-overrides", *overrides(parameters)]
    run_quietly(command, environment)
    template = build_dir / "template.yaml"
    built = yaml.safe_load(template.read_text())
    take_in_product(build_dir, built)
    template.write_text(yaml.safe_dump(built, sort_keys=False))
    for logical_id in built_functions(built):
        byte_code.compile_tree(build_dir / logical_id, "/var/task")
    return template


def take_in_product(build_dir: Path, built: dict[str, Any]) -> None:
    """Copy the product's layer into the build and compile it there; the built template points at the copy."""
    target = build_dir / "ScrmLayer"
    shutil.rmtree(target, ignore_errors=True)
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "layers" / "scrm" / "python", target / "python", ignore=ignored)
    description = target / "python" / "scrm" / "openapi.json"
    packed = gzip.compress(as_sent(description.read_text(encoding="utf-8")).encode(), mtime=0)
    description.with_suffix(".json.gz").write_bytes(packed)
    description.unlink()
    byte_code.compile_tree(target / "python", "/opt/python")
    built["Resources"]["ScrmLayer"]["Properties"]["ContentUri"] = "ScrmLayer"


def as_sent(text: str) -> str:
    """Return JSON without the spaces that make its changes readable in the repository."""
    return json.dumps(json.loads(text), ensure_ascii=False, separators=(",", ":"))


def built_functions(template: dict[str, Any]) -> list[str]:
    resources = template["Resources"].items()
    return [name for name, resource in resources if resource["Type"] == "AWS::Serverless::Function"]


def overrides(parameters: dict[str, str]) -> list[str]:
    return [f'ParameterKey={name},ParameterValue="{value}"' for name, value in parameters.items()]


def run_quietly(command: list[str], environment: dict[str, str]) -> None:
    """Run a command; show what it printed only when it failed, and then raise SystemExit."""
    done = subprocess.run(
        command,
        env=environment,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    if done.returncode:
        sys.exit(f"{done.stdout.decode(errors='replace')}\nFailed: {' '.join(command[:2])}")


def main() -> None:
    parser = argparse.ArgumentParser(description="Build the bundle for AWS.")
    parser.add_argument("--architecture", default="arm64", choices=["arm64", "x86_64"])
    parser.add_argument("--build-dir", type=Path, default=TOOLS / "aws-build")
    asked = parser.parse_args()
    runtime = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    parameters = {"PythonRuntime": runtime, "Architecture": asked.architecture}
    template = build(asked.build_dir, parameters, asked.architecture)
    print(f"Built for {runtime} on {asked.architecture}: {template.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
