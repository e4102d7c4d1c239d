"""L1-L3: what lists, searches and reorders of a library ask of the table, whoever looks.

python -m tests.bench L1
"""

from __future__ import annotations

import json
import random
import statistics
import time
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from tests.bench.bars import Options, Result, at_most, exactly, progress
from tests.bench.units import golden
from tests.capacity.recording import Recorded, recording
from tests.doubles.bundle import Bundle, http_event

GROUPS = 300
SIZES = (2_000, 10_000)
MARKS = 3
FEW = 10
SEARCHES = 15
WORDS = (
    *("价格", "优惠", "退款", "物流", "售后", "会员", "课程", "保险", "体验", "门店"),
    *("活动", "预约", "到货", "质保", "发票", "合同", "试听", "续费", "升级", "礼品"),
)
CLAUSES = (
    "您好，感谢您一直以来的支持",
    "这款产品目前正在做活动，下单即可享受优惠价格",
    "支持七天无理由退款，运费由我们承担",
    "我先给您发一份详细的资料，您看完有问题随时联系我",
    "门店地址和营业时间如下，到店前请提前预约",
    "续费的老客户可以再享受九折，名额有限",
)


def libraries(options: Options) -> list[Result]:
    """Scripts in 300 groups, seen whole and hardly at all, by warm and cold processes, marked and not."""
    results: list[Result] = []
    for size in SIZES:
        with ExitStack() as stack:
            bundle = Bundle()
            stack.enter_context(bundle.running("fast"))
            shelf = Shelf(bundle, options.scaled(size), random.Random(options.seeds[0]))
            results += _read(shelf, size, update=options.update and size == SIZES[0])
            if size == SIZES[0]:
                results += _reordered(shelf, update=options.update)
    return sorted(results, key=lambda each: each.key)


def _read(shelf: Shelf, size: int, *, update: bool) -> list[Result]:
    searched = f"q={quote('价格')}"
    lists = shelf.variants("L1", "")
    searches = shelf.variants("L2", searched)
    results = [
        *_held_to("L1", f"first_list_of_{size}", lists),
        *_held_to("L2", f"search_in_{size}", searches),
    ]
    if size == SIZES[0]:
        results.append(golden("l1_first_list", lists[-1][1], update=update))
        results.append(golden("l2_search", searches[-1][1], update=update))
    for key, name, query, allowed in (
        ("L1", "first_list", "", 150),
        ("L2", "search", searched, 150),
        ("L2", "initials", "q=jg", 150),
    ):
        took = shelf.process_ms(query)
        results.append(at_most(key, f"{name}_{size}_p50_process", took, allowed, " ms"))
    return results


def _held_to(key: str, name: str, variants: list[tuple[str, Recorded]]) -> list[Result]:
    """Return the worst of all variants, and that viewers differ in nothing."""
    differing = [
        label
        for label, used in variants
        if (used.requests(), used.read_units()) != _of_whole(label, dict(variants))
    ]
    return [
        at_most(key, f"{name}_requests", max(used.requests() for _, used in variants), 2),
        at_most(key, f"{name}_rru", max(used.read_units() for _, used in variants), 6, " RRU"),
        exactly(key, f"{name}_viewers_differ", len(differing), 0, differing=differing),
        exactly(key, f"{name}_objects_warm", max(_objects(used) for at, used in variants if "warm" in at), 0),
        exactly(key, f"{name}_objects_cold", max(_objects(used) for at, used in variants if "cold" in at), 1),
    ]


def _of_whole(label: str, variants: dict[str, Recorded]) -> tuple[int, float]:
    used = variants[label.replace("few", "whole")]
    return used.requests(), used.read_units()


def _objects(used: Recorded) -> int:
    return sum(call.service == "s3" for call in used.calls)


def _reordered(shelf: Shelf, *, update: bool) -> list[Result]:
    """Put one script behind its neighbour: the library's rows that are written, beside the audit line."""
    first, second = shelf.of_one_group()
    before = shelf.library_rows()
    with recording(shelf.bundle.cloud) as used:
        answer = shelf.send(
            "PATCH", f"/admin/scripts/{first}/position", "whole", body=json.dumps({"after": second})
        )
    _expect(answer)
    after = shelf.library_rows()
    changed = [key for key in after if after[key] != before.get(key)]
    return [
        exactly("L3", "reorder_rows", len(changed), 1, " rows", changed=changed, wru=used.write_units()),
        golden("l3_reorder", used, update=update),
    ]


class Shelf:
    """A library in the table, its catalogue made."""

    def __init__(self, bundle: Bundle, size: int, rng: random.Random) -> None:
        from scrm.library.compiling import compile_library

        self.bundle = bundle
        self.rng = rng
        self.items: list[Any] = []
        progress(f"{size:,} scripts in {GROUPS} groups")
        self._filled(size)
        compile_library("script", bundle.time.now())

    def variants(self, key: str, query: str) -> list[tuple[str, Recorded]]:
        """Return what a list costs by who looks, in what process, with how many marks; the dearest last."""
        found: list[tuple[str, Recorded]] = []
        for marks in (0, MARKS):
            self._marked(marks)
            for process in ("warm", "cold"):
                for viewer in ("few", "whole"):
                    if process == "cold":
                        self.bundle.forget()
                    else:
                        self._listed(query, viewer)
                    with recording(self.bundle.cloud) as used:
                        shown = self._listed(query, viewer)
                    if len(shown) != (min(FEW, len(shown)) if viewer == "few" else 50):
                        raise AssertionError(f"{key}: {viewer} was shown {len(shown)}")
                    found.append((f"{marks} marks, {process}, {viewer}", used))
        self._unmarked()
        return found

    def process_ms(self, query: str) -> float:
        """Return the median processor time of a warm list with marks, in milliseconds."""
        self._marked(MARKS)
        self._listed(query, "whole")
        took = []
        for _ in range(SEARCHES):
            began = time.process_time()
            self._listed(query, "whole")
            took.append((time.process_time() - began) * 1000)
        self._unmarked()
        return statistics.median(took)

    def of_one_group(self) -> tuple[str, str]:
        """Return two scripts that stand in one group, the first before the second."""
        first = self.items[FEW]
        others = [each for each in self.items if each.group_id == first.group_id]
        ordered = sorted(others, key=lambda each: (each.rank, each.item_id))
        self._written(ordered[0])
        return ordered[0].item_id, ordered[1].item_id

    def _written(self, item: Any) -> None:
        from scrm.library.dynamodb import draft_step
        from scrm.table import in_transaction

        content = {"title": item.draft.title, "parts": [{"kind": "text", "text": "您好"}]}
        with in_transaction() as transaction:
            draft_step("script", item.item_id, content, "admin", self.bundle.time.now())(transaction)

    def library_rows(self) -> dict[str, Any]:
        """Return the library's rows by their place."""
        rows = self.bundle.cloud.store.rows("ScrmTable")
        return {row["SK"]["S"]: dict(row) for row in rows if row["PK"]["S"] == "LIBRARY#script"}

    def send(self, method: str, path: str, viewer: str, query: str = "", body: str = "") -> dict[str, Any]:
        """Return the answer to a request of who may see all, or of who may see ten scripts."""
        from scrm.http.caller import Caller

        caller = (
            Caller("qianer", "service", "own")
            if viewer == "few"
            else Caller("admin", "operations_admin", "all")
        )
        headers = {"accept": "application/json", "content-type": "application/json"}
        event = http_event(method, f"{path}?{query}" if query else path, body, headers)
        event["requestContext"]["authorizer"] = {"lambda": caller.context()}
        function = "admin_api" if path.startswith("/admin") else "sidebar_api"
        answer: dict[str, Any] = self.bundle.invoke(function, event)
        return answer

    def _listed(self, query: str, viewer: str) -> list[str]:
        answer = self.send("GET", "/sidebar/scripts", viewer, query)
        _expect(answer)
        return [each["item_id"] for each in json.loads(answer["body"])["items"]]

    def _filled(self, size: int) -> None:
        """Put the rows into the table by its own hand: a transaction for each would take a minute."""
        from scrm.library.model import Group, Item, Shown
        from scrm.library.pinyin import initials
        from scrm.library.ranks import spread
        from scrm.library.rows_dynamodb import GroupRow, ItemRow
        from scrm.library.visibility import Visibility

        now = self.bundle.time.now()
        only = Visibility(roles=frozenset({"operations_admin"}))
        groups = [
            Group(
                "script", f"gr_{n:020d}", self._text(2), f"gr_{n // 3:020d}" if n > 30 else "", rank, None, 1
            )
            for n, rank in enumerate(spread(GROUPS))
        ]
        groups = [replace(each, updated_at=now) for each in groups]
        for number, rank in enumerate(spread(size)):
            title = self._text(3)
            text = "，".join(self.rng.choices(CLAUSES, k=self.rng.randrange(3, 9)))
            shown = Shown(
                title,
                initials(title),
                f"{text}{self._text(3)}",
                ("意向",) if number % 5 == 0 else (),
                (self._text(1),),
                {"kinds": ["text", "image"], "text": text[:100]},
            )
            self.items.append(
                Item(
                    "script",
                    f"sc_{number:020d}",
                    self.rng.choice(groups).group_id if number >= FEW else "",
                    rank,
                    "published",
                    shown,
                    shown,
                    1,
                    only if number >= FEW else None,
                    1,
                    "admin",
                    now,
                    "admin",
                    now,
                    now,
                )
            )
        held = self.bundle.cloud.store.tables["ScrmTable"]
        rows = [GroupRow.of(each, marked=False).serialize() for each in groups]
        rows += [ItemRow.of(each, marked=False).serialize() for each in self.items]
        for row in sorted(rows, key=lambda each: each["SK"]["S"]):
            held.write(held.key(row, exact=False), row)

    def _text(self, words: int) -> str:
        return "".join(self.rng.sample(WORDS, words))

    def _marked(self, marks: int) -> None:
        """Change so many scripts, as their writers do."""
        from scrm.library.dynamodb import item_step
        from scrm.table import in_transaction

        for place in range(FEW, FEW + marks):
            each = self.items[place]
            self.items[place] = replace(each, version=each.version + 1, rank=f"{each.rank}V")
            with in_transaction() as transaction:
                item_step(self.items[place])(transaction)

    def _unmarked(self) -> None:
        from scrm.library.compiling import compile_library

        compile_library("script", self.bundle.time.now() + timedelta(seconds=1))


def _expect(answer: dict[str, Any]) -> None:
    if answer["statusCode"] >= 300:
        raise AssertionError(f"{answer['statusCode']}: {answer['body']}")
