"""Lists are read to their end; one that is not is never taken for whole: what is missing may be there."""

import pytest

from scrm.wecom.errors import UnknownOutcome
from scrm.wecom.paging import pages
from tests.component.wecom.conftest import OK

API = "/cgi-bin/externalcontact/get_groupmsg_list_v2"
FIRST = {**OK, "next_cursor": "c2", "group_msg_list": [{"msgid": "m1"}]}
LAST = {**OK, "next_cursor": "", "group_msg_list": [{"msgid": "m2"}]}


def test_the_rows_of_every_page(wecom, scripted):
    scripted.script[API] = [FIRST, LAST]
    found = pages(wecom, API, {}, "group_msg_list", 2)
    assert [each["msgid"] for each in found] == ["m1", "m2"]


def test_a_list_that_goes_on_is_not_known(wecom, scripted):
    scripted.script[API] = [FIRST, LAST]
    found = pages(wecom, API, {}, "group_msg_list", 1)
    assert next(found)["msgid"] == "m1"
    with pytest.raises(UnknownOutcome):
        next(found)
