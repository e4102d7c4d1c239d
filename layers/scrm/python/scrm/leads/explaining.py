"""Why a lead went where it went, small enough to stay in its row, and unfolded for a reader (spec 4.1). Pure.

For each rule that was asked one letter a member, in the order of the rule's members in its version. Kept as
digits to the base of how many different letters there are: a thousand members of whom each stands in one of
three ways are 250 bytes, which no row of a lead is too full for.
"""

import base64
import zlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from scrm.leads import digits
from scrm.leads.candidates import REASONS, Reason
from scrm.leads.deciding import Decision

_LETTERS: Mapping[Reason | None, str] = {None: "-", **{each: chr(97 + n) for n, each in enumerate(REASONS)}}
_REASONS = {letter: reason for reason, letter in _LETTERS.items()}
_PLAIN = 24
"""So many letters are kept as they are: anything else would make them longer."""
_BARE = -15
"""Without zlib's head and sum: the row's JSON is whole or it cannot be read."""


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
    """Return letters as the shortest of: as they are, compressed (runs), or as digits (all mixed)."""
    if len(letters) <= _PLAIN:
        return letters
    runs = "=" + base64.b85encode(zlib.compress(letters.encode(), 9, wbits=_BARE)).decode()
    return runs if len(set(letters)) == 1 else min(runs, _as_digits(letters), key=len)


def _unpacked(text: str) -> str:
    if text.startswith("="):
        return zlib.decompress(base64.b85decode(text[1:]), wbits=_BARE).decode()
    return _of_digits(text) if text.startswith("!") else text


def _as_digits(letters: str) -> str:
    """Return letters as `!`, those that occur, `!`, and which of them each is."""
    kinds = "".join(sorted(set(letters)))
    return f"!{kinds}!{digits.as_text([kinds.index(each) for each in letters], len(kinds))}"


def _of_digits(text: str) -> str:
    _, kinds, told = text.split("!", 2)
    return "".join(kinds[each] for each in digits.of_text(told, len(kinds)))
