"""What the sidebar's routes take and answer."""

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, StrictBool, StrictFloat, StrictInt, StrictStr

from scrm.customers.model import ContactMethodType, CustomerKind
from scrm.customers.relation import Status
from scrm.http.fields import In, Moment, Out, PageQuery
from scrm.profile.models import ProfileOut
from scrm.tasks.model import Status as TaskStatus

Version = Annotated[int, Field(ge=0, le=2**31)]
TagId = Annotated[str, Field(pattern=r"^[0-9A-Za-z_-]{1,64}$")]
PersonalTag = Annotated[str, Field(min_length=1, max_length=20)]
Phone = Annotated[str, Field(pattern=r"^[0-9+*() -]{3,24}$", examples=["13800008000"])]
FieldKey = Annotated[
    str, Field(pattern=r"^[A-Za-z\u4e00-\u9fff][0-9A-Za-z_\u4e00-\u9fff]{0,39}$", examples=["budget", "预算"])
]
FieldValue = (
    StrictBool
    | Annotated[StrictInt, Field(ge=-(10**15), le=10**15)]
    | Annotated[StrictFloat, Field(ge=-1e15, le=1e15)]
    | Annotated[StrictStr, Field(max_length=500)]
    | Annotated[list[Annotated[StrictStr, Field(max_length=50)]], Field(max_length=100)]
    | None
)


def _printable(text: str) -> str:
    if re.search(r"[\x00-\x08\x0b-\x1f\x7f]", text):
        raise ValueError("含有无法显示的字符")
    return text


Line = Annotated[str, AfterValidator(_printable)]


class JssdkQuery(In):
    """The page that wants to use the JS-SDK, as the browser has it."""

    url: Annotated[str, Field(min_length=1, max_length=2000)]


class SignatureOut(Out):
    """What register() of the JS-SDK takes."""

    timestamp: int
    nonce_str: str
    signature: str


class JssdkOut(Out):
    """Signatures of one page: `config` proves the corp, `agent_config` the app."""

    url: str
    corp_id: str
    agent_id: str
    config: SignatureOut
    agent_config: SignatureOut


class TagOut(Out):
    """A corp tag 企业标签 on a relation."""

    tag_id: str
    name: str
    group_name: str


class PeriodOut(Out):
    """One stretch of friendship; `ended_at` and `reason` are null while it lasts."""

    started_at: Moment
    ended_at: Moment | None
    reason: Status | None


class RelationOut(Out):
    """The caller's own relation. `add_way` is WeCom's number, `add_way_name` what it means.

    `transfer_pending`: it is being handed over to a colleague.
    """

    userid: str
    status: Status
    added_at: Moment | None
    deleted_at: Moment | None
    add_way: int | None
    add_way_name: str
    state: str | None
    channel_id: str | None
    remark: str
    description: str
    company: str
    phones: list[str]
    tags: list[TagOut]
    personal_tags: list[str]
    periods: list[PeriodOut]
    change_unanswered: bool
    transfer_pending: bool
    version: int


class ColleagueOut(Out):
    """A colleague's relation with the same customer (spec CUS-04)."""

    userid: str
    name: str
    status: Status
    added_at: Moment | None
    deleted_at: Moment | None
    transfer_pending: bool


class SourceOut(Out):
    """How the customer first came to the caller, or to the first colleague.

    `cid` and `params` are what the dynamic code of their latest add carried.
    """

    userid: str
    add_way: int | None
    add_way_name: str
    state: str | None
    channel_id: str | None
    channel_name: str
    cid: str | None = None
    params: dict[str, str] = Field(default_factory=dict)


class MethodOut(Out):
    """A way to reach the customer; numbers are masked."""

    type: ContactMethodType
    value: str


class IdentityOut(Out):
    """A value that says who the customer is; numbers are masked."""

    kind: str
    value: str


class CustomerBlock(Out):
    """What the company knows of the person, whoever follows them."""

    customer_id: str
    kind: CustomerKind
    identified: bool
    crmid: str | None
    identities: list[IdentityOut]
    contact_methods: list[MethodOut]
    custom_fields: dict[str, Any]
    version: int


class DetailOut(ProfileOut):
    """A customer as the chat sidebar shows them. `relation` is null for who sees them by data scope."""

    external_userid: str
    name: str
    avatar: str
    gender: int
    type: int
    corp_name: str
    position: str
    relation: RelationOut | None
    colleagues: list[ColleagueOut]
    source: SourceOut | None
    customer: CustomerBlock


class CustomerEditIn(In):
    """What is to change; what is left out stays. Phones replace all; a masked one keeps what it stands for.

    `version` is the relation's, `customer_version` the customer's, as they were read. A custom field is
    removed by null.
    """

    version: Version | None = None
    customer_version: Version | None = None
    remark: Annotated[Line, Field(max_length=20)] | None = None
    description: Annotated[Line, Field(max_length=150)] | None = None
    company: Annotated[Line, Field(max_length=20)] | None = None
    phones: Annotated[list[Phone], Field(max_length=10)] | None = None
    custom_fields: Annotated[dict[FieldKey, FieldValue], Field(max_length=50)] | None = None


class TagsIn(In):
    """Corp tags to put on the relation and to take off it."""

    version: Version | None = None
    add: Annotated[list[TagId], Field(max_length=100)] = Field(default_factory=list)
    remove: Annotated[list[TagId], Field(max_length=100)] = Field(default_factory=list)


class PersonalTagsIn(In):
    """The member's own words for a customer, seen by nobody else."""

    version: Version | None = None
    add: Annotated[list[PersonalTag], Field(max_length=50)] = Field(default_factory=list)
    remove: Annotated[list[PersonalTag], Field(max_length=50)] = Field(default_factory=list)


class MethodIn(In):
    """A way to reach the customer. A masked value keeps what it stands for."""

    type: ContactMethodType
    value: Annotated[Line, Field(min_length=1, max_length=128)]


class MethodsIn(In):
    """Every way to reach the customer, replacing those known. `version` is the customer's."""

    version: Version | None = None
    methods: Annotated[list[MethodIn], Field(max_length=20)]


class RevealIn(In):
    """Why the numbers are needed; it stays in the audit log."""

    reason: Annotated[Line, Field(min_length=2, max_length=200)]


class RevealOut(Out):
    """The customer's numbers in full. Each answer is one line of the audit log."""

    phones: list[str]
    contact_methods: list[MethodOut]
    identities: list[IdentityOut]
    custom_fields: dict[str, Any]


class TraceOut(Out):
    """One entry of the behaviour trace 行为轨迹. `entry_id` is its own among all of the customer's."""

    entry_id: str
    kind: str
    at: Moment
    userid: str | None
    external_userid: str | None
    facts: dict[str, Any]


class CustomerTasksQuery(PageQuery):
    """Which of the caller's to-dos for this customer."""

    status: TaskStatus | Literal["all"] = "open"
