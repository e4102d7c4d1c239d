"""Switches that change how the simulated WeCom behaves; all of them can be set while it runs."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

TOKEN_SECONDS = 7_200
CODE_SECONDS = 300
WELCOME_SECONDS = 20
MEDIA_SECONDS = 3 * 86_400
RESPONSE_CODE_SECONDS = 86_400
RECALL_SECONDS = 86_400
TRANSFER_SECONDS = 86_400


@dataclass
class Settings:
    """`dispatch_seconds` and `moment_seconds` are not published by WeCom; the rest are our switches."""

    rotate_tokens: bool = False
    token_seconds: int = TOKEN_SECONDS
    dispatch_seconds: float = 0.0
    moment_seconds: float = 3.0
    long_contact_events: bool = False
    unionid_bound: bool = True
    caller_ip: str = ""
    date_skew_seconds: float = 0.0
    public_url: str = ""
    callback_ips: list[str] = field(default_factory=lambda: ["127.0.0.1"])

    def change(self, values: dict[str, Any]) -> None:
        """Set the named switches; raises KeyError for one that does not exist."""
        for name, value in values.items():
            if name not in asdict(self):
                raise KeyError(name)
            setattr(self, name, value)


@dataclass
class CallbackSettings:
    """How deliveries go wrong. Seconds here are real ones: the network's, not those of the stack's clock."""

    paused: bool = False
    timeout_seconds: float = 5.0
    retry_seconds: float = 1.0
    retries: int = 3
    identical_retries: bool = False
    duplicate_rate: float = 0.0
    lose_rate: float = 0.0
    lose_next: int = 0
    reorder_seconds: float = 0.0
    workers: int = 1

    def change(self, values: dict[str, Any]) -> None:
        """Set the named switches; raises KeyError for one that does not exist."""
        for name, value in values.items():
            if name not in asdict(self):
                raise KeyError(name)
            setattr(self, name, value)
