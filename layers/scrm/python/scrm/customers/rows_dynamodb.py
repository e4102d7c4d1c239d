"""Rows of contacts, relations and customers, to and from what the product passes around."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from pynamodb.attributes import (
    JSONAttribute,
    ListAttribute,
    NumberAttribute,
    UnicodeAttribute,
)

from scrm.customers.model import Contact, ContactMethod, Customer, Intents, Relation, Welcome
from scrm.customers.relation import Fact
from scrm.staff.model import key
from scrm.table import Row, rfc3339

CONTACT = "CONTACT"
RELATIONS = "RELATION#"
TRANSFERS = "TRANSFERS"
"""The last row of a contact's collection."""


class ContactRow(Row):
    """An external contact."""

    customer_id = UnicodeAttribute()
    name = UnicodeAttribute(null=True)
    avatar = UnicodeAttribute(null=True)
    gender = NumberAttribute(default=0)
    type = NumberAttribute(default=1)
    unionid = UnicodeAttribute(null=True)
    corp_name = UnicodeAttribute(null=True)
    corp_full_name = UnicodeAttribute(null=True)
    position = UnicodeAttribute(null=True)
    version = NumberAttribute()
    created_at = UnicodeAttribute()
    updated_at = UnicodeAttribute()

    def entity(self) -> Contact:
        """Return the row as the rest of the product knows it."""
        return Contact(
            external_userid=self.pk.partition("#")[2],
            customer_id=self.customer_id,
            name=self.name or "",
            avatar=self.avatar or "",
            gender=int(self.gender),
            type=int(self.type),
            unionid=self.unionid,
            corp_name=self.corp_name or "",
            corp_full_name=self.corp_full_name or "",
            position=self.position or "",
            version=int(self.version),
            created_at=_moment(self.created_at),
            updated_at=_moment(self.updated_at),
        )

    @classmethod
    def of(cls, contact: Contact) -> "ContactRow":
        """Return the row of a contact."""
        return cls(
            contact_pk(contact.external_userid),
            CONTACT,
            customer_id=contact.customer_id,
            name=contact.name or None,
            avatar=contact.avatar or None,
            gender=contact.gender,
            type=contact.type,
            unionid=contact.unionid,
            corp_name=contact.corp_name or None,
            corp_full_name=contact.corp_full_name or None,
            position=contact.position or None,
            version=contact.version,
            created_at=_text(contact.created_at),
            updated_at=_text(contact.updated_at),
        )


class RelationRow(Row):
    """A follow relation. Periods are not stored: they are folded from `facts`."""

    userid = UnicodeAttribute()
    status = UnicodeAttribute()
    name = UnicodeAttribute(null=True)
    remark = UnicodeAttribute(null=True)
    facts: ListAttribute[Any] = ListAttribute(of=UnicodeAttribute)
    forgotten_until = NumberAttribute(null=True)
    add_way = NumberAttribute(null=True)
    state = UnicodeAttribute(null=True)
    oper_userid = UnicodeAttribute(null=True)
    description = UnicodeAttribute(null=True)
    company = UnicodeAttribute(null=True)
    mobiles: ListAttribute[Any] = ListAttribute(of=UnicodeAttribute, null=True)
    tags: ListAttribute[Any] = ListAttribute(of=UnicodeAttribute, null=True)
    personal_tags: ListAttribute[Any] = ListAttribute(of=UnicodeAttribute, null=True)
    detail_at = UnicodeAttribute(null=True)
    detail_unavailable = NumberAttribute(null=True)
    missing_since = UnicodeAttribute(null=True)
    welcome: JSONAttribute = JSONAttribute(null=True)
    intents: JSONAttribute = JSONAttribute(null=True)
    open_edit: JSONAttribute = JSONAttribute(null=True)
    origin: JSONAttribute = JSONAttribute(null=True)
    version = NumberAttribute()
    created_at = UnicodeAttribute()
    updated_at = UnicodeAttribute()

    def entity(self) -> Relation:
        """Return the row as the rest of the product knows it."""
        return Relation(
            external_userid=self.pk.partition("#")[2],
            userid=self.userid,
            facts=tuple(fact_of(each) for each in self.facts),
            forgotten_until=int(self.forgotten_until or 0),
            add_way=None if self.add_way is None else int(self.add_way),
            state=self.state,
            oper_userid=self.oper_userid,
            name=self.name or "",
            remark=self.remark or "",
            description=self.description or "",
            company=self.company or "",
            mobiles=tuple(self.mobiles or ()),
            tags=tuple(self.tags or ()),
            personal_tags=tuple(self.personal_tags or ()),
            detail_at=_moment(self.detail_at),
            detail_unavailable=None if self.detail_unavailable is None else int(self.detail_unavailable),
            missing_since=_moment(self.missing_since),
            welcome=_welcome(self.welcome),
            intents=_intents(self.intents),
            open_edit=self.open_edit,
            origin=self.origin,
            version=int(self.version),
            created_at=_moment(self.created_at),
            updated_at=_moment(self.updated_at),
        )

    @classmethod
    def of(cls, relation: Relation) -> "RelationRow":
        """Return the row of a relation."""
        return cls(
            contact_pk(relation.external_userid),
            relation_sk(relation.userid),
            status=relation.status,
            userid=relation.userid,
            facts=[fact_text(each) for each in relation.facts],
            forgotten_until=relation.forgotten_until or None,
            add_way=relation.add_way,
            state=relation.state,
            oper_userid=relation.oper_userid,
            name=relation.name or None,
            remark=relation.remark or None,
            description=relation.description or None,
            company=relation.company or None,
            mobiles=list(relation.mobiles) or None,
            tags=list(relation.tags) or None,
            personal_tags=list(relation.personal_tags) or None,
            detail_at=_text(relation.detail_at),
            detail_unavailable=relation.detail_unavailable,
            missing_since=_text(relation.missing_since),
            welcome=_plain_welcome(relation.welcome),
            intents=asdict(relation.intents) if relation.intents else None,
            open_edit=dict(relation.open_edit) if relation.open_edit else None,
            origin=dict(relation.origin) if relation.origin else None,
            version=relation.version,
            created_at=_text(relation.created_at),
            updated_at=_text(relation.updated_at),
        )


class PendingRow(Row):
    """The handovers of a contact that are under way (scrm.inheritance.marks_dynamodb writes them)."""

    pending: JSONAttribute = JSONAttribute(null=True)

    def takeovers(self) -> dict[str, str]:
        """Return who takes over from whom, by the key of the latter."""
        return {key(handover): takeover for handover, takeover, *_ in self.pending or ()}


class CollectionRow(Row):
    """A row below `CONTACT#<external_userid>`: contact, relation, handovers; one query reads all."""

    @classmethod
    def from_raw_data(cls, data: dict[str, Any]) -> Any:
        """Return the row in the class of its kind."""
        place = data["SK"]["S"]
        others: dict[str, type[Row]] = {CONTACT: ContactRow, TRANSFERS: PendingRow}
        return others.get(place, RelationRow).from_raw_data(data)


class CustomerRow(Row):
    """A customer."""

    kind = UnicodeAttribute()
    external_userids: ListAttribute[Any] = ListAttribute(of=UnicodeAttribute)
    identities: JSONAttribute = JSONAttribute(null=True)
    contact_methods: JSONAttribute = JSONAttribute(null=True)
    custom_fields: JSONAttribute = JSONAttribute(null=True)
    name = UnicodeAttribute(null=True)
    interests: JSONAttribute = JSONAttribute(null=True)
    stage = UnicodeAttribute(null=True)
    stage_at = UnicodeAttribute(null=True)
    mastered: JSONAttribute = JSONAttribute(null=True)
    crm: JSONAttribute = JSONAttribute(null=True)
    consents: JSONAttribute = JSONAttribute(null=True)
    opted_out_at = UnicodeAttribute(null=True)
    merged_into = UnicodeAttribute(null=True)
    absorbed: JSONAttribute = JSONAttribute(null=True)
    erased_at = UnicodeAttribute(null=True)
    version = NumberAttribute()
    created_at = UnicodeAttribute()
    updated_at = UnicodeAttribute()

    def entity(self) -> Customer:
        """Return the row as the rest of the product knows it."""
        return Customer(
            customer_id=self.pk.partition("#")[2],
            kind=self.kind,  # type: ignore[arg-type]  # only our own writer fills it
            external_userids=tuple(self.external_userids),
            identities=tuple((kind, value) for kind, value in self.identities or ()),
            contact_methods=tuple(ContactMethod(kind, value) for kind, value in self.contact_methods or ()),
            custom_fields=dict(self.custom_fields or {}),
            name=self.name or "",
            interests=tuple(self.interests or ()),
            stage=self.stage or "",
            stage_at=_moment(self.stage_at),
            mastered=tuple(self.mastered or ()),
            crm=dict(self.crm or {}),
            consents=dict(self.consents or {}),
            opted_out_at=_moment(self.opted_out_at),
            merged_into=self.merged_into,
            absorbed=tuple(self.absorbed or ()),
            erased_at=_moment(self.erased_at),
            version=int(self.version),
            created_at=_moment(self.created_at),
            updated_at=_moment(self.updated_at),
        )

    @classmethod
    def of(cls, customer: Customer) -> "CustomerRow":
        """Return the row of a customer."""
        return cls(
            f"CUSTOMER#{customer.customer_id}",
            "CUSTOMER",
            kind=customer.kind,
            external_userids=list(customer.external_userids),
            identities=[list(each) for each in customer.identities] or None,
            contact_methods=[[each.type, each.value] for each in customer.contact_methods] or None,
            custom_fields=customer.custom_fields or None,
            name=customer.name or None,
            interests=list(customer.interests) or None,
            stage=customer.stage or None,
            stage_at=_text(customer.stage_at),
            mastered=list(customer.mastered) or None,
            crm=dict(customer.crm) or None,
            consents=dict(customer.consents) or None,
            opted_out_at=_text(customer.opted_out_at),
            merged_into=customer.merged_into,
            absorbed=list(customer.absorbed) or None,
            erased_at=_text(customer.erased_at),
            version=customer.version,
            created_at=_text(customer.created_at),
            updated_at=_text(customer.updated_at),
        )


def fact_text(fact: Fact) -> str:
    """Return a fact as stored: `<at>#<kind>#<event_id>#<about>`."""
    return f"{fact.at}#{fact.kind}#{fact.event_id}#{fact.about}"


def fact_of(text: str) -> Fact:
    """Return the fact stored as `text`."""
    at, kind, event_id, about = text.split("#", 3)
    return Fact(kind, int(at), event_id, about)  # type: ignore[arg-type]  # only our own writer fills it


def contact_pk(external_userid: str) -> str:
    """Return the item collection of a contact and its relations."""
    return f"CONTACT#{external_userid}"


def relation_sk(userid: str) -> str:
    """Return a member's place in it."""
    return f"{RELATIONS}{key(userid)}"


def _text(at: datetime | None) -> str | None:
    return rfc3339(at.astimezone(UTC)) if at else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _welcome(plain: Any) -> Welcome | None:
    return Welcome(**{**plain, "at": datetime.fromisoformat(plain["at"])}) if plain else None


def _plain_welcome(welcome: Welcome | None) -> dict[str, Any] | None:
    return {**asdict(welcome), "at": _text(welcome.at)} if welcome else None


def _intents(plain: Any) -> Intents | None:
    return Intents(**{**plain, "tag_ids": tuple(plain["tag_ids"])}) if plain else None
