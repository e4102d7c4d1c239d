"""Changing a relation at WeCom and here: the intent is written, WeCom is asked, its answer is written.

WeCom sends no callback for what its API changes (spec D6), so what we do not record is wrong until the
nightly comparison. An intent without an answer is settled by asking WeCom how things stand, before
anything else is changed.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

from scrm.audit.dynamodb import AuditBusy, WriteRefused, record
from scrm.customers.dynamodb import Customers
from scrm.customers.model import Relation, VersionConflict
from scrm.customers.recording import noted
from scrm.http import problems
from scrm.http.request import Request
from scrm.sidebar.dynamodb import relation_step
from scrm.sidebar.edits import Edit, done, needed, touched
from scrm.sidebar.refusals import told_to_staff
from scrm.staff.model import key
from scrm.wecom.catalogue import explain
from scrm.wecom.errors import UnknownOutcome

if TYPE_CHECKING:
    from scrm.wecom.client import WeCom

ATTEMPTS = 5

customers = Customers()


def change(request: Request, relation: Relation, wanted: Edit, wecom: "WeCom") -> Relation:
    """Make an edit, of notes or of tags, and record it with its audit line; return the relation then.

    Nothing is asked of WeCom when nothing differs. Repeating is safe: the call only sets. Raises a 409
    problem when the relation was changed meanwhile or WeCom refuses, 429 or 503 when WeCom is busy.
    """
    if relation.open_edit is not None:
        relation = _settled(request, relation, Edit.of(relation.open_edit), wecom)
    edit = needed(relation, wanted)
    if edit.is_empty:
        return relation
    meant = _meant(request, relation, edit)
    try:
        with told_to_staff():
            _ask(meant, edit, wecom)
    except UnknownOutcome:
        if not needed(_as_wecom_has_it(request, meant, wecom), edit).is_empty:
            _nothing_happened(request, meant)
            raise problems.unavailable("企业微信没有应答，修改未生效，请重试", code="no_answer") from None
    except problems.Problem:
        _nothing_happened(request, meant)
        raise
    return _recorded(request, meant, edit)


def _meant(request: Request, relation: Relation, edit: Edit) -> Relation:
    try:
        return customers.save_relation(replace(relation, open_edit=edit.plain()), request.now)
    except VersionConflict:
        raise problems.version_conflict() from None


def _ask(relation: Relation, edit: Edit, wecom: "WeCom") -> None:
    from scrm.wecom import customers as wecom_customers  # imported late, see scrm.sidebar.asking
    from scrm.wecom import tags as wecom_tags

    userid, external_userid = relation.userid, relation.external_userid
    if edit.notes:
        wecom_customers.set_remark(wecom, userid, external_userid, **edit.notes)
    wecom_tags.mark(wecom, userid, external_userid, add=edit.add_tags, remove=edit.remove_tags)


def _as_wecom_has_it(request: Request, relation: Relation, wecom: "WeCom") -> Relation:
    from scrm.wecom import customers as wecom_customers  # imported late, see scrm.sidebar.asking

    try:
        with told_to_staff():
            detail = wecom_customers.customer(wecom, relation.external_userid)
    except UnknownOutcome as error:
        raise problems.unavailable(explain(error.errcode).sentence, code="outcome_unknown") from None
    row = next((each for each in detail.relations if key(each.userid) == key(relation.userid)), None)
    return noted(relation, row, request.now, detail.customer.name) if row else relation


def _nothing_happened(request: Request, meant: Relation) -> None:
    """Take the intent back. When the relation has moved on, the next edit settles what is left of it."""
    try:
        customers.save_relation(replace(meant, open_edit=None), request.now)
    except VersionConflict:
        return


def _settled(request: Request, relation: Relation, edit: Edit, wecom: "WeCom") -> Relation:
    """Return the relation as WeCom has it, after an edit whose answer was never recorded."""
    known = replace(_as_wecom_has_it(request, relation, wecom), open_edit=None)
    changed, step = relation_step(known, request.now)
    try:
        record(
            relation.userid,
            "relation_edit_settled",
            _subject(relation),
            touched(relation, edit),
            touched(changed, edit),
            request.request_id,
            request.now,
            writes=[step],
        )
    except WriteRefused:
        raise problems.version_conflict() from None
    except AuditBusy:
        raise problems.unavailable("操作较多，请稍后重试") from None
    return changed


def _recorded(request: Request, meant: Relation, edit: Edit) -> Relation:
    """Write WeCom's answer and the audit line together, over what a callback may have changed meanwhile."""
    relation: Relation | None = meant
    for _ in range(ATTEMPTS):
        if relation is None:
            break
        changed, step = relation_step(done(relation, edit), request.now)
        try:
            record(
                request.staff.userid,
                "relation_edited",
                _subject(meant),
                touched(meant, edit),
                touched(changed, edit),
                request.request_id,
                request.now,
                writes=[step],
            )
        except WriteRefused:
            relation = customers.relation(meant.external_userid, meant.userid, consistent=True)
            continue
        except AuditBusy:
            break
        return changed
    raise problems.unavailable("操作较多，请稍后刷新查看结果", code="outcome_unknown")


def _subject(relation: Relation) -> str:
    return f"CONTACT#{relation.external_userid}/RELATION#{key(relation.userid)}"
