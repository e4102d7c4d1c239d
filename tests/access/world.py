"""The corp that the access matrix speaks of, and requests to it."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from scrm.http.caller import Caller
from tests.component.conftest import app_of, http_event_of
from tests.component.http_world import Answered, befriended, caller_of, change_member, corp_tag

FUNCTIONS = {
    "sidebar": "sidebar_api",
    "workbench": "workbench_api",
    "admin": "admin_api",
    "integrations": "integrations_api",
    "h5": "h5_api",
}
MALFORMED = "%20..;drop"
OWNERS = {"lisis": "lisi", "wangwus": "wangwu", "chenmeis": "ChenMei"}


class World:
    """Objects by the matrix' names. What a forbidden caller must not learn of one is in `secrets`."""

    def __init__(self, simulator: Any) -> None:
        self.simulator = simulator
        self.tag = corp_tag(simulator, "高意向")
        self._fresh = itertools.count()
        self.secrets: list[str] = []
        self.customer("13900009000")

    def fresh(self) -> str:
        """Return a name that nothing has yet."""
        return f"新{next(self._fresh)}"

    # ---------------------------------------------------------------- objects

    def customers(self) -> dict[str, str]:
        """Return external_userids by column."""
        from scrm import clock
        from scrm.customers.relation import Fact

        now = int(clock.now().timestamp())
        found = {
            column: befriended(self.simulator, owner, f"客户-{column}", remark=f"备注-{column}")
            for column, owner in OWNERS.items()
        }
        gone = (Fact("add", now - 9, "e1"), Fact("transferred", now - 5, "e2"))
        found["handed_over"] = befriended(self.simulator, "lisi", "客户-handed", facts=gone)
        befriended(self.simulator, "ChenMei", external_userid=found["handed_over"])
        ended = (Fact("add", now - 9, "e1"), Fact("deleted_by_staff", now - 5, "e2"))
        found["deleted"] = befriended(self.simulator, "lisi", "客户-deleted", facts=ended)
        self.secrets += [*found.values(), "客户-", "备注-", "cu_"]
        return {**found, "unknown": "wmUnknownUnknown", "malformed": MALFORMED}

    def orders(self) -> dict[str, str]:
        """Return order numbers of paid orders whose sales are entered, by column."""
        from scrm import clock
        from scrm.attribution.attributing import attribute
        from scrm.customers.dynamodb import Customers
        from scrm.orders import dynamodb as stored
        from scrm.orders.model import Order, Placed

        found = {}
        for column, there in self.customers().items():
            contact = Customers().contact(there)
            if contact is not None:
                placed = Placed(1, contact.customer_id, 100, clock.now(), (), clock.now(), 100)
                stored.save(Order("shop", f"单-{column}", placed), Order("shop", f"单-{column}"), clock.now())
                attribute("shop", f"单-{column}", clock.now())
                found[column] = f"shop/单-{column}"
        return {**found, "unknown": "shop/单-none", "malformed": MALFORMED}

    def contracts(self) -> dict[str, str]:
        """Return ids of leads that wait for their contract, by whose they are."""
        for column, owner in OWNERS.items():
            self._lead(column, owner, "INTENT")
        self.secrets += ["线索-"]
        return {**{column: column for column in OWNERS}, "unknown": "none", "malformed": MALFORMED}

    def handovers(self) -> dict[str, str]:
        """Return ids of leads whose customers went to service, by whose they are."""
        from scrm import clock
        from scrm.leads.handing import hand_over

        found = self.contracts()
        for column in OWNERS:
            hand_over(column, "won", clock.now(), clock.now())
        return found

    def tasks(self) -> dict[str, str]:
        """Return to-do ids by column."""
        from scrm import clock
        from scrm.tasks.dynamodb import DynamoTasks
        from scrm.tasks.model import task

        found = {}
        for column, owner in OWNERS.items():
            due = clock.now() + timedelta(hours=1)
            one = task(
                "follow", owner, due, column, created_at=clock.now(), payload={"about": f"待办-{column}"}
            )
            DynamoTasks().open(one)
            found[column] = one.id
        self.secrets += ["待办-"]
        return {**found, "unknown": "20260302T021500Z-000000000000-lisi", "malformed": MALFORMED}

    def visits(self) -> dict[str, str]:
        """Return ids of planned visits by column."""
        from scrm import clock
        from scrm.visits import dynamodb as stored
        from scrm.visits.model import Visit, visit_id_of

        found = {}
        for column, owner in OWNERS.items():
            at = clock.now().replace(microsecond=0) + timedelta(hours=1)
            found[column] = visit_id_of(owner, at, column)
            stored.plan(Visit(found[column], owner, at, f"地点-{column}"))
        self.secrets += ["地点-"]
        return {**found, "unknown": "20260302T021500Z-000000000000-lisi", "malformed": MALFORMED}

    def steps(self) -> dict[str, str]:
        """Return ids of to-dos of a SOP's step that members are to send to their own customers, by column."""
        from scrm import clock
        from scrm.sops import delivering, sops_dynamodb
        from scrm.sops.dynamodb import begin
        from scrm.sops.enrollment import Enrollment, Run
        from scrm.sops.model import Policies, Sop, Step, Version
        from scrm.table import in_transaction

        step, now = Step("A1", "步骤"), clock.now()
        version = Version("A", 1, "培育", "step_by_step", (step,), policies=Policies(max_wait_days=3650))
        words = {"A1": {"parts": [{"kind": "text", "text": "您好"}]}}
        with in_transaction() as transaction:
            for each in sops_dynamodb.sop_steps(Sop("A", "培育", "running", 1, 1), now, new=True):
                each(transaction)
            sops_dynamodb.version_step(version, "admin", now)(transaction)
            sops_dynamodb.content_step("A", 1, words, 0)(transaction)
        customers, found = self.customers(), dict[str, str]()
        for column, owner in OWNERS.items():
            run = Run("A1", 1, "DISPATCHED", now, now)
            there = {"external_userid": customers[column], "owner": owner}
            it = Enrollment("A", f"cu_{column}", 1, now, now, cursor="A1", runs=(run,), **there)
            begin(it)
            to_do = delivering.to_do(it, step, run, now)
            delivering.tasks.open(to_do)
            found[column] = to_do.id
        self.secrets += ["步骤", "培育"]
        return {**found, "unknown": "20260302T021500Z-000000000000-lisi", "malformed": MALFORMED}

    def calls(self) -> dict[str, str]:
        """Return ids of to-dos by which members are to call leads that nobody owns, by column."""
        from scrm import clock
        from scrm.tasks.dynamodb import DynamoTasks
        from scrm.tasks.model import task

        self.leads()
        found, payload = dict[str, str](), {"lead_id": "ld_pooled", "title": "电话"}
        for column, owner in OWNERS.items():
            one = task("call", owner, clock.now(), column, created_at=clock.now(), payload=payload)
            DynamoTasks().open(one)
            found[column] = one.id
        return {**found, "unknown": "20260302T021500Z-000000000000-lisi", "malformed": MALFORMED}

    def notices(self) -> dict[str, str]:
        """Return notice ids by column."""
        from scrm import clock
        from scrm.notices.dynamodb import DynamoNotices
        from scrm.notices.model import notice
        from scrm.notices.sending import Delivery

        found = {}
        for column, owner in OWNERS.items():
            at = clock.now()
            one = notice("new_customer", owner, at, column, subject={"external_userid": f"wm-{column}"})
            DynamoNotices().put(Delivery(one, "sent", at, at, "m"))
            found[column] = one.id
        self.secrets += [f"wm-{column}" for column in OWNERS]
        return {**found, "unknown": "20260302T021500Z-0000000000000000", "malformed": MALFORMED}

    def jobs(self) -> dict[str, str]:
        """Return ids of jobs by column."""
        from scrm import clock
        from scrm.jobs.dynamodb import Jobs
        from scrm.jobs.model import NewJob

        found = {}
        for column, owner in OWNERS.items():
            new = NewJob(f"job_{column}", "tag", owner, reason=f"任务-{column}", items=[f"{owner}#wm1"])
            found[column] = Jobs().start(new, clock.now()).job_id
        self.secrets += ["任务-"]
        return {**found, "unknown": "job_none", "malformed": MALFORMED}

    def exports(self) -> dict[str, str]:
        """Return ids of exports that have ended, by column."""
        from scrm import clock
        from scrm.exports.dynamodb import put_parts
        from scrm.jobs.dynamodb import Jobs
        from scrm.jobs.model import NewJob

        found, params = {}, {"source": "cards", "rows": {}}
        for column, owner in (("admins", "admin"), ("lisis", "lisi")):
            new = NewJob(f"job_export_{column}", "export", owner, params=params, starts=("",))
            found[column] = Jobs().start(new, clock.now()).job_id
            put_parts(found[column], 0, "00000.000000", [f"导出-{column}"], clock.now())
            Jobs().give_up(found[column], "none", clock.now())
        self.secrets += ["导出-"]
        return {**found, "unknown": "job_none", "malformed": MALFORMED}

    def groups(self) -> dict[str, str]:
        """Return ids of customer groups by column."""
        from scrm.groups import dynamodb as stored
        from scrm.groups.model import Group, Member

        for column, owner in OWNERS.items():
            members = (Member(owner, outside=False), Member(f"wm-{column}", outside=True))
            if stored.group(f"wr_{column}") is None:
                stored.save(None, Group(f"wr_{column}", f"群-{column}", owner, members=members))
        self.secrets += ["群-", "wm-"]
        return {**{column: f"wr_{column}" for column in OWNERS}, "unknown": "wrNone", "malformed": MALFORMED}

    def lists(self) -> dict[str, str]:
        """Return whose list is asked for, by column."""
        self.customers()
        return {**OWNERS, "unknown": "nobody", "malformed": "x" * 65}

    def feeds(self) -> dict[str, str]:
        """Return names for feeds: whoever may define one may give it any name that is one."""
        return {"new": "erp", "malformed": MALFORMED}

    def queries(self) -> dict[str, str]:
        """Return ids of saved queries by column."""
        from scrm import clock
        from scrm.queries.dynamodb import save
        from scrm.queries.model import Query

        every = {**OWNERS, "shared": "zhangsan"}
        for column, owner in every.items():
            query = Query(
                f"qy_{column}", f"查询-{column}", {"all": []}, owner=owner, shared=column == "shared"
            )
            save(query, None, clock.now())
        self.secrets += [f"查询-{column}" for column in OWNERS]
        return {**{column: f"qy_{column}" for column in every}, "unknown": "qy_x", "malformed": MALFORMED}

    def shelves(self) -> dict[str, str]:
        """Return ids of items by column: each library has all of them."""
        from scrm.library.model import KINDS
        from scrm.library.visibility import Visibility
        from tests.component.library.world import group, item, put, put_content

        staffs = Visibility(roles=frozenset({"staff"}))
        scopes = {
            "staffs": staffs,
            "wangwus": Visibility(people=frozenset({"wangwu"})),
            "of_department_2": Visibility(departments=frozenset({2})),
        }
        columns = ("everybodys", "in_staffs_group", *scopes)
        states: tuple[Any, ...] = ("draft", "archived", "deleted")
        for kind in KINDS:
            put(group("staffs", kind=kind, visibility=staffs))
            for column in (*columns, *states):
                within = "staffs" if column == "in_staffs_group" else ""
                status = column if column in states else "published"
                told = f"内容-{column}"
                put(item(column, within, kind=kind, status=status, visibility=scopes.get(column), title=told))
                put_content(kind, column, {"title": told})
        self.secrets += ["内容-"]
        return {**{each: each for each in (*columns, *states)}, "unknown": "none", "malformed": MALFORMED}

    def recipients(self) -> dict[str, str]:
        """Return external_userids by column, with an item of each kind that everybody may send them."""
        from tests.component.library.world import item, put, put_content

        contents: dict[Any, dict[str, Any]] = {
            "script": {"title": "您好", "parts": [{"kind": "text", "text": "您好"}]},
            "material": {"kind": "text", "name": "您好", "text": "您好"},
            "product": {"type": "nonstandard", "name": "您好"},
        }
        for kind, content in contents.items():
            put_content(kind, "everybodys", content)
            put(item("everybodys", kind=kind, title="您好"))
        return self.customers()

    def sends(self) -> dict[str, str]:
        """Return ids of what members sent to their own customers, by column."""
        from scrm import clock
        from scrm.sends import dynamodb as stored
        from scrm.sends.model import Send

        found = {}
        for place, (column, owner) in enumerate(OWNERS.items()):
            there = befriended(self.simulator, owner, f"客户-{column}")
            found[column] = "ab"[place % 2] * 12 + "cde"[place] * 12
            words = ({"msgtype": "text", "text": {"content": f"发送-{column}"}},)
            sent = Send(
                found[column],
                "material",
                "ma",
                1,
                "您好",
                owner,
                there,
                "cu_1",
                words,
                clock.now(),
                sent_at=clock.now(),
            )
            assert stored.put(replace(sent, status="sent"), {})
        self.secrets += ["客户-", "发送-", "cu_"]
        return {**found, "unknown": "z" * 24, "malformed": MALFORMED}

    def pools(self) -> dict[str, str]:
        """Return ids of pools by column: one of lisi and wangwu, one of ChenMei that LiuYang looks after."""
        from datetime import UTC, datetime

        from scrm.leads import rules_dynamodb
        from scrm.leads.policy import Member, Pool, RuleSet

        lisis = Pool("P", "公海-lisis", (Member("lisi"), Member("wangwu")))
        chenmeis = Pool("Q", "公海-chenmeis", (Member("ChenMei"),), admins=("LiuYang",))
        if not rules_dynamodb.head().number:
            long_ago = datetime(2026, 1, 1, tzinfo=UTC)
            rules_dynamodb.add(RuleSet(pools=(lisis, chenmeis), default_pool="P"), "admin", long_ago)
        self.secrets += ["公海-"]
        return {"lisis": "P", "chenmeis": "Q", "unknown": "none", "malformed": MALFORMED}

    def leads(self) -> dict[str, str]:
        """Return ids of leads by column: members' own, and one that waits in the pool of lisi and wangwu."""
        from scrm import clock
        from scrm.leads import alike_dynamodb
        from scrm.leads import dynamodb as stored
        from scrm.leads.assigning import owned_by
        from scrm.leads.living import change, pool_of
        from scrm.leads.model import Lead

        self.pools()
        now = clock.now()
        owners = {**OWNERS, "pooled": "", "chenmeis_pool": ""}
        for column, owner in owners.items():
            pool_id = "Q" if column.startswith("chenmeis") else "P"
            new = Lead(f"ld_{column}", "POOLED", "website", f"线索-{column}", pool_id=pool_id, created_at=now)
            stored.create(new, {"demand": f"需求-{column}"}, None)
            alike_dynamodb.note(new.lead_id, "ld_chenmeis_pool", now)
            if owner:
                pool = pool_of(new, now)
                change(
                    new.lead_id,
                    lambda lead, _, to=owner, of=pool: owned_by(lead, to, of, now, "assign", "system"),
                    now,
                )
        self.secrets += ["线索-", "需求-"]
        return {
            **{column: f"ld_{column}" for column in owners},
            "unknown": "ld_none",
            "malformed": MALFORMED,
        }

    def claims(self) -> dict[str, str]:
        """Return what is claimed, by column: a pool with a lead of it."""
        self.leads()
        return {
            "lisis_pool": "P/leads/ld_pooled",
            "chenmeis_pool": "Q/leads/ld_chenmeis_pool",
            "unknown": "P/leads/ld_none",
            "malformed": MALFORMED,
        }

    def attachments(self) -> dict[str, str]:
        """Return files by the column of their lead: the lead with a file of it."""
        from dataclasses import replace

        from scrm import clock
        from scrm.leads import attachments_dynamodb as stored
        from scrm.materials.files import File

        found = {}
        for column, lead_id in self.leads().items():
            found[column] = MALFORMED if column == "malformed" else f"{lead_id}/files/fi_1"
            if column not in {"unknown", "malformed"}:
                file = File("fi_1", f"附件-{column}.pdf", "file", "application/pdf", 100)
                stored.put_new(lead_id, file, clock.now())
                stored.keep(lead_id, replace(file, sha256="0" * 64))
        self.secrets += ["附件-"]
        return found

    def bars(self) -> dict[str, str]:
        """Return bars of one SOP by column."""
        sop_id, found = self._sop("/enrollments"), {}
        for column, owner in OWNERS.items():
            there = befriended(self.simulator, owner, f"客户-{column}")
            made = self.done("POST", f"/admin/sops/{sop_id}/enrollments", {"external_userid": there})
            found[column] = f"{sop_id}/enrollments/{made.json['subject']}"
        self.secrets += ["客户-", "问候"]
        unknown, malformed = f"{sop_id}/enrollments/cu_none", f"{sop_id}/enrollments/{MALFORMED}"
        return {**found, "unknown": unknown, "malformed": malformed}

    def plans(self) -> dict[str, str]:
        """Return drafts of handovers from one colleague of a team to another, by column."""
        found = {}
        for column, (owner, colleague) in {
            "lisis": ("lisi", "wangwu"),
            "wangwus": ("wangwu", "lisi"),
            "chenmeis": ("ChenMei", "LiuYang"),
        }.items():
            befriended(self.simulator, owner, f"客户-{column}")
            asked = {"mode": "onjob", "handovers": [owner], "takeovers": [{"userid": colleague}]}
            made = self.done("POST", "/admin/inheritance/plans", {**asked, "reason": "complaint"})
            found[column] = str(made.json["plan_id"])
        self.secrets += ["客户-", *found.values()]
        return {**found, "unknown": "plan_none", "malformed": MALFORMED}

    def leavers(self) -> dict[str, str]:
        """Return members with customers to be handed over, by column."""
        for column, owner in OWNERS.items():
            befriended(self.simulator, owner, f"客户-{column}")
        self.secrets += ["客户-"]
        return {**OWNERS, "unknown": "nobody0", "malformed": MALFORMED}

    # ---------------------------------------------------------------- what the corp owns

    def existing(self, pattern: str) -> str:
        """Return the id of a fresh object that the first parameter of an admin route names."""
        makers: dict[str, Callable[[], str]] = {
            "{lead_id}:void-contract": self._signed,
            "/lead-doubts/{lead_id}": self._signed,
            "{quarter}": lambda: "2026-Q1",
            "{item_id}": lambda: self._item(pattern),
            "script-groups/{group_id}": lambda: self._content_group(pattern),
            "material-groups/{group_id}": lambda: self._content_group(pattern),
            "product-groups/{group_id}": lambda: self._content_group(pattern),
            "knowledge-groups/{group_id}": lambda: self._content_group(pattern),
            "{userid}": lambda: "wujiu",
            "{channel_id}": self._channel,
            "{tag_id}": self._tag,
            "{group_id}": self._group,
            "{external_userid}": lambda: befriended(self.simulator, "lisi", "客户-corp"),
            "{customer}": lambda: befriended(self.simulator, "lisi", "客户-corp"),
            "{push_id}": self._push,
            "{rules_number}": self._rules_number,
            "{pool_id}": self._pool,
            "{leave_id}": self._leave,
            "{webhook_id}": self._webhook,
            "{migration_id}": self._migration,
            "{erasure_id}": self._erasure,
            "{run_id}": self._run,
            "{customer_id}:unmerge": self._merged,
            "{customer_id}": self.customer,
            "{conflict_id}": self._conflict,
            "{form_id}": self.form,
            "{file_id}": self._file,
            "{job_id}": self._job,
            "/lead-lists/{entry_id}": self._listed,
            "{signal_id}": self._signal,
            "{sop_id}": lambda: self._sop(pattern),
            "/lead-kinds/{kind}": lambda: "crawler",
            "/tag-rules/{rule_id}": self._tag_rule,
            "{rule_id}": self._rule,
            "{demand_kind}": self._demand_kind,
            "{key}": self._field,
            "{feed}": self._mapping,
            "{segment_id}:recompute": self._asked_segment,
            "{segment_id}": self._segment,
            "{preset}": self._preset,
        }
        return next(make for name, make in makers.items() if name in pattern)()

    def _sop(self, pattern: str) -> str:
        steps = [
            {"key": f"s{n}", "title": "问候", "parts": [{"kind": "text", "text": "您好"}]}
            for n in range(1, 9)
        ]
        body = {"name": self.fresh(), "strategy": "step_by_step", "steps": steps}
        sop_id = str(self.done("POST", "/admin/sops", body).json["sop_id"])
        acts = (":pause", ":resume", ":stop", ":enter", "/enrollments", "{step_key}")
        if any(each in pattern for each in acts):
            self.done("POST", f"/admin/sops/{sop_id}:publish", {"version": 1})
        return sop_id

    def _signal(self) -> str:
        body = {"name": "看价格", "kind": "visit", "count": 2, "days": 7}
        return str(self.done("POST", "/admin/lead-signals", body).json["signal_id"])

    def _listed(self) -> str:
        body = {"kind": "crmid", "value": self.fresh(), "colour": "black", "reason": "同行"}
        return str(self.done("POST", "/admin/lead-lists", body).json["entry_id"])

    def _lead(self, lead_id: str, owner: str, status: Any) -> None:
        from scrm import clock
        from scrm.leads import dynamodb as stored
        from scrm.leads.model import Lead

        at = clock.now()
        told = Lead(lead_id, status, "website", name=f"线索-{lead_id}", owner=owner, pool_id="P")
        told = replace(told, owned_at=at, advanced_at=at, protect_until=at, created_at=at, updated_at=at)
        stored.create(told, {}, None)

    def _signed(self) -> str:
        from datetime import date

        from scrm import clock
        from scrm.leads.contracting import sign
        from scrm.leads.contracts import Contract

        lead_id, now = self.fresh(), clock.now()
        self._lead(lead_id, "lisi", "INTENT")
        sign(Contract("ct_1", lead_id, 100, now, date(2026, 3, 1), date(2026, 12, 31), by="lisi"), now)
        return lead_id

    def _channel(self) -> str:
        body = {"name": self.fresh(), "kind": "website", "staff": [{"userid": "lisi"}]}
        return str(self.done("POST", "/admin/channels", body).json["channel_id"])

    def _tag(self) -> str:
        return str(
            self.done("POST", "/admin/tags", {"group_name": "行业", "name": self.fresh()}).json["tag_id"]
        )

    def _item(self, pattern: str) -> str:
        noun = pattern.split("/")[2]
        body = {
            "scripts": {"title": "话术", "parts": [{"kind": "text", "text": "您好"}]},
            "materials": {"kind": "text", "name": "素材", "text": "您好"},
            "products": {"type": "nonstandard", "name": "商品"},
            "knowledge": {"title": "文章", "body": "正文"},
        }[noun]
        item_id = str(self.done("POST", f"/admin/{noun}", body).json["item_id"])
        if pattern.endswith("{item_id}:restore"):
            self.done("POST", f"/admin/{noun}/{item_id}:archive", {"version": 1})
        return item_id

    def _content_group(self, pattern: str) -> str:
        root = "/".join(pattern.split("/")[:3])
        return str(self.done("POST", root, {"name": self.fresh()}).json["group_id"])

    def _group(self) -> str:
        body = {"name": self.fresh(), "tags": [{"name": "甲"}]}
        return str(self.done("POST", "/admin/tag-groups", body).json["group_id"])

    def customer(self, *identities: str) -> str:
        """Return the id of a fresh customer whom no contact stands for, with these phones."""
        from scrm import clock
        from scrm.customers.dynamodb import Customers
        from scrm.customers.model import Customer
        from scrm.identities.dynamodb import Identities

        customer_id = f"cu_{next(self._fresh)}"
        for phone in identities:
            Identities().bind("phone", phone, customer_id, clock.now())
        Customers().save_customer(Customer(customer_id), clock.now())
        return customer_id

    def form(self) -> str:
        """Return the id of a form."""
        body = {"name": self.fresh(), "fields": [{"key": "name", "label": "姓名"}]}
        return str(self.done("POST", "/admin/forms", body).json["form_id"])

    def _file(self) -> str:
        import boto3

        from tests.doubles.pictures import png
        from tests.doubles.s3 import BUCKET

        body = {"name": "海报.png", "type": "image/png", "size": len(png())}
        file_id = str(self.done("POST", "/admin/files", body).json["file_id"])
        boto3.client("s3").put_object(Bucket=BUCKET, Key=f"uploads/{file_id}", Body=png())
        return file_id

    def _merged(self) -> str:
        goes = self.customer()
        self.done("POST", f"/admin/customers/{goes}:merge", {"into": self.customer()})
        return goes

    def _conflict(self) -> str:
        from scrm import clock
        from scrm.identities.conflicts_dynamodb import claimed

        made = claimed("phone", self.fresh(), self.customer(), self.customer(), "key:crm", clock.now())
        assert made
        return made.conflict_id

    def _demand_kind(self) -> str:
        key = f"kind{next(self._fresh)}"
        fields = [{"key": "headcount", "title": "人数"}]
        self.done("PUT", f"/admin/demand-kinds/{key}", {"version": 0, "name": "招聘", "fields": fields})
        return key

    def _rule(self) -> str:
        body = {"name": "看价格", "kind": "visit", "count": 2, "days": 7}
        return str(self.done("POST", "/admin/intention-rules", body).json["rule_id"])

    def _pool(self) -> str:
        if not self.done("GET", "/admin/pools").json["items"]:
            self._new_pool()  # the first takes what no rule takes, and stays
        return self._new_pool()

    def _new_pool(self) -> str:
        body = {"name": self.fresh(), "members": [{"userid": "lisi"}]}
        return str(self.done("POST", "/admin/pools", body).json["pool_id"])

    def _rules_number(self) -> str:
        self._new_pool()
        return str(self.done("GET", "/admin/lead-rules").json["number"])

    def _leave(self) -> str:
        body = {"userid": "lisi", "start": "2026-03-02T09:00:00+08:00", "end": "2026-03-03T09:00:00+08:00"}
        return str(self.done("POST", "/admin/leaves", body).json["leave_id"])

    def _migration(self) -> str:
        body = {"name": self.fresh(), "phones": ["13900009000"]}
        return str(self.done("POST", "/admin/migrations", body).json["migration_id"])

    def _webhook(self) -> str:
        body = {
            "name": "CRM",
            "url": "https://crm.example.com/x",
            "events": ["customer.added"],
            "secret": "crm",
        }
        return str(self.done("POST", "/admin/webhooks", body).json["webhook_id"])

    def _push(self) -> str:
        from scrm import clock
        from scrm.pushes.dynamodb import steps
        from scrm.pushes.model import Push
        from scrm.table import in_transaction

        push_id = f"push_{next(self._fresh)}"
        pairs = ("lisi#wm1",)
        now = clock.now()
        waits = Push(push_id, "product", "pr_1", "茶", "zhangsan", now, "awaiting_approval", "", 1, pairs)
        with in_transaction() as transaction:
            for step in steps(waits):
                step(transaction)
        return push_id

    def _erasure(self) -> str:
        there = befriended(self.simulator, "lisi", "客户-erased")
        body = {"reason": "本人要求", "confirm": "永久删除"}
        return str(self.done("POST", f"/admin/customers/{there}:erase", body).json["erasure_id"])

    def _run(self) -> str:
        return str(self.done("POST", "/admin/reconciliations").json["run_id"])

    def _asked_segment(self) -> str:
        body = {"name": self.fresh(), "kind": "dynamic", "status": "active", "condition": {"all": []}}
        return str(self.done("POST", "/admin/segments", body).json["segment_id"])

    def _segment(self) -> str:
        body = {"name": self.fresh(), "kind": "static", "status": "active"}
        return str(self.done("POST", "/admin/segments", body).json["segment_id"])

    def _preset(self) -> str:
        self.done("POST", "/admin/segments:install-presets")
        return "kol"

    def _mapping(self) -> str:
        body = {"target": "customers", "parts": {"crmid": {"path": "id"}}}
        return str(self.done("PUT", "/admin/mappings/billing", body).json["feed"])

    def _field(self) -> str:
        body = {"key": self.fresh(), "title": "预算", "type": "number"}
        return str(self.done("POST", "/admin/fields", body).json["key"])

    def _tag_rule(self) -> str:
        body = {"name": self.fresh(), "kind": "menu", "tag_ids": [self.tag]}
        return str(self.done("POST", "/admin/tag-rules", body).json["rule_id"])

    def _job(self) -> str:
        body = {"relations": [{"userid": "lisi", "external_userid": "wm1"}], "add": [self.tag]}
        return str(self.done("POST", "/admin/customers:tag", body).json["job_id"])

    # ---------------------------------------------------------------- requests

    def done(self, method: str, path: str, body: Any = None) -> Answered:
        """Send a request as the administrator and expect it to be done."""
        answered = self.send(method, path, body, caller_of("admin"))
        assert answered.status < 300, (method, path, answered.status, answered.text)
        return answered

    def send(self, method: str, path: str, body: Any, caller: Caller | None, query: str = "") -> Answered:
        """Send one request as somebody, or nobody."""
        event = http_event_of(method, path, body, caller=caller)
        event["rawQueryString"] = query
        return Answered(app_of(FUNCTIONS.get(path.split("/")[1], "public_api")).handler(event, None))

    def filled(self, body: Any, named: str = "") -> Any:
        """Return a body of the matrix with its placeholders filled; <object> is what is `named`."""
        if isinstance(body, dict):
            return {name: self.filled(value, named) for name, value in body.items()}
        if isinstance(body, list):
            return [self.filled(value, named) for value in body]
        if body == "<object>":
            return named
        if body == "<lead>":
            lead_id = self.fresh()
            self._lead(lead_id, "admin", "FOLLOWING")
            return lead_id
        if body in {"<customer>", "<form>"}:
            return self.customer() if body == "<customer>" else self.form()
        if body in {"<pool>", "<rules_version>"}:
            pool = body == "<pool>"
            return self._new_pool() if pool else self.done("GET", "/admin/lead-rules").json["version"]
        if body in {"<contact>", "<product>"}:
            contact = body == "<contact>"
            return befriended(self.simulator, "lisi", "客户-x") if contact else self._item("/admin/products")
        return {"<tag>": self.tag, "<fresh>": self.fresh()}.get(body, body) if isinstance(body, str) else body


def as_actors(actors: dict[str, dict[str, str]]) -> Iterator[tuple[str, Caller | None]]:
    """Yield the actors as callers, their rights put into our table."""
    for userid, rights in actors.items():
        if rights:
            change_member(userid, **rights)
    for userid, rights in actors.items():
        yield userid, caller_of(userid) if rights else None


def path_of(pattern: str, value: str) -> str:
    """Return a pattern's path with its parameter, if it has one, filled; "a/b" fills two in a row."""
    pattern = pattern.replace("{number}", "1").replace("{step_key}", "s1")
    if "{" not in pattern:
        return pattern
    start, _, rest = pattern.partition("{")
    _, _, end = rest.partition("}")
    if "/" in value:
        end = end.partition("}")[2]
    return f"{start}{quote(value, safe='%/')}{end}"
