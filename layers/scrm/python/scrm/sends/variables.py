"""Variables in the texts of scripts and cards, filled from the customer and the member. Pure (CON-05).

`{customer}` is the remark or else the nickname, `{remark}`, `{staff}`, `{stage}`, `{product}` and
`{field.<key>}` what they say. Texts of SOPs have more (scrm.sops.wording).
Any other text in braces stays as it is.
"""

import re
from collections.abc import Mapping
from typing import Any

from scrm.fields.model import CustomField
from scrm.http.caller import Role

NAMES = frozenset({"customer", "remark", "staff", "stage", "product"})

_BRACED = re.compile(r"\{([a-z]{1,20}|field\.[0-9A-Za-z_]{1,64})\}")


def filled(text: str, values: Mapping[str, str]) -> tuple[str, tuple[str, ...]]:
    """Return the text with its variables filled, and the names of those that have no value.

    A word that is none of NAMES is a variable only where `values` name it. What cannot be filled stays as it
    stands.
    """
    missing: dict[str, None] = {}

    def value(found: re.Match[str]) -> str:
        known = values.get(found[1], "")
        if not known and (found[1] in NAMES or found[1] in values or "." in found[1]):
            missing[found[1]] = None
        return known or found[0]

    return _BRACED.sub(value, text), tuple(missing)


def field_values(values: Mapping[str, Any], known: Mapping[str, CustomField], role: Role) -> dict[str, str]:
    """Return the variables of custom fields that `role` may put into a message, which it may see."""
    found: dict[str, str] = {}
    for key, value in values.items():
        custom = known.get(key)
        if custom is not None and (custom.masked or not custom.visible_to(role)):
            continue
        if text := _text(value):
            found[f"field.{key}"] = text
    return found


def _text(value: Any) -> str:
    """Return a field's value in words."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float):
        return f"{value:g}" if value != int(value) else str(int(value))
    if isinstance(value, list):
        return "、".join(str(each) for each in value)
    return "" if value is None else str(value)
