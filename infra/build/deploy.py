"""Deploy the bundle to AWS: the fixed egress address where asked for, the bundle, its alarms.

    make deploy STACK=scrm CORP_ID=ww… AGENT_ID=1000002 EGRESS=nat-instance ALARM_EMAIL=ops@example.com

Parameters may also stand in infra/parameters/<stack>.yaml. What is not given keeps its last value.
Credentials and region are those of the environment.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from infra.build import package
from infra.build.package import ROOT, TOOLS

Resources = dict[str, tuple[str, str]]
WAITED_FOR = ("CustomerEvents", "Notifications")
"""Queues with an alarm on the age of what waits in them (docs/runbook.md says why these)."""


def main() -> None:
    import boto3

    asked = arguments()
    runtime = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    parameters = {"PythonRuntime": runtime, "Architecture": asked.architecture, **given(asked)}
    template = package.build(TOOLS / "aws-build", parameters, asked.architecture)
    cloudformation = boto3.client("cloudformation")
    if asked.egress:
        sam_deploy(ROOT / "infra" / "egress.yaml", f"{asked.stack}-egress", {"Kind": asked.egress})
        egress = outputs(cloudformation, f"{asked.stack}-egress")
        parameters |= {name: egress[name] for name in ("EgressSubnetIds", "EgressSecurityGroupIds")}
        print(f"Calls to WeCom will come from {egress['Address']}: list it as 企业可信IP of the app.")
    sam_deploy(template, asked.stack, parameters)
    alarms = alarm_parameters(asked.stack, resources(cloudformation, asked.stack))
    alarms |= {"AlarmEmail": asked.alarm_email} if asked.alarm_email else {}
    sam_deploy(ROOT / "infra" / "observability.yaml", f"{asked.stack}-observability", alarms)
    for name, value in outputs(cloudformation, asked.stack).items():
        print(f"{name}: {value}")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Deploy the bundle to AWS.")
    parser.add_argument("--stack", default="scrm")
    parser.add_argument("--architecture", default="arm64", choices=["arm64", "x86_64"])
    parser.add_argument("--egress", default="", choices=["", "nat-instance", "nat-gateway"])
    parser.add_argument("--alarm-email", default="")
    parser.add_argument("--corp-id", default="")
    parser.add_argument("--agent-id", default="")
    parser.add_argument("--public-url", default="")
    parser.add_argument("parameters", nargs="*", help="further template parameters, Name=value")
    return parser.parse_args()


def given(asked: argparse.Namespace) -> dict[str, str]:
    """Return the template's parameters that were asked for: in the stack's file, by name, or one by one."""
    file = ROOT / "infra" / "parameters" / f"{asked.stack}.yaml"
    written = (
        {name: str(value) for name, value in yaml.safe_load(file.read_text()).items()}
        if file.exists()
        else {}
    )
    named = {"WeComCorpId": asked.corp_id, "WeComAgentId": asked.agent_id, "PublicUrl": asked.public_url}
    further = dict(pair.split("=", 1) for pair in asked.parameters)
    return written | {name: value for name, value in (named | further).items() if value}


def alarm_parameters(stack: str, found: Resources) -> dict[str, str]:
    """Return what `infra/observability.yaml` watches: every dead-letter queue, `WAITED_FOR`."""
    letters = [real for name, (kind, real) in found.items() if kind == "AWS::SQS::Queue" and dead(name)]
    return {
        "Stack": stack,
        "Queues": ",".join(found[name][1] for name in WAITED_FOR),
        "DeadLetterQueues": ",".join(sorted(letters)),
        "StreamFunction": found["ReactToChanges"][1],
        "CardsFunction": found["RefreshCards"][1],
        "ApiId": found["HttpApi"][1],
        "TableName": found["ScrmTable"][1],
    }


def dead(name: str) -> bool:
    return name.endswith("Dead")


def resources(cloudformation: Any, stack: str) -> Resources:
    """Return the stack's resources: logical name to type and real name (a queue's without its address)."""
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack)
    return {
        found["LogicalResourceId"]: (found["ResourceType"], found["PhysicalResourceId"].rsplit("/", 1)[-1])
        for page in pages
        for found in page["StackResourceSummaries"]
    }


def outputs(cloudformation: Any, stack: str) -> dict[str, str]:
    found = cloudformation.describe_stacks(StackName=stack)["Stacks"][0].get("Outputs", [])
    return {output["OutputKey"]: output["OutputValue"] for output in found}


def sam_deploy(template: Path, stack: str, parameters: dict[str, str]) -> None:
    command = [str(TOOLS / "sam" / "bin" / "sam"), "deploy", "-t", str(template), "--stack-name", stack]
    command += ["--config-file", str(ROOT / "samconfig.toml")]
    command += ["--parameter-overrides", *package.overrides(parameters)]
    environment = {**os.environ, "SAM_CLI_TELEMETRY": "0"}
    if subprocess.run(command, env=environment, cwd=ROOT, stdin=subprocess.DEVNULL).returncode:
        sys.exit(f"Deploying {stack} failed.")


if __name__ == "__main__":
    main()
