"""Putting things that are known of a customer into the table, as their writers do."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from tests.component.conftest import CORP_ID


def id_of(external_userid: str) -> str:
    """Return the id of the customer behind a contact."""
    from scrm.customers.model import customer_id_of

    return customer_id_of(CORP_ID, external_userid)


def know(external_userid: str, **fields: Any) -> Any:
    """Put something into the customer behind a contact."""
    from scrm import clock
    from scrm.customers.dynamodb import Customers
    from scrm.customers.model import ContactMethod

    if "contact_methods" in fields:
        fields["contact_methods"] = tuple(ContactMethod(*each) for each in fields["contact_methods"])
    stored = Customers().customer(id_of(external_userid), consistent=True)
    assert stored is not None
    return Customers().save_customer(replace(stored, **fields), clock.now())


def counted(external_userid: str, **parts: Any) -> None:
    """Put facts on the customer behind a contact."""
    from scrm import clock
    from scrm.facts.dynamodb import FactsRow
    from scrm.facts.tally import Tally

    FactsRow.of(id_of(external_userid), Tally(**parts), clock.now()).save()


def talked(external_userid: str, userid: str, **times: datetime) -> None:
    """Put how far a member's talk with the customer is."""
    from scrm.facts.dynamodb import TalkRow, pk_of, talk_sk
    from scrm.facts.stored import text

    stated = {name: text(at) for name, at in times.items()}
    TalkRow(pk_of(id_of(external_userid)), talk_sk(userid), userid=userid, version=1, **stated).save()


def custom_field(key: str, **fields: Any) -> None:
    """Define a custom field."""
    from scrm import clock
    from scrm.fields import dynamodb as stored
    from scrm.fields.model import CustomField

    stored.FieldRow.of(CustomField(key, **{"title": key, **fields}), clock.now()).save()
    stored.forget()


def traced(external_userid: str, kind: str, at: datetime, n: int = 1, **facts: Any) -> None:
    """Put an entry on the customer's trace."""
    from scrm.timeline.dynamodb import Timeline
    from scrm.timeline.model import Entry

    entry = Entry(f"e{n}", kind, at, None, external_userid, facts)  # type: ignore[arg-type]  # one of KINDS
    Timeline().append(id_of(external_userid), entry)
