"""The console's API: every route under /admin. An area is imported when one of its routes is called."""

from datetime import datetime
from typing import TYPE_CHECKING

from scrm.admin.audited import see_to_it
from scrm.admin.refusals import told_to_people
from scrm.console import api as console
from scrm.http.dynamodb import DynamoFirstAnswers
from scrm.http.routing import Api
from scrm.sessions.renewal import renew
from scrm.wecom.deployed import wecom

if TYPE_CHECKING:
    from scrm.staff.sync import SyncOutcome

api = Api("admin", first_answers=DynamoFirstAnswers())


def _pull(now: datetime) -> "SyncOutcome":
    """Pull the organisation from WeCom; its refusals are told to the administrator."""
    from scrm.staff.sync import pull as pull_staff

    with told_to_people():
        return pull_staff(wecom(), now)


for root in ("staff", "departments", "organisation"):
    api.group(root, "scrm.admin.staff_routes", _pull)
for root in ("tags", "tag-groups"):
    api.group(root, "scrm.admin.tag_routes", wecom)
for root in ("settings", "config"):
    api.group(root, "scrm.admin.settings_routes")
api.group("channels", "scrm.admin.channel_routes", wecom)
api.group("customers", "scrm.admin.customer_tag_routes", wecom)
api.group("doctor", "scrm.admin.doctor_routes", wecom)
api.group("audit", "scrm.admin.audit_routes")
api.group("reconciliations", "scrm.reconciliation.routes")
console.declare(api)
api.after(see_to_it)
api.after(renew)
