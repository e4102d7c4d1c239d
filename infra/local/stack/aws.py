"""Clients for the local engine. They carry its dummy credentials, so they can never reach a real account."""

from __future__ import annotations

from typing import Any

import boto3
from botocore.config import Config

from infra.local.stack.places import REGION

CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_EC2_METADATA_DISABLED": "true",
}


def client(service: str, endpoint_url: str) -> Any:
    """Return a boto3 client of the engine; invocations are waited for up to 70 s and never repeated."""
    return boto3.client(  # type: ignore[call-overload]
        service,
        endpoint_url=endpoint_url,
        region_name=REGION,
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        config=Config(
            connect_timeout=2, read_timeout=70, retries={"mode": "standard", "total_max_attempts": 1}
        ),
    )
