"""Documented paths that the simulator has no behaviour for: checked, then empty or refused."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from ..calls import Call
from ..errors import Refused
from ..registry import ENDPOINTS, Serve, endpoint
from ..validation import TABLE

if TYPE_CHECKING:
    from ..simulator import Simulator

_STEM = "/cgi-bin/"

_REFUSED: dict[str, int] = {
    "externalcontact/unionid_to_external_userid": 48002,
    "externalcontact/to_service_external_userid": 48002,
    "externalcontact/from_service_external_userid": 48002,
    "idconvert/": 48002,
    "externalpay/": 48002,
    "externalcontact/customer_strategy/": 48002,
    "externalcontact/moment_strategy/": 48002,
    "externalcontact/get_strategy_tag_list": 48002,
    "externalcontact/add_strategy_tag": 48002,
    "externalcontact/edit_strategy_tag": 48002,
    "externalcontact/del_strategy_tag": 48002,
    "externalcontact/opengid_to_chatid": 90511,
    "externalcontact/close_temp_chat": 84061,
    "externalcontact/customer_acquisition/get_chat_info": 41201,
}
"""What only providers may call, what this corp has no package for, and what never exists here."""


def _refuse(code: int) -> Serve:
    def serve(_sim: Simulator, _: Call) -> Any:
        raise Refused(code)

    return serve


def _empty(answer: dict[str, Any]) -> Serve:
    def serve(_sim: Simulator, _: Call) -> Any:
        return copy.deepcopy(answer)

    return serve


def _serve_rest() -> None:
    for path, row in TABLE.items():
        if path in ENDPOINTS:
            continue
        name = path.removeprefix(_STEM)
        code = next((code for stem, code in _REFUSED.items() if name.startswith(stem)), 0)
        endpoint(row["method"], name)(_refuse(code) if code else _empty(row["empty"]))


_serve_rest()
