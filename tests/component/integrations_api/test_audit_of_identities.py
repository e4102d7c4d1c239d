"""The audit log tells that identities were bound, and shows no number that a role would have to reveal."""

import json

from tests.component.conftest import START
from tests.component.integrations_api.test_integrations import crm, send

__all__ = ["crm"]


def test_bound_numbers_are_hidden(crm, at, tables):
    at(START)
    given = {"card_no": "6222021234567890123", "email": "xiaoyu@example.com", "phone": "+852 91234567"}

    assert send("POST", "/integrations/identities", given).status == 200

    told = json.dumps(tables.rows("AUDIT"), default=str)
    assert "622202" in told
    assert not any(each in told for each in (given["card_no"], "xiaoyu@", "91234567"))
