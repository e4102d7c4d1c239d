"""Events with odd values: never a crash, never a guess."""

from hypothesis import given
from hypothesis import strategies as st

from scrm.wecom import events
from scrm.wecom.callbacks import CallbackEvent, parse

EVENTS = sorted({event for event, _ in events._BUILDERS} | set(events._FAMILIES) | {"", "new_event"})
CHANGES = sorted(
    {change for _, change in events._BUILDERS} | {"", "create_user", "update_tag", "balance_low"}
)
NAMES = [
    "UserID",
    "ExternalUserID",
    "Id",
    "AgentID",
    "MemChangeList",
    "SelectedItems",
    "SelectedItem",
    "Item",
    "BatchJob",
    "ApprovalInfo",
    "Applyer",
    "ScanCodeInfo",
    "Department",
    "MsgType",
    "OptionIds",
    "OptionId",
]
FIELD = st.recursive(
    st.text(max_size=8),
    lambda inner: (
        st.lists(inner, min_size=2, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, min_size=1)
    ),
    max_leaves=6,
)


@given(
    st.sampled_from(EVENTS),
    st.sampled_from(CHANGES),
    st.dictionaries(st.sampled_from(NAMES), FIELD, max_size=8),
)
def test_no_shape_of_fields_breaks_a_known_event(event, change, fields):
    happened = events.typed(CallbackEvent(event, change, 17, "ww1", "sys", fields))

    assert happened.at == 17


def test_a_change_type_alone_decides_nothing():
    happened = events.typed(
        parse(b"<xml><Event>change_external_tag</Event><ChangeType>dismiss</ChangeType></xml>")
    )

    assert happened == events.UnknownEvent(
        0, "change_external_tag", "dismiss", {"Event": "change_external_tag", "ChangeType": "dismiss"}
    )


def test_member_ids_compare_without_case():
    assert events.userid_key("ChenYu") == events.userid_key("chenyu")
