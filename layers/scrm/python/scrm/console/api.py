"""The areas of the console that speak of customers, by the segment after /admin.

They are served by the function admin_api, which imports an area when one of its routes is first called: each
module has a `declare(api)`. "customers" stands for /admin/customers, /admin/customers:search and all below.
"""

from collections.abc import Mapping

from scrm.http.routing import Api

AREAS: Mapping[str, tuple[str, ...]] = {
    "channels": ("scrm.admin.channel_cost_routes", "scrm.admin.channel_scan_routes"),
    "webhooks": ("scrm.webhooks.console_routes",),
    "groups": ("scrm.groups.console_routes", "scrm.groups.transfer_routes"),
    "erasures": ("scrm.privacy.erasure_routes",),
    "mappings": ("scrm.mappings.console_routes",),
    "fields": ("scrm.fields.console_routes",),
    "segments": (
        "scrm.segments.console_routes",
        "scrm.segments.member_routes",
        "scrm.segments.freeze_routes",
        "scrm.segments.preset_routes",
        "scrm.segments.preview_routes",
    ),
    "demand-kinds": ("scrm.demands.console_routes",),
    "intention-rules": ("scrm.intentions.console_routes",),
    "lead-signals": ("scrm.leads.signal_routes",),
    "lead-lists": ("scrm.leads.source_routes",),
    "lead-kinds": ("scrm.leads.source_routes",),
    "sops": (
        "scrm.sops.console_routes",
        "scrm.sops.publish_routes",
        "scrm.sops.switch_routes",
        "scrm.sops.content_routes",
        "scrm.sops.entering_routes",
        "scrm.sops.enrollment_routes",
        "scrm.sops.bar_routes",
        "scrm.sops.preview_routes",
        "scrm.sops.forecast_routes",
    ),
    "inheritance": (
        "scrm.inheritance.console_routes",
        "scrm.inheritance.confirm_routes",
        "scrm.inheritance.retry_routes",
        "scrm.inheritance.item_routes",
    ),
    "offboarding": ("scrm.offboarding.console_routes",),
    "sop-templates": ("scrm.sops.template_routes",),
    "stages": ("scrm.stages.console_routes",),
    "customers": (
        "scrm.profile.console_routes",
        "scrm.identities.merge_routes",
        "scrm.identities.method_routes",
        "scrm.privacy.console_routes",
        "scrm.privacy.person_routes",
        "scrm.segments.customer_routes",
        "scrm.tagging.routes",
        "scrm.queries.console_routes",
    ),
    "pushes": ("scrm.pushes.console_routes",),
    "orders": ("scrm.attribution.console_routes",),
    "attributions": ("scrm.attribution.console_routes",),
    "conflicts": ("scrm.identities.conflict_routes",),
    "files": ("scrm.materials.file_routes",),
    "forms": ("scrm.h5.form_routes",),
    "migrations": ("scrm.migrations.routes",),
    "pretags": ("scrm.pretags.routes",),
    "identity-scheme": ("scrm.identities.scheme_routes",),
    "lead-doubts": ("scrm.leads.doubt_routes",),
    "kpi-targets": ("scrm.reports.kpi_routes",),
    "lead-rules": ("scrm.leads.rule_routes", "scrm.leads.preview_routes"),
    "pools": ("scrm.leads.pool_routes",),
    "leaves": ("scrm.leads.leave_routes",),
    "jobs": ("scrm.jobs.routes",),
    "scripts": ("scrm.scripts.console_routes", "scrm.sends.report_routes"),
    "script-groups": ("scrm.scripts.console_routes",),
    "materials": ("scrm.materials.library_routes", "scrm.sends.report_routes"),
    "material-groups": ("scrm.materials.library_routes",),
    "products": (
        "scrm.products.library_routes",
        "scrm.products.sync_routes",
        "scrm.sends.report_routes",
    ),
    "product-groups": ("scrm.products.library_routes",),
    "knowledge": ("scrm.knowledge.console_routes",),
    "knowledge-groups": ("scrm.knowledge.console_routes",),
    "tag-rules": ("scrm.tagging.rule_routes",),
    "tags": ("scrm.tagging.hygiene_routes",),
    "reports": (
        "scrm.identities.report_routes",
        "scrm.reports.campaign_routes",
        "scrm.reports.cohort_routes",
        "scrm.reports.coverage_routes",
        "scrm.reports.deal_routes",
        "scrm.reports.handover_routes",
        "scrm.reports.keeping_routes",
        "scrm.reports.kpi_routes",
        "scrm.reports.money_routes",
        "scrm.reports.people_routes",
        "scrm.reports.sop_routes",
        "scrm.reports.work_routes",
        "scrm.sends.report_routes",
    ),
}


def declare(api: Api) -> None:
    """Let the areas be imported when they are first called."""
    for root, modules in AREAS.items():
        for module in modules:
            api.group(root, module)
