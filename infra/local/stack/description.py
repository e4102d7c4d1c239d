"""`stack.json`: what others need to know to use the running stack."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from infra.local.stack import aws
from infra.local.stack.places import REGION, STACK_JSON, STACK_NAME
from infra.local.stack.settings import Settings

KINDS = {
    "AWS::DynamoDB::Table": "tables",
    "AWS::SQS::Queue": "queues",
    "AWS::Lambda::Function": "functions",
}


@dataclass(frozen=True)
class Description:
    """The keys of the contract; the three maps go from logical to real name."""

    api_url: str
    callback_url: str
    wecom_url: str
    aws_endpoint_url: str
    region: str
    stack_name: str
    corp_id: str
    agent_id: str
    callback_token: str
    callback_aes_key: str
    integration_key_id: str
    integration_secret: str
    tables: dict[str, str]
    queues: dict[str, str]
    functions: dict[str, str]

    @property
    def dead_letter_queues(self) -> set[str]:
        return {name for name in self.queues if name.endswith("Dead")}


def describe(settings: Settings) -> Description:
    """Ask the engine what was deployed and return the stack's description."""
    found: dict[str, dict[str, str]] = {kind: {} for kind in KINDS.values()}
    cloudformation = aws.client("cloudformation", settings.aws_endpoint_url)
    for page in cloudformation.get_paginator("list_stack_resources").paginate(StackName=STACK_NAME):
        for resource in page["StackResourceSummaries"]:
            if kind := KINDS.get(resource["ResourceType"]):
                found[kind][resource["LogicalResourceId"]] = resource["PhysicalResourceId"].rsplit("/", 1)[-1]
    return Description(
        api_url=settings.api_url,
        callback_url=f"{settings.api_url}/wecom/callbacks/app",
        wecom_url=settings.wecom_url,
        aws_endpoint_url=settings.aws_endpoint_url,
        region=REGION,
        stack_name=STACK_NAME,
        corp_id=settings.corp_id,
        agent_id=settings.agent_id,
        callback_token=settings.callback_token,
        callback_aes_key=settings.callback_aes_key,
        integration_key_id=settings.integration_key_id,
        integration_secret=settings.integration_secret,
        **found,
    )


def write(description: Description) -> None:
    STACK_JSON.touch(mode=0o600)
    STACK_JSON.write_text(json.dumps(asdict(description), indent=2))


def read(path: Path = STACK_JSON) -> Description:
    """Return the running stack's description; ends the program with a sentence when there is none."""
    try:
        return Description(**json.loads(path.read_text()))
    except (OSError, ValueError, TypeError):
        sys.exit("No stack is running here. Start one with: make up")
