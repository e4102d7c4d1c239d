"""Times as they are stored and compared. Pure."""

from datetime import datetime, timedelta, timezone

BEIJING = timezone(timedelta(hours=8))


def rfc3339(at: datetime) -> str:
    """Return `at` as stored and sent: UTC, whole seconds, sorting as text, e.g. 2026-03-02T02:15:00Z."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def moment_of(text: str) -> datetime | None:
    """Return the time a text names, None for other text; a date alone is its midnight in Beijing."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=BEIJING)
