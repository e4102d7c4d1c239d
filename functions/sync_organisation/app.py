"""Every hour and on set-up: departments, staff and tags from WeCom."""

from typing import Any

from scrm import clock, initialised, telemetry
from scrm.staff import sync as staff
from scrm.tags import sync as tags
from scrm.wecom.deployed import wecom
from scrm.wecom.errors import NoPermission

log = telemetry.Log("sync_organisation")
wecom()
initialised()


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Pull the organisation as of the event's `time`. Safe to repeat."""
    now = clock.scheduled(event)
    with log.invocation(context):
        pulled = staff.pull(wecom(), now)
        telemetry.count("staff_changed", pulled.changed)
        log.info(
            "organisation_synced",
            departments=pulled.departments,
            members=pulled.members,
            changed=pulled.changed,
            left=pulled.left,
        )
        return {"staff": pulled.__dict__, "tags": _tags()}


def _tags() -> dict[str, int] | None:
    """Pull the tags; without the customer-contact permission there are none to see, and staff still count."""
    try:
        pulled = tags.pull(wecom())
    except NoPermission:
        log.warning("tags_not_permitted")
        return None
    telemetry.count("tags_changed", pulled.changed + pulled.removed)
    return pulled.__dict__
