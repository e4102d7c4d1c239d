"""What WeCom says of a customer, put into our own words. Pure: nothing is stored here."""

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from scrm.customers.model import Contact, Customer, Relation

if TYPE_CHECKING:
    from scrm.wecom.customers import Customer as WeComCustomer
    from scrm.wecom.customers import Relation as WeComRelation

PERSONAL_TAG = 2


def noted(relation: Relation, row: "WeComRelation", now: datetime, name: str = "") -> Relation:
    """Return the relation with the remark data, tags and origin that WeCom tells, and the contact's name."""
    return replace(
        relation,
        add_way=row.add_way,
        state=row.state or relation.state,
        oper_userid=row.started_by or relation.oper_userid,
        name=name or relation.name,
        remark=row.remark,
        description=row.description,
        company=row.company,
        mobiles=row.phones,
        tags=tuple(tag.id for tag in row.tags if tag.id and tag.kind != PERSONAL_TAG),
        detail_at=now,
        detail_unavailable=None,
        missing_since=None,
    )


def known_as(contact: Contact, person: "WeComCustomer") -> Contact:
    """Return the contact with what WeCom tells of the person; what it does not tell stays."""
    return replace(
        contact,
        name=person.name or contact.name,
        avatar=person.avatar or contact.avatar,
        gender=person.gender or contact.gender,
        type=person.kind or contact.type,
        unionid=person.unionid or contact.unionid,
        corp_name=person.corp_name or contact.corp_name,
        corp_full_name=person.corp_full_name or contact.corp_full_name,
        position=person.position or contact.position,
    )


def belonging(
    customer: Customer,
    external_userid: str,
    identities: tuple[tuple[str, str], ...],
    product_code: str = "",
) -> Customer:
    """Return the customer with this contact, these identities and an interest in the product among theirs."""
    interests = (*customer.interests, *([product_code] if product_code else []))
    return replace(
        customer,
        interests=tuple(dict.fromkeys(interests)),
        external_userids=tuple(dict.fromkeys((*customer.external_userids, external_userid))),
        identities=tuple(dict.fromkeys((*customer.identities, *identities))),
    )
