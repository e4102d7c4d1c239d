"""How leads look to the people who work on them: numbers hidden, names put in."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from scrm.leads.model import Lead
from scrm.leads.models import ContactOut, FollowUpOut, LeadOut, OwnerOut
from scrm.leads.records import FollowUp
from scrm.leads.wanted import due_at
from scrm.sidebar import masking
from scrm.staff.model import Directory, key

_HIDDEN = {"phone": "phone", "mobile": "phone", "landline": "landline", "email": "email"}
_PHONES = frozenset({"phone", "mobile", "landline"})
"""One number is one way to reach somebody, whatever its source called it."""


def lead_out(lead: Lead, pool_name: str, directory: Directory, now: datetime) -> LeadOut:
    """Return a lead as a list shows it."""
    due = due_at(lead)
    plain = {
        **vars(lead),
        "name": masking.text(lead.name),
        "company": masking.text(lead.company),
        "phone": masking.phone(phone) if (phone := phone_of(lead)) else "",
        "owner": owner_out(lead, directory),
        "pool_name": pool_name,
        "prelabels": list(lead.prelabels),
        "due_at": due,
        "overdue": due is not None and due < now,
        "last_follow_at": lead.followed_at,
    }
    return LeadOut.model_validate(plain)


def owner_out(lead: Lead, directory: Directory) -> OwnerOut | None:
    """Return who is accountable for a lead, None for nobody."""
    return OwnerOut(userid=lead.owner, name=directory.name_of(lead.owner)) if lead.owner else None


def phone_of(lead: Lead) -> str:
    """Return the lead's phone, "" without one."""
    return next((value for kind, value in lead.keys if kind == "phone"), "")


def follow_out(told: FollowUp, directory: Directory) -> FollowUpOut:
    """Return a follow-up as its readers see it; numbers in its text are hidden."""
    return FollowUpOut.model_validate(
        {
            **vars(told),
            "by_name": directory.name_of(told.userid),
            "content": masking.text(told.content),
            "quote_fen": told.quote_fen or None,
            "file_ids": list(told.file_ids),
        }
    )


def contacts_out(lead: Lead, detail: Mapping[str, Any], *, reveal: bool = False) -> list[ContactOut]:
    """Return how the person is reached: what tells them apart, and what the source said besides."""
    found: dict[tuple[str, str], str] = {}
    for each in told_contacts(detail):
        found.setdefault((each["kind"], each["value"]), each["name"])
    told = {value for kind, value in found if kind in _PHONES}
    for kind, value in lead.keys:
        if kind != "phone" or value not in told:
            found.setdefault((kind, value), lead.name)
    return [
        ContactOut(kind=kind, value=value if reveal else hidden(kind, value), name=name)
        for (kind, value), name in found.items()
    ]


def told_contacts(detail: Mapping[str, Any]) -> Iterable[dict[str, str]]:
    """Yield the contacts that a source told, each with kind, value and name."""
    for each in detail.get("contacts") or ():
        kind = str(each.get("kind") or each.get("type") or "other")
        value = str(each.get("value") or "")
        if value:
            yield {"kind": kind, "value": value, "name": str(each.get("name") or "")}


def hidden(kind: str, value: str) -> str:
    """Return a contact's value as everybody may see it."""
    return masking.of_kind(_HIDDEN[kind], value) if kind in _HIDDEN else masking.text(value)


def masked(userid: str, people: Directory) -> str:
    """Return a member as others may know them who may not know whose a lead is: 张**; "" for nobody."""
    member = people.members.get(key(userid))
    return f"{(member.name if member else userid)[:1]}**" if userid else ""
