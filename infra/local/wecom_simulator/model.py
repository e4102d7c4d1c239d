"""What the simulated corp consists of. Plain data; everything here is saved in the state file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

ACTIVE, DISABLED, NOT_ACTIVATED, LEFT = 1, 2, 4, 5


@dataclass
class Department:
    id: int
    name: str
    parentid: int
    order: int


@dataclass
class Staff:
    """A member 成员. `userid` keeps its case; lookups ignore it."""

    userid: str
    name: str
    department: list[int]
    is_leader_in_dept: list[int] = field(default_factory=list)
    direct_leader: list[str] = field(default_factory=list)
    main_department: int = 0
    position: str = ""
    alias: str = ""
    external_position: str = ""
    mobile: str = ""
    gender: str = "0"
    status: int = ACTIVE
    customer_contact: bool = True
    real_named: bool = True
    ticket_expired: bool = False
    native_welcome: bool = False
    customer_limit: int = 5_000
    left_at: float = 0.0


@dataclass
class Customer:
    """An external contact 外部联系人."""

    external_userid: str
    name: str
    type: int = 1
    gender: int = 0
    avatar: str = ""
    unionid: str = ""
    openid: str = ""
    position: str = ""
    corp_name: str = ""
    corp_full_name: str = ""
    consent_open: bool = False


@dataclass
class Relation:
    """A member and a customer. `seq` grows with each (re-)adding and orders lists."""

    userid: str
    external_userid: str
    seq: int
    createtime: int
    add_way: int = 1
    oper_userid: str = ""
    state: str = ""
    half: bool = False
    deleted_by_member: bool = False
    deleted_by_customer: bool = False
    chatted: bool = False
    last_chat_at: float = 0.0
    welcomed: bool = False
    remark: str = ""
    description: str = ""
    remark_corp_name: str = ""
    remark_mobiles: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    personal_tags: list[str] = field(default_factory=list)
    transfer_errcode: int = 0

    @property
    def known(self) -> bool:
        """Whether the API still shows the relation: the member has it, and has it in full."""
        return not self.half and not self.deleted_by_member


@dataclass
class TagGroup:
    group_id: str
    group_name: str
    create_time: int
    order: int = 0
    deleted: bool = False
    agent: int = 0
    tags: list[str] = field(default_factory=list)


@dataclass
class Tag:
    id: str
    group_id: str
    name: str
    create_time: int
    order: int = 0
    deleted: bool = False
    agent: int = 0


@dataclass
class ContactWay:
    config_id: str
    agent: int
    type: int
    scene: int
    qr_code: str
    created_at: float
    style: int = 1
    remark: str = ""
    skip_verify: bool = True
    state: str = ""
    user: list[str] = field(default_factory=list)
    party: list[int] = field(default_factory=list)
    is_temp: bool = False
    expires_in: int = 0
    chat_expires_in: int = 0
    unionid: str = ""
    mark_source: bool = True
    conclusions: dict[str, Any] = field(default_factory=dict)
    scans: int = 0


@dataclass
class App:
    """A self-built app, or the contacts-sync assistant (agent 0). None as a range means the whole corp."""

    agent: int
    secret: str
    contacts_sync: bool = False
    disabled: bool = False
    denied: list[str] = field(default_factory=list)
    visible_users: list[str] | None = None
    visible_departments: list[int] | None = None
    token: str = ""


@dataclass
class Token:
    token: str
    agent: int
    expires_at: float
    ended: int = 0


@dataclass
class Ticket:
    name: str
    ticket: str
    expires_at: float


@dataclass
class OAuthCode:
    code: str
    made_at: float
    userid: str = ""
    external_userid: str = ""
    openid: str = ""
    private_info: bool = False
    used: bool = False


@dataclass
class WelcomeCode:
    code: str
    made_at: float
    userid: str
    external_userid: str
    sent_at: float = 0.0
    held: bool = False


@dataclass
class Media:
    media_id: str
    type: str
    scene: int
    filename: str
    size: int
    created_at: float
    content: str = ""


@dataclass
class Message:
    """One app message to one member, or one that never arrived."""

    n: int
    msgid: str
    at: float
    agent: int
    userid: str
    msgtype: str
    outcome: str
    content: dict[str, Any]
    response_code: str = ""
    recalled: bool = False


@dataclass
class ChatMessage:
    """What a member sent a customer from the sidebar, as the SDK took it."""

    n: int
    at: float
    userid: str
    external_userid: str
    message: dict[str, Any]


@dataclass
class ResponseCode:
    code: str
    agent: int
    made_at: float
    msgid: str
    used: bool = False


@dataclass
class MassTask:
    """A mass-send task. `members`: userid → {status, send_time, rows: [{id, status, send_time}]}."""

    msgid: str
    agent: int
    chat_type: str
    created_at: float
    text: dict[str, Any] | None
    attachments: list[dict[str, Any]]
    members: dict[str, dict[str, Any]]
    cancelled: bool = False
    reminders: list[float] = field(default_factory=list)


@dataclass
class Transfer:
    """A customer on the way to another member. Status as transfer_result gives it."""

    key: str
    handover: str
    takeover: str
    external_userid: str
    accepted_at: float
    takeover_time: float
    resigned: bool
    status: int = 2
    message: str = ""


@dataclass
class Chat:
    """A customer group."""

    chat_id: str
    name: str
    owner: str
    create_time: int
    notice: str = ""
    members: list[dict[str, Any]] = field(default_factory=list)
    admins: list[str] = field(default_factory=list)
    member_version: str = ""
    status: int = 0
    dismissed: bool = False
    transfers: list[float] = field(default_factory=list)


@dataclass
class Moment:
    moment_id: str
    jobid: str
    agent: int
    created_at: float
    text: dict[str, Any] | None
    attachments: list[dict[str, Any]]
    visible_type: int
    members: dict[str, dict[str, Any]]
    invalid_users: list[str] = field(default_factory=list)
    invalid_departments: list[int] = field(default_factory=list)
    invalid_tags: list[str] = field(default_factory=list)
    cancelled: bool = False


@dataclass
class Receiver:
    """Where callbacks of one kind go."""

    name: str
    token: str
    aes_key: str
    url: str
    agent: str = ""


@dataclass
class Delivery:
    """One event on its way to one receiver. States: queued, delivered, failed, lost, unrouted."""

    n: int
    receiver: str
    at: float
    xml: str
    state: str = "queued"
    attempts: list[dict[str, Any]] = field(default_factory=list)
