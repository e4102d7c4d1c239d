"""Times as they are stored and compared. Pure."""

from datetime import date, datetime, timedelta, timezone

BEIJING = timezone(timedelta(hours=8))
FIRST_YEAR, LAST_YEAR = 1900, 2999


def rfc3339(at: datetime) -> str:
    """Return `at` as stored and sent: UTC, whole seconds, sorting as text, e.g. 2026-03-02T02:15:00Z."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def moment_of(text: str) -> datetime | None:
    """Return the time a text names, None for other text; a date alone is its midnight in Beijing.

    A time that does not sort as text, before 1900 or after 2999, is no time but a text.
    """
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    if not is_kept(at):
        return None
    return at if at.tzinfo else at.replace(tzinfo=BEIJING)


def is_kept(at: date) -> bool:
    """Return whether a day or time may be stored: in every time zone its year has four digits."""
    return FIRST_YEAR <= at.year <= LAST_YEAR
