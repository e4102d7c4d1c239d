"""Lasting public addresses of pictures: the SDK's `imgUrl` and a link's cover are fetched by WeChat itself.

An address names one file and proves by a signature that we gave it out; ids alone open nothing. It shows what
is sent to customers anyway, so it never ends: a card in a chat keeps its picture.
"""

import hmac
import json
from base64 import urlsafe_b64encode

from scrm import secret_store
from scrm.config import optional

_PURPOSE = b"picture:"
_BYTES = 16


def address_of(file_id: str) -> str:
    """Return the address of a picture; it costs nothing and stays the same until the key is replaced."""
    return f"{optional('PUBLIC_URL') or ''}/h5/files/{file_id}/{_signature(_keys()[0], file_id)}"


def is_genuine(file_id: str, signature: str) -> bool:
    """Return whether we gave out the address, with whichever of our keys."""
    given = signature.encode()
    return any(hmac.compare_digest(_signature(key, file_id).encode(), given) for key in _keys())


def _keys() -> list[str]:
    return [str(each) for each in json.loads(secret_store.secret("h5/keys"))]


def _signature(key: str, file_id: str) -> str:
    digest = hmac.digest(key.encode(), _PURPOSE + file_id.encode(), "sha256")
    return urlsafe_b64encode(digest[:_BYTES]).rstrip(b"=").decode()
