"""What a stack is set up with: ports and its corp's credentials, generated once and kept beside its data."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict, dataclass, replace

from infra.build.secrets import new_aes_key
from infra.local.stack import processes
from infra.local.stack.places import SETTINGS

SIMULATED_CORP = "wwc0ffee0ffee0ff22"
SIMULATED_AGENT = "1000002"


@dataclass(frozen=True)
class Settings:
    """Ports are all on 127.0.0.1. `wecom_base_url` is empty when the simulator stands in for WeCom."""

    engine_port: int
    api_port: int
    wecom_port: int
    corp_id: str
    agent_id: str
    wecom_secret: str
    callback_token: str
    callback_aes_key: str
    session_key: str
    integration_key_id: str
    integration_secret: str
    wecom_base_url: str = ""

    @property
    def aws_endpoint_url(self) -> str:
        return f"http://127.0.0.1:{self.engine_port}"

    @property
    def api_url(self) -> str:
        return f"http://127.0.0.1:{self.api_port}"

    @property
    def wecom_url(self) -> str:
        return self.wecom_base_url or f"http://127.0.0.1:{self.wecom_port}"

    @property
    def simulated(self) -> bool:
        return not self.wecom_base_url


def load() -> Settings | None:
    """Return the settings of the stack set up last in this folder, if any."""
    try:
        return Settings(**json.loads(SETTINGS.read_text()))
    except (OSError, ValueError, TypeError):
        return None


def wanted() -> Settings:
    """Return the settings for this start: those of the last one, with what the environment asks for now."""
    known = load() or generated()
    return replace(
        known,
        wecom_base_url=(os.environ.get("WECOM_BASE_URL") or "").rstrip("/"),
        corp_id=os.environ.get("WECOM_CORP_ID") or known.corp_id,
        agent_id=os.environ.get("WECOM_AGENT_ID") or known.agent_id,
        wecom_secret=os.environ.get("WECOM_SECRET") or known.wecom_secret,
        callback_token=os.environ.get("WECOM_CALLBACK_TOKEN") or known.callback_token,
        callback_aes_key=os.environ.get("WECOM_CALLBACK_AES_KEY") or known.callback_aes_key,
    )


def generated() -> Settings:
    return Settings(
        engine_port=0,
        api_port=0,
        wecom_port=0,
        corp_id=SIMULATED_CORP,
        agent_id=SIMULATED_AGENT,
        wecom_secret=secrets.token_urlsafe(32)[:43],
        callback_token=secrets.token_hex(12),
        callback_aes_key=new_aes_key(),
        session_key=secrets.token_hex(32),
        integration_key_id="local",
        integration_secret=secrets.token_hex(32),
    )


def with_ports(settings: Settings) -> Settings:
    """Return the settings with free ports: `PORT` and the next two when given, else the last used, else any.

    Raises SystemExit when the port asked for is someone else's.
    """
    asked = asked_port()
    if asked and not processes.port_is_free(asked):
        raise SystemExit(f"Port {asked} is taken. Choose another with PORT=…, or leave PORT out.")
    taken: set[int] = set()
    chosen = []
    for offset, last in enumerate((settings.engine_port, settings.api_port, settings.wecom_port)):
        port = first_free(asked + offset if asked else last, taken)
        taken.add(port)
        chosen.append(port)
    return replace(settings, engine_port=chosen[0], api_port=chosen[1], wecom_port=chosen[2])


def asked_port() -> int:
    """Return the port asked for, 0 for none."""
    return int(os.environ.get("PORT") or 0)


def first_free(preferred: int, taken: set[int]) -> int:
    port = preferred
    while not port or port in taken or not processes.port_is_free(port):
        port = processes.free_port()
    return port


def save(settings: Settings) -> None:
    SETTINGS.parent.mkdir(parents=True, exist_ok=True)
    SETTINGS.touch(mode=0o600)
    SETTINGS.write_text(json.dumps(asdict(settings), indent=2))
