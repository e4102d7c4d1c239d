"""What a customer's row takes, and what of it the audit log may show."""

import json

import pytest

from tests.component.http_world import befriended, logged_in


@pytest.mark.parametrize("letter", ["a", "字", "😀"])
def test_long_fields_are_refused_before_the_row_is_full(corp, letter):
    there, browser = befriended(corp, "lisi"), logged_in(corp, "lisi")
    path = f"/sidebar/customers/{there}"
    long = {f"f{place}": letter * 500 for place in range(50)}

    answers = [
        browser.send("PATCH", path, {"custom_fields": {start + name: text for name, text in long.items()}})
        for start in ("a", "b")
    ]
    small = browser.send("PATCH", path, {"custom_fields": {"af0": "上海"}})

    refused = [each.json["errors"][0]["field"] for each in answers if each.status != 200]
    assert refused == ["custom_fields"] * {"a": 0, "字": 2, "😀": 2}[letter]
    assert small.status == 200


def test_numbers_of_every_country_and_addresses_are_hidden_in_the_audit_log(corp, tables):
    there, browser = befriended(corp, "lisi"), logged_in(corp, "lisi")
    path = f"/sidebar/customers/{there}"
    methods = [
        {"type": "landline", "value": "010-62345678"},
        {"type": "email", "value": "xiaoyu@example.com"},
    ]

    done = [
        browser.send("PATCH", path, {"phones": ["+852 91234567"]}).status,
        browser.send("PUT", f"{path}/contact-methods", {"methods": methods}).status,
    ]

    told = json.dumps(tables.rows("AUDIT"), default=str)
    assert done == [200, 200]
    assert "5678" in told
    assert not any(each in told for each in ("62345678", "91234567", "xiaoyu@"))
