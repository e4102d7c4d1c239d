"""Thirty faults, planted one at a time: the rules must catch each (S11).

python -m infra.rules.mutants
"""

from __future__ import annotations

import copy
import sys
from collections.abc import Callable
from typing import Any

from infra.rules.bundle import Bundle, bundle
from infra.rules.template import findings

Plant = Callable[[dict[str, Any]], Any]
FULL_ACCESS = {"Fn::Sub": "arn:${AWS::Partition}:iam::aws:policy/AmazonDynamoDBFullAccess"}


def properties(resources: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = resources[name]["Properties"]
    return found


def granted(resources: dict[str, Any], name: str, index: int = 0) -> dict[str, Any]:
    """Return a function's statement of that number."""
    statement: dict[str, Any] = properties(resources, name)["Policies"][0]["Statement"][index]
    return statement


def event(resources: dict[str, Any], name: str, key: str) -> dict[str, Any]:
    found: dict[str, Any] = properties(resources, name)["Events"][key]["Properties"]
    return found


MUTANTS: dict[str, Plant] = {
    "a function may do everything with tables": lambda r: properties(r, "Authorize")["Policies"].append(
        FULL_ACCESS
    ),
    "an action is a wildcard": lambda r: granted(r, "Authorize").update(Action=["dynamodb:*"]),
    "a statement allows all but something": lambda r: granted(r, "Authorize").update(NotAction=["iam:*"]),
    "a resource is a wildcard": lambda r: granted(r, "Authorize").update(Resource="*"),
    "a request may scan": lambda r: granted(r, "SidebarApi")["Action"].append("dynamodb:Scan"),
    "a function reads every parameter of the account": lambda r: granted(r, "WecomCallback", 1).update(
        Resource={"Fn::Sub": "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter/*"}
    ),
    "any API may invoke a function": lambda r: properties(r, "PublicApiPermission").pop("SourceArn"),
    "a queue is open to everyone": lambda r: r.update(
        OpenQueue={
            "Type": "AWS::SQS::QueuePolicy",
            "Properties": {
                "Queues": [{"Ref": "SyncPages"}],
                "PolicyDocument": {
                    "Version": "2012-10-17",
                    "Statement": [
                        {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sqs:SendMessage"}
                    ],
                },
            },
        }
    ),
    "the partition is written out": lambda r: granted(r, "Authorize").update(
        Resource={"Fn::Sub": "arn:aws:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${ScrmTable}"}
    ),
    "a host of one partition is written out": lambda r: properties(r, "PublicApi").update(
        Environment={"Variables": {"QUEUE_HOST": {"Fn::Sub": "https://sqs.${AWS::Region}.amazonaws.com"}}}
    ),
    "a secret stands in the environment": lambda r: properties(r, "PublicApi").update(
        Environment={"Variables": {"WECOM_SECRET": "not-so-secret"}}
    ),
    "a function calls WeCom from an unlisted address": lambda r: properties(r, "SendNotices").pop(
        "VpcConfig"
    ),
    "a queue has no dead-letter queue": lambda r: properties(r, "SyncPages").pop("RedrivePolicy"),
    "a queue gives up after one receive": lambda r: properties(r, "SyncPages")["RedrivePolicy"].update(
        maxReceiveCount=1
    ),
    "dead letters go after four days": lambda r: properties(r, "SyncPagesDead").pop("MessageRetentionPeriod"),
    "a FIFO queue's dead letters lose their order": lambda r: properties(r, "CustomerEventsDead").pop(
        "FifoQueue"
    ),
    "a queue stores messages in the clear": lambda r: properties(r, "CorpEvents").pop("SqsManagedSseEnabled"),
    "one bad message repeats its batch": lambda r: event(r, "HandleCorpEvent", "Queue").pop(
        "FunctionResponseTypes"
    ),
    "a message comes back while it is handled": lambda r: properties(r, "SyncPages").update(
        VisibilityTimeout=60
    ),
    "a queue may take every worker": lambda r: event(r, "SendNotices", "Queue").pop("ScalingConfig"),
    "a stream drops what fails": lambda r: event(r, "ReactToChanges", "Stream").pop("DestinationConfig"),
    "a poison record blocks the stream": lambda r: event(r, "ReactToChanges", "Stream").pop(
        "MaximumRecordAgeInSeconds"
    ),
    "a schedule drops what fails": lambda r: event(r, "ReconcileCustomers", "Schedule").pop(
        "DeadLetterConfig"
    ),
    "a schedule does not tell the time": lambda r: event(r, "ReconcileCustomers", "Schedule").pop("Input"),
    "a function has someone else's code": lambda r: properties(r, "Authorize").update(
        CodeUri="functions/public_api"
    ),
    "logs are kept for ever": lambda r: r["AuthorizeLogs"]["Properties"].pop("RetentionInDays"),
    "the table goes with the stack": lambda r: r["ScrmTable"].update(DeletionPolicy="Delete"),
    "the table cannot be restored": lambda r: properties(r, "ScrmTable").pop(
        "PointInTimeRecoverySpecification"
    ),
    "the callback starts inside a VPC": lambda r: properties(r, "WecomCallback").update(
        VpcConfig=copy.deepcopy(properties(r, "SendNotices")["VpcConfig"])
    ),
    "a route is open to everyone": lambda r: properties(r, "AdminRoute").update(AuthorizationType="NONE"),
}


def survivors(of: Bundle) -> list[str]:
    """Return the faults that no rule finds; raises ValueError for one that changes nothing."""
    clean = set(findings(of))
    found = []
    for name, plant in MUTANTS.items():
        source = copy.deepcopy(of.source)
        plant(source["Resources"])
        if source == of.source:
            raise ValueError(f"planting changes nothing: {name}")
        if not set(findings(Bundle(source, of.folders))) - clean:
            found.append(name)
    return found


def main() -> None:
    alive = survivors(bundle())
    caught = len(MUTANTS) - len(alive)
    verdict = "short" if alive else "ok"
    print(f"S11 template_mutants {caught}/{len(MUTANTS)} >={len(MUTANTS)}/{len(MUTANTS)} {verdict}")
    for name in alive:
        print(f"  not caught: {name}")
    sys.exit(1 if alive else 0)


if __name__ == "__main__":
    main()
