"""Which function serves which path, and what an error body of it still carries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .calls import Call

if TYPE_CHECKING:
    from .simulator import Simulator

Serve = Callable[["Simulator", Call], Any]


@dataclass(frozen=True)
class Binary:
    """An answer that is not JSON."""

    content: bytes
    headers: dict[str, str] = field(default_factory=dict)
    status: int = 200


@dataclass(frozen=True)
class Endpoint:
    """One path. `empty` are the containers that a refusal still shows (fact sheet 0.2)."""

    method: str
    path: str
    serve: Serve
    empty: dict[str, Any]
    public: bool = False
    exempt: bool = False
    upload: bool = False

    @property
    def reads(self) -> bool:
        """Whether the call leaves the corp as it was. Tokens, tickets and codes are written down by GETs."""
        if self.public or self.exempt or self.path.endswith(("ticket", "ticket/get", "getuserdetail")):
            return False
        name = self.path.rpartition("/")[2]
        return self.method == "GET" or name.startswith(("get", "list")) or name.endswith(("result", "list"))


ENDPOINTS: dict[str, Endpoint] = {}


def endpoint(
    method: str,
    path: str,
    empty: dict[str, Any] | None = None,
    *,
    public: bool = False,
    exempt: bool = False,
    upload: bool = False,
) -> Callable[[Serve], Serve]:
    """Register the function for `/cgi-bin/{path}`.

    public: served without token and from any address. exempt: not counted in the base limits.
    upload: takes a multipart body.
    """

    def keep(serve: Serve) -> Serve:
        full = f"/cgi-bin/{path}"
        ENDPOINTS[full] = Endpoint(method, full, serve, empty or {}, public, exempt, upload)
        return serve

    return keep
