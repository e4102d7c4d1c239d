"""Callbacks made by wechatpy, an implementation that is not ours, are accepted; ours open in wechatpy."""

import pytest
from wechatpy.enterprise.crypto import WeChatCrypto

from scrm.wecom.callbacks import envelope, parse, text
from scrm.wecom.crypto import CallbackKey, Forged

TOKEN, AES_KEY, CORP = (
    "ScrmTestToken2024",
    "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
    "wwscrmtest00000001",
)
EVENT = (
    f"<xml><ToUserName>{CORP}</ToUserName><FromUserName>sys</FromUserName><CreateTime>1772417700</CreateTime>"
    "<MsgType>event</MsgType><Event>change_external_contact</Event><ChangeType>del_follow_user</ChangeType>"
    "<UserID>{userid}</UserID><ExternalUserID>wmHq7CDAAA3n5YtKx0pVbLr2sE8dQwZg</ExternalUserID></xml>"
)


@pytest.mark.parametrize("length", range(1, 65))
def test_a_callback_made_by_wechatpy_is_accepted_whatever_its_padding(length):
    xml = EVENT.format(userid="u" * length)
    body = WeChatCrypto(TOKEN, AES_KEY, CORP).encrypt_message(xml, "n8a1", "1772417700")
    signature = text(parse(body.encode()).fields, "MsgSignature")

    opened = CallbackKey(TOKEN, AES_KEY, CORP).open(signature, "1772417700", "n8a1", envelope(body.encode()))

    assert parse(opened).fields["UserID"] == "u" * length


def test_a_message_we_seal_opens_in_wechatpy():
    sealed = CallbackKey(TOKEN, AES_KEY, CORP).seal("<xml><Content>您好</Content></xml>".encode(), "n1", "17")

    opened = WeChatCrypto(TOKEN, AES_KEY, CORP).decrypt_message(
        f"<xml><Encrypt>{sealed.encrypted}</Encrypt></xml>", sealed.msg_signature, "17", "n1"
    )

    assert "您好" in (opened if isinstance(opened, str) else opened.decode())


def test_a_callback_for_another_corp_is_refused():
    body = WeChatCrypto(TOKEN, AES_KEY, "wwother").encrypt_message(EVENT, "n8a1", "1772417700").encode()

    with pytest.raises(Forged) as refused:
        CallbackKey(TOKEN, AES_KEY, CORP).open(
            text(parse(body).fields, "MsgSignature"), "1772417700", "n8a1", envelope(body)
        )
    assert refused.value.reason == "receive_id"
