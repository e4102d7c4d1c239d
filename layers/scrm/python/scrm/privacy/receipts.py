"""What is left of an erased person: digests that say "this one asked to be forgotten", and since when. Pure.

WeCom's ids are long and random: their digest tells nobody whose they are. Phones and other numbers can be
guessed, so theirs are made with the stack's own key (secret `privacy/key`).
"""

import hashlib
import hmac

OPEN_KINDS = frozenset({"external_userid", "unionid"})


def digest(corp_id: str, kind: str, value: str, key: str | None = None) -> str | None:
    """Return the digest of an id, hex; None for a guessable kind while there is no key."""
    text = f"{corp_id}\0{kind}\0{value}".encode()
    if kind in OPEN_KINDS:
        return hashlib.sha256(text).hexdigest()
    return hmac.new(key.encode(), text, hashlib.sha256).hexdigest() if key else None
