"""Every recorded callback in events/wecom still reads into its type; every type we know has a recording."""

from pathlib import Path
from typing import Any

import pytest

from scrm.wecom import (
    acquisition_events,
    app_events,
    callbacks,
    contact_events,
    events,
    service_events,
)

SAMPLES = sorted((Path(__file__).parents[3] / "events" / "wecom").glob("*.xml"))
CORP = "ww8f3c0b9e12aa4d01"


def read(path: Path) -> callbacks.CallbackEvent:
    return callbacks.parse(path.read_bytes())


def happened_in(stem: str) -> Any:
    """Return the typed event of one recording, whatever its type."""
    return events.typed(read(next(path for path in SAMPLES if path.stem == stem)))


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_a_recorded_callback_reads_into_its_type(path):
    event = read(path)

    happened = events.typed(event)

    assert isinstance(happened, events.UnknownEvent) == path.stem.startswith("unknown")
    assert happened.at == event.created_at > 1_772_000_000
    assert event.corp_id == CORP


def test_every_kind_of_event_we_read_has_a_recording():
    recorded = {(e.event, e.change_type) for e in map(read, SAMPLES)}
    families = {
        "change_contact": contact_events,
        "customer_acquisition": acquisition_events,
    }
    known = set(events._BUILDERS)
    known |= {(event, change) for event, module in families.items() for change in module._BUILDERS}
    known |= {(event, "") for module in (app_events, service_events) for event in module._BUILDERS}

    assert known - recorded == set()


def test_the_fields_of_an_added_customer_arrive():
    happened = happened_in("change_external_contact.add_half_external_contact")

    assert happened == events.ExternalContactAdded(
        at=1772417880,
        userid="ChenYu",
        external_userid="wmHq7CDAAA3n5YtKx0pVbLr2sE8dQwZg",
        half=True,
        state="ch_5b2e91",
        welcome_code="p0Lm2sXvQ7yHn4Rt",
    )


def test_a_deletion_by_handover_is_told_from_one_by_the_member():
    by_member = happened_in("change_external_contact.del_external_contact")
    by_handover = happened_in("change_external_contact.del_external_contact.by_transfer")

    assert (by_member.by_transfer, by_handover.by_transfer) == (False, True)


def test_members_of_a_changed_group_and_chosen_options_are_kept_in_order():
    members = happened_in("change_external_chat.update.add_member").members

    assert members == ("wmHq7CDAAA3n5YtKx0pVbLr2sE8dQwZg", "ChenYu")
    assert happened_in("template_card_event").selected == {"result": ("won", "later")}
    assert happened_in("kf_account_auth_change").added == ("wkHq7CDAAAr5pW2c", "wkHq7CDAAAr5pW2d")


def test_a_job_result_reads_nested_or_flat():
    nested, flat = happened_in("batch_job_result"), happened_in("batch_job_result.flat")

    assert (nested.job_id, nested.errcode) == ("jb_5512", 0)
    assert (flat.job_id, flat.errcode) == ("jb_5512", -1)


def test_what_identifies_or_admits_a_person_is_not_in_the_text_of_an_event():
    shown = " ".join(str(events.typed(read(path))) + str(read(path)) for path in SAMPLES)

    for secret in ("kq3vTzWc0dN5yL8r", "ENC7kQ2mVtR0dYb", "rc_9f02c1", "CK_8d1f", "在吗", "林洁", "上海市"):
        assert secret not in shown
