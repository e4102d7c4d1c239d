"""A member is disabled or leaves: off every code at once, and people are told what is left (ADM-05)."""

from datetime import timedelta

from scrm.offboarding.model import Remains
from tests.component.offboarding.offboarding_world import DISABLED, UNASSIGNED, Offboarding


def test_adm_05_a_member_who_is_disabled_is_told_of_once_with_what_they_leave(
    offboarding: Offboarding,
) -> None:
    offboarding.friend("甲")
    offboarding.friend("乙")
    offboarding.changes(status=DISABLED)
    gone = offboarding.gone()
    assert (gone.status, gone.left_at) == ("disabled", None)
    assert gone.remains == Remains(customers=2, to_dos=2)
    told = offboarding.prompts()
    assert {userid for userid, _ in told} == {"admin", "linjie"}
    assert {title for _, title in told} == {"成员张三已停用，还有 2 位客户、2 项待办待交接"}
    offboarding.again()
    offboarding.bundle.invoke("apply_retention", {"time": offboarding.bundle.time.now().isoformat()})
    offboarding.bundle.settle()
    assert offboarding.prompts() == told
    assert offboarding.asked(UNASSIGNED) == []


def test_adm_05_who_leaves_after_having_been_disabled_is_told_of_once_more(offboarding: Offboarding) -> None:
    offboarding.friend("甲")
    offboarding.changes(status=DISABLED)
    since = offboarding.gone().gone_at
    offboarding.leaves()
    gone = offboarding.gone()
    assert (gone.status, gone.gone_at) == ("left", since)
    assert gone.until == gone.left_at + timedelta(days=365)
    assert {title for _, title in offboarding.prompts()} == {
        "成员张三已停用，还有 1 位客户、1 项待办待交接",
        "成员张三已离职，还有 1 位客户、1 项待办待交接",
    }


def test_adm_05_the_prompt_counts_whom_wecoms_list_makes_known_within_a_minute(
    offboarding: Offboarding,
) -> None:
    """Nothing waits longer than `make drain` does."""
    from wecom_simulator.acts import member_leaves

    offboarding.friend("甲")
    offboarding.unheard("乙")
    member_leaves(offboarding.bundle.wecom, userid="zhangsan")
    offboarding.bundle.arrive()
    offboarding.bundle.settle()
    offboarding.later(16)
    offboarding.later(16)
    assert offboarding.bundle.waiting() == {}
    assert {title for _, title in offboarding.prompts()} == {"成员张三已离职，还有 2 位客户、1 项待办待交接"}


def test_adm_05_who_is_there_again_is_gone_no_longer(offboarding: Offboarding) -> None:
    offboarding.friend("甲")
    offboarding.changes(status=DISABLED)
    offboarding.changes(status=1)
    assert offboarding.gone() is None
    offboarding.again()
    offboarding.later(61)
    assert offboarding.gone() is None


def test_adm_05_the_night_finds_who_left_unheard(offboarding: Offboarding) -> None:
    from wecom_simulator.acts import member_leaves

    offboarding.friend("甲")
    member_leaves(offboarding.bundle.wecom, userid="zhangsan")
    offboarding.bundle.callbacks()
    offboarding.staff()
    offboarding.later(61)
    assert offboarding.gone().remains.customers == 1
    assert offboarding.prompts()
