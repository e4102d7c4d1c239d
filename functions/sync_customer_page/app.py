"""Compares one page of a member's customers with ours and heals the difference."""

import json
from typing import Any

from scrm import clock, initialised
from scrm.batches import Answer, each_message
from scrm.reconciliation.deployed import reconciler
from scrm.reconciliation.model import Page
from scrm.reconciliation.running import list_members
from scrm.telemetry import Log, correlate
from scrm.wecom.deployed import wecom

log = Log("sync_customer_page")
initialised()


def handler(event: dict[str, Any], context: object) -> Answer:
    """Handle each page; those that failed are delivered again."""
    with log.invocation(context):
        return each_message(event, _reconcile, log)


def _reconcile(record: dict[str, Any]) -> None:
    page = Page.of(json.loads(record["body"]))
    correlate(run_id=page.run_id, userid=page.userid or None)
    now = clock.now()
    if page.userid:
        reconciler().reconcile(page, now)
    else:
        list_members(page.run_id, wecom(), now)
