"""The simulated corp and the questions asked of it. Rules about calls live in `api`, acts in `people`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar

from .model import (
    LEFT,
    App,
    Chat,
    ChatMessage,
    ContactWay,
    Customer,
    Delivery,
    Department,
    MassTask,
    Media,
    Message,
    Moment,
    OAuthCode,
    Receiver,
    Relation,
    ResponseCode,
    Staff,
    Tag,
    TagGroup,
    Ticket,
    Token,
    Transfer,
    WelcomeCode,
)


def fold(userid: str) -> str:
    """Return the key of a userid: WeCom looks it up without regard to case."""
    return userid.lower()


def pair(userid: str, external_userid: str) -> str:
    """Return the key of a relation."""
    return f"{fold(userid)}|{external_userid}"


@dataclass
class World:
    """All state. Dictionaries keep insertion order, which is the order lists are answered in."""

    SAVED: ClassVar[tuple[str, ...]] = (
        "corp_id",
        "seed",
        "id_count",
        "relation_seq",
        "message_count",
        "trusted_ips",
        "trusted_from",
        "mass_mode",
        "behavior",
        "settings",
        "documents",
        "images",
        "mass_sent",
        "task_ids",
        "sent_bodies",
    )
    LISTS: ClassVar[dict[str, Any]] = {
        "messages": Message,
        "chat_messages": ChatMessage,
        "deliveries": Delivery,
    }

    corp_id: str = ""
    seed: str = "wecom"
    id_count: int = 0
    relation_seq: int = 0
    message_count: int = 0
    trusted_ips: list[str] | None = None
    trusted_from: float = 0.0
    mass_mode: str = "month_days"
    settings: dict[str, Any] = field(default_factory=dict)
    behavior: dict[str, dict[str, Any]] = field(default_factory=dict)
    documents: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    images: list[str] = field(default_factory=list)
    mass_sent: dict[str, list[float]] = field(default_factory=dict)
    task_ids: dict[str, str] = field(default_factory=dict)
    sent_bodies: dict[str, list[Any]] = field(default_factory=dict)

    departments: dict[int, Department] = field(default_factory=dict)
    staff: dict[str, Staff] = field(default_factory=dict)
    customers: dict[str, Customer] = field(default_factory=dict)
    relations: dict[str, Relation] = field(default_factory=dict)
    tag_groups: dict[str, TagGroup] = field(default_factory=dict)
    tags: dict[str, Tag] = field(default_factory=dict)
    contact_ways: dict[str, ContactWay] = field(default_factory=dict)
    apps: dict[int, App] = field(default_factory=dict)
    tokens: dict[str, Token] = field(default_factory=dict)
    tickets: dict[str, Ticket] = field(default_factory=dict)
    oauth_codes: dict[str, OAuthCode] = field(default_factory=dict)
    user_tickets: dict[str, OAuthCode] = field(default_factory=dict)
    welcome_codes: dict[str, WelcomeCode] = field(default_factory=dict)
    media: dict[str, Media] = field(default_factory=dict)
    response_codes: dict[str, ResponseCode] = field(default_factory=dict)
    mass_tasks: dict[str, MassTask] = field(default_factory=dict)
    transfers: dict[str, Transfer] = field(default_factory=dict)
    chats: dict[str, Chat] = field(default_factory=dict)
    moments: dict[str, Moment] = field(default_factory=dict)
    receivers: dict[str, Receiver] = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)
    chat_messages: list[ChatMessage] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)

    by_staff: dict[str, dict[str, Relation]] = field(default_factory=dict)
    by_customer: dict[str, dict[str, Relation]] = field(default_factory=dict)
    by_unionid: dict[str, str] = field(default_factory=dict)
    transfers_of: dict[str, list[Transfer]] = field(default_factory=dict)

    def rebuild(self) -> None:
        """Make the indexes from the saved rows."""
        self.by_staff.clear()
        self.by_customer.clear()
        for relation in sorted(self.relations.values(), key=lambda row: row.seq):
            self._index(relation)
        self.by_unionid = {row.unionid: row.external_userid for row in self.customers.values() if row.unionid}
        self.transfers_of.clear()
        for transfer in self.transfers.values():
            self.transfers_of.setdefault(transfer.external_userid, []).append(transfer)

    # people

    def member(self, userid: str) -> Staff | None:
        """Return the member if employed."""
        staff = self.staff.get(fold(userid))
        return None if staff is None or staff.status == LEFT else staff

    def employed(self) -> Iterator[Staff]:
        """Yield everybody who has not left."""
        return (staff for staff in self.staff.values() if staff.status != LEFT)

    def subtree(self, department: int) -> set[int]:
        """Return the department and all below it."""
        found = {department}
        grew = True
        while grew:
            more = {row.id for row in self.departments.values() if row.parentid in found} - found
            found |= more
            grew = bool(more)
        return found

    def members_of(self, departments: Iterable[int]) -> list[Staff]:
        """Return the employed members of the departments, sub-departments included."""
        wanted: set[int] = set()
        for department in departments:
            wanted |= self.subtree(department)
        return [staff for staff in self.employed() if wanted & set(staff.department)]

    def visible(self, app: App, staff: Staff) -> bool:
        """Return whether the member is in the app's visible range."""
        if app.visible_users is None and app.visible_departments is None:
            return True
        if fold(staff.userid) in {fold(userid) for userid in app.visible_users or []}:
            return True
        allowed: set[int] = set()
        for department in app.visible_departments or []:
            allowed |= self.subtree(department)
        return bool(allowed & set(staff.department))

    # relations

    def relation(self, userid: str, external_userid: str) -> Relation | None:
        """Return the pair's row, deleted or half ones too."""
        return self.relations.get(pair(userid, external_userid))

    def add_relation(self, relation: Relation) -> Relation:
        """Store a new or renewed relation at the end of every list."""
        key = pair(relation.userid, relation.external_userid)
        self.by_staff.get(fold(relation.userid), {}).pop(relation.external_userid, None)
        self.by_customer.get(relation.external_userid, {}).pop(fold(relation.userid), None)
        self.relations[key] = relation
        self._index(relation)
        return relation

    def next_seq(self) -> int:
        """Return the next place in the order of relations."""
        self.relation_seq += 1
        return self.relation_seq

    def customers_of(self, userid: str) -> list[Relation]:
        """Return the member's relations that the API shows, in the order they began."""
        return [row for row in self.by_staff.get(fold(userid), {}).values() if row.known]

    def followers_of(self, external_userid: str) -> list[Relation]:
        """Return the customer's relations with employed members that the API shows."""
        rows = self.by_customer.get(external_userid, {})
        return [row for key, row in rows.items() if row.known and self.staff[key].status != LEFT]

    def _index(self, relation: Relation) -> None:
        self.by_staff.setdefault(fold(relation.userid), {})[relation.external_userid] = relation
        self.by_customer.setdefault(relation.external_userid, {})[fold(relation.userid)] = relation

    # tags

    def drop_tag(self, tag: Tag) -> None:
        """Delete a tag: it leaves every relation, and its group goes with the last one."""
        tag.deleted = True
        for relation in self.relations.values():
            if tag.id in relation.tags:
                relation.tags.remove(tag.id)
        group = self.tag_groups[tag.group_id]
        if not self.live_tags(group):
            group.deleted = True

    def live_tags(self, group: TagGroup) -> list[Tag]:
        """Return the group's tags, larger order first."""
        rows = [self.tags[tag_id] for tag_id in group.tags if not self.tags[tag_id].deleted]
        return sorted(rows, key=lambda tag: -tag.order)


Key = Callable[[Any], Any]

COLLECTIONS: dict[str, tuple[Any, Key]] = {
    "departments": (Department, lambda row: row.id),
    "staff": (Staff, lambda row: fold(row.userid)),
    "customers": (Customer, lambda row: row.external_userid),
    "relations": (Relation, lambda row: pair(row.userid, row.external_userid)),
    "tag_groups": (TagGroup, lambda row: row.group_id),
    "tags": (Tag, lambda row: row.id),
    "contact_ways": (ContactWay, lambda row: row.config_id),
    "apps": (App, lambda row: row.agent),
    "tokens": (Token, lambda row: row.token),
    "tickets": (Ticket, lambda row: row.name),
    "oauth_codes": (OAuthCode, lambda row: row.code),
    "user_tickets": (OAuthCode, lambda row: row.code),
    "welcome_codes": (WelcomeCode, lambda row: row.code),
    "media": (Media, lambda row: row.media_id),
    "response_codes": (ResponseCode, lambda row: row.code),
    "mass_tasks": (MassTask, lambda row: row.msgid),
    "transfers": (Transfer, lambda row: row.key),
    "chats": (Chat, lambda row: row.chat_id),
    "moments": (Moment, lambda row: row.moment_id),
    "receivers": (Receiver, lambda row: row.name),
}
