"""Every error code of the areas this product touches has a Chinese sentence and a remedy of its own."""

import json
import re
from pathlib import Path

import pytest

from scrm.wecom.catalogue import explain, known_codes
from scrm.wecom.errors import NO_ANSWER, error_for

CODES = json.loads(Path(__file__).with_name("error-codes.json").read_text(encoding="utf-8"))["codes"]


@pytest.mark.parametrize("errcode", [*CODES, NO_ANSWER])
def test_a_documented_code_has_a_sentence_and_a_remedy(errcode):
    explanation = explain(errcode)

    assert errcode in known_codes()
    for words in (explanation.sentence, explanation.remedy):
        assert re.search(r"[\u4e00-\u9fff]{2}", words)
        assert "。" not in words, "sentences stand in a page's own punctuation"


@pytest.mark.parametrize(
    ("errcode", "sentence"),
    [
        (84061, "你与该客户已不是好友，无法操作"),
        (45009, "企业微信繁忙，已排队，稍后自动重试"),
        (60020, "服务器出口 IP 未登记，请联系管理员"),
        (48002, "当前账号没有此功能权限，请联系管理员开通“客户联系”"),
        (40007, "素材已失效，正在重新准备，请稍后再点一次"),
        (40093, "页面校验未通过，请刷新；仍不行请管理员打开“企微配置体检”"),
        (80001, "可信域名未配置好，请管理员在“企微配置体检”中处理"),
    ],
)
def test_pages_and_server_say_the_same(errcode, sentence):
    assert explain(errcode).sentence == sentence


def test_an_unknown_code_still_tells_the_code_and_what_to_do():
    explanation = explain(987654)

    assert "987654" in explanation.sentence
    assert "重试" in explanation.remedy


@pytest.mark.parametrize("errcode", CODES)
def test_every_code_becomes_an_error_that_keeps_it(errcode):
    assert error_for(errcode, "text, hint: [1_2_a], from ip: 203.0.113.9", "/cgi-bin/x").errcode == errcode
