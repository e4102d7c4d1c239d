"""A company as one of our customers speaks for it, with the people we know there (CUS-16). Pure."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Person:
    """Somebody at the company; `is_kp`: a key person 关键人, who decides."""

    name: str
    title: str = ""
    phone: str = ""
    is_kp: bool = False


@dataclass(frozen=True)
class Account:
    """A company: its name, nature 性质, size 规模 and funding 融资, and its people in the order given."""

    name: str
    nature: str = ""
    size: str = ""
    funding: str = ""
    people: tuple[Person, ...] = ()
    version: int = 0
    updated_by: str = ""
    updated_at: datetime | None = None
