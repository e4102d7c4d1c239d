"""What follows from a change of a lead: it is decided on, its history goes on, people are told. Pure."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from scrm.changes.effects import Told
from scrm.changes.lead_effects import LeadReached, LeadScored, LeadSigned, LeadStep, LeadToDecide, NobodyFree
from scrm.changes.sop_effects import LeadMoved
from scrm.leads.model import RECYCLES, Lead, Touch
from scrm.leads.nurture import NURTURED, is_ripe
from scrm.leads.steps import INHERITANCE
from scrm.moments import BEIJING, rfc3339
from scrm.notices.model import Kind, notice
from scrm.sidebar import masking

EARLIEST = datetime.min.replace(tzinfo=UTC)
_GIVEN = frozenset({"assign", "transfer"})
_NOBODY = frozenset({"nobody_free", "skill_unmet", "region_unmet", "no_rule"})
"""Why a decision ends in the pool although no shift is waited for."""
_JOINED: Mapping[str, str] = {
    "merge": "线索「{}」已合并到同一个人的另一条线索，不再单独跟进",
    "absorb": "同一个人的另一条线索已并入你的线索「{}」",
    "unmerge": "线索「{}」的合并已撤销，恢复由你负责",
    "part": "你的线索「{}」中并入的线索已分出",
}
_SOURCES: Mapping[str, str] = {
    "manual": "同事录入",
    "import": "导入",
    "crawler": "爬虫",
    "website": "官网",
    "campaign": "市场活动",
    "partner": "合作伙伴",
    "call_robot": "外呼机器人",
    "form": "表单",
    "channel": "渠道活码",
    "behaviour": "客户行为",
    "renewal": "续费",
}

Follows = LeadToDecide | LeadSigned | LeadReached | LeadStep | NobodyFree | LeadMoved | Told


def lead_changed(old: Lead | None, new: Lead | None, decision: Mapping[str, Any] | None) -> list[Follows]:
    """Return what follows; `decision` is the explanation that the new version carries."""
    if new is None or (old and old.version == new.version):
        return []
    found: list[Follows] = [_step(old, new, decision)]
    waited = old is None or old.uncleaned
    if waited and new.status == "NEW" and not new.uncleaned:
        found.append(LeadToDecide(new.lead_id, new.epoch))
    if new.status == "SIGNED" and (old is None or old.status != "SIGNED" or old.keys != new.keys):
        found.append(LeadSigned(new.lead_id))
    if new.status in {"SIGNED", "WON"} and (old is None or old.status != new.status) and new.updated_at:
        found.append(LeadReached(new.lead_id, new.status.lower(), new.updated_at))
    return [*found, *_nobody_free(new), *_told(old, new), *_nurtured(old, new)]


def _nurtured(old: Lead | None, new: Lead) -> list[LeadMoved]:
    """Return that SOPs are for a lead now, that it has become a customer's, or that somebody has it (3.5)."""
    if new.updated_at is None:
        return []
    if new.status in NURTURED:
        known = old is not None and (old.keys, old.customer_id) != (new.keys, new.customer_id)
        found = is_ripe(new, new.updated_at) or known
        return [LeadMoved(new.lead_id, new.version, new.updated_at, is_over=False)] if found else []
    waited = old is not None and old.status in NURTURED
    return [LeadMoved(new.lead_id, new.version, new.updated_at, is_over=True)] if waited else []


def _nobody_free(new: Lead) -> list[NobodyFree]:
    """Return that a decision found nobody: the pool's administrators are told once an hour (L12)."""
    if new.trigger != "pool" or new.reason not in _NOBODY or new.updated_at is None:
        return []
    return [NobodyFree(new.pool_id, new.reason, f"{new.lead_id}#{new.version}", new.updated_at)]


def lead_touched(lead_id: str, touch: Touch) -> list[Told | LeadScored]:
    """Return what follows from another touch: its owner is told, unless it was they (L10); a score counts."""
    score = int(touch.facts.get("score") or 0)
    return [*_owner_told(lead_id, touch), *([LeadScored(lead_id, score, touch.at)] if score else [])]


def _owner_told(lead_id: str, touch: Touch) -> list[Told]:
    if not touch.owner or touch.owner.lower() == touch.by.lower():
        return []
    name, where = masking.text(touch.name or "未留名"), _SOURCES.get(touch.source, touch.source)
    title = f"你的线索「{name}」又有新动态（{where}）"
    source, subject, facts = f"{lead_id}#{touch.touch_id}", {"lead_id": lead_id}, {"title": title}
    return [Told(notice("alert", touch.owner, touch.at, source, subject=subject, facts=facts))]


def _step(old: Lead | None, new: Lead, decision: Mapping[str, Any] | None) -> LeadStep:
    decided = new.trigger in {"assign", "pool", "queue"}
    return LeadStep(
        new.lead_id,
        new.version,
        {
            "at": rfc3339(new.updated_at.astimezone(UTC)) if new.updated_at else "",
            "trigger": new.trigger,
            "by": new.updated_by,
            "reason": new.reason,
            "start": old.status if old else "",
            "to": new.status,
            "former": old.owner if old else "",
            "owner": new.owner,
            "decision": dict(decision) if decision and decided else None,
        },
    )


def _told(old: Lead | None, new: Lead) -> list[Told]:
    """Return who is told: a new owner whom others made it, a former one, whoever is to be reminded."""
    if new.status == "WON" and new.updated_by == INHERITANCE:
        # Nothing is to be done for it; that the customer came is told of the customer.
        return []
    found = []
    had, has = old.owner if old else "", new.owner
    brought = new.trigger == "create" and new.updated_by.lower() != has.lower()
    if has and has != had and (new.trigger in _GIVEN or brought):
        found.append(_notice("new_lead", has, new))
    if had and has != had and new.updated_by.lower() != had.lower():
        found.append(_notice("alert", had, new, title=_lost_title(new)))
    if new.trigger in _JOINED and has and new.updated_by.lower() != has.lower():
        found.append(_notice("alert", has, new, title=_JOINED[new.trigger].format(_name(new))))
    if new.trigger == "remind" and has and new.protect_until:
        end = new.protect_until.astimezone(BEIJING)
        found.append(_notice("recycle_soon", has, new, recycle_at=f"{end:%m-%d %H:%M}"))
    return found


def _lost_title(new: Lead) -> str:
    # What a person wrote as a reason may name somebody, and stays out of messages.
    why = RECYCLES.get(new.reason)
    return f"线索「{_name(new)}」已不再由你负责{f'：{why}' if why else ''}"


def _notice(kind: Kind, userid: str, lead: Lead, **facts: str) -> Told:
    # The name is looked up when the notice is sent: a message carries none.
    told = {"channel": lead.channel_id, **facts}
    source = f"{lead.lead_id}#{lead.version}"
    return Told(
        notice(
            kind, userid, lead.updated_at or EARLIEST, source, subject={"lead_id": lead.lead_id}, facts=told
        )
    )


def _name(lead: Lead) -> str:
    return masking.text(lead.name or lead.company or "未留名")
