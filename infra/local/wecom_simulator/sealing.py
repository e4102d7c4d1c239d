"""Callback encryption and signature as WeCom does them, written apart from the product's own.

Rules: WeCom documentation 96238 and 96466. SHA-1 and CBC are WeCom's choice, not ours.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from urllib.parse import urlencode

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

_BLOCK = 32


@dataclass(frozen=True)
class Seal:
    """The secrets of one receiver."""

    token: str
    aes_key: str
    receive_id: str

    def _key(self) -> bytes:
        return base64.b64decode(self.aes_key + "=")

    def sign(self, timestamp: str, nonce: str, encrypted: str) -> str:
        """Return the msg_signature over the four strings."""
        joined = "".join(sorted((self.token, timestamp, nonce, encrypted)))
        return hashlib.sha1(joined.encode(), usedforsecurity=False).hexdigest()

    def encrypt(self, text: str, prefix: bytes) -> str:
        """Return the base64 ciphertext; `prefix` is the 16 bytes that make equal messages differ."""
        message = text.encode()
        plain = prefix + len(message).to_bytes(4, "big") + message + self.receive_id.encode()
        pad = _BLOCK - len(plain) % _BLOCK
        key = self._key()
        encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
        return base64.b64encode(encryptor.update(plain + bytes([pad]) * pad) + encryptor.finalize()).decode()

    def decrypt(self, encrypted: str) -> str:
        """Return the text of a sealed reply; raises ValueError when it was not sealed for this receiver."""
        key = self._key()
        decryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).decryptor()
        padded = decryptor.update(base64.b64decode(encrypted)) + decryptor.finalize()
        pad = padded[-1] if padded else 0
        plain = padded[:-pad] if 1 <= pad <= _BLOCK else b""
        length = int.from_bytes(plain[16:20], "big")
        if len(plain) < 20 or plain[20 + length :] != self.receive_id.encode():
            raise ValueError("not sealed for this receiver")
        return plain[20 : 20 + length].decode()


@dataclass(frozen=True)
class Sealed:
    """One HTTP request as WeCom sends it to a receiver."""

    method: str
    url: str
    query: dict[str, str]
    body: bytes

    @property
    def target(self) -> str:
        """The URL with its query, values encoded once."""
        joiner = "&" if "?" in self.url else "?"
        return f"{self.url}{joiner}{urlencode(self.query)}"


def seal_event(
    seal: Seal, url: str, xml: str, agent_id: str, timestamp: int, nonce: str, prefix: bytes
) -> Sealed:
    """Return the POST that carries `xml`."""
    encrypted = seal.encrypt(xml, prefix)
    body = (
        f"<xml><ToUserName><![CDATA[{seal.receive_id}]]></ToUserName>"
        f"<AgentID><![CDATA[{agent_id}]]></AgentID>"
        f"<Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>"
    )
    return Sealed("POST", url, _query(seal, timestamp, nonce, encrypted), body.encode())


def seal_echo(seal: Seal, url: str, text: str, timestamp: int, nonce: str, prefix: bytes) -> Sealed:
    """Return the GET that asks the receiver to prove itself by answering `text`."""
    encrypted = seal.encrypt(text, prefix)
    return Sealed("GET", url, _query(seal, timestamp, nonce, encrypted) | {"echostr": encrypted}, b"")


def _query(seal: Seal, timestamp: int, nonce: str, encrypted: str) -> dict[str, str]:
    signature = seal.sign(str(timestamp), nonce, encrypted)
    return {"msg_signature": signature, "timestamp": str(timestamp), "nonce": nonce}
