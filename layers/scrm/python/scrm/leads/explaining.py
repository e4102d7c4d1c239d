"""Why a lead went where it went, small enough to stay in its row, and unfolded for a reader (spec 4.1). Pure.

For each rule that was asked one letter a member, in the order of the rule's members in its version: a
thousand members are a few hundred bytes.
"""

import base64
import zlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from scrm.leads.candidates import REASONS, Reason
from scrm.leads.deciding import Decision

_LETTERS: Mapping[Reason | None, str] = {None: "-", **{each: chr(97 + n) for n, each in enumerate(REASONS)}}
_REASONS = {letter: reason for reason, letter in _LETTERS.items()}
_PLAIN = 64
"""So many letters are kept as they are: compressing them would make them longer."""


def folded(decision: Decision, number: int) -> dict[str, Any]:
    """Return what a lead keeps of a decision made with version `number` of the rules."""
    stages = [
        [
            each.stage,
            each.subject,
            each.code,
            _packed(_letters(each.judgement.values())),
        ]
        for each in decision.stages
    ]
    found: dict[str, Any] = {"why": decision.why, "rules": number, "stages": stages}
    if decision.rule_id:
        found["rule"] = decision.rule_id
    if decision.cursor and decision.cursor.last:
        found["turn"] = list(decision.cursor.last)
    return found


def unfolded(plain: Mapping[str, Any], members: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Return a decision as a reader takes it; `members` are those of each rule in that version."""
    stages = [
        {
            "stage": stage,
            "subject": subject,
            "code": code,
            "members": [
                {"userid": userid, "eligible": reason is None, "reason": reason}
                for userid, reason in zip(
                    members.get(subject, ()), (_REASONS[each] for each in _unpacked(letters)), strict=False
                )
            ],
        }
        for stage, subject, code, letters in plain["stages"]
    ]
    return {
        "why": plain["why"],
        "rules_version": plain["rules"],
        "rule_id": plain.get("rule"),
        "stages": stages,
    }


def _letters(reasons: Iterable[Reason | None]) -> str:
    return "".join(_LETTERS[each] for each in reasons)


def _packed(letters: str) -> str:
    if len(letters) <= _PLAIN:
        return letters
    return "=" + base64.b85encode(zlib.compress(letters.encode(), 9)).decode()


def _unpacked(text: str) -> str:
    if not text.startswith("="):
        return text
    return zlib.decompress(base64.b85decode(text[1:])).decode()
