"""Ids of customers whom nobody knew before."""

import hashlib
import hmac
import secrets
from collections.abc import Iterable

from scrm.secret_store import SecretMissing, secret


def id_of(values: Iterable[tuple[str, str]]) -> str:
    """Return the id of a customer nobody knew: the same for whoever asks with the same identities.

    Ids are shown where the identities are hidden, and a phone is one of few that there are: a digest of it
    alone would tell it to whoever tries them all. So the stack's own key goes in; without one the id is drawn
    by lot, and who asks twice at once is told to ask again.
    """
    text = "\0".join(f"{kind}\0{value}" for kind, value in sorted(values))
    try:
        key = secret("privacy/key")
    except SecretMissing:
        return f"cu_{secrets.token_hex(12)}"
    return "cu_" + hmac.new(key.encode(), f"customer_id\0{text}".encode(), hashlib.sha256).hexdigest()[:24]
