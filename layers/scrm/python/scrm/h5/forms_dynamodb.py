"""Rows of forms, `FORMS` / `FORM#<form_id>`, and of what was sent in, `FORM#<form_id>` / `ANSWER#…`."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pynamodb.attributes import BooleanAttribute, JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import PutError

from scrm.h5.forms import Form, FormField
from scrm.table import Row, rfc3339

if TYPE_CHECKING:
    from pynamodb.transactions import TransactWrite

    from scrm.audit.dynamodb import Step

FORMS = "FORMS"


class FormRow(Row):
    """One form."""

    name = UnicodeAttribute()
    fields: JSONAttribute = JSONAttribute()
    consent = UnicodeAttribute(null=True)
    active = BooleanAttribute(default=True)
    version = NumberAttribute()
    created_at = UnicodeAttribute()
    updated_at = UnicodeAttribute()

    def entity(self) -> Form:
        """Return the row as the rest of the product knows it."""
        return Form(
            form_id=self.sk.removeprefix("FORM#"),
            name=self.name,
            fields=tuple(FormField(**{**each, "options": tuple(each["options"])}) for each in self.fields),
            consent=self.consent or "",
            active=self.active,
            version=int(self.version),
            created_at=self.created_at,
            updated_at=self.updated_at,
        )


class AnswerRow(Row):
    """What one customer sent in through one link: the first that came, with the text they agreed to."""

    customer_id = UnicodeAttribute()
    answers: JSONAttribute = JSONAttribute()
    consent = UnicodeAttribute(null=True)
    form_version = NumberAttribute()
    at = UnicodeAttribute()


@dataclass(frozen=True)
class Sent:
    """What was sent in: `answers` by field, and the text that was agreed to."""

    customer_id: str
    answers: Mapping[str, Any]
    consent: str
    at: datetime


def form(form_id: str) -> Form | None:
    """Return a form, or None. 1 RRU."""
    try:
        return FormRow.get(FORMS, f"FORM#{form_id}", consistent_read=True).entity()
    except FormRow.DoesNotExist:
        return None


def forms() -> list[Form]:
    """Return every form: one query, by bytes."""
    return [row.entity() for row in FormRow.query(FORMS, FormRow.sk.startswith("FORM#"))]


def form_step(changed: Form) -> "Step":
    """Return the transaction step that stores a form as the version after the one read; 1 is a new one."""
    row = FormRow(
        FORMS,
        f"FORM#{changed.form_id}",
        name=changed.name,
        fields=[{**asdict(each), "options": list(each.options)} for each in changed.fields],
        consent=changed.consent or None,
        active=changed.active,
        version=changed.version,
        created_at=changed.created_at,
        updated_at=changed.updated_at,
    )
    before = changed.version - 1
    unchanged = FormRow.version == before if before else FormRow.version.does_not_exist()

    def step(transaction: "TransactWrite") -> None:
        transaction.save(row, condition=unchanged)

    return step


def sent(known: Form, link_id: str, external_userid: str, given: Sent) -> Sent:
    """Keep what was sent in through a link, unless something was before; return what is kept. 1 WRU a KB."""
    place = f"ANSWER#{external_userid}#{link_id}"
    row = AnswerRow(
        f"FORM#{known.form_id}",
        place,
        customer_id=given.customer_id,
        answers=dict(given.answers),
        consent=given.consent or None,
        form_version=known.version,
        at=rfc3339(given.at.astimezone(UTC)),
    )
    try:
        row.save(condition=AnswerRow.at.does_not_exist())
    except PutError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise
        first = AnswerRow.get(row.pk, place, consistent_read=True)
        return Sent(first.customer_id, first.answers, first.consent or "", datetime.fromisoformat(first.at))
    return given
