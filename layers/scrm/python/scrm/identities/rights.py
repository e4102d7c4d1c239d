"""Which roles may look customers up by identity and decide conflicts. The matrix test reads these."""

from scrm.http.caller import Role

Roles = frozenset[Role]

LOOK_UP: Roles = frozenset({"operations_admin", "service", "auditor"})
SEE: Roles = frozenset({"operations_admin", "auditor"})
REPORTS: Roles = frozenset({"operations_admin", "marketing", "auditor"})
DECIDE: Roles = frozenset({"operations_admin"})
