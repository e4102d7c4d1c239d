"""Secrets, fetched by name from SSM SecureString parameters and kept in memory for minutes."""

import time
from functools import cache

from botocore.exceptions import BotoCoreError, ClientError

from scrm import aws
from scrm.config import required

KEPT_SECONDS = 300.0


class SecretMissing(LookupError):
    """No secret of that name; the text names the parameter and never a value."""


def secret(name: str) -> str:
    """Return the secret `name` below the stack's own path, e.g. "wecom/secret".

    Repeating is free for five minutes, so that a rotated secret is in force after at most that time. While
    SSM does not answer, e.g. throttled by strangers who try names, the value known goes on for as long again.
    Raises SecretMissing when there is no such parameter.
    """
    return _kept(name, int(time.monotonic() // KEPT_SECONDS))


@cache
def _path() -> str:
    return f"/{required('STACK_NAME')}"


_memory: dict[str, tuple[int, str]] = {}


def _kept(name: str, window: int) -> str:
    kept = _memory.get(name)
    if kept and kept[0] == window:
        return kept[1]
    try:
        value = _fetch(name)
    except (BotoCoreError, ClientError):
        if kept is None:
            raise
        value = kept[1]
    _memory[name] = (window, value)
    return value


def _fetch(name: str) -> str:
    ssm = aws.client("ssm")
    path = f"{_path()}/{name}"
    try:
        answer = ssm.get_parameter(Name=path, WithDecryption=True)
    except ssm.exceptions.ParameterNotFound:
        raise SecretMissing(f"no secret {path}") from None
    return str(answer["Parameter"]["Value"])


def forget() -> None:
    """Drop what is kept in memory, so that the next call fetches again."""
    _memory.clear()
