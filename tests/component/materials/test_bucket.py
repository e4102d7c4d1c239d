"""Files in the bucket as AWS's own client sees it (moto), and nothing is fetched from anywhere else (S12)."""

import socket
from datetime import UTC, datetime, timedelta

import pytest

from scrm.materials import bucket as files
from scrm.materials.files import File
from tests.component.conftest import http_event_of
from tests.doubles.pictures import png

FILE = File("fi_0a1b2c3d4e5f60718293", "春季 价格表.png", "image", "image/png", len(png()))
HOSTILE = [
    "http://169.254.169.254/latest/meta-data/",
    "http://[fd00:ec2::254]/latest/",
    "http://2852039166/latest/meta-data/",
    "http://0x7f.1/",
    "http://localhost:9200/_search",
    "https://example.com@169.254.169.254/",
]


@pytest.fixture
def files_of(aws):
    """The bucket of its own for a test."""
    import boto3

    from tests.doubles.s3 import BUCKET

    client = boto3.client("s3", region_name="us-east-1")
    client.create_bucket(Bucket=BUCKET)
    return client, BUCKET


def test_what_is_kept_is_read_back_with_its_type(files_of):
    client, name = files_of
    client.put_object(Bucket=name, Key=f"uploads/{FILE.file_id}", Body=png() + b"more")
    assert files.uploaded(FILE.file_id, 10**6) == png() + b"more"
    assert files.uploaded(FILE.file_id, 5) == png()[:6]
    files.keep(FILE, png())
    files.drop_upload(FILE.file_id)
    files.drop_upload(FILE.file_id)
    assert files.content(FILE.file_id) == png()
    assert files.content_within(FILE.file_id, len(png())) == (png(), "image/png")
    assert files.content_within(FILE.file_id, len(png()) - 1) == (None, "image/png")
    with pytest.raises(files.FileGone):
        files.uploaded(FILE.file_id, 10)
    with pytest.raises(files.FileGone):
        files.content("fi_00000000000000000000")


def test_a_browser_s_form_puts_the_file_there_and_nothing_else(files_of):
    import requests

    client, name = files_of
    form = files.upload_address(FILE)
    assert form.url.startswith("https://content-bucket.s3.")
    answer = requests.post(form.url, data=form.fields, files={"file": ("a.png", png())}, timeout=5)
    assert answer.status_code == 204
    found = client.get_object(Bucket=name, Key=f"uploads/{FILE.file_id}")
    assert (found["Body"].read(), found["ContentType"]) == (png(), "image/png")


def test_a_file_is_shown_under_its_own_name(files_of):
    address = files.look_at(FILE)
    assert "X-Amz-Expires=600" in address
    assert "inline" in address
    assert "%25E6%2598%25A5" in address  # 春, quoted for the header and once more for the address
    assert "attachment" in files.look_at(File("fi_1", "a.pdf", "file", "application/pdf", 10))


@pytest.mark.parametrize("url", HOSTILE)
def test_s12_addresses_that_people_write_are_never_fetched(bundle, ask, kept, monkeypatch, url):
    """A card's address is for its reader; what we upload and show comes from our bucket alone."""
    from scrm.materials import files_dynamodb as stored
    from scrm.materials import pictures
    from scrm.materials.content import read
    from scrm.table import in_transaction

    def refuse(*_: object) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    file_id = kept()
    card = read({"kind": "h5", "name": "x", "title": "x", "url": url, "cover_file_id": file_id})
    assert ask("POST", "/admin/files", {"name": url, "type": "image/png", "size": 99}).status == 422
    now = datetime.fromtimestamp(bundle.time.seconds, UTC)
    with in_transaction() as transaction:
        stored.use_step(card.cover_file_id, "material#it_1", now)(transaction)
    bundle.settle()
    assert stored.file(file_id).media("message", now + timedelta(hours=1))
    path = pictures.address_of(file_id).removeprefix("https://scrm.test")
    assert bundle.invoke("h5_api", http_event_of("GET", path, None))["statusCode"] == 200
