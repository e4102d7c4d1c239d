"""Control routes that change how WeCom treats the product: gates, limits, faults, callbacks."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from .control import Fields, route
from .events import event_xml
from .model import App, Receiver
from .sealing import Sealed

if TYPE_CHECKING:
    from .simulator import Simulator


@route("POST", "/tokens/{tail}")
def _end_tokens(sim: Simulator, fields: Fields) -> Any:
    """expire: end tokens early, of one agent where given; `errcode` 42001 (default) or 40014 answers them."""
    if fields["tail"] != "expire":
        raise KeyError(fields["tail"])
    code, agent = int(fields.get("errcode", 42001)), fields.get("agent")
    ended = [row for row in sim.world.tokens.values() if agent in (None, row.agent) and not row.ended]
    for row in ended:
        row.ended = code
    return {"ended": len(ended)}


@route("POST", "/tickets/{tail}")
def _end_tickets(sim: Simulator, fields: Fields) -> Any:
    if fields["tail"] != "expire":
        raise KeyError(fields["tail"])
    sim.world.tickets.clear()
    return {}


@route("PUT", "/trusted-ips")
def _trusted(sim: Simulator, fields: Fields) -> Any:
    """ips: list, or null for no check. after_seconds: WeCom takes about a minute, default 0 here."""
    sim.world.trusted_ips = fields["ips"]
    sim.world.trusted_from = sim.clock() + float(fields.get("after_seconds", 0))
    return {}


@route("PUT", "/apps/{tail}")
def _app(sim: Simulator, fields: Fields) -> Any:
    """secret, denied (paths answered 48002), visible_users, visible_departments, disabled."""
    agent = int(fields.pop("tail"))
    app = sim.world.apps.setdefault(agent, App(agent, sim.ids.text("secret", "", 43)))
    for name, value in fields.items():
        if name not in ("secret", "denied", "visible_users", "visible_departments", "disabled"):
            raise KeyError(name)
        setattr(app, name, value)
    return asdict(app) | {"token": "***"}


@route("PUT", "/limits")
def _limits(sim: Simulator, fields: Fields) -> Any:
    sim.limits.change(fields)
    sim.windows.clear()
    return asdict(sim.limits)


@route("PUT", "/settings")
def _settings(sim: Simulator, fields: Fields) -> Any:
    if "mass_mode" in fields:
        sim.world.mass_mode = fields.pop("mass_mode")
    sim.settings.change(fields)
    sim.world.settings |= fields
    return asdict(sim.settings)


@route("POST", "/faults")
def _fault(sim: Simulator, fields: Fields) -> Any:
    return {"fault": asdict(sim.faults.add(fields))}


@route("GET", "/faults")
def _faults(sim: Simulator, _: Fields) -> Any:
    return {"faults": sim.faults.listed()}


@route("DELETE", "/faults")
def _no_faults(sim: Simulator, _: Fields) -> Any:
    sim.faults.clear()
    return {}


# callbacks


@route("PUT", "/receivers/{tail}")
def _receiver(sim: Simulator, fields: Fields) -> Any:
    """token, aes_key, url, agent; what is not given stays."""
    name = str(fields.pop("tail"))
    old = sim.world.receivers.get(name) or Receiver(name, "", "", "")
    row = Receiver(**(vars(old) | fields))
    if not (row.token and row.url and len(row.aes_key) == 43):
        raise ValueError("a receiver needs token, url and an aes_key of 43 characters")
    sim.world.receivers[name] = row
    return {"name": name, "url": row.url}


@route("PUT", "/callbacks")
def _callbacks(sim: Simulator, fields: Fields) -> Any:
    sim.callbacks.settings.change(fields)
    sim.callbacks.wake()
    return asdict(sim.callbacks.settings)


@route("POST", "/callbacks/verify")
def _verify(sim: Simulator, fields: Fields) -> Any:
    return sim.callbacks.verify(str(fields.get("receiver", "app")))


@route("POST", "/callbacks/drain")
def _drain(sim: Simulator, fields: Fields) -> Any:
    return {"idle": sim.callbacks.idle(float(fields.get("seconds", 30)))}


@route("POST", "/callbacks/seal")
def _seal(sim: Simulator, fields: Fields) -> Any:
    """xml, or event with fields: the request as it would leave, and nothing sent."""
    receiver = sim.world.receivers[str(fields.get("receiver", "app"))]
    return _request(sim.callbacks.seal(receiver, _xml(sim, fields)))


def _request(sealed: Sealed) -> Fields:
    return {"method": sealed.method, "url": sealed.url, "query": sealed.query, "body": sealed.body.decode()}


@route("POST", "/events")
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
