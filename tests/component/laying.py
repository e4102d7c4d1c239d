"""Laying in moto what a test begins with: tables, queues, secrets and rows, without a request for each.

A request takes moto and botocore longer than most tests take; there are thirty before a test begins.
"""

from typing import Any

from moto.core import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends
from moto.s3.models import s3_backends
from moto.sqs.models import sqs_backends
from moto.ssm.models import ssm_backends

REGION = "us-east-1"


def table(name: str, stated: dict[str, Any]) -> None:
    """Make a table as the template states it."""
    streams = (
        {"StreamEnabled": True, **stated["StreamSpecification"]} if "StreamSpecification" in stated else None
    )
    dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].create_table(
        name,
        schema=stated["KeySchema"],
        throughput=None,
        attr=stated["AttributeDefinitions"],
        global_indexes=stated.get("GlobalSecondaryIndexes", []),
        indexes=[],
        streams=streams,
        billing_mode=stated["BillingMode"],
        sse_specification=None,
        tags=[],
        deletion_protection_enabled=False,
        warm_throughput=None,
    )


def held(name: str) -> Any:
    """Return a table as moto holds it."""
    return dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].tables[name]


def rows(*given: Any) -> None:
    """Put rows of the domain's table, as their `save` does."""
    backend = dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION]
    for row in given:
        backend.put_item("ScrmTable", row.serialize())


def bucket(name: str) -> None:
    """Make a bucket."""
    s3_backends[DEFAULT_ACCOUNT_ID]["aws"].create_bucket(name, REGION)


def queue(name: str) -> None:
    """Make a queue."""
    fifo = {"FifoQueue": "true", "ContentBasedDeduplication": "false"} if name.endswith(".fifo") else {}
    sqs_backends[DEFAULT_ACCOUNT_ID][REGION].create_queue(name, **fifo)


def parameter(name: str, value: str) -> None:
    """Put a secret, in place of the one that is there."""
    ssm_backends[DEFAULT_ACCOUNT_ID][REGION].put_parameter(
        name, "", value, "SecureString", "", None, True, [], "text", tier=None, policies=None
    )
