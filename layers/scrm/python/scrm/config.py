"""What a function is told by its environment: read once, validated at init, no defaults for the required."""

import os
from dataclasses import dataclass
from functools import cache


class MissingSetting(RuntimeError):
    """A required setting is absent or empty; the text names the setting and never a value."""


def required(name: str) -> str:
    """Return the setting `name`; raise MissingSetting when it is absent or empty."""
    value = os.environ.get(name, "")
    if not value:
        raise MissingSetting(f"{name} is not set")
    return value


def optional(name: str) -> str | None:
    """Return the setting `name`, or None when it is absent or empty."""
    return os.environ.get(name) or None


@dataclass(frozen=True)
class Corp:
    """The one WeCom corp this deployment serves, and the self-built app that acts for it."""

    corp_id: str
    agent_id: int
    base_url: str
    stack_name: str
    proxy_url: str | None


@cache
def corp() -> Corp:
    """Return the corp's settings; raises MissingSetting at init when one is absent."""
    return Corp(
        corp_id=required("WECOM_CORP_ID"),
        agent_id=int(required("WECOM_AGENT_ID")),
        base_url=required("WECOM_BASE_URL").rstrip("/"),
        stack_name=required("STACK_NAME"),
        proxy_url=optional("WECOM_PROXY_URL"),
    )
