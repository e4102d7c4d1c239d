"""spec IDN-05: the corp chooses by which kinds of identity it goes."""

from typing import Any

import pytest

SCHEME = "/admin/identity-scheme"


def looked_up(admin: Any, kind: str, value: str) -> Any:
    return admin.send("GET", f"/admin/customers:lookup?kind={kind}&value={value}")


def test_idn_05_lookup_by_each_kind_of_the_scheme_returns_the_same_customer(admin: Any, bind: Any) -> None:
    put = admin.send("PUT", SCHEME, ["phone", "crmid", "plate"])
    assert (put.status, put.json["kinds"]) == (200, ["phone", "crmid", "plate"])

    bound = bind(phone="13800008000", crmid="C-7", plate="沪A 12345")

    values = (("phone", "%2B86 13800008000"), ("crmid", "C-7"), ("plate", "沪a12345"))
    found = [looked_up(admin, kind, value.replace(" ", "%20")) for kind, value in values]
    assert [each.json["parts"] for each in found] == [[bound.json["customer_id"]]] * 3
    shown = {each["kind"]: each["value"] for each in found[0].json["customer"]["identities"]}
    assert shown["phone"] == "138****8000"
    assert "13800008000" not in found[0].text


def test_idn_05_an_unknown_kind_is_refused_and_the_scheme_stays(admin: Any) -> None:
    answered = admin.send("PUT", SCHEME, ["phone", "qq"])

    assert answered.status == 422
    assert answered.json["errors"][0]["field"].startswith("kinds.1")
    assert admin.send("GET", SCHEME).json["kinds"] == admin.send("GET", SCHEME).json["available"]


@pytest.mark.parametrize("body", [[], {}, {"kinds": "phone"}, {"kinds": ["phone"], "more": 1}])
def test_idn_05_a_scheme_that_is_none_is_refused(admin: Any, body: Any) -> None:
    assert admin.send("PUT", SCHEME, body).status == 422


def test_idn_05_a_kind_outside_the_scheme_is_refused_by_name_and_unionid_never_is(
    admin: Any, bind: Any, tables: Any
) -> None:
    admin.send("PUT", SCHEME, {"kinds": ["crmid"]})

    refused = bind(crmid="C-1", plate="沪A12345")
    taken = bind(crmid="C-1", unionid="oU1")

    assert (refused.status, refused.json["errors"][0]["field"]) == (422, "plate")
    assert taken.status == 200
    assert {row["PK"] for row in tables.rows("IDENTITY#")} == {"IDENTITY#crmid#C-1", "IDENTITY#unionid#oU1"}


def test_idn_05_the_scheme_is_versioned_and_audited(admin: Any, tables: Any) -> None:
    first = admin.send("PUT", SCHEME, {"kinds": ["crmid"], "version": 0})
    stale = admin.send("PUT", SCHEME, {"kinds": ["phone"], "version": 0})
    same = admin.send("PUT", SCHEME, ["crmid"])

    assert (first.json["version"], stale.code, same.status) == (1, "version_conflict", 200)
    lines = [row for row in tables.rows("AUDIT") if row.get("action") == "identity_scheme_changed"]
    assert len(lines) == 1


def test_idn_25_a_mobile_is_not_indexed_where_the_corp_does_not_go_by_phones(
    corp: Any, admin: Any, member: Any, tables: Any
) -> None:
    from tests.component.http_world import befriended

    admin.send("PUT", SCHEME, ["crmid"])
    path = f"/sidebar/customers/{befriended(corp, 'lisi')}/contact-methods"

    put = member.send("PUT", path, {"methods": [{"type": "mobile", "value": "13800008000"}]})

    assert [each["value"] for each in put.json["contact_methods"]] == ["138****8000"]
    assert tables.rows("IDENTITY#") == []


def test_somebody_nobody_knows_is_not_found(admin: Any) -> None:
    assert looked_up(admin, "crmid", "nobody").status == 404
    assert looked_up(admin, "phone", "abc").status == 422
    assert looked_up(admin, "qq", "1").status == 422
