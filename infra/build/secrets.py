"""Put a stack's secrets where its functions look for them: encrypted parameters under `/<stack name>/`.

CloudFormation cannot create encrypted parameters, so this runs before the first deployment:

    make secrets STACK=scrm

The app's secret is taken from WECOM_SECRET or asked for; everything else is generated once. WeCom's console
wants the callback's token and key: read them there with `aws ssm get-parameter --with-decryption --name
/scrm/callbacks/app`, or give those the console made as WECOM_CALLBACK_TOKEN and WECOM_CALLBACK_AES_KEY. No
value is ever printed. `make secrets ROTATE=session` puts a new session key in front of the one in use:
sessions go on; for five minutes, as long as functions keep secrets, a new login may have to be repeated.
"""

from __future__ import annotations

import argparse
import base64
import getpass
import hashlib
import hmac
import json
import os
import secrets
import sys
from typing import Any


def wanted(
    wecom_secret: str,
    token: str,
    aes_key: str,
    session_key: str,
    integration_key_id: str,
    integration_secret: str,
    privacy_key: str,
) -> dict[str, str]:
    """Return name (below the stack's path) and value of every secret the functions read.

    The key of customers' pages is made of the session key; nobody gets from the one to the other.
    """
    return {
        "wecom/secret": wecom_secret,
        "callbacks/app": json.dumps({"token": token, "aes_key": aes_key}),
        "session/keys": json.dumps([session_key]),
        "privacy/key": privacy_key,
        "h5/keys": json.dumps([hmac.new(session_key.encode(), b"h5", hashlib.sha256).hexdigest()]),
        f"integrations/{integration_key_id}": json.dumps({"secret": integration_secret}),
    }


def current(ssm: Any, stack_name: str) -> dict[str, str]:
    """Return the stack's secrets as they stand."""
    pages = ssm.get_paginator("get_parameters_by_path").paginate(
        Path=f"/{stack_name}/", Recursive=True, WithDecryption=True
    )
    found = [parameter for page in pages for parameter in page["Parameters"]]
    return {parameter["Name"].removeprefix(f"/{stack_name}/"): parameter["Value"] for parameter in found}


def put(ssm: Any, stack_name: str, values: dict[str, str]) -> list[str]:
    """Store the values that differ from those in place; return their names. Safe to repeat."""
    known = current(ssm, stack_name)
    changed = [name for name, value in values.items() if known.get(name) != value]
    for name in changed:
        ssm.put_parameter(
            Name=f"/{stack_name}/{name}", Value=values[name], Type="SecureString", Overwrite=name in known
        )
    return changed


def complete(known: dict[str, str], integration_key_id: str) -> dict[str, str]:
    """Return every secret: as given in the environment, as it stands, as typed, or freshly generated."""
    app = json.loads(known.get("callbacks/app", "{}"))
    fresh = wanted(
        wecom_secret=given("WECOM_SECRET", "The app's Secret", known.get("wecom/secret")),
        token=os.environ.get("WECOM_CALLBACK_TOKEN") or app.get("token") or secrets.token_hex(12),
        aes_key=os.environ.get("WECOM_CALLBACK_AES_KEY") or app.get("aes_key") or new_aes_key(),
        session_key=secrets.token_hex(32),
        integration_key_id=integration_key_id,
        integration_secret=secrets.token_hex(32),
        privacy_key=secrets.token_hex(32),
    )
    kept = {
        name: value
        for name, value in known.items()
        if name.startswith(("session/", "h5/", "integrations/", "privacy/"))
    }
    return fresh | {name: value for name, value in kept.items() if name in fresh}


def with_new_session_key(values: dict[str, str]) -> dict[str, str]:
    """Return the secrets with a new session key; sessions signed with the one before it stay valid."""
    keys = [secrets.token_hex(32), *json.loads(values["session/keys"])]
    return values | {"session/keys": json.dumps(keys[:2])}


def new_aes_key() -> str:
    """Return an EncodingAESKey: 43 letters and digits that decode to 32 bytes."""
    while True:
        key = base64.b64encode(secrets.token_bytes(32)).decode().rstrip("=")
        if key.isalnum():
            return key


def given(variable: str, question: str, known: str | None) -> str:
    """Return the value from the environment, else the one in place, else what is typed at the terminal."""
    if value := os.environ.get(variable) or known:
        return value
    if not sys.stdin.isatty():
        sys.exit(f"{variable} is neither set nor stored yet.")
    return getpass.getpass(f"{question} (not shown): ").strip() or sys.exit(f"{variable} is needed.")


def main() -> None:
    import boto3

    parser = argparse.ArgumentParser(description="Create or complete a stack's secrets.")
    parser.add_argument("--stack", default="scrm")
    parser.add_argument("--integration", default="default", help="key id of the first integration")
    parser.add_argument("--rotate", choices=["", "session"], default="", help="what to renew")
    asked = parser.parse_args()
    ssm = boto3.client("ssm")
    values = complete(current(ssm, asked.stack), asked.integration)
    changed = put(ssm, asked.stack, with_new_session_key(values) if asked.rotate else values)
    print(f"Stored: {', '.join(changed)}" if changed else "Every secret is in place.")


if __name__ == "__main__":
    main()
