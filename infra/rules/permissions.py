"""Who may do what: the least, and named."""

from __future__ import annotations

from collections.abc import Iterator

from infra.rules.bundle import Bundle, Finding, leaves, listed, target, text
from infra.rules.expand import MANAGED_POLICIES

EVERYTHING_ALLOWED: dict[str, str] = {}
"""Roles that may name every resource, with the reason; at most three."""

SECRET_WORDS = ("SECRET", "TOKEN", "PASSWORD", "AES_KEY", "SESSION_KEY", "CREDENTIAL")


def managed_full_access(bundle: Bundle) -> Iterator[Finding]:
    for name, role in bundle.properties("AWS::IAM::Role"):
        for policy in listed(role.get("ManagedPolicyArns")):
            if text(policy).rpartition("/")[2] not in MANAGED_POLICIES:
                yield Finding(
                    "managed-policy", name, f"{text(policy) or policy} is not one of the basic ones"
                )


def managed_policy_twice(bundle: Bundle) -> Iterator[Finding]:
    """IAM refuses a role that lists a policy twice; SAM adds those for VPC and event sources by itself."""
    for name, role in bundle.properties("AWS::IAM::Role"):
        names = [text(policy).rpartition("/")[2] for policy in listed(role.get("ManagedPolicyArns"))]
        for twice in sorted({policy for policy in names if names.count(policy) > 1}):
            yield Finding("managed-policy-twice", name, f"{twice} is listed twice; SAM adds it already")


def every_action(bundle: Bundle) -> Iterator[Finding]:
    for name, statement in bundle.statements():
        for action in listed(statement.get("Action")):
            if "*" in action:
                yield Finding("every-action", name, f"{action} grants more than is known")
        if "NotAction" in statement:
            yield Finding("every-action", name, "NotAction grants more than is known")


def every_resource(bundle: Bundle) -> Iterator[Finding]:
    for name, statement in bundle.statements():
        everything = "*" in listed(statement.get("Resource")) or "NotResource" in statement
        if everything and name not in EVERYTHING_ALLOWED:
            yield Finding("every-resource", name, f"{statement.get('Action')} on every resource")


def scan(bundle: Bundle) -> Iterator[Finding]:
    """No request and no tick may read a whole table (U10)."""
    for name, statement in bundle.statements():
        if "dynamodb:Scan" in listed(statement.get("Action")):
            yield Finding("scan", name, "may scan a table")


def parameters_of_others(bundle: Bundle) -> Iterator[Finding]:
    for name, statement in bundle.statements():
        for action in listed(statement.get("Action")):
            for resource in listed(statement.get("Resource")) if action.startswith("ssm:") else []:
                if ":parameter/${AWS::StackName}/" not in text(resource) or text(resource).endswith(
                    "StackName}/*"
                ):
                    yield Finding(
                        "parameters-of-others", name, f"reads {text(resource)}: name the secret it needs"
                    )


def open_trust(bundle: Bundle) -> Iterator[Finding]:
    for name, role in bundle.properties("AWS::IAM::Role"):
        for path, value in leaves(role["AssumeRolePolicyDocument"]):
            if "Principal" in path and value == "*":
                yield Finding("open-trust", name, "anyone may take this role")


def permission_without_source(bundle: Bundle) -> Iterator[Finding]:
    for name, permission in bundle.properties("AWS::Lambda::Permission"):
        if "SourceArn" not in permission:
            yield Finding("permission-without-source", name, "any API of any account may invoke the function")


def public_resource(bundle: Bundle) -> Iterator[Finding]:
    for kind in ("AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy", "AWS::S3::BucketPolicy"):
        for name, properties in bundle.properties(kind):
            for statement in listed(properties["PolicyDocument"]["Statement"]):
                anyone = [
                    value
                    for path, value in leaves(statement.get("Principal"), ("Principal",))
                    if value == "*"
                ]
                if anyone and statement["Effect"] == "Allow":
                    yield Finding("public-resource", name, "open to everyone")


def written_out_partition(bundle: Bundle) -> Iterator[Finding]:
    """The bundle also deploys in China: `${AWS::Partition}` and `${AWS::URLSuffix}` instead of their values.

    Service principals are written alike in every partition.
    """
    for path, value in leaves(bundle.source):
        host = "amazonaws.com" in value and not {"Principal", "Service"} & set(path)
        if host or "arn:aws" in value:
            yield Finding("written-out-partition", "/".join(path), value)


def secret_in_environment(bundle: Bundle) -> Iterator[Finding]:
    for name, function in bundle.functions().items():
        for variable in function.get("Environment", {}).get("Variables", {}):
            if any(word in variable for word in SECRET_WORDS):
                yield Finding(
                    "secret-in-environment", name, f"{variable}: name the parameter that holds it instead"
                )


def secret_parameter(bundle: Bundle) -> Iterator[Finding]:
    """A template parameter's value stands in the console and in every deployment's history."""
    for name in bundle.source.get("Parameters", {}):
        if any(word.replace("_", "").lower() in name.lower() for word in SECRET_WORDS):
            yield Finding(
                "secret-parameter", name, "secrets are created by `make secrets`, not by parameters"
            )


def egress_and_secret(bundle: Bundle) -> Iterator[Finding]:
    """Functions that hold the app's secret call WeCom and leave through the fixed address; no others do."""
    for name, function in bundle.functions().items():
        role = target(function["Role"])
        secrets = [
            text(resource)
            for owner, statement in bundle.statements()
            for resource in listed(statement.get("Resource"))
            if owner == role and text(resource).endswith("/wecom/secret")
        ]
        if secrets and "VpcConfig" not in function:
            yield Finding("egress", name, "calls WeCom without the fixed address; WeCom would answer 60020")
        if "VpcConfig" in function and not secrets:
            yield Finding("egress", name, "is in the VPC but does not call WeCom: a slower start for nothing")


RULES = (
    managed_full_access,
    managed_policy_twice,
    every_action,
    every_resource,
    scan,
    parameters_of_others,
    open_trust,
    permission_without_source,
    public_resource,
    written_out_partition,
    secret_in_environment,
    secret_parameter,
    egress_and_secret,
)
