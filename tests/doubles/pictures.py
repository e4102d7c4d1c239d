"""Small files of each kind, as bytes: whole ones, to be cut, mixed and disguised by tests."""

import struct
import zlib


def png(width: int = 3, height: int = 2, extra: int = 0) -> bytes:
    """Return a PNG; `extra` bytes of a comment make it larger."""
    rows = zlib.compress((b"\0" + b"\x7f" * 3 * min(width, 100)) * min(height, 100))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", head), (b"tEXt", b"c\0" + b"x" * extra), (b"IDAT", rows), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in chunks)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def jpeg(width: int = 3, height: int = 2, progressive: bool = False) -> bytes:
    """Return a JPEG's structure: a frame, and scans with stuffed bytes and restarts in their data."""
    app = b"\xff\xe0" + struct.pack(">H", 16) + b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"
    thumbnail = b"\xff\xe1" + struct.pack(">H", 10) + b"\xff\xd8\xff\xd9Exif"
    frame = struct.pack(">BHHB", 8, height, width, 1) + b"\x01\x11\0"
    frame = (b"\xff\xc2" if progressive else b"\xff\xc0") + struct.pack(">H", len(frame) + 2) + frame
    scan = b"\xff\xda" + struct.pack(">H", 8) + b"\x01\x01\0\0\x3f\0" + b"\x12\xff\x00\x34\xff\xd0\x56"
    scans = scan + (b"\xff\xc4" + struct.pack(">H", 5) + b"\0\1\2" + scan if progressive else b"")
    return b"\xff\xd8" + app + thumbnail + frame + scans + b"\xff\xff\xd9"


def mp4(extra: int = 0, brand: bytes = b"isom") -> bytes:
    """Return an MP4's boxes."""
    kinds = _box(b"ftyp", brand + b"\0\0\2\0" + brand)
    return kinds + _box(b"moov", b"m" * 40) + _box(b"mdat", b"d" * (40 + extra))


def _box(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data) + 8) + name + data
