"""Whether a file that arrived is what was announced, and may be sent (spec CON-02). Pure."""

from dataclasses import replace
from hashlib import sha256
from typing import Literal

from scrm.materials import sniffing
from scrm.materials.files import LEAST_BYTES, MEGABYTE, MOST_BYTES, File, FileKind
from scrm.materials.sniffing import Unfit

ENDINGS = {
    "image/jpeg": frozenset({"jpg", "jpeg"}),
    "image/png": frozenset({"png"}),
    "video/mp4": frozenset({"mp4"}),
}
NAME_BYTES = 200
_FORBIDDEN = frozenset('/\\:*?"<>|')


def kind_of(content_type: str) -> FileKind:
    """Return as what a file of a type is sent, unless its owner says otherwise."""
    if content_type == "video/mp4":
        return "video"
    return "image" if content_type in ENDINGS else "file"


def refuse_announced(name: str, kind: FileKind, content_type: str, size: int) -> None:
    """Raise Unfit for a file that need not arrive at all."""
    if len(name.encode("utf-8", "surrogatepass")) > NAME_BYTES:
        raise Unfit("name", f"最多 {NAME_BYTES} 字节")
    if not name.isprintable() or _FORBIDDEN & set(name) or not name.strip(". "):
        raise Unfit("name", "文件名含有不能使用的字符")
    if kind == "file":
        sniffing.refuse_programs(name, b"")
    elif kind_of(content_type) != kind:
        told: dict[Literal["image", "video"], str] = {
            "image": "图片只支持 JPG、PNG",
            "video": "视频只支持 MP4",
        }
        raise Unfit("type", told[kind])
    elif sniffing.ending_of(name) not in ENDINGS[content_type]:
        raise Unfit("name", f"文件名应以 .{'、.'.join(sorted(ENDINGS[content_type]))} 结尾")
    refuse_size(kind, size)


def refuse_size(kind: FileKind, size: int) -> None:
    """Raise Unfit for a size WeCom does not take (document 90253)."""
    if size < LEAST_BYTES:
        raise Unfit("size", f"至少 {LEAST_BYTES} 字节")
    if size > MOST_BYTES[kind]:
        raise Unfit("size", f"最多 {MOST_BYTES[kind] // MEGABYTE} MB")


def checked(announced: File, content: bytes) -> tuple[File, bytes]:
    """Return the file as it is kept, and its bytes: of a picture nothing behind its end. Raises Unfit."""
    refuse_size(announced.kind, len(content))
    if len(content) != announced.size:
        raise Unfit("size", f"收到 {len(content)} 字节，与填写的 {announced.size} 字节不符")
    if announced.sha256 and sha256(content).hexdigest() != announced.sha256:
        raise Unfit("sha256", "文件内容与摘要不符，请重新上传")
    if announced.kind == "image":
        found = sniffing.picture(content)
        if found.content_type != announced.content_type:
            raise Unfit("type", f"文件内容是 {found.content_type}，与填写的类型不符")
        content = content[: found.length]
    elif announced.kind == "video":
        sniffing.refuse_no_video(content)
    else:
        sniffing.refuse_programs(announced.name, content)
    return described(announced, content), content


def described(announced: File, content: bytes) -> File:
    """Return the file as it is kept, of bytes that were checked."""
    width = height = 0
    if announced.kind == "image":
        found = sniffing.picture(content)
        width, height = found.width, found.height
    digest = sha256(content).hexdigest()
    return replace(announced, status="ready", size=len(content), sha256=digest, width=width, height=height)
