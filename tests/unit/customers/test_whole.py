"""What a merged customer is, and how a change of the whole is divided among its parts."""

from dataclasses import replace

from scrm.customers.model import Customer
from scrm.customers.whole import divided, united

ROOT = Customer("a", identities=(("phone", "1"),), custom_fields={"x": 1}, version=2)
GONE = Customer(
    "b", kind="existing", name="乙", interests=("P",), custom_fields={"x": 2, "y": 3}, version=3, stage="won"
)


def test_a_customer_who_was_never_several_is_themselves() -> None:
    assert united([ROOT]) is ROOT
    assert divided(ROOT) == (ROOT,)


def test_what_is_not_changed_is_divided_as_it_was() -> None:
    assert divided(united([ROOT, GONE])) == (ROOT, GONE)


def test_new_things_go_to_the_root_and_gone_ones_go_everywhere() -> None:
    whole = united([ROOT, GONE])
    assert (whole.kind, whole.stage, whole.custom_fields) == ("existing", "won", {"x": 1, "y": 3})

    root, gone = divided(replace(whole, interests=("Q",), stage="lost", custom_fields={"x": 9}))

    assert (root.interests, root.stage, root.custom_fields) == (("Q",), "lost", {"x": 9})
    assert (gone.interests, gone.stage, gone.custom_fields) == ((), "won", {"x": 2})
    assert united([root, gone]).custom_fields == {"x": 9}


def test_what_is_taken_from_the_whole_comes_back_from_no_part() -> None:
    whole = united([ROOT, GONE])

    again = united(divided(replace(whole, kind="prospect", name="", stage="", custom_fields={})))

    assert (again.kind, again.name, again.stage, again.custom_fields) == ("prospect", "", "", {})


def test_the_latest_word_on_a_consent_counts() -> None:
    first = replace(ROOT, consents={"marketing": {"given": True, "at": "2026-01-01T00:00:00Z"}})
    later = replace(GONE, consents={"marketing": {"given": False, "at": "2026-02-01T00:00:00Z"}})

    assert united([first, later]).consents["marketing"]["given"] is False
