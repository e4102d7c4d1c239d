"""Every minute: asks for the notices of the members who have some due."""

import json
from typing import Any

from scrm import aws, clock, initialised
from scrm.config import required
from scrm.notices.dynamodb import SHARDS, due_members
from scrm.notices.model import flush_message
from scrm.notices.releasing import DueMember, members_to_release
from scrm.telemetry import Log, count

NOTIFICATIONS = required("NOTIFICATIONS_URL")
aws.client("sqs")
log = Log("release_notices")
initialised()


class NotQueued(RuntimeError):
    """SQS refused some messages; the members stay due, so the next tick asks for them again."""


def handler(event: dict[str, Any], context: object) -> dict[str, int]:
    """Queue one flush for each member with something due; return how many. Safe to repeat."""
    with log.invocation(context):
        now = clock.scheduled(event)
        members = members_to_release(due_members, SHARDS, now)
        minute = f"{now:%Y%m%dT%H%M}"
        refused = sum(_queue(members[at : at + 10], minute) for at in range(0, len(members), 10))
        count("members_released", len(members) - refused)
        if refused:
            raise NotQueued(refused)
        return {"released": len(members)}


def _queue(members: list[DueMember], minute: str) -> int:
    """Queue up to ten flushes, once a minute for what is due; return how many SQS refused."""
    entries = [
        {
            "Id": str(number),
            "MessageBody": json.dumps(flush_message(member.userid)),
            "MessageGroupId": member.userid,
            "MessageDeduplicationId": f"flush#{minute}#{member.due}",
        }
        for number, member in enumerate(members)
    ]
    answer = aws.client("sqs").send_message_batch(QueueUrl=NOTIFICATIONS, Entries=entries)
    return len(answer.get("Failed", []))
