"""Asking whose a lead is to be, through the queue `LeadIntake` (docs/events.md)."""

import json

from scrm import aws
from scrm.config import required


def ask(lead_id: str, epoch: int) -> None:
    """Queue a lead to be decided on. Harmless to repeat: an epoch is decided once."""
    body = json.dumps({"lead_id": lead_id, "epoch": epoch})
    aws.client("sqs").send_message(QueueUrl=required("LEAD_INTAKE_URL"), MessageBody=body)
