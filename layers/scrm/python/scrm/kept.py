"""What a warm process may keep for a minute: the directory, the tag catalogue, names of channels."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import ClassVar, Generic, Protocol, TypeVar

T = TypeVar("T")

KEPT = timedelta(seconds=60)


class Kept(Generic[T]):
    """One value, loaded at most once a minute of the caller's own clock.

    A change made elsewhere is seen after at most a minute; a change made here calls `forget`. The clock
    may run backwards (a moved local clock): then the value is loaded again.
    """

    _all: ClassVar[list["Kept[object]"]] = []

    def __init__(self, load: Callable[[], T]) -> None:
        self._load = load
        self._value: tuple[datetime, T] | None = None
        Kept._all.append(self)  # type: ignore[arg-type]  # a list of any Kept, only to forget them all

    def get(self, now: datetime) -> T:
        """Return the value, loading it when there is none younger than a minute at `now`."""
        if self._value and timedelta(0) <= now - self._value[0] < KEPT:
            return self._value[1]
        value = self._load()
        self._value = (now, value)
        return value

    def forget(self) -> None:
        """Drop the value, so that the next call loads it."""
        self._value = None

    @classmethod
    def forget_all(cls) -> None:
        """Drop every kept value of the process, e.g. between tests."""
        for kept in (*cls._all, *_others):
            kept.forget()


class Forgets(Protocol):
    """What keeps something by a rule of its own."""

    def forget(self) -> None:
        """Drop what is kept."""


_others: list[Forgets] = []


def forgotten_too(other: Forgets) -> None:
    """Let `Kept.forget_all` drop what another thing keeps as well."""
    _others.append(other)
