"""Expand the template's SAM types into what CloudFormation will create, without an AWS account.

python -m infra.rules.expand template.yaml .local/expanded.json
"""

from __future__ import annotations

import copy
import json
import logging
import os
import sys
from pathlib import Path
from typing import Any

from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

Template = dict[str, Any]

PARAMETERS = {"Env": "prod", "WeComCorpId": "ww0123456789abcdef", "WeComAgentId": "1000002"}
MANAGED_POLICIES = (
    "AWSLambdaBasicExecutionRole",
    "AWSLambdaSQSQueueExecutionRole",
    "AWSLambdaDynamoDBExecutionRole",
    "AWSLambdaVPCAccessExecutionRole",
)


class ManagedPolicies:
    """The addresses that SAM would ask IAM for."""

    def load(self) -> dict[str, str]:
        return {name: f"arn:aws:iam::aws:policy/service-role/{name}" for name in MANAGED_POLICIES}


def read(path: Path) -> Template:
    """Return the template as written, short forms such as !Ref in their long form."""
    parsed: Template = yaml_parse(path.read_text())
    return parsed


def expand(template: Template) -> Template:
    """Return the template with CloudFormation's types only. Code lies in a bucket whose name is legal."""
    source = copy.deepcopy(template)
    for name, resource in source["Resources"].items():
        properties = resource.get("Properties", {})
        for key in {"CodeUri", "ContentUri"} & properties.keys():
            properties[key] = f"s3://artifacts-of-the-bundle/{name}.zip"
    logging.getLogger("samtranslator").setLevel(logging.ERROR)
    os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
    expanded: Template = transform(source, dict(PARAMETERS), ManagedPolicies())
    return expanded


def main() -> None:
    template, target = sys.argv[1:3]
    Path(target).parent.mkdir(parents=True, exist_ok=True)
    Path(target).write_text(json.dumps(expand(read(Path(template))), indent=1))


if __name__ == "__main__":
    main()
