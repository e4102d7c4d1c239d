"""Receivers: what each callback address shares with WeCom, from SSM `callbacks/<receiver>`."""

import json
import re
import time

from scrm import aws, secret_store
from scrm.config import required
from scrm.wecom.crypto import CallbackKey

aws.client("ssm")

UNKNOWN_KEPT_SECONDS = 60.0
_UNKNOWN_KEPT = 1000
_NAME = re.compile(r"[a-z0-9_-]{1,32}")

_unknown: dict[str, float] = {}
_keys: dict[str, tuple[str, CallbackKey]] = {}


def key_of(receiver: str) -> CallbackKey | None:
    """Return the key of a receiver, None when there is none of that name. Kept in memory for minutes.

    A name that is no name never leaves the process; one that is unknown is not asked for again for a
    minute, so that scanning paths costs next to nothing.
    """
    if not _NAME.fullmatch(receiver) or _known_unknown(receiver):
        return None
    try:
        shared = secret_store.secret(f"callbacks/{receiver}")
    except secret_store.SecretMissing:
        _remember_unknown(receiver)
        return None
    kept = _keys.get(receiver)
    if kept and kept[0] == shared:
        return kept[1]
    values = json.loads(shared)
    key = CallbackKey(values["token"], values["aes_key"], required("WECOM_CORP_ID"))
    _keys[receiver] = (shared, key)
    return key


def forget() -> None:
    """Drop what is kept in memory, so that the next call fetches again."""
    _unknown.clear()
    _keys.clear()
    secret_store.forget()


def _known_unknown(receiver: str) -> bool:
    asked = _unknown.get(receiver)
    return asked is not None and time.monotonic() - asked < UNKNOWN_KEPT_SECONDS


def _remember_unknown(receiver: str) -> None:
    if len(_unknown) >= _UNKNOWN_KEPT:
        _unknown.clear()
    _unknown[receiver] = time.monotonic()
