"""Rows of contacts, relations and customers (docs/data-model.md)."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any, TypeVar

from pynamodb.attributes import (
    JSONAttribute,
    ListAttribute,
    NumberAttribute,
    UnicodeAttribute,
)
from pynamodb.exceptions import PutError
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection

from scrm.customers.model import (
    Contact,
    ContactMethod,
    Customer,
    Intents,
    Relation,
    VersionConflict,
    Welcome,
)
from scrm.customers.relation import Fact, Status
from scrm.staff.model import key
from scrm.table import Row, rfc3339

CONTACT = "CONTACT"
_RELATION = "RELATION#"


class OwnerRow(Row):
    """What the index `by_owner` holds of a relation: its keys and status."""

    class OwnerIndex(GlobalSecondaryIndex["OwnerRow"]):  # type: ignore[no-untyped-call]  # PynamoDB's own
        """A member's relations by the time of the latest add."""

        class Meta:
            index_name = "by_owner"
            projection = IncludeProjection(["status"])

        owner_pk = UnicodeAttribute(hash_key=True)
        owner_sk = UnicodeAttribute(range_key=True)

    by_owner = OwnerIndex()
    owner_pk = UnicodeAttribute(null=True)
    owner_sk = UnicodeAttribute(null=True)
    status = UnicodeAttribute()


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
            _contact_pk(contact.external_userid),
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


class RelationRow(OwnerRow):
    """A follow relation. Periods are not stored: they are folded from `facts`."""

    userid = UnicodeAttribute()
    facts: ListAttribute[Any] = ListAttribute(of=UnicodeAttribute)
    forgotten_until = NumberAttribute(null=True)
    add_way = NumberAttribute(null=True)
    state = UnicodeAttribute(null=True)
    oper_userid = UnicodeAttribute(null=True)
    remark = UnicodeAttribute(null=True)
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
            version=int(self.version),
            created_at=_moment(self.created_at),
            updated_at=_moment(self.updated_at),
        )

    @classmethod
    def of(cls, relation: Relation) -> "RelationRow":
        """Return the row of a relation; it enters `by_owner` once nothing is open and an add is known."""
        settled = relation.added_at and not relation.intents
        owned = _text(relation.added_at) if settled else None
        return cls(
            _contact_pk(relation.external_userid),
            _relation_sk(relation.userid),
            owner_pk=owner_pk(relation.userid) if owned else None,
            owner_sk=f"{owned}#{relation.external_userid}" if owned else None,
            status=relation.status,
            userid=relation.userid,
            facts=[fact_text(each) for each in relation.facts],
            forgotten_until=relation.forgotten_until or None,
            add_way=relation.add_way,
            state=relation.state,
            oper_userid=relation.oper_userid,
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
            version=relation.version,
            created_at=_text(relation.created_at),
            updated_at=_text(relation.updated_at),
        )


class CollectionRow(Row):
    """Any row below `CONTACT#<external_userid>`; one query reads the contact and every relation."""

    @classmethod
    def from_raw_data(cls, data: dict[str, Any]) -> Any:
        """Return the row in the class of its kind."""
        kind = ContactRow if data["SK"]["S"] == CONTACT else RelationRow
        return kind.from_raw_data(data)


class CustomerRow(Row):
    """A customer."""

    kind = UnicodeAttribute()
    external_userids: ListAttribute[Any] = ListAttribute(of=UnicodeAttribute)
    identities: JSONAttribute = JSONAttribute(null=True)
    contact_methods: JSONAttribute = JSONAttribute(null=True)
    custom_fields: JSONAttribute = JSONAttribute(null=True)
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
            version=customer.version,
            created_at=_text(customer.created_at),
            updated_at=_text(customer.updated_at),
        )


@dataclass(frozen=True)
class Owned:
    """A relation as the index `by_owner` shows it."""

    external_userid: str
    added_at: datetime
    status: Status


class Customers:
    """Contacts, relations and customers as stored. Every save is conditional on the version read."""

    def collection(
        self, external_userid: str, *, consistent: bool = False
    ) -> tuple[Contact | None, list[Relation]]:
        """Return a contact and every member's relation with it, by userid: one query, by bytes."""
        contact: Contact | None = None
        relations: list[Relation] = []
        rows: Iterable[Any] = CollectionRow.query(_contact_pk(external_userid), consistent_read=consistent)
        for row in rows:
            found: Contact | Relation = row.entity()
            if isinstance(found, Contact):
                contact = found
            else:
                relations.append(found)
        return contact, relations

    def contact(self, external_userid: str, *, consistent: bool = False) -> Contact | None:
        """Return a contact. 0.5 RRU, 1 when consistent."""
        try:
            return ContactRow.get(_contact_pk(external_userid), CONTACT, consistent).entity()
        except ContactRow.DoesNotExist:
            return None

    def relation(self, external_userid: str, userid: str, *, consistent: bool = False) -> Relation | None:
        """Return the relation of a contact and a member, however the userid is spelt. 0.5 RRU, strong 1."""
        try:
            return RelationRow.get(
                _contact_pk(external_userid), _relation_sk(userid), consistent_read=consistent
            ).entity()
        except RelationRow.DoesNotExist:
            return None

    def customer(self, customer_id: str, *, consistent: bool = False) -> Customer | None:
        """Return a customer. 0.5 RRU, 1 when consistent."""
        try:
            return CustomerRow.get(f"CUSTOMER#{customer_id}", "CUSTOMER", consistent).entity()
        except CustomerRow.DoesNotExist:
            return None

    def save_relation(self, relation: Relation, now: datetime) -> Relation:
        """Store a relation over the version it was read with (0: it is new); return it as stored.

        Raises VersionConflict when it changed meanwhile. 1 WRU for each KB, and those of `by_owner` when the
        add time (2) or the status (1) changed.
        """
        saved = _next(relation, now)
        _save(RelationRow.of(saved), RelationRow.version, relation.version)
        return saved

    def save_contact(self, contact: Contact, now: datetime) -> Contact:
        """Store a contact over the version it was read with; return it. Raises VersionConflict. 1 WRU."""
        saved = _next(contact, now)
        _save(ContactRow.of(saved), ContactRow.version, contact.version)
        return saved

    def save_customer(self, customer: Customer, now: datetime) -> Customer:
        """Store a customer over the version it was read with; return it. Raises VersionConflict. 1 WRU."""
        saved = _next(customer, now)
        _save(CustomerRow.of(saved), CustomerRow.version, customer.version)
        return saved

    def owned(
        self, userid: str, limit: int, start_after: dict[str, Any] | None = None
    ) -> tuple[list[Owned], dict[str, Any] | None]:
        """Return up to `limit` of a member's relations, latest add first, and the key to go on after.

        `start_after` and the returned key are what `scrm.http.paging` encodes; None at the end. One query
        of the index `by_owner`, eventually consistent.
        """
        found = OwnerRow.by_owner.query(
            owner_pk(userid),
            limit=limit,
            scan_index_forward=False,
            last_evaluated_key=_typed_key(start_after),
        )
        rows = [_owned(row) for row in found]
        return rows, _plain_key(found.last_evaluated_key)

    def contacts(self, external_userids: Iterable[str]) -> dict[str, Contact]:
        """Return the contacts that exist, by external_userid: a batch read for each 100."""
        keys = [(_contact_pk(each), CONTACT) for each in dict.fromkeys(external_userids)]
        return {row.entity().external_userid: row.entity() for row in ContactRow.batch_get(keys)}

    def relations(self, userid: str, external_userids: Iterable[str]) -> dict[str, Relation]:
        """Return a member's relations with these contacts, by external_userid: a batch read for each 100."""
        keys = [(_contact_pk(each), _relation_sk(userid)) for each in dict.fromkeys(external_userids)]
        found = [row.entity() for row in RelationRow.batch_get(keys)]
        return {each.external_userid: each for each in found}


def fact_text(fact: Fact) -> str:
    """Return a fact as stored: `<at>#<kind>#<event_id>#<about>`."""
    return f"{fact.at}#{fact.kind}#{fact.event_id}#{fact.about}"


def fact_of(text: str) -> Fact:
    """Return the fact stored as `text`."""
    at, kind, event_id, about = text.split("#", 3)
    return Fact(kind, int(at), event_id, about)  # type: ignore[arg-type]  # only our own writer fills it


def owner_pk(userid: str) -> str:
    """Return the partition of `by_owner` that holds a member's relations."""
    return f"OWNER#{key(userid)}"


def _contact_pk(external_userid: str) -> str:
    return f"CONTACT#{external_userid}"


def _relation_sk(userid: str) -> str:
    return f"{_RELATION}{key(userid)}"


T = TypeVar("T", Contact, Relation, Customer)


def _next(thing: T, now: datetime) -> T:
    at = now.astimezone(UTC).replace(microsecond=0)
    return replace(thing, version=thing.version + 1, created_at=thing.created_at or at, updated_at=at)


def _save(row: Row, version: Any, expected: int) -> None:
    condition = version == expected if expected else version.does_not_exist()
    try:
        row.save(condition=condition)
    except PutError as error:
        if error.cause_response_code == "ConditionalCheckFailedException":
            raise VersionConflict from None
        raise


def _owned(row: OwnerRow) -> Owned:
    added, _, external_userid = row.owner_sk.partition("#")
    return Owned(external_userid, datetime.fromisoformat(added), row.status)  # type: ignore[arg-type]


def _plain_key(last: dict[str, Any] | None) -> dict[str, Any] | None:
    return {name: value["S"] for name, value in last.items()} if last else None


def _typed_key(plain: dict[str, Any] | None) -> dict[str, Any] | None:
    return {name: {"S": str(value)} for name, value in plain.items()} if plain else None


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
