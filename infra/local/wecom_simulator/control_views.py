"""Control routes that show what was received and what the corp holds, and that play people."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from .acts import ACTS
from .control import Fields, route
from .people import UnknownPerson
from .populate import populate

if TYPE_CHECKING:
    from .simulator import Simulator


@route("GET", "/health")
def _health(sim: Simulator, _: Fields) -> Any:
    return {"ok": True, "corp_id": sim.world.corp_id, "now": sim.clock()}


@route("POST", "/reset")
def _reset(sim: Simulator, fields: Fields) -> Any:
    sim.reset(str(fields.get("seed", "")))
    return {}


@route("POST", "/settle")
def _settle(sim: Simulator, _: Fields) -> Any:
    return {"now": sim.clock()}


# what was received and sent


@route("GET", "/calls")
def _calls(sim: Simulator, fields: Fields) -> Any:
    since, limit = int(fields.get("since", 0)), int(fields.get("limit", 0))
    start, end = float(fields.get("start", 0)), float(fields.get("end", 0))
    return {"calls": sim.calls.listed(str(fields.get("path", "")), since, limit, start=start, end=end)}


@route("GET", "/calls/counts")
def _counts(sim: Simulator, _: Fields) -> Any:
    return {"paths": dict(sim.calls.counts), "outcomes": dict(sim.calls.outcomes)}


@route("DELETE", "/calls")
def _forget_calls(sim: Simulator, _: Fields) -> Any:
    sim.calls.reset()
    return {}


@route("GET", "/messages")
def _messages(sim: Simulator, fields: Fields) -> Any:
    wanted = str(fields.get("userid", "")).lower()
    rows = [asdict(row) for row in sim.world.messages if wanted in ("", row.userid.lower())]
    return {"messages": rows}


@route("GET", "/chat-messages")
def _chat_messages(sim: Simulator, fields: Fields) -> Any:
    wanted = str(fields.get("external_userid", ""))
    rows = [asdict(row) for row in sim.world.chat_messages if wanted in ("", row.external_userid)]
    return {"chat_messages": rows}


@route("GET", "/welcomes")
def _welcomes(sim: Simulator, _: Fields) -> Any:
    return {"welcomes": [asdict(row) for row in sim.world.welcome_codes.values()]}


@route("POST", "/welcomes/hold")
def _hold(sim: Simulator, fields: Fields) -> Any:
    sim.world.welcome_codes[fields["code"]].held = bool(fields.get("held", True))
    return {}


@route("GET", "/deliveries")
def _deliveries(sim: Simulator, fields: Fields) -> Any:
    rows = sim.callbacks.listed(int(fields.get("since", 0)), str(fields.get("state", "")))
    return {"deliveries": rows}


# the corp


_TABLES = (
    "departments", "staff", "customers", "relations", "tag_groups", "tags", "contact_ways", "mass_tasks",
    "transfers", "chats", "moments", "receivers", "apps", "documents", "behavior",
)  # fmt: skip


@route("GET", "/state/{tail}")
def _table(sim: Simulator, fields: Fields) -> Any:
    name = str(fields["tail"]).replace("-", "_")
    if name not in _TABLES:
        raise KeyError(name)
    rows = getattr(sim.world, name)
    return {name: rows if name in ("documents", "behavior") else [asdict(row) for row in rows.values()]}


@route("GET", "/state")
def _summary(sim: Simulator, _: Fields) -> Any:
    sizes = {name: len(getattr(sim.world, name)) for name in _TABLES}
    return {
        "corp_id": sim.world.corp_id,
        "now": sim.clock(),
        "sizes": sizes,
        "settings": asdict(sim.settings),
    }


@route("GET", "/customers/{tail}")
def _customer(sim: Simulator, fields: Fields) -> Any:
    row = sim.people.customer(str(fields["tail"]))
    relations = sim.world.by_customer.get(row.external_userid, {}).values()
    return {"customer": asdict(row), "relations": [asdict(relation) for relation in relations]}


@route("GET", "/relation")
def _relation(sim: Simulator, fields: Fields) -> Any:
    return {"relation": asdict(sim.people.relation(str(fields["userid"]), str(fields["external_userid"])))}


@route("POST", "/customers")
def _new_customer(sim: Simulator, fields: Fields) -> Any:
    return {"customer": asdict(sim.people.new_customer(**fields))}


@route("POST", "/populate")
def _populate(sim: Simulator, fields: Fields) -> Any:
    return populate(sim, **fields)


@route("PUT", "/behavior")
def _behavior(sim: Simulator, fields: Fields) -> Any:
    row = dict(fields)
    key = f"{sim.people.staff(row.pop('userid')).userid.lower()}|{row.pop('stat_time')}"
    sim.world.behavior[key] = row
    return {}


@route("PATCH", "/relation")
def _change_relation(sim: Simulator, fields: Fields) -> Any:
    row = sim.people.relation(fields.pop("userid"), fields.pop("external_userid"))
    for name, value in fields.items():
        if name not in vars(row) or name == "seq":
            raise KeyError(name)
        setattr(row, name, value)
    return {"relation": asdict(row)}


# people


@route("POST", "/people/{tail}")
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
