"""The plain XML of callbacks. Element order and the mix of CDATA and bare numbers follow official samples."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Fields = Mapping[str, Any]


def event_xml(corp_id: str, event: str, now: float, fields: Fields, sender: str = "sys") -> str:
    """Return one event. A list becomes repeated `Item`s, a mapping nested elements; None is left out."""
    head: dict[str, Any] = {"ToUserName": corp_id}
    if event != "kf_msg_or_event":
        head["FromUserName"] = sender
    head |= {"CreateTime": int(now), "MsgType": "event", "Event": event}
    return f"<xml>{_elements(head)}{_elements(fields)}</xml>"


def _elements(fields: Fields) -> str:
    return "".join(_element(name, value) for name, value in fields.items() if value is not None)


def _element(name: str, value: Any) -> str:
    if isinstance(value, Mapping):
        return f"<{name}>{_elements(value)}</{name}>"
    if isinstance(value, list):
        return f"<{name}>{''.join(_element('Item', item) for item in value)}</{name}>"
    if isinstance(value, int):
        return f"<{name}>{value}</{name}>"
    return f"<{name}>{cdata(str(value))}</{name}>"


def cdata(text: str) -> str:
    """Return the text as CDATA, its own end mark split."""
    return "<![CDATA[" + text.replace("]]>", "]]]]><![CDATA[>") + "]]>"
