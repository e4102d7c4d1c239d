"""One form for equal identities: spec IDN-05, IDN-25."""

import pytest

from scrm.identities.normalise import KINDS, InvalidIdentity, is_mobile, normalised


@pytest.mark.parametrize(
    "written",
    [
        "13800138000",
        "+86 138 0013 8000",
        "+86-138-0013-8000",
        "0086 13800138000",
        "86 138-0013-8000",
        "１３８００１３８０００",
        "١٣٨٠٠١٣٨٠٠٠",
        "013800138000",
        "+86 0138 0013 8000",
        "+0086 13800138000",
        "+86 86 138 0013 8000",
    ],
)
def test_idn_25_a_mobile_is_the_same_however_it_is_written(written: str) -> None:
    assert normalised("phone", written) == "13800138000"
    assert is_mobile(normalised("phone", written))


@pytest.mark.parametrize(
    ("kind", "written", "form"),
    [
        ("phone", "010-6552 9988", "01065529988"),
        ("phone", "+852 2345 6789", "+85223456789"),
        ("phone", "(86) 8612345", "868612345"),
        ("phone", "+1 380 013 8000", "+13800138000"),
        ("email", " Wang.Wu@Example.COM ", "wang.wu@example.com"),
        ("plate", "京a·12345", "京A12345"),
        ("id_card", "11010519491231002x", "11010519491231002X"),
        ("crmid", " CRM-7 ", "CRM-7"),
        ("unionid", "oRf3k5uVb8nX", "oRf3k5uVb8nX"),
        ("student_no", "S001", "S001"),
    ],
)
def test_idn_05_each_kind_has_its_form(kind: str, written: str, form: str) -> None:
    assert normalised(kind, written) == form  # type: ignore[arg-type]
    assert normalised(kind, form) == form  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "written"),
    [
        ("phone", "abc"),
        ("phone", "12"),
        ("phone", "1" * 30),
        ("email", "nobody"),
        ("email", "a@b"),
        ("id_card", "123"),
        ("crmid", "  "),
        ("crmid", "a" * 129),
        ("crmid", "a\x00b"),
    ],
)
def test_what_cannot_be_one_is_refused_without_repeating_it(kind: str, written: str) -> None:
    with pytest.raises(InvalidIdentity) as refused:
        normalised(kind, written)  # type: ignore[arg-type]
    assert refused.value.kind == kind
    assert written.strip() == "" or written not in str(refused.value)


def test_the_schemes_kinds_are_the_specifications() -> None:
    assert set(KINDS) >= {"unionid", "phone", "crmid", "plate", "student_no", "card_no", "id_card"}
