"""The row of the corp's settings."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.transactions import TransactWrite

from scrm.settings.model import Hours, Settings
from scrm.table import Row, rfc3339

SETTINGS = "SETTINGS"
_HOURS = ("working_hours", "quiet_hours")


class SettingsRow(Row):
    """What differs from the values a fresh deployment starts with."""

    version = NumberAttribute()
    chosen: JSONAttribute = JSONAttribute()
    updated_at = UnicodeAttribute()


def load() -> Settings:
    """Return the settings as stored now; those of a fresh deployment have version 0. 0.5 RRU.

    They are never kept: what an administrator changes counts from the next tick on (ADM-07).
    """
    try:
        row = SettingsRow.get(SETTINGS, SETTINGS)
    except SettingsRow.DoesNotExist:
        return Settings()
    chosen: dict[str, Any] = dict(row.chosen)
    fields = Settings.__dataclass_fields__
    known = {name: _typed(name, value) for name, value in chosen.items() if name in fields}
    return replace(Settings(), **known, version=int(row.version), updated_at=row.updated_at)


def save_step(settings: Settings, expected_version: int, now: datetime) -> Callable[[TransactWrite], None]:
    """Return the transaction step that stores `settings` as version `expected_version` + 1.

    Its condition refuses when another change came first.
    """
    fresh = Settings()
    chosen = {
        name: _plain(getattr(settings, name))
        for name in Settings.__dataclass_fields__
        if name not in {"version", "updated_at"} and getattr(settings, name) != getattr(fresh, name)
    }
    version, at = expected_version + 1, rfc3339(now)
    row = SettingsRow(SETTINGS, SETTINGS, version=version, chosen=chosen, updated_at=at)
    unchanged = (
        SettingsRow.version == expected_version if expected_version else SettingsRow.version.does_not_exist()
    )
    return lambda transaction: transaction.save(row, condition=unchanged)


def _plain(value: Any) -> Any:
    if isinstance(value, Hours):
        return [value.start, value.end]
    return list(value) if isinstance(value, tuple) else value


def _typed(name: str, value: Any) -> Any:
    if name in _HOURS:
        return Hours(*value)
    if isinstance(value, list):
        return tuple(tuple(each) if isinstance(each, list) else each for each in value)
    return value
