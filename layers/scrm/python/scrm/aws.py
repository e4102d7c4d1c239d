"""AWS clients: botocore alone (boto3 adds an eighth to a cold start), with time limits functions keep."""

from functools import cache
from typing import Any

import botocore.session
from botocore.config import Config

# botocore's own defaults wait 60 s and retry ten times, beyond any function here.
LIMITS = Config(
    retries={"mode": "standard", "total_max_attempts": 3},
    connect_timeout=1,
    read_timeout=2,
)
# Objects are larger than rows; addresses signed for browsers hold in every region and partition, and fit what
# the local engine takes: no checksum in a trailer.
FILES = Config(
    retries={"mode": "standard", "total_max_attempts": 3},
    connect_timeout=1,
    read_timeout=8,
    signature_version="s3v4",
    s3={"us_east_1_regional_endpoint": "regional"},
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
)


@cache
def session() -> botocore.session.Session:
    """Return the process's one botocore session."""
    return botocore.session.get_session()


@cache
def client(service: str) -> Any:
    """Return the process's one client of `service`, e.g. "sqs"."""
    return session().create_client(service, config=FILES if service == "s3" else LIMITS)
