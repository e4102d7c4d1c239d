"""What members do in the app itself: visits, menu clicks, template cards, messages to the app.

Source: WeCom document 90240.
"""

from dataclasses import dataclass, field

from scrm.wecom.callbacks import CallbackEvent, Field, nested, number, repeated, text
from scrm.wecom.events import Build, TypedEvent


@dataclass(frozen=True)
class AppVisited(TypedEvent):
    """A member did `subscribe`, `unsubscribe`, `enter_agent`, or reported a `LOCATION` (in `fields`)."""

    userid: str
    visit: str
    agent_id: int
    fields: dict[str, Field] = field(repr=False)


@dataclass(frozen=True)
class MenuUsed(TypedEvent):
    """A member used the app's menu: `click`, `view` (`key` is the URL), a scan, pictures or a place.

    `detail` holds ScanCodeInfo, SendPicsInfo or SendLocationInfo as they came.
    """

    userid: str
    use: str
    key: str
    agent_id: int
    detail: dict[str, Field] = field(repr=False)


@dataclass(frozen=True)
class CardClicked(TypedEvent):
    """A member pressed a button of a template card, or its menu (`from_menu`).

    `response_code` updates the card once, within 24 h. `selected` maps a question to the chosen options.
    """

    userid: str
    key: str
    task_id: str
    card_type: str
    response_code: str = field(repr=False)
    agent_id: int
    from_menu: bool
    selected: dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class MessageReceived(TypedEvent):
    """A member wrote to the app; `msg_id` is its natural key. Chats with customers never arrive so."""

    userid: str
    msg_type: str
    msg_id: str
    agent_id: int
    fields: dict[str, Field] = field(repr=False)


def builder(event: CallbackEvent) -> Build | None:
    """Return what types this event, None when it is of another family."""
    return _BUILDERS.get(event.event) if event.event else _message


def _visit(event: CallbackEvent) -> TypedEvent:
    agent = number(event.fields, "AgentID")
    return AppVisited(event.created_at, event.from_user, event.event, agent, event.fields)


def _menu(event: CallbackEvent) -> TypedEvent:
    fields = event.fields
    detail = next((d for name in _DETAILS if (d := nested(fields, name))), {})
    return MenuUsed(
        event.created_at,
        userid=event.from_user,
        use=event.event,
        key=text(fields, "EventKey"),
        agent_id=number(fields, "AgentID"),
        detail=detail,
    )


def _card(event: CallbackEvent) -> TypedEvent:
    fields = event.fields
    return CardClicked(
        event.created_at,
        userid=event.from_user,
        key=text(fields, "EventKey"),
        task_id=text(fields, "TaskId"),
        card_type=text(fields, "CardType"),
        response_code=text(fields, "ResponseCode"),
        agent_id=number(fields, "AgentID"),
        from_menu=event.event == "template_card_menu_event",
        selected=_selected(fields),
    )


def _selected(fields: dict[str, Field]) -> dict[str, tuple[str, ...]]:
    chosen: dict[str, tuple[str, ...]] = {}
    for item in repeated(nested(fields, "SelectedItems"), "SelectedItem"):
        if isinstance(item, dict):
            options = repeated(nested(item, "OptionIds"), "OptionId")
            chosen[text(item, "QuestionKey")] = tuple(o for o in options if isinstance(o, str))
    return chosen


def _message(event: CallbackEvent) -> TypedEvent:
    fields = event.fields
    return MessageReceived(
        event.created_at,
        userid=event.from_user,
        msg_type=event.msg_type,
        msg_id=text(fields, "MsgId"),
        agent_id=number(fields, "AgentID"),
        fields=fields,
    )


_DETAILS = ("ScanCodeInfo", "SendPicsInfo", "SendLocationInfo")
_BUILDERS: dict[str, Build] = {
    **dict.fromkeys(("subscribe", "unsubscribe", "enter_agent", "LOCATION"), _visit),
    **dict.fromkeys(("click", "view", "scancode_push", "scancode_waitmsg", "location_select"), _menu),
    **dict.fromkeys(("pic_sysphoto", "pic_photo_or_album", "pic_weixin"), _menu),
    **dict.fromkeys(("template_card_event", "template_card_menu_event", "taskcard_click"), _card),
}
