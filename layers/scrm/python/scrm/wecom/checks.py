"""WeCom's limits on what is sent, checked before the call: WeCom cuts, refuses or drops silently."""

from collections.abc import Sized


class BreaksLimit(ValueError):
    """A value is longer than WeCom takes. `str` of it is a Chinese sentence for who wrote the value."""

    def __init__(self, field: str, limit: int, unit: str) -> None:
        super().__init__(f"{field} 最多 {limit} {unit}")
        self.field = field
        self.limit = limit


class Missing(ValueError):
    """A value that WeCom requires is empty. `str` of it is a Chinese sentence."""

    def __init__(self, field: str) -> None:
        super().__init__(f"{field} 不能为空")
        self.field = field


def in_bytes(field: str, value: str, limit: int) -> str:
    """Return `value`, which has at most `limit` bytes in UTF-8. Raises BreaksLimit."""
    if len(value.encode("utf-8", "surrogatepass")) > limit:
        raise BreaksLimit(field, limit, "字节")
    return value


def in_characters(field: str, value: str, limit: int) -> str:
    """Return `value`, which has at most `limit` characters. Raises BreaksLimit."""
    if len(value) > limit:
        raise BreaksLimit(field, limit, "字")
    return value


def at_most(field: str, values: Sized, limit: int) -> None:
    """Raise BreaksLimit when there are more than `limit` values."""
    if len(values) > limit:
        raise BreaksLimit(field, limit, "个")


def required(field: str, value: str) -> str:
    """Return `value`, which is not empty. Raises Missing."""
    if not value:
        raise Missing(field)
    return value
