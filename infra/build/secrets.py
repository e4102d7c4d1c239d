"""Put a stack's secrets where its functions look for them: encrypted parameters under `/<stack name>/`.

CloudFormation cannot create encrypted parameters, so this runs before the first deployment:

    make secrets STACK=scrm

What can be generated is generated once; what comes from WeCom is taken from the environment (WECOM_SECRET,
WECOM_CALLBACK_TOKEN, WECOM_CALLBACK_AES_KEY) or asked for. No value is ever printed.
"""

from __future__ import annotations

import argparse
import getpass
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
) -> dict[str, str]:
    """Return name (below the stack's path) and value of every secret the functions read."""
    return {
        "wecom/secret": wecom_secret,
        "callbacks/app": json.dumps({"token": token, "aes_key": aes_key}),
        "session/keys": json.dumps([session_key]),
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


def asked_for(known: dict[str, str], integration_key_id: str) -> dict[str, str]:
    """Return every secret: as given in the environment, as it stands, as typed, or freshly generated."""
    app = json.loads(known.get("callbacks/app", "{}"))
    values = wanted(
        wecom_secret=given("WECOM_SECRET", "The app's Secret", known.get("wecom/secret")),
        token=given("WECOM_CALLBACK_TOKEN", "The callback's Token", app.get("token")),
        aes_key=given("WECOM_CALLBACK_AES_KEY", "The callback's EncodingAESKey", app.get("aes_key")),
        session_key=secrets.token_hex(32),
        integration_key_id=integration_key_id,
        integration_secret=secrets.token_hex(32),
    )
    generated = {"session/keys", f"integrations/{integration_key_id}"}
    return {
        name: known[name] if name in generated and name in known else value for name, value in values.items()
    }


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
    asked = parser.parse_args()
    ssm = boto3.client("ssm")
    changed = put(ssm, asked.stack, asked_for(current(ssm, asked.stack), asked.integration))
    print(f"Stored: {', '.join(changed)}" if changed else "Every secret is in place.")


if __name__ == "__main__":
    main()
