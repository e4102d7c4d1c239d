"""What a caller reads of an error."""

import json

from scrm.http.problems import conflict


def test_what_a_problem_tells_besides_never_stands_in_for_its_own_members() -> None:
    told = json.loads(conflict("wrong_status", "不允许", status="LOST", lead_status="LOST").body())
    assert (told["status"], told["code"], told["lead_status"]) == (409, "wrong_status", "LOST")
