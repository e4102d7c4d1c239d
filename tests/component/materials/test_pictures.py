"""Pictures have lasting public addresses that nobody can guess (what the SDK's imgUrl asks for)."""

import base64
import json

import pytest

from scrm.materials import pictures
from tests.component.conftest import http_event_of
from tests.doubles.bundle import STACK
from tests.doubles.pictures import jpeg, mp4, png

MB = 1024 * 1024


@pytest.fixture
def look(bundle):
    """Open an address as WeChat does: without a session."""

    def looked(address):
        return bundle.invoke("h5_api", http_event_of("GET", address.removeprefix("https://scrm.test"), None))

    return looked


@pytest.mark.parametrize(("content", "kind"), [(png(5, 5), "image/png"), (jpeg(5, 5), "image/jpeg")])
def test_a_picture_is_served_with_its_bytes_for_good(bundle, kept, look, content, kind):
    file_id = kept(content, "海报.png" if kind == "image/png" else "海报.jpg", kind)
    address = pictures.address_of(file_id)
    assert address.startswith(f"https://scrm.test/h5/files/{file_id}/")
    answer = look(address)
    assert (answer["statusCode"], answer["isBase64Encoded"]) == (200, True)
    assert base64.b64decode(answer["body"]) == content
    assert answer["headers"]["Content-Type"] == kind
    assert answer["headers"]["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer["headers"]["X-Content-Type-Options"] == "nosniff"
    bundle.time.sleep(400 * 86_400)
    assert look(address)["statusCode"] == 200


def test_a_large_picture_is_fetched_from_the_bucket(kept, look):
    small, large = kept(png(extra=4 * MB - len(png()))), kept(png(extra=4 * MB))
    assert look(pictures.address_of(small))["statusCode"] == 200
    answer = look(pictures.address_of(large))
    assert answer["statusCode"] == 302
    assert f"/files/{large}?" in answer["headers"]["Location"]
    assert "X-Amz-Expires=3600" in answer["headers"]["Location"]


def test_nothing_but_the_signed_address_of_a_kept_picture_opens_anything(bundle, kept, begun, look):
    file_id, other, video = kept(), kept(png(9, 9)), kept(mp4(), "介绍.mp4", "video/mp4")
    waiting = begun(png())
    bundle.cloud.objects.put(f"uploads/{waiting}", png(), "image/png")
    address = pictures.address_of(file_id)
    start, _, signature = address.rpartition("/")
    closed = [
        f"{start}/x",
        f"{start}/{signature[:-1]}",
        f"{start}/{signature}x",
        f"{start}/%E4%BB%B7",
        pictures.address_of(other).rpartition("/")[0] + "/" + signature,
        pictures.address_of(video),
        pictures.address_of(waiting),
        pictures.address_of("fi_00000000000000000000"),
        pictures.address_of("..%2Fcatalogues"),
    ]
    answers = [look(each) for each in closed]
    assert {each["statusCode"] for each in answers} == {404}
    assert len({each["body"] for each in answers}) == 1


def test_a_replaced_key_leaves_addresses_that_were_sent_good(bundle, kept, look):
    from scrm import secret_store

    address = pictures.address_of(kept())
    bundle.cloud.parameters.values[f"/{STACK}/h5/keys"] = json.dumps(["newer", "key-of-the-pages"])
    secret_store.forget()
    assert look(address)["statusCode"] == 200
    bundle.cloud.parameters.values[f"/{STACK}/h5/keys"] = json.dumps(["newer"])
    secret_store.forget()
    assert look(address)["statusCode"] == 404


def test_looking_at_a_picture_reads_no_table(bundle, kept, look):
    address = pictures.address_of(kept())
    look(address)
    bundle.cloud.calls = []
    look(address)
    assert [(call.service, call.operation) for call in bundle.cloud.calls] == [("s3", "GetObject")]
