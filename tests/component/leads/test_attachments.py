"""LED-17: files that staff attach to follow-ups; who attaches, what is taken, who reads it back."""

from hashlib import sha256
from typing import Any

import pytest

from tests.component.aborting import Killed
from tests.component.leads.leads_world import Leads
from tests.doubles.pictures import png

PDF = b"%PDF-1.7 a contract"
CONTRACT = {"name": "合同.pdf", "type": "application/pdf", "size": len(PDF)}
FILES = "/leads/L/files"
TALKED = {"method": "visit", "content": "已拜访"}


def attached(leads: Leads, bucket: Any, content: bytes = PDF, **told: Any) -> str:
    """Announce, upload and complete a file of lead L, as lisi; return its id."""
    file_id = str(leads.done("lisi", "POST", FILES, {**CONTRACT, **told})["file_id"])
    bucket.put(f"uploads/{file_id}", content)
    assert leads.done("lisi", "POST", f"{FILES}/{file_id}:complete")["status"] == "ready"
    return file_id


def test_led_17_a_file_is_uploaded_checked_named_by_a_follow_up_and_read_back(leads: Leads, bucket: Any):
    leads.lead("L", "lisi")
    begun = leads.send("lisi", "POST", FILES, CONTRACT, {"idempotency-key": "contract"})
    again = leads.send("lisi", "POST", FILES, CONTRACT, {"idempotency-key": "contract"})
    file_id = begun.json["file_id"]
    assert (begun.status, again.json["file_id"]) == (201, file_id)
    assert begun.json["upload"]["fields"]["key"] == f"uploads/{file_id}"
    bucket.put(f"uploads/{file_id}", PDF)

    first, second = (leads.done("lisi", "POST", f"{FILES}/{file_id}:complete") for _ in range(2))
    told = leads.done("lisi", "POST", "/leads/L/follow-ups", {**TALKED, "attachments": [file_id]})

    assert {**first, "url": ""} == {**second, "url": ""}
    assert told["follow_up"]["file_ids"] == [file_id]
    assert bucket.content(f"files/{file_id}") == PDF
    assert bucket.keys("uploads/") == []
    for reader in ("lisi", "zhangsan", "admin"):
        shown = leads.done(reader, "GET", f"{FILES}/{file_id}")
        assert (shown["name"], shown["size"], shown["created_by"]) == ("合同.pdf", len(PDF), "lisi")
        assert f"/files/{file_id}?" in shown["url"]


def test_led_17_nobody_else_reads_it_and_only_the_owner_attaches(leads: Leads, bucket: Any) -> None:
    leads.lead("L", "lisi")
    leads.lead("M", "lisi")
    leads.lead("W", "wangwu")
    file_id = attached(leads, bucket)
    one = f"{FILES}/{file_id}"

    assert leads.refused("wangwu", "GET", one) == (403, "no_access_to_lead")
    assert leads.refused("zhangsan", "POST", FILES, CONTRACT) == (403, "wrong_actor")
    assert leads.refused("zhangsan", "POST", f"{one}:complete") == (403, "wrong_actor")
    assert leads.refused("lisi", "GET", f"/leads/M/files/{file_id}") == (404, "not_found")
    stolen = leads.send("wangwu", "POST", "/leads/W/follow-ups", {**TALKED, "attachments": [file_id]})
    assert (stolen.status, stolen.json["errors"][0]["field"]) == (422, "attachments.0")
    leads.done("lisi", "POST", "/leads/L:release", {"reason": "不合适"})
    assert leads.refused("wangwu", "GET", one) == (403, "wrong_actor"), "a pool's member sees the lead alone"


def test_an_attachment_is_in_no_library(leads: Leads, bucket: Any) -> None:
    from scrm.materials.files_dynamodb import files

    leads.lead("L", "lisi")
    file_id = attached(leads, bucket, png(), name="名片.png", type="image/png", size=len(png()))

    assert files([file_id]) == {}
    assert leads.tables.rows("FILE#") == []


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"size": 20 * 1024 * 1024 + 1}, "size"),
        ({"size": 5}, "size"),
        ({"name": "合同.exe"}, "name"),
        ({"name": "../合同.pdf"}, "name"),
        ({"type": "image/webp", "kind": "image"}, "type"),
        ({"sha256": "x"}, "sha256"),
        ({"lead_id": "M"}, "lead_id"),
    ],
)
def test_what_may_not_be_attached_need_not_arrive(leads: Leads, told: Any, field: str) -> None:
    leads.lead("L", "lisi")

    answered = leads.send("lisi", "POST", FILES, {**CONTRACT, **told})

    assert (answered.status, answered.json["errors"][0]["field"]) == (422, field)
    assert not [row for row in leads.tables.rows("LEAD#") if row["SK"].startswith("ATTACHED#")]


def test_what_is_not_as_announced_is_refused_for_good(leads: Leads, bucket: Any) -> None:
    leads.lead("L", "lisi")
    told = {**CONTRACT, "sha256": sha256(b"another").hexdigest()}
    file_id = leads.done("lisi", "POST", FILES, told)["file_id"]
    done = f"{FILES}/{file_id}:complete"
    unfinished = leads.send("lisi", "POST", "/leads/L/follow-ups", {**TALKED, "attachments": [file_id]})

    assert (unfinished.status, unfinished.json["errors"][0]["field"]) == (422, "attachments.0")
    assert leads.refused("lisi", "POST", done) == (409, "file_missing")
    bucket.put(f"uploads/{file_id}", PDF)
    assert leads.send("lisi", "POST", done).json["errors"][0]["field"] == "sha256"
    assert leads.refused("lisi", "POST", done) == (409, "file_refused")
    assert bucket.keys() == []


def test_killed_at_any_step_and_completed_again_the_file_is_there(
    leads: Leads, bucket: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from scrm.leads import attachments_dynamodb as stored
    from scrm.materials import bucket as kept

    leads.lead("L", "lisi")
    file_id = leads.done("lisi", "POST", FILES, CONTRACT)["file_id"]
    bucket.put(f"uploads/{file_id}", PDF)
    for place, name in ((kept, "keep"), (stored, "keep"), (kept, "drop_upload")):
        with monkeypatch.context() as broken:
            broken.setattr(place, name, _killed)
            with pytest.raises(Killed):
                leads.send("lisi", "POST", f"{FILES}/{file_id}:complete")

    assert leads.done("lisi", "POST", f"{FILES}/{file_id}:complete")["status"] == "ready"
    assert bucket.content(f"files/{file_id}") == PDF


def _killed(*_: Any, **__: Any) -> None:
    raise Killed


def test_who_is_erased_takes_the_files_of_their_leads_along(leads: Leads, bucket: Any) -> None:
    from scrm.leads.erasing import erase
    from scrm.privacy.person import Person
    from scrm.privacy.rows_dynamodb import collection

    leads.lead("L", "lisi")
    attached(leads, bucket)
    open_upload = leads.done("lisi", "POST", FILES, CONTRACT)["file_id"]
    bucket.put(f"uploads/{open_upload}", PDF)
    person = Person(("cu_1",), pseudonym="anon_1")

    for _ in range(2):
        erase(person, list(collection("LEAD#L")))

    assert bucket.keys() == []
    assert not [row for row in leads.tables.rows("LEAD#") if row["SK"].startswith("ATTACHED#")]


def test_a_file_of_a_merged_lead_is_read_with_the_one_that_stays(leads: Leads, bucket: Any) -> None:
    from dataclasses import replace

    from scrm.leads.dynamodb import LeadRow

    leads.lead("L", "lisi")
    leads.lead("S", "lisi")
    file_id = attached(leads, bucket)
    LeadRow.of(replace(leads["S"], absorbed=("L",))).save()

    assert leads.done("lisi", "GET", f"/leads/S/files/{file_id}")["status"] == "ready"
    assert leads.refused("lisi", "GET", "/leads/S/files/fi_none") == (404, "not_found")
