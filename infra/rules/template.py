"""Our own rules for the template: what generic scanners do not see.

python -m infra.rules.template
"""

from __future__ import annotations

import sys

from infra.rules import permissions, queues, resources
from infra.rules.bundle import Bundle, Finding, bundle

RULES = (*permissions.RULES, *queues.RULES, *resources.RULES)


def findings(of: Bundle) -> list[Finding]:
    """Return everything that breaks a rule, sorted."""
    return sorted({finding for rule in RULES for finding in rule(of)})


def main() -> None:
    found = findings(bundle())
    for finding in found:
        print(finding)
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
