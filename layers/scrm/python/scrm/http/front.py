"""The routes that need no session: liveness, the API's description, the domain's proof, and no others."""

from pathlib import Path
from typing import Literal

from scrm.config import optional
from scrm.http import problems
from scrm.http.fields import Out
from scrm.http.request import Answer, Request
from scrm.http.routing import ANYONE, Api

DESCRIPTION = Path(__file__).parent.parent / "openapi.json"


def description() -> str:
    """Return the description of every route; packed where it is deployed, being so large."""
    packed = DESCRIPTION.with_suffix(".json.gz")
    if packed.exists():
        import gzip  # which no other route needs

        return gzip.decompress(packed.read_bytes()).decode()
    return DESCRIPTION.read_text(encoding="utf-8")


class HealthOut(Out):
    """The API answers."""

    status: Literal["ok"] = "ok"


def declare(api: Api) -> None:
    """Add the routes to the API of everybody's entry."""

    @api.route("GET", "/healthz", roles=ANYONE, scope="nobody's objects", answers=HealthOut, public=True)
    def is_alive(_: Request) -> HealthOut:
        """Tell that the API answers."""
        return HealthOut()

    @api.route("GET", "/openapi.json", roles=ANYONE, scope="nobody's objects", public=True)
    def describe(_: Request) -> Answer:
        """Return this description."""
        return Answer(
            text=description(),
            headers={"Content-Type": "application/json", "Cache-Control": "no-cache"},
        )

    @api.route("GET", "/{file}", roles=ANYONE, scope="nobody's objects", public=True)
    def prove_domain(request: Request) -> Answer:
        """Return WeCom's proof of the domain, WW_verify_<id>.txt: the id alone."""
        proof = optional("DOMAIN_VERIFICATION")
        if not proof or request.params["file"] != f"WW_verify_{proof}.txt":
            raise problems.not_found("没有这个地址")
        return Answer(text=proof)
