"""spec CON-16: what is sent is found first, and is among what the member sent lately."""

from datetime import datetime, timedelta
from typing import Any

from tests.component.conftest import START
from tests.component.http_world import Browser
from tests.component.sends.test_sidebar import ok, prepare, published


def test_con_16_after_three_sends_the_usage_is_three_and_the_search_ranks_by_it(
    admin: Browser, member: Browser, there: str, react: Any
) -> None:
    from scrm.library.compiling import compile_all

    first, second, third = (
        published(admin, "materials", {"kind": "text", "name": f"价格{name}", "text": "您好"})
        for name in ("甲", "乙", "丙")
    )
    for item_id in (second, third, second, second):
        sent = prepare(member, "materials", item_id, there)
        assert ok(member, send_id=sent.json["send_id"]).status == 201
    react()
    compile_all(datetime.fromisoformat(START) + timedelta(minutes=10))

    found = member.send("GET", "/sidebar/materials?q=%E4%BB%B7%E6%A0%BC").json["items"]
    assert [(each["item_id"], each["usage"]) for each in found] == [(second, 3), (third, 1), (first, 0)]
    assert member.send("GET", "/sidebar/materials?q=jgy").json["items"] == [found[0]]
    lately = member.send("GET", "/sidebar/materials?recent=true").json["items"]
    assert {each["item_id"] for each in lately} == {second, third}
    assert admin.send("GET", "/sidebar/materials?recent=true").json["items"] == []
