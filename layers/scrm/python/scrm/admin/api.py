"""The console's API: every route under /admin, by area; those of scrm.console are imported when called."""

from datetime import datetime

from scrm.admin import (
    audit_routes,
    channel_routes,
    customer_tag_routes,
    doctor_routes,
    settings_routes,
    staff_routes,
    tag_routes,
)
from scrm.admin.audited import see_to_it
from scrm.admin.refusals import told_to_people
from scrm.console import api as console
from scrm.http.dynamodb import DynamoFirstAnswers
from scrm.http.routing import Api
from scrm.reconciliation import routes as reconciliation_routes
from scrm.sessions.renewal import renew
from scrm.staff.sync import SyncOutcome
from scrm.staff.sync import pull as pull_staff
from scrm.wecom.deployed import wecom

api = Api("admin", first_answers=DynamoFirstAnswers())


def _pull(now: datetime) -> SyncOutcome:
    """Pull the organisation from WeCom; its refusals are told to the administrator."""
    with told_to_people():
        return pull_staff(wecom(), now)


staff_routes.declare(api, _pull)
channel_routes.declare(api, wecom)
tag_routes.declare(api, wecom)
settings_routes.declare(api)
audit_routes.declare(api)
customer_tag_routes.declare(api, wecom)
doctor_routes.declare(api, wecom)
reconciliation_routes.declare(api)
console.declare(api)
api.after(see_to_it)
api.after(renew)
