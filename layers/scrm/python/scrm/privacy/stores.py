"""Where personal data of a customer lives: for each family of rows how to find it and what an erasure leaves.

Export (P2) and erasure (P1) both walk STORES; a family of docs/data-model.md that is not here fails a test.
"""

import base64
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from scrm.audit.dynamodb import AUDIT, take_out
from scrm.groups import erasing as groups
from scrm.identities.normalise import KINDS, InvalidIdentity, normalised
from scrm.inheritance import erasing as inheritance
from scrm.leads import erasing as leads
from scrm.migrations import noted_dynamodb
from scrm.moments import rfc3339
from scrm.privacy.person import Person, mentions
from scrm.privacy.rows_dynamodb import Found, collection, delete, move, rewrite, row
from scrm.sops import erasing as sops
from scrm.staff.dynamodb import load_directory

CALLBACKS_KEPT = timedelta(days=32)

Find = Callable[[Person], Iterator[Found]]
Erase = Callable[[Person, Iterable[Found]], int]


@dataclass(frozen=True)
class Store:
    """One family of rows. `title` is what the person reads; `keys` are its item collections as documented.

    `copied` rows hold what others hold already. `derived` rows follow from others by themselves, so that an
    erasure only looks after what is left of them.
    """

    title: str
    keys: tuple[str, ...]
    find: Find
    erase: Erase = lambda _, rows: delete(rows)
    derived: bool = False
    copied: bool = False


def _below(*patterns: str) -> Find:
    """Find whole collections named by the person's customer ids or contacts."""

    def find(person: Person) -> Iterator[Found]:
        for pattern in patterns:
            ids = person.external_userids if "{contact}" in pattern else person.customer_ids
            for each in ids:
                yield from collection(pattern.format(contact=each, customer=each))

    return find


def _mentioned(rows: Iterable[Found], person: Person) -> Iterator[Found]:
    return (each for each in rows if each.mentions(person.ids))


def _identities(person: Person) -> Iterator[Found]:
    for kind, value in _claims(person):
        found = row(f"IDENTITY#{kind}#{value}", "IDENTITY")
        yield from (each for each in found if each.plain.get("customer_id") in person.customer_ids)


def _pretags(person: Person) -> Iterator[Found]:
    for kind, value in _claims(person):
        yield from collection(f"PRETAG#{kind}#{value}")


def _phones(person: Person) -> list[str]:
    """Return the person's numbers as phones are looked up: bound ones, and those that were noted."""
    found: list[str] = []
    for kind, value in _claims(person):
        try:
            found += [normalised("phone", value)] if kind == "phone" else []
        except InvalidIdentity:
            continue
    return list(dict.fromkeys(found))


def _migrations(person: Person) -> Iterator[Found]:
    """Find the person's phones in every list of contacts to be brought over."""
    for listed in collection("MIGRATIONS"):
        for phone in _phones(person):
            yield from row(listed.sk, f"PHONE#{phone}")


def _noted(person: Person) -> Iterator[Found]:
    for phone in _phones(person):
        yield from _mentioned(row(f"NOTED#{phone}", "NOTED"), person)


def _not_noted(person: Person, rows: Iterable[Found]) -> int:
    """Take the person's relations from a number, which may be noted of somebody else as well."""
    count = 0
    for each in rows:
        theirs = [name for name in each.plain["relations"] if name.split("#")[0] in person.external_userids]
        noted_dynamodb.forget(each.pk.partition("#")[2], theirs)
        count += 1
    return count


def _dynamic_codes(person: Person) -> Iterator[Found]:
    for state in person.states:
        yield from row(f"DYNAMIC#{state}", "DYNAMIC")


def _answers(person: Person) -> Iterator[Found]:
    for form in collection("FORMS"):
        for contact in person.external_userids:
            yield from collection(form.sk, begins=f"ANSWER#{contact}#")


def _claims(person: Person) -> list[tuple[str, str]]:
    """Return every (kind, value) under which something may stand: identities, and each number as a phone."""
    numbers = [("phone", each) for each in person.numbers]
    known = [(kind, value) for kind, value in person.identities if kind in KINDS]
    return list(dict.fromkeys([*known, *numbers]))


def _orders(person: Person) -> Iterator[Found]:
    for each in person.customer_ids:
        for listed in collection(f"ORDERS#{each}"):
            yield listed
            yield from _mentioned(collection(f"ORDER#{listed.sk}"), person)


def _anonymous_orders(person: Person, rows: Iterable[Found]) -> int:
    """Keep orders under the pseudonym: what was sold stays sold. The order itself before what lists it."""
    count = 0
    for each in sorted(rows, key=lambda found: found.pk.startswith("ORDERS#")):
        if each.pk.startswith("ORDERS#"):
            move(each, f"ORDERS#{person.pseudonym}", each.sk, person)
        else:
            rewrite(each, person)
        count += 1
    return count


def _sends(person: Person) -> Iterator[Found]:
    """Find what was sent to the person, by the rows that list it under them: those come last of each."""
    for customer_id in person.customer_ids:
        for shared in collection(f"SHARES#{customer_id}"):
            yield from _of_send(shared.sk.split("#")[1])
            yield shared


def _of_send(send_id: str) -> Iterator[Found]:
    """Find a send with its links, its place in the statistics of its item, and what happened to it."""
    for each in collection(f"SEND#{send_id}"):
        if each.sk == "SEND":
            send = each.plain
            for token in send.get("links") or ():
                yield from row(f"LINK#{token}", "LINK")
            if "sent_at" in send:
                statistics = f"SENDS#{send['kind']}#{send['item_id']}"
                yield from row(statistics, f"{send['sent_at']}#{send_id}")
        yield each


def _anonymous_sends(person: Person, rows: Iterable[Found]) -> int:
    """Keep what an item's statistics say, under the pseudonym; delete the send, which leads there, then."""
    found = list({(each.pk, each.sk): each for each in rows}.values())
    counted = [each for each in found if each.pk.startswith("SENDS#")]
    for each in counted:
        rewrite(each, person)
    for start in ("LINK#", "SEND#", "SHARES#"):
        delete(each for each in found if each.pk.startswith(start))
    return len(found)


def _leads(person: Person) -> Iterator[Found]:
    return leads.find(person, _claims(person))


def _adds(person: Person) -> Iterator[Found]:
    for channel_id in person.channels:
        for each in collection(f"CHANNEL#{channel_id}", since=f"ADD#{person.since[:10]}"):
            if any(f"#{contact}#" in each.sk for contact in person.external_userids):
                yield each


def _anonymous_adds(person: Person, rows: Iterable[Found]) -> int:
    """Keep adds under the pseudonym: how many came through a channel stays true."""
    count = 0
    for each in rows:
        place = each.sk
        for contact in person.external_userids:
            place = place.replace(f"#{contact}#", f"#{person.pseudonym}#")
        move(each, each.pk, place, person)
        count += 1
    return count


def _serials(person: Person) -> Iterator[Found]:
    crmids = {value for kind, value in person.identities if kind == "crmid"}
    for state in person.states:
        found = row(f"SERIAL#{state}", "SERIAL")
        yield from (each for each in found if each.plain.get("crmid") in crmids)


def _segments(person: Person) -> Iterator[Found]:
    for each in person.customer_ids:
        for state in row(f"CARD#{each}", "STATE"):
            plain = state.plain
            for segment_id in dict.fromkeys((*(plain.get("entered") or ()), *(plain.get("pinned") or ()))):
                yield from row(f"SEGMENT#{segment_id}", f"MEMBER#{each}")


def _of_members(person: Person) -> Iterator[Found]:
    """Find what any member has been told or has to do; a message in hand may hold no more than the name.

    What tells of a lead of theirs names the lead alone.
    """
    ids = (*person.ids, *leads.lead_ids(person, _claims(person)))
    for userid in sorted({*load_directory().members, *person.members}):
        for each in collection(f"MEMBER#{userid}"):
            if each.mentions(person.words if each.sk == "OUTBOX" else ids):
                yield each


def _without_notices(person: Person, rows: Iterable[Found]) -> int:
    """Delete notices and visits; close to-dos and take the person out: the member's work stays counted."""
    count = 0
    for each in rows:
        count += 1
        if each.sk.startswith("TASK#"):
            still_open = each.plain.get("status") == "open"
            closed = {"status": {"S": "cancelled"}} if still_open else {}
            rewrite(each, person, {**closed, "external_userid": None, "customer_id": None, "note": None})
        elif each.sk == "OUTBOX":
            rewrite(each, person)
        else:
            delete([each])
    return count


def _contact_last(_: Person, rows: Iterable[Found]) -> int:
    """Whoever finds a relation gone asks for the contact, so that goes last."""
    return delete(sorted(rows, key=lambda each: each.sk == "CONTACT"))


def _mentioning(pk: str) -> Find:
    return lambda person: _mentioned(collection(pk), person)


def _rewritten(person: Person, rows: Iterable[Found]) -> int:
    count = 0
    for each in rows:
        rewrite(each, person)
        count += 1
    return count


def _jobs(person: Person) -> Iterator[Found]:
    for listed in collection("JOBS"):
        yield from _mentioned(collection(f"JOB#{listed.sk.partition('#')[2]}"), person)


def _pushes(person: Person) -> Iterator[Found]:
    for listed in collection("PUSHES"):
        yield from _mentioned(collection(f"PUSH#{listed.sk.partition('#')[2]}"), person)


def _applied_rules(person: Person) -> Iterator[Found]:
    for rule in collection("TAGRULES", "RULE#"):
        for each in person.customer_ids:
            yield from row(f"TAGRULE#{rule.sk.partition('#')[2]}", each)


def _exports(person: Person) -> Iterator[Found]:
    """Find the files of an export that tell of the person, whole: who needs one still makes it anew."""
    for listed in collection("JOBS"):
        rows = list(collection(f"EXPORT#{listed.sk.partition('#')[2]}"))
        texts = (zlib.decompress(base64.b64decode(each.image["text"]["S"])).decode() for each in rows)
        if mentions("".join(texts), (*person.telling, *person.names)):
            yield from rows


def _callbacks(person: Person) -> Iterator[Found]:
    last = datetime.fromisoformat(person.at) + timedelta(days=1)
    for days in range(CALLBACKS_KEPT.days):
        date = rfc3339(last - timedelta(days=days))[:10]
        yield from _mentioned(collection(f"CALLBACKS#{date}"), person)


def _audit(person: Person) -> Iterator[Found]:
    lines = collection(AUDIT, since=person.since)
    return (each for each in _mentioned(lines, person) if each.sk != "HEAD")


def _taken_out(_: Person, rows: Iterable[Found]) -> int:
    count = 0
    for each in rows:
        take_out(each.sk)
        count += 1
    return count


def _leads_too(person: Person) -> Iterator[Found]:
    """Find the person's bars, and those of leads they were: nurtured before anybody knew a customer."""
    for each in (*person.customer_ids, *leads.lead_ids(person, _claims(person))):
        yield from collection(f"PROGRESS#{each}")


def _touches(person: Person) -> Iterator[Found]:
    """Find when the person was marketed to, as a lead too."""
    for each in (*person.customer_ids, *leads.lead_ids(person, _claims(person))):
        yield from collection(f"TOUCHES#{each}")


def _mass_places(person: Person) -> Iterator[Found]:
    """Find the person's places in mass sends of SOPs, the lists that name them, the words that call them."""
    return sops.find(person, [*_leads_too(person)])


STORES: tuple[Store, ...] = (
    Store("群发名单", ("MASS#<mass_id>",), _mass_places, sops.erase, copied=True),
    Store("营销进度", ("PROGRESS#<customer_id or lead_id>",), _leads_too),
    Store("营销次数", ("TOUCHES#<customer_id or lead_id>",), _touches),
    Store("行为轨迹", ("TIMELINE#<customer_id>",), _below("TIMELINE#{customer}")),
    Store("客户需求", ("DEMANDS#<customer_id>",), _below("DEMANDS#{customer}")),
    Store("所代表的企业", ("ACCOUNTS#<customer_id>",), _below("ACCOUNTS#{customer}")),
    Store("通知与待办", ("MEMBER#<userid, lower case>",), _of_members, _without_notices),
    Store("订单", ("ORDER#<source>#<order_no>", "ORDERS#<customer_id>"), _orders, _anonymous_orders),
    Store(
        "发送记录",
        ("SHARES#<customer_id>", "SEND#<send_id>", "LINK#<token>", "SENDS#<kind>#<item_id>"),
        _sends,
        _anonymous_sends,
    ),
    Store(
        "线索",
        (
            "LEAD#<lead_id>",
            "UNIQ#<kind>#<value>",
            "LAST#<kind>#<value>",
            "LEADLIST",
            "OPENED#<crmid>",
        ),
        _leads,
        leads.erase,
    ),
    Store("客户群成员名单", ("GROUP#<chat_id>",), groups.find, groups.erase, copied=True),
    Store("所在客户群", ("INGROUP#<external_userid>",), _below("INGROUP#{contact}"), derived=True),
    Store("客户继承", ("PLAN#<plan_id>",), inheritance.find, inheritance.erase, copied=True),
    Store("渠道添加记录", ("CHANNEL#<channel_id>",), _adds, _anonymous_adds),
    Store("串码", ("SERIAL#<state>",), _serials),
    Store("动态活码", ("DYNAMIC#<state>",), _dynamic_codes),
    Store("表单答复", ("FORM#<form_id>",), _answers),
    Store("待打标签", ("PRETAG#<kind>#<value>",), _pretags),
    Store("迁移名单", ("MIGRATION#<migration_id>",), _migrations),
    Store("备注手机号", ("NOTED#<phone>",), _noted, _not_noted, derived=True, copied=True),
    Store("已执行的打标签规则", ("TAGRULE#<rule_id>",), _applied_rules),
    Store("身份冲突", ("CONFLICTS",), _mentioning("CONFLICTS")),
    Store("批量任务", ("JOB#<job_id>",), _jobs, _rewritten),
    Store("请同事发送的请求", ("PUSH#<push_id>",), _pushes, _rewritten),
    Store("已请同事发送的内容", ("PUSHED#<customer_id>",), _below("PUSHED#{customer}"), derived=True),
    Store("导出文件", ("EXPORT#<job_id>",), _exports, copied=True),
    Store("未识别的回调", ("CALLBACKS#<date>",), _callbacks),
    Store("所在分层", ("SEGMENT#<segment_id>",), _segments, derived=True),
    Store("投放的分层标签", ("PROJECTED#<customer_id>",), _below("PROJECTED#{customer}"), derived=True),
    Store("审计记录", ("AUDIT",), _audit, _taken_out),
    Store("身份标识", ("IDENTITY#<kind>#<value>",), _identities),
    Store("客户卡", ("CARD#<customer_id>",), _below("CARD#{customer}"), derived=True),
    Store("微信联系人与跟进关系", ("CONTACT#<external_userid>",), _below("CONTACT#{contact}"), _contact_last),
    Store("客户资料", ("CUSTOMER#<customer_id>",), _below("CUSTOMER#{customer}")),
)
"""In the order of an erasure: what leads to the rest comes last."""

NOBODYS: dict[str, str] = {
    "HAS#<field>#<value>": "follows from the card's own stream record",
    "RANGE#<field>": "follows from the card's own stream record",
    "CARDS": "months",
    "SEGMENTS": "conditions over fields",
    "QUERIES": "conditions over fields",
    "QUERIES#<userid, lower case>": "conditions over fields",
    "JOBS": "ids of jobs",
    "JOBS#<userid, lower case>": "ids of jobs",
    "DEMAND_KINDS": "configuration",
    "INTENTIONS": "configuration",
    "STAGES": "configuration",
    "FIELDS": "configuration",
    "FORMS": "configuration",
    "MAPPINGS": "configuration",
    "PRODUCTS": "products",
    "UNKNOWN#<code>": "order numbers",
    "PUSHES": "ids of pushes",
    "SALES#<Beijing month>": "members, channels, products and sums by order number",
    "CHANNELS": "configuration",
    "GROUPS": "names, owners and counts of groups",
    "MOVED#<owner, lower case>": "ids of groups",
    "LEADS#<month>": "ids of leads",
    "FOLLOWED#<Beijing date>": "members, ids of leads, digests of follow-ups",
    "CAMPAIGNS#<Beijing month>": "campaigns and digests of what answered them",
    "SNAPSHOT#<Beijing date>": "counts by channel and member",
    "CONTRACTS#<month>": "ids of leads and contracts",
    "SIGNED#<Beijing month>": "ids of leads and contracts",
    "COMPANY#<name as the soft key compares it>": "a company's name and the id of a lead",
    "LEADKINDS": "configuration",
    "DOUBTS": "ids of leads, members",
    "TARGETS": "configuration",
    "LEADSIGNALS": "configuration",
    "LOADS": "counts by member",
    "SOPS": "configuration",
    "SOP#<sop_id>": "configuration",
    "LEADRULES": "configuration",
    "CURSORS": "turns of members",
    "LEAVES": "members of the corp",
    "STAFF": "members of the corp, as WeCom lists them",
    "PLANS": "ids of plans",
    "OFFBOARDING": "members of the corp who are gone, and numbers",
    "ORGANISATION": "departments",
    "TAGRULES": "configuration",
    "TAGS": "configuration",
    "TAGUSE": "days",
    "SETTINGS": "configuration",
    "SYNC": "runs",
    "LIBRARY#<kind>": "the corp's own scripts, materials, products and articles",
    "ITEM#<kind>#<item_id>": "the corp's own scripts, materials, products and articles",
    "FILE#<file_id>": "files of the corp's own materials",
    "USES#<kind>": "counts by item",
    "USES#<kind>#<Beijing month>": "counts by day, item and member",
    "SYNC#<run_id>": "members and counts",
    "REDRIVEN#<queue>": "message ids",
    "MIGRATIONS": "names and counts",
    "WEBHOOKS": "configuration",
    "ERASURES": "the erasure itself; the person goes with its last step",
    "ERASED#<digest>": "the receipt",
}
"""Families that hold nothing of a customer, with what they hold instead."""
