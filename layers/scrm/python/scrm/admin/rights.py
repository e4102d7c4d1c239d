"""Which roles may use which part of the console (spec ADM-01). The matrix test reads these."""

from scrm.http.caller import Role

Roles = frozenset[Role]

OPERATIONS: Roles = frozenset({"operations_admin"})
SEE_STAFF: Roles = frozenset({"operations_admin", "hr", "auditor"})
SEE_CHANNELS: Roles = frozenset({"operations_admin", "marketing", "auditor"})
EDIT_CHANNELS: Roles = frozenset({"operations_admin", "marketing"})
SEE_TAGS: Roles = frozenset({"operations_admin", "marketing", "service", "auditor"})
SEE_FIELDS: Roles = SEE_TAGS
EDIT_TAGS: Roles = frozenset({"operations_admin", "marketing"})
SEE_SETTINGS: Roles = frozenset({"operations_admin", "auditor"})
SEE_CUSTOMERS: Roles = frozenset(
    {"team_lead", "operations_admin", "pool_admin", "service", "marketing", "finance", "auditor"}
)
SHARE_QUERIES: Roles = frozenset({"team_lead", "operations_admin", "marketing"})
SEE_JOBS: Roles = frozenset({"operations_admin", "auditor"})
SEE_AUDIT: Roles = frozenset({"operations_admin", "auditor"})
SEE_SEGMENTS: Roles = frozenset({"operations_admin", "marketing", "auditor"})
EDIT_SEGMENTS: Roles = frozenset({"operations_admin", "marketing"})
SEE_CONTENT: Roles = frozenset({"operations_admin", "marketing", "auditor"})
EDIT_CONTENT: Roles = frozenset({"operations_admin", "marketing"})
SEE_KNOWLEDGE: Roles = frozenset({"operations_admin", "marketing", "service", "auditor"})
EDIT_KNOWLEDGE: Roles = frozenset({"operations_admin", "marketing", "service"})
SEE_LEAD_RULES: Roles = frozenset({"team_lead", "operations_admin", "pool_admin", "auditor"})
KEEP_LEAD_RULES: Roles = frozenset({"operations_admin", "pool_admin"})
SEE_SOPS: Roles = frozenset({"team_lead", "operations_admin", "marketing", "auditor"})
EDIT_SOPS: Roles = frozenset({"operations_admin", "marketing"})
SEE_PLANS: Roles = frozenset({"team_lead", "operations_admin", "auditor"})
DRAFT_PLANS: Roles = frozenset({"team_lead", "operations_admin"})
SEE_OFFBOARDING: Roles = frozenset({"team_lead", "operations_admin", "hr", "auditor"})
KEEP_BARS: Roles = frozenset({"team_lead", "operations_admin", "marketing"})
