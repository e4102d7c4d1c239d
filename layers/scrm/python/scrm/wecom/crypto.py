"""Callback cryptography: verify and decrypt what WeCom sends, encrypt what we answer.

Source: WeCom documents 96238 and 96466. The vectors in tests/contracts/wecom/crypto-vectors.json decide.
Imported by the callback function: the standard library and the AES of `cryptography`, nothing else.
"""

import re
from base64 import b64decode, b64encode
from binascii import a2b_base64
from dataclasses import dataclass, field
from hashlib import sha1
from hmac import compare_digest
from secrets import token_bytes

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

BLOCK = 32
_HEADER = 20
_KEY = re.compile(r"[A-Za-z0-9]{43}")
_TOKEN = re.compile(r"[A-Za-z0-9]{1,32}")


class Forged(Exception):
    """What arrived was not sealed by WeCom for this receiver.

    `reason` is for our metrics only: every Forged gets one identical answer, so that nobody learns
    how far a forgery came.
    """

    def __init__(self, reason: str) -> None:
        super().__init__("callback_refused")
        self.reason = reason


@dataclass(frozen=True)
class CallbackKey:
    """What one receiver shares with WeCom. `receive_id` is the corp id, or "" for smart robots.

    Raises ValueError, naming the setting and never its value, when the admin console would refuse it.
    """

    token: str = field(repr=False)
    encoding_aes_key: str = field(repr=False)
    receive_id: str
    _cipher: Cipher[CBC] = field(init=False, repr=False, compare=False)
    _receive_id: bytes = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not _TOKEN.fullmatch(self.token):
            raise ValueError("the callback token must be 1 to 32 letters and digits")
        if not _KEY.fullmatch(self.encoding_aes_key):
            raise ValueError("the EncodingAESKey must be 43 letters and digits")
        # 43 characters hold 258 bits and official keys set the two spare ones: b64decode does not mind.
        key = b64decode(self.encoding_aes_key + "=")
        object.__setattr__(self, "_cipher", Cipher(AES(key), CBC(key[:16])))
        object.__setattr__(self, "_receive_id", self.receive_id.encode())

    def signature(self, timestamp: str, nonce: str, encrypted: str) -> str:
        """Return the signature WeCom gives for these values: lower-case hex, 40 characters."""
        parts = "".join(sorted((self.token, timestamp, nonce, encrypted)))
        # WeCom's protocol fixes SHA-1; a lone surrogate from a careless URL decoder must not crash us.
        return sha1(parts.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()

    def open(self, msg_signature: str, timestamp: str, nonce: str, encrypted: str) -> bytes:
        """Return the message that WeCom sealed for this receiver. Raises Forged for everything else."""
        expected = self.signature(timestamp, nonce, encrypted).encode()
        if not compare_digest(expected, msg_signature.encode("utf-8", "surrogatepass")):
            raise Forged("signature")
        return self._unwrap(_unpad(self._decrypt(encrypted)))

    def seal(self, message: bytes, nonce: str, timestamp: str, random16: bytes | None = None) -> "Sealed":
        """Return `message` encrypted and signed as WeCom does it; `random16` is only for recorded vectors."""
        prefix = token_bytes(16) if random16 is None else random16
        if len(prefix) != 16:
            raise ValueError("the random prefix must have 16 bytes")
        plain = prefix + len(message).to_bytes(4, "big") + message + self._receive_id
        fill = BLOCK - len(plain) % BLOCK
        encryptor = self._cipher.encryptor()
        encrypted = b64encode(encryptor.update(plain + bytes((fill,)) * fill) + encryptor.finalize()).decode()
        return Sealed(encrypted, self.signature(timestamp, nonce, encrypted), timestamp, nonce)

    def _decrypt(self, encrypted: str) -> bytes:
        try:
            data = a2b_base64(encrypted, strict_mode=True)
            if not data:
                raise Forged("decrypt")
            decryptor = self._cipher.decryptor()
            return decryptor.update(data) + decryptor.finalize()
        except ValueError:
            raise Forged("decrypt") from None

    def _unwrap(self, plain: bytes) -> bytes:
        if len(plain) < _HEADER:
            raise Forged("length")
        end = _HEADER + int.from_bytes(plain[16:_HEADER], "big")
        if end > len(plain):
            raise Forged("length")
        if not compare_digest(plain[end:], self._receive_id):
            raise Forged("receive_id")
        return plain[_HEADER:end]


@dataclass(frozen=True)
class Sealed:
    """An encrypted message with its signature: a passive reply, or what the simulator posts."""

    encrypted: str
    msg_signature: str
    timestamp: str
    nonce: str

    def reply_xml(self) -> str:
        """Return the envelope of a passive reply, as documented for the 200 answer."""
        return (
            f"<xml><Encrypt><![CDATA[{self.encrypted}]]></Encrypt>"
            f"<MsgSignature><![CDATA[{self.msg_signature}]]></MsgSignature>"
            f"<TimeStamp>{self.timestamp}</TimeStamp><Nonce><![CDATA[{self.nonce}]]></Nonce></xml>"
        )


def is_fresh(timestamp: str, now: float, tolerance: float = 600.0) -> bool:
    """Return whether a delivery's own `timestamp` lies within `tolerance` seconds of `now` (unix seconds).

    WeCom repeats a delivery with its old stamp, so the window is wide. The rule is ours, not WeCom's.
    """
    return timestamp.isascii() and timestamp.isdigit() and abs(int(timestamp[:20]) - now) <= tolerance


def _unpad(padded: bytes) -> bytes:
    # WeCom pads to 32 bytes: 16-byte unpadders refuse half of all messages. Padding to 16 (some test
    # tools) meets the same rule and is accepted; it is signed and encrypted with our keys all the same.
    fill = padded[-1]
    if not 1 <= fill <= BLOCK or not padded.endswith(bytes((fill,)) * fill):
        raise Forged("padding")
    return padded[:-fill]
