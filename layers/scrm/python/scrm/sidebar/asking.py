"""The client of WeCom, for the few requests of the sidebar that ask WeCom.

Imported with the first of them: what a chat opens with (customer, trace, to-dos) is in our table, and httpx
with the client costs a cold start two thirds of the bare runtime (quality bar C2).
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scrm.wecom.client import WeCom


def wecom() -> "WeCom":
    """Return the process's one client."""
    from scrm.wecom import deployed

    return deployed.wecom()
