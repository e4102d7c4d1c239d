"""WeCom's endpoints, one module per area. Importing a module registers its paths."""

from __future__ import annotations

from importlib import import_module

AREAS = (
    "auth",
    "contacts",
    "customers",
    "tags",
    "contact_ways",
    "welcome",
    "messages",
    "media",
    "mass_send",
    "inheritance",
    "chats",
    "moments",
    "statistics",
    "documents",
    "links",
    "others",
)


def load() -> None:
    """Register every endpoint; `others` comes last and takes what nobody serves."""
    for area in AREAS:
        import_module(f"{__name__}.{area}")
