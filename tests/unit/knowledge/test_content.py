"""Articles of the knowledge base (CON-19)."""

import json

import pytest

from scrm.http import validation
from scrm.http.problems import Problem
from scrm.knowledge import content
from scrm.knowledge.content import Article

REFUND = {"title": "退款规则", "body": "开课前\n全额退款", "keywords": ["退费"]}


def test_con_19_an_article_is_found_by_its_text():
    article = content.read(REFUND)

    shown = content.shown(article)
    assert (shown.title, shown.words, shown.keywords) == ("退款规则", "开课前 全额退款", ("退费",))
    assert content.plain(article) == REFUND
    assert content.files(article) == ()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": ""}, "title"),
        ({"body": ""}, "body"),
        ({"body": "字" * 6667}, "body"),
        ({"more": 1}, "more"),
    ],
)
def test_what_is_wrong_is_named(changes, field):
    with pytest.raises(Problem) as refused:
        validation.body(Article, json.dumps({**REFUND, **changes}).encode())

    assert [each.field for each in refused.value.errors] == [field]


def test_a_body_of_twenty_thousand_bytes_is_taken():
    assert content.read({**REFUND, "body": "字" * 6666 + "ab"}).body.endswith("ab")
