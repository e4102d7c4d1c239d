"""Every route under /sidebar, by area."""

from scrm.http.dynamodb import DynamoFirstAnswers
from scrm.http.routing import Api
from scrm.sessions.renewal import renew
from scrm.sidebar import customer_routes, edit_routes, page_routes

api = Api("sidebar", first_answers=DynamoFirstAnswers())
page_routes.declare(api)
customer_routes.declare(api)
edit_routes.declare(api)
api.group("customers", "scrm.stages.routes")
api.group("customers", "scrm.demands.routes")
api.group("customers", "scrm.privacy.consent_routes")
api.group("customers", "scrm.accounts.routes")
api.group("customers", "scrm.sidebar.form_routes")
api.group("customers", "scrm.sops.sidebar_routes")
api.group("tasks", "scrm.sops.to_do_routes")
for root in (
    "scripts",
    "script-groups",
    "materials",
    "material-groups",
    "products",
    "product-groups",
    "product-categories",
    "knowledge",
    "knowledge-groups",
):
    api.group(root, "scrm.library.sidebar_routes")
for root in ("scripts", "materials", "products", "sends"):
    api.group(root, "scrm.sends.routes")
api.after(renew)
