"""/admin/identity-scheme: the kinds of identity the corp goes by (spec IDN-05)."""

from dataclasses import replace

from scrm.admin.audited import audited, no_effect
from scrm.http import problems
from scrm.http.request import Request
from scrm.http.routing import Api
from scrm.identities.models import SchemeIn, SchemeOut
from scrm.identities.normalise import KINDS
from scrm.identities.rights import DECIDE, LOOK_UP
from scrm.settings import dynamodb as stored

PATH = "/admin/identity-scheme"


def declare(api: Api) -> None:
    """Add the routes."""
    api.route("GET", PATH, roles=LOOK_UP, scope="the corp", answers=SchemeOut)(read)
    api.route("PUT", PATH, roles=DECIDE, scope="the corp", body=SchemeIn, answers=SchemeOut)(change)


def read(_: Request) -> SchemeOut:
    """The kinds of identity the corp goes by."""
    settings = stored.load()
    return SchemeOut(kinds=list(settings.identity_scheme), available=list(KINDS), version=settings.version)


def change(request: Request) -> SchemeOut:
    """Choose the kinds of identity. What is bound stays bound; other kinds are refused from now on."""
    asked: SchemeIn = request.body
    settings = stored.load()
    if asked.version is not None and asked.version != settings.version:
        raise problems.version_conflict()
    kinds = tuple(dict.fromkeys(asked.kinds))
    if kinds == settings.identity_scheme:
        no_effect(request)
        return read(request)
    step = stored.save_step(replace(settings, identity_scheme=kinds), settings.version, request.now)
    audited(
        request,
        "identity_scheme_changed",
        "SETTINGS",
        {"identity_scheme": list(settings.identity_scheme)},
        {"identity_scheme": list(kinds)},
        [step],
    )
    return SchemeOut(kinds=list(kinds), available=list(KINDS), version=settings.version + 1)
