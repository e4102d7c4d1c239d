"""The control API under /_control: plays people and misbehaves on request. See docs/simulator.md."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from .acts import ACTS
from .events import event_xml
from .model import App, Receiver
from .people import UnknownPerson
from .populate import populate
from .sealing import Sealed

if TYPE_CHECKING:
    from .simulator import Simulator

Fields = dict[str, Any]
Run = Callable[["Simulator", Fields], Any]

_ROUTES: dict[tuple[str, str], Run] = {}
_UNLOCKED = ("/callbacks/verify", "/callbacks/drain")
"""Routes that wait for the product and must not hold everybody up meanwhile."""


def _route(method: str, path: str) -> Callable[[Run], Run]:
    def keep(run: Run) -> Run:
        _ROUTES[method, path] = run
        return run

    return keep


class Control:
    """Answers control requests: 200 with a result, 400 with `error` for a wish that cannot be met, 404."""

    def __init__(self, sim: Simulator) -> None:
        self._sim = sim

    def answer(self, method: str, path: str, query: dict[str, str], body: bytes) -> tuple[int, Any]:
        """Return status and JSON for one request."""
        name = path.removeprefix("/_control").rstrip("/")
        run, found = _find(method, name)
        if run is None:
            return 404, {"error": f"no route {method} {path}"}
        try:
            fields = {**query, **_wish(body), **found}
            if name in _UNLOCKED:
                return 200, run(self._sim, fields)
            with self._sim.lock:
                self._sim.transfers.settle(self._sim.clock())
                result = run(self._sim, fields)
                self._sim.dirty = self._sim.dirty or method != "GET"
                return 200, result
        except (UnknownPerson, ValueError, TypeError, KeyError) as error:
            return 400, {"error": f"{type(error).__name__}: {error}"}


def _wish(body: bytes) -> Fields:
    wish = json.loads(body) if body.strip() else {}
    if not isinstance(wish, dict):
        raise TypeError("the body must be a JSON object")
    return wish


def _find(method: str, path: str) -> tuple[Run | None, Fields]:
    """Return the route, and the value of its `{tail}` tail if it has one."""
    if run := _ROUTES.get((method, path)):
        return run, {}
    parent, _, key = path.rpartition("/")
    run = _ROUTES.get((method, f"{parent}/{{tail}}"))
    return run, {"tail": key}


@_route("GET", "/health")
def _health(sim: Simulator, _: Fields) -> Any:
    return {"ok": True, "corp_id": sim.world.corp_id, "now": sim.clock()}


@_route("POST", "/reset")
def _reset(sim: Simulator, fields: Fields) -> Any:
    sim.reset(str(fields.get("seed", "")))
    return {}


@_route("POST", "/settle")
def _settle(sim: Simulator, _: Fields) -> Any:
    return {"now": sim.clock()}


# what was received and sent


@_route("GET", "/calls")
def _calls(sim: Simulator, fields: Fields) -> Any:
    since, limit = int(fields.get("since", 0)), int(fields.get("limit", 0))
    return {"calls": sim.calls.listed(str(fields.get("path", "")), since, limit)}


@_route("GET", "/calls/counts")
def _counts(sim: Simulator, _: Fields) -> Any:
    return {"paths": dict(sim.calls.counts), "outcomes": dict(sim.calls.outcomes)}


@_route("DELETE", "/calls")
def _forget_calls(sim: Simulator, _: Fields) -> Any:
    sim.calls.reset()
    return {}


@_route("GET", "/messages")
def _messages(sim: Simulator, fields: Fields) -> Any:
    wanted = str(fields.get("userid", "")).lower()
    rows = [asdict(row) for row in sim.world.messages if wanted in ("", row.userid.lower())]
    return {"messages": rows}


@_route("GET", "/welcomes")
def _welcomes(sim: Simulator, _: Fields) -> Any:
    return {"welcomes": [asdict(row) for row in sim.world.welcome_codes.values()]}


@_route("POST", "/welcomes/hold")
def _hold(sim: Simulator, fields: Fields) -> Any:
    sim.world.welcome_codes[fields["code"]].held = bool(fields.get("held", True))
    return {}


@_route("GET", "/deliveries")
def _deliveries(sim: Simulator, fields: Fields) -> Any:
    rows = sim.callbacks.listed(int(fields.get("since", 0)), str(fields.get("state", "")))
    return {"deliveries": rows}


# the corp


_TABLES = (
    "departments", "staff", "customers", "relations", "tag_groups", "tags", "contact_ways", "mass_tasks",
    "transfers", "chats", "moments", "receivers", "apps", "documents", "behavior",
)  # fmt: skip


@_route("GET", "/state/{tail}")
def _table(sim: Simulator, fields: Fields) -> Any:
    name = str(fields["tail"]).replace("-", "_")
    if name not in _TABLES:
        raise KeyError(name)
    rows = getattr(sim.world, name)
    return {name: rows if name in ("documents", "behavior") else [asdict(row) for row in rows.values()]}


@_route("GET", "/state")
def _summary(sim: Simulator, _: Fields) -> Any:
    sizes = {name: len(getattr(sim.world, name)) for name in _TABLES}
    return {
        "corp_id": sim.world.corp_id,
        "now": sim.clock(),
        "sizes": sizes,
        "settings": asdict(sim.settings),
    }


@_route("GET", "/customers/{tail}")
def _customer(sim: Simulator, fields: Fields) -> Any:
    row = sim.people.customer(str(fields["tail"]))
    relations = sim.world.by_customer.get(row.external_userid, {}).values()
    return {"customer": asdict(row), "relations": [asdict(relation) for relation in relations]}


@_route("GET", "/relation")
def _relation(sim: Simulator, fields: Fields) -> Any:
    return {"relation": asdict(sim.people.relation(str(fields["userid"]), str(fields["external_userid"])))}


@_route("POST", "/customers")
def _new_customer(sim: Simulator, fields: Fields) -> Any:
    return {"customer": asdict(sim.people.new_customer(**fields))}


@_route("POST", "/populate")
def _populate(sim: Simulator, fields: Fields) -> Any:
    return populate(sim, **fields)


@_route("PUT", "/behavior")
def _behavior(sim: Simulator, fields: Fields) -> Any:
    row = dict(fields)
    key = f"{sim.people.staff(row.pop('userid')).userid.lower()}|{row.pop('stat_time')}"
    sim.world.behavior[key] = row
    return {}


@_route("PATCH", "/relation")
def _change_relation(sim: Simulator, fields: Fields) -> Any:
    row = sim.people.relation(fields.pop("userid"), fields.pop("external_userid"))
    for name, value in fields.items():
        if name not in vars(row) or name == "seq":
            raise KeyError(name)
        setattr(row, name, value)
    return {"relation": asdict(row)}


# people


@_route("POST", "/people/{tail}")
def _act(sim: Simulator, fields: Fields) -> Any:
    name = str(fields.pop("tail"))
    methods: dict[str, Callable[..., Any]] = {
        "scan": sim.people.scan,
        "follow-link": sim.people.follow_link,
        "accept": sim.people.accept,
        "consent": sim.people.consent,
        "login": sim.people.login,
    }
    if name in methods:
        return methods[name](**fields)
    if name not in ACTS:
        raise UnknownPerson(f"no act {name}")
    return ACTS[name](sim, **fields)


# gates and faults


@_route("POST", "/tokens/{tail}")
def _end_tokens(sim: Simulator, fields: Fields) -> Any:
    """expire: end tokens early, of one agent where given; `errcode` 42001 (default) or 40014 answers them."""
    if fields["tail"] != "expire":
        raise KeyError(fields["tail"])
    code, agent = int(fields.get("errcode", 42001)), fields.get("agent")
    ended = [row for row in sim.world.tokens.values() if agent in (None, row.agent) and not row.ended]
    for row in ended:
        row.ended = code
    return {"ended": len(ended)}


@_route("POST", "/tickets/{tail}")
def _end_tickets(sim: Simulator, fields: Fields) -> Any:
    if fields["tail"] != "expire":
        raise KeyError(fields["tail"])
    sim.world.tickets.clear()
    return {}


@_route("PUT", "/trusted-ips")
def _trusted(sim: Simulator, fields: Fields) -> Any:
    """ips: list, or null for no check. after_seconds: WeCom takes about a minute, default 0 here."""
    sim.world.trusted_ips = fields["ips"]
    sim.world.trusted_from = sim.clock() + float(fields.get("after_seconds", 0))
    return {}


@_route("PUT", "/apps/{tail}")
def _app(sim: Simulator, fields: Fields) -> Any:
    """secret, denied (paths answered 48002), visible_users, visible_departments, disabled."""
    agent = int(fields.pop("tail"))
    app = sim.world.apps.setdefault(agent, App(agent, sim.ids.text("secret", "", 43)))
    for name, value in fields.items():
        if name not in ("secret", "denied", "visible_users", "visible_departments", "disabled"):
            raise KeyError(name)
        setattr(app, name, value)
    return asdict(app) | {"token": "***"}


@_route("PUT", "/limits")
def _limits(sim: Simulator, fields: Fields) -> Any:
    sim.limits.change(fields)
    sim.windows.clear()
    return asdict(sim.limits)


@_route("PUT", "/settings")
def _settings(sim: Simulator, fields: Fields) -> Any:
    if "mass_mode" in fields:
        sim.world.mass_mode = fields.pop("mass_mode")
    sim.settings.change(fields)
    sim.world.settings |= fields
    return asdict(sim.settings)


@_route("POST", "/faults")
def _fault(sim: Simulator, fields: Fields) -> Any:
    return {"fault": asdict(sim.faults.add(fields))}


@_route("GET", "/faults")
def _faults(sim: Simulator, _: Fields) -> Any:
    return {"faults": sim.faults.listed()}


@_route("DELETE", "/faults")
def _no_faults(sim: Simulator, _: Fields) -> Any:
    sim.faults.clear()
    return {}


# callbacks


@_route("PUT", "/receivers/{tail}")
def _receiver(sim: Simulator, fields: Fields) -> Any:
    """token, aes_key, url, agent; what is not given stays."""
    name = str(fields.pop("tail"))
    old = sim.world.receivers.get(name) or Receiver(name, "", "", "")
    row = Receiver(**(vars(old) | fields))
    if not (row.token and row.url and len(row.aes_key) == 43):
        raise ValueError("a receiver needs token, url and an aes_key of 43 characters")
    sim.world.receivers[name] = row
    return {"name": name, "url": row.url}


@_route("PUT", "/callbacks")
def _callbacks(sim: Simulator, fields: Fields) -> Any:
    sim.callbacks.settings.change(fields)
    sim.callbacks.wake()
    return asdict(sim.callbacks.settings)


@_route("POST", "/callbacks/verify")
def _verify(sim: Simulator, fields: Fields) -> Any:
    return sim.callbacks.verify(str(fields.get("receiver", "app")))


@_route("POST", "/callbacks/drain")
def _drain(sim: Simulator, fields: Fields) -> Any:
    return {"idle": sim.callbacks.idle(float(fields.get("seconds", 30)))}


@_route("POST", "/callbacks/seal")
def _seal(sim: Simulator, fields: Fields) -> Any:
    """xml, or event with fields: the request as it would leave, and nothing sent."""
    receiver = sim.world.receivers[str(fields.get("receiver", "app"))]
    return _request(sim.callbacks.seal(receiver, _xml(sim, fields)))


def _request(sealed: Sealed) -> Fields:
    return {"method": sealed.method, "url": sealed.url, "query": sealed.query, "body": sealed.body.decode()}


@_route("POST", "/events")
def _emit(sim: Simulator, fields: Fields) -> Any:
    """Send any event: xml as it is, or event with fields; `receiver` overrides where it goes."""
    receiver = str(fields.get("receiver", ""))
    rows = sim.callbacks.emit(str(fields.get("event", "")), _xml(sim, fields), receiver)
    return {"deliveries": [row.n for row in rows]}


def _xml(sim: Simulator, fields: Fields) -> str:
    if "xml" in fields:
        return str(fields["xml"])
    at = float(fields.get("create_time", sim.clock()))
    sender = str(fields.get("sender", "sys"))
    return event_xml(sim.world.corp_id, str(fields["event"]), at, fields.get("fields", {}), sender)
