"""Links to forms: a signed text that names one form and one contact, and ends (spec IDN-13)."""

import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from scrm import secret_store
from scrm.config import optional
from scrm.sessions.session import Signer

LASTS = timedelta(days=7)


@dataclass(frozen=True)
class Link:
    """One link: `link_id` tells the links to one form apart, so that each is answered once."""

    form_id: str
    external_userid: str
    link_id: str
    expires_at: datetime


def fresh_link(form_id: str, external_userid: str, now: datetime) -> Link:
    """Return a link that nobody has yet."""
    return Link(form_id, external_userid, secrets.token_hex(8), (now + LASTS).replace(microsecond=0))


def token_of(link: Link) -> str:
    """Return the link's signed text. It shows no more than the contact's id."""
    content = [link.form_id, link.external_userid, link.link_id, int(link.expires_at.timestamp())]
    return _signer().sign(content)


def address_of(link: Link) -> str:
    """Return where the customer opens the form."""
    return f"{optional('PUBLIC_URL') or ''}/h5/forms/{link.form_id}?token={token_of(link)}"


def link_of(token: str, form_id: str, now: datetime) -> Link | None:
    """Return the link behind a signed text; None when it is not ours, another form's, or has ended."""
    content = _signer().read(token)
    if not isinstance(content, list) or len(content) != 4 or content[0] != form_id:
        return None
    link = Link(content[0], content[1], content[2], datetime.fromtimestamp(content[3], UTC))
    return link if now < link.expires_at else None


def _signer() -> Signer:
    return Signer([str(each) for each in json.loads(secret_store.secret("h5/keys"))], "form")
