"""Sessions that have not been ended, in the volatile table: losing a row ends the session."""

from datetime import datetime

from pynamodb.attributes import UnicodeAttribute

from scrm.sessions.session import Session
from scrm.table import VolatileRow


class SessionRow(VolatileRow):
    """One session that was begun and not ended."""

    userid = UnicodeAttribute()


def begin(session: Session) -> None:
    """Let the session be used. Repeating is safe."""
    SessionRow(_key(session), userid=session.userid, expires_at=session.ends_at).save()


def end(session: Session) -> None:
    """End the session at once, for every text that names it. Repeating is safe."""
    SessionRow(_key(session)).delete()


def is_open(session: Session, now: datetime) -> bool:
    """Return whether the session was begun and not ended. 0.5 RRU; a session just begun costs 1.5."""
    row = _row(session, consistent=False) or _row(session, consistent=True)
    return row is not None and row.userid == session.userid and row.expires_at > now.timestamp()


def _key(session: Session) -> str:
    return f"SESSION#{session.session_id}"


def _row(session: Session, *, consistent: bool) -> SessionRow | None:
    try:
        return SessionRow.get(_key(session), consistent_read=consistent)
    except SessionRow.DoesNotExist:
        return None
