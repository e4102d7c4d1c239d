"""In-memory S3: objects by their name, of one bucket. Reads give bytes back as AWS's client does."""

from __future__ import annotations

import io
import re
import threading
from dataclasses import dataclass, field
from hashlib import md5
from typing import Any
from urllib.parse import unquote, urlsplit

from tests.doubles.dynamodb.values import Refused

Answer = dict[str, Any]
BUCKET = "content-bucket"


@dataclass
class Objects:
    """What the bucket holds: name to content and its type."""

    held: dict[str, tuple[bytes, str]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def put(self, key: str, content: bytes, content_type: str = "application/octet-stream") -> None:
        """Put an object there as a browser's upload does."""
        with self.lock:
            self.held[key] = (content, content_type)

    def handle(self, operation: str, request: Answer) -> Answer:
        """Answer one operation. Raises Refused as S3 does."""
        does = {
            "PutObject": self._put,
            "GetObject": self._get,
            "HeadObject": self._head,
            "DeleteObject": self._delete,
        }
        if operation not in does:
            raise Refused("UnsupportedOperation", f"this double does not know {operation}")
        return does[operation](request)

    def _put(self, request: Answer) -> Answer:
        body = request.get("Body", b"")
        content = body if isinstance(body, bytes) else body.read()
        if request.get("IfNoneMatch") == "*" and request["Key"] in self.held:
            raise Refused("PreconditionFailed", "At least one of the preconditions failed.", http_status=412)
        self.put(request["Key"], content, request.get("ContentType", "application/octet-stream"))
        return {"ETag": _tag(content)}

    def _get(self, request: Answer) -> Answer:
        content, kind = self._found(request["Key"], "NoSuchKey")
        wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", request.get("Range", "bytes=0-"))
        if wanted is None:
            raise Refused("InvalidArgument", "Range")
        part = content[int(wanted[1]) : int(wanted[2]) + 1 if wanted[2] else None]
        return {
            "Body": io.BytesIO(part),
            "ContentLength": len(part),
            "ContentType": kind,
            "ETag": _tag(content),
        }

    def _head(self, request: Answer) -> Answer:
        content, kind = self._found(request["Key"], "404")
        return {"ContentLength": len(content), "ContentType": kind, "ETag": _tag(content)}

    def _delete(self, request: Answer) -> Answer:
        with self.lock:
            self.held.pop(request["Key"], None)
        return {}

    def _found(self, key: str, code: str) -> tuple[bytes, str]:
        with self.lock:
            if key not in self.held:
                raise Refused(code, "The specified key does not exist.", http_status=404)
            return self.held[key]


def _tag(content: bytes) -> str:
    return f'"{md5(content, usedforsecurity=False).hexdigest()}"'


def is_request(headers: Any) -> bool:
    """Return whether an HTTP request is one to S3."""
    return "/s3/aws4_request" in str(headers.get("Authorization", ""))


def over_http(ask: Any, method: str, target: str, headers: Any, body: bytes) -> tuple[int, Answer, bytes]:
    """Return (status, headers, body) for a request as AWS clients send it, the bucket first in its path."""
    operations = {"PUT": "PutObject", "GET": "GetObject", "HEAD": "HeadObject", "DELETE": "DeleteObject"}
    _, _, key = unquote(urlsplit(target).path).lstrip("/").partition("/")
    request = {"Bucket": BUCKET, "Key": key, "Body": body}
    if kind := headers.get("Content-Type"):
        request["ContentType"] = kind
    if headers.get("If-None-Match"):
        request["IfNoneMatch"] = headers["If-None-Match"]
    if wanted := headers.get("Range"):
        request["Range"] = wanted
    try:
        answer = ask("s3", operations.get(method, method), request)
    except Refused as refused:
        told = f"<Error><Code>{refused.code}</Code><Message>{refused.message}</Message></Error>"
        return refused.members.get("http_status", 400), {"Content-Type": "application/xml"}, told.encode()
    content = answer["Body"].read() if "Body" in answer else b""
    given = {"ETag": answer.get("ETag", ""), "Content-Type": answer.get("ContentType", "")}
    return 204 if method == "DELETE" else 200, {name: each for name, each in given.items() if each}, content
