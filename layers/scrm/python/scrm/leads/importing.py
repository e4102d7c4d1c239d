"""A table of leads: each line is judged by itself and taken in as any other lead is (LED-07).

A line's lead has an id of what the line says: sending the table again, corrected or after a kill, makes none
twice. Whose the leads are, the rules decide, but where the column 负责人 names somebody.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Literal

from scrm.http import problems
from scrm.http.problems import FieldError
from scrm.http.request import Request
from scrm.http.scope import may_see_of
from scrm.leads import kinds_dynamodb
from scrm.leads.bringing import owned_from_the_start
from scrm.leads.dynamodb import KeyTaken
from scrm.leads.intake import Told, undecided
from scrm.leads.intake import take_in as take_in_lead
from scrm.leads.intake_models import ErrorOut, RowOut
from scrm.leads.kinds import as_kind
from scrm.leads.saying import LONG, SHORT, Said, Wrong, said
from scrm.library import spreadsheet
from scrm.staff.dynamodb import directory
from scrm.staff.model import Directory, key

MOST_ROWS = 300
"""What is taken in well within the time of one request."""
COLUMNS: Mapping[str, str] = {
    "姓名": "name",
    "手机号": "phone",
    "公司": "company",
    "产品": "product",
    "渠道": "channel_id",
    "地区": "region",
    "活动": "campaign",
    "需求": "demand",
    "备注": "note",
    "负责人": "owner",
    "unionid": "unionid",
    "external_userid": "external_userid",
    "crmid": "crmid",
    "邮箱": "email",
    "微信号": "wechat",
}
SHORT_ONES = ("name", "company", "product", "campaign", "channel_id")
Outcome = Literal["created", "duplicate", "invalid"]
OUTCOMES: tuple[Outcome, ...] = ("created", "duplicate", "invalid")
_OWNER = "负责人"
_REFUSED = {
    "blacklisted": "联系方式在黑名单中",
    "erased": "该客户已要求删除个人信息，不能重新导入",
    "conflict": "这些联系方式属于不同的线索，请先合并",
}


@dataclass
class Row:
    """What becomes of one line of data: `number` counts them from 1, `line` as the spreadsheet does."""

    number: int
    line: int
    outcome: Outcome = "invalid"
    lead_id: str = ""
    errors: Sequence[tuple[str, str]] = field(default_factory=list)


def row_out(row: Row) -> RowOut:
    """Return a line as it is answered."""
    return RowOut(
        row=row.number,
        line=row.line,
        outcome=row.outcome,
        lead_id=row.lead_id or None,
        errors=[ErrorOut(field=column, message=message) for column, message in row.errors],
    )


def take_in(request: Request, content: bytes) -> list[Row]:
    """Take in what a table says; return what became of each line. Safe to repeat.

    Raises 422 for what is no table, has other columns, or more than MOST_ROWS lines of data; 503 where
    others kept writing what it names, after which sending it again goes on.
    """
    try:
        table = spreadsheet.rows(content, MOST_ROWS + 1)
    except spreadsheet.Unreadable as error:
        raise problems.invalid_field("body", str(error)) from None
    if not table:
        raise problems.invalid_field("body", "表格是空的")
    (first, head), *data = table
    columns = _columns(head)
    members = directory(request.now)
    found = []
    for line, cells in data:
        row = Row(line - first, line)
        try:
            _take_in(request, row, _told(columns, cells), members)
        except Wrong as wrong:
            names = {name: column for column, name in COLUMNS.items()}
            row.errors = [(names.get(name, name), message) for name, message in wrong.errors.items()]
        except KeyTaken:
            raise problems.unavailable("操作较多，请稍后重试") from None
        found.append(row)
    return found


def _columns(head: Sequence[str]) -> list[str]:
    """Return the fields that the first line names. Raises 422 for a column that there is not, or twice."""
    told = [each.strip() for each in head]
    known = {**COLUMNS, **{name: name for name in COLUMNS.values()}}
    wrong = [
        FieldError(each[:50] or f"第 {place} 列", f"不认识的列，可用：{'、'.join(COLUMNS)}")
        for place, each in enumerate(told, 1)
        if each and each not in known
    ]
    found = [known.get(each, "") for each in told]
    wrong += [FieldError(each, "这一列有两个") for each, name in COLUMNS.items() if found.count(name) > 1]
    if wrong:
        raise problems.invalid(*wrong)
    return found


def _told(columns: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
    """Return what a line says by field. Raises Wrong for what is too long or stands below no column."""
    if any(each.strip() for each in cells[len(columns) :]):
        raise Wrong({"列": "比表头多出内容"})
    told = {name: cell.strip() for name, cell in zip(columns, cells, strict=False) if name and cell.strip()}
    limits = {name: SHORT if name in SHORT_ONES else LONG for name in told}
    wrong = {name: f"最多 {most} 个字符" for name, most in limits.items() if len(told[name]) > most}
    wrong |= {name: "含有无效的字符" for name in SHORT_ONES if not told.get(name, "").isprintable()}
    if wrong:
        raise Wrong(wrong)
    return told


def _take_in(request: Request, row: Row, told: Mapping[str, str], members: Directory) -> None:
    """Take in one line and note what became of it. Raises Wrong, KeyTaken."""
    what = said(told, "import")
    owner = _owner(request, told.get("owner", ""), members)
    by = request.staff.userid
    kind = kinds_dynamodb.kept.get(request.now)["import"]
    lead = what.lead if owner else as_kind(what.lead, kind)
    new = Told("import", _id_of(what), what.keys, lead, what.detail, by)
    taken = take_in_lead(new, request.now, owned_from_the_start(owner) if owner else undecided)
    row.lead_id = taken.lead_id
    if message := _REFUSED.get(taken.outcome):
        row.errors = [("联系方式", message)]
        return
    row.outcome = "created" if taken.outcome == "created" else "duplicate"


def _id_of(what: Said) -> str:
    """Return what names a line among those of all tables: what it says."""
    lead = what.lead
    told = [what.keys, lead.name, lead.company, lead.product, lead.channel_id, lead.campaign, lead.region]
    text = json.dumps([told, what.detail], ensure_ascii=False, sort_keys=True)
    return sha256(text.encode()).hexdigest()


def _owner(request: Request, cell: str, members: Directory) -> str:
    """Return the member that a line names as the owner, by userid or by a name that only they have."""
    if not cell:
        return ""
    named = members.members.get(key(cell))
    found = [named] if named else [each for each in members.members.values() if each.name == cell]
    if len(found) != 1 or found[0].status != "active":
        raise Wrong({"owner": "没有这位在职成员，或有几位同名，请填写账号"})
    if not may_see_of(request.staff, found[0].userid, members):
        raise Wrong({"owner": "不在你的数据范围内"})
    return found[0].userid
