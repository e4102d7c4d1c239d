"""WeCom's product album as an adapter: pulled by product_sn, pushed once (CON-09, issue 4 item 3)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.component.products.test_feed import content, library, told

PNG = b"\x89PNG\r\n\x1a\n" + bytes(32)
ADD = "externalcontact/add_product_album"


def uploaded(corp: Any, scene: int = 2) -> str:
    """Return the album's media id of a picture that WeCom has."""
    from scrm.wecom.deployed import wecom

    answer = wecom().call(
        "POST",
        "/cgi-bin/media/upload_attachment",
        params={"media_type": "image", "attachment_type": str(scene)},
        files={"media": ("a.png", PNG, "image/png")},
        idempotent=True,
    )
    return str(answer["media_id"])


def in_album(corp: Any, sn: str, text: str, fen: int) -> str:
    """Put a product into the album, as the app did elsewhere; return its id."""
    from scrm.wecom import products
    from scrm.wecom.deployed import wecom

    return products.add(wecom(), text, fen, [uploaded(corp)], product_sn=sn)


def picture(corp: Any, *, uploaded_already: bool = True) -> str:
    """Keep a cover in our bucket, with WeCom's id of it; return the file's id."""
    from scrm import clock
    from scrm.materials import files_dynamodb as files
    from scrm.materials.files import File, Media

    begun = File("f_cover", "cover.png", "image", "image/png", len(PNG))
    files.put_new(begun, clock.now())
    from scrm.table import in_transaction

    with in_transaction() as transaction:
        files.kept_step(replace(begun, sha256="00", width=1, height=1))(transaction)
    if uploaded_already:
        files.record("f_cover", "album", Media(uploaded(corp), clock.now()))
    return "f_cover"


def album() -> dict[str, tuple[str, int]]:
    """Return what the album shows, by product_sn."""
    from scrm.wecom import products
    from scrm.wecom.deployed import wecom

    return {each.product_sn: (each.description, each.price_fen) for each in products.products(wecom())[0]}


def goods(ask: Any, **more: Any) -> str:
    """Publish a product with a cover; return its item id."""
    body = {"type": "standard", "code": "SP2026", "name": "春季班", "price_fen": 128_000, **more}
    made = ask("POST", "/admin/products", {"cover_file_id": "f_cover", **body})
    assert made.status == 201, made.text
    return str(made.json["item_id"])


@pytest.fixture
def synced(ask: Any, run_jobs: Callable[[], None]) -> Callable[..., dict[str, tuple[str, str]]]:
    """Start a job, do it, and return what became of each product."""

    def play(**body: Any) -> dict[str, tuple[str, str]]:
        started = ask("POST", "/admin/products:sync", {"adapter": "album", **body})
        assert started.status == 202, started.text
        run_jobs()
        items = ask("GET", f"/admin/jobs/{started.json['job_id']}/items").json["items"]
        return {each["subject"]: (each["status"], each["code"]) for each in items}

    return play


def test_the_album_is_pulled_by_product_sn_and_again_nothing_is_new(
    feed: Any, corp: Any, synced: Callable[..., Any]
) -> None:
    in_album(corp, "SP2026", "春季班\n12 课时", 128_000)
    nameless = in_album(corp, "", "没有编码", 100)

    assert synced() == {"SP2026": ("done", ""), nameless: ("failed", "invalid.product_sn")}
    found = content(library()["SP2026"])
    assert (found["name"], found["description"], found["price_fen"]) == ("春季班", "12 课时", 128_000)
    assert synced() == {"SP2026": ("skipped", "unchanged"), nameless: ("failed", "invalid.product_sn")}


def test_more_than_a_page_is_pulled(feed: Any, corp: Any, synced: Callable[..., Any]) -> None:
    for number in range(101):
        in_album(corp, f"SN{number:03}", f"商品{number}", 100)
    assert set(synced().values()) == {("done", "")}
    assert len(library()) == 101


def test_a_product_is_pushed_changed_and_put_back_when_somebody_deleted_it(
    feed: Any, corp: Any, ask: Any, synced: Callable[..., Any]
) -> None:
    from scrm.products.album_dynamodb import link

    picture(corp)
    item_id = goods(ask, description="12 课时")
    assert synced(direction="push") == {item_id: ("done", "")}
    assert album() == {"SP2026": ("春季班\n12 课时", 128_000)}
    assert synced(direction="push", item_ids=[item_id]) == {item_id: ("skipped", "unchanged")}
    assert synced() == {"SP2026": ("skipped", "pushed_from_here")}

    told({"code": "SP2026", "version": 1, "name": "春季班", "price_fen": 118_000})
    assert synced(direction="push") == {item_id: ("done", "")}
    assert album() == {"SP2026": ("春季班\n12 课时", 118_000)}

    from scrm.wecom import products
    from scrm.wecom.deployed import wecom

    products.delete(wecom(), link("SP2026", item_id).product_id)
    told({"code": "SP2026", "version": 2, "name": "夏季班", "price_fen": 118_000})
    assert synced(direction="push") == {item_id: ("done", "")}
    assert album() == {"SP2026": ("夏季班\n12 课时", 118_000)}


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"cover_file_id": None}, "no_cover"),
        ({"price_fen": None}, "no_price"),
        ({"price_fen": 5_000_001}, "price_over_limit"),
    ],
)
def test_what_the_album_would_not_take_is_told_by_item(
    feed: Any, corp: Any, ask: Any, synced: Callable[..., Any], more: Any, code: str
) -> None:
    picture(corp)
    item_id = goods(ask, **more)
    assert synced(direction="push") == {item_id: ("failed", code)}
    assert album() == {}


def test_an_add_without_an_answer_is_settled_by_the_list_and_not_sent_twice(
    feed: Any, corp: Any, ask: Any, at: Any
) -> None:
    from scrm import clock
    from scrm.products.pushing import Later, push
    from scrm.wecom.deployed import wecom

    picture(corp)
    item_id = goods(ask)
    corp.faults.add({"endpoint": ADD, "what": "unknown_outcome"})
    with pytest.raises(Later, match="outcome_unknown"):
        push(wecom(), item_id, clock.now())
    with pytest.raises(Later, match="outcome_unknown"):
        push(wecom(), item_id, clock.now())
    at("2026-03-02T10:20:00+08:00")
    assert push(wecom(), item_id, clock.now()).status == "done"
    assert list(album()) == ["SP2026"]
    assert len(corp.calls.listed(ADD)) == 1


def test_a_cover_that_wecom_has_not_is_asked_for_first(feed: Any, corp: Any, ask: Any) -> None:
    from scrm import clock
    from scrm.materials import files_dynamodb as files
    from scrm.materials.files import Media
    from scrm.products.pushing import Later, push
    from scrm.wecom.deployed import wecom

    picture(corp, uploaded_already=False)
    item_id = goods(ask)
    with pytest.raises(Later, match="uploading"):
        push(wecom(), item_id, clock.now())
    known = files.file("f_cover")
    assert known is not None
    assert "album" in known.asked
    files.record("f_cover", "album", Media(uploaded(corp), datetime.now(UTC).replace(year=2026)))
    assert clock.now()


def test_only_who_keeps_the_content_may_start_it(feed: Any, ask: Any) -> None:
    assert ask("POST", "/admin/products:sync", {"adapter": "album"}, role="auditor").status == 403
    wrong = ask("POST", "/admin/products:sync", {"adapter": "taobao"})
    assert (wrong.status, wrong.json["errors"][0]["field"]) == (422, "adapter")
