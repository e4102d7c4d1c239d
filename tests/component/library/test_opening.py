"""A library is as it is now, whatever happens between the requests that open it (decision 0020)."""

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError

from scrm.library.compiling import begin_import, compile_library, end_import
from scrm.library.model import Uses
from scrm.library.visibility import Visibility
from scrm.table import Raw
from tests.component.aborting import Killed, Steps
from tests.component.library.world import NOW, caller, change, forget, group, happening, item, put, seen
from tests.doubles.cloud import Cloud


@pytest.fixture(autouse=True)
def tables(aws: None) -> Iterator["Held"]:
    """The table and the bucket in memory: a thousand small worlds are made here."""
    cloud = Cloud()
    with cloud.active("fast"):
        yield Held(cloud)


class Held:
    """Rows and objects as a test sees them."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud

    def rows(self, pk: str, sk: str = "") -> list[dict[str, Any]]:
        """Return rows whose keys begin so."""
        plain = [Raw.plain(dict(row)) for row in self.cloud.store.rows("ScrmTable")]
        return [row for row in plain if row["PK"].startswith(pk) and row["SK"].startswith(sk)]

    def empty(self) -> None:
        """Be another world."""
        self.cloud.store, self.cloud.objects = Cloud().store, Cloud().objects
        forget()

    @property
    def objects(self) -> dict[str, Any]:
        """The objects by name."""
        return self.cloud.objects.held


DEPARTMENTS = Visibility(departments=frozenset({2}))


def marks(tables: Any) -> list[str]:
    return [row["SK"] for row in tables.rows("LIBRARY#script") if "due_pk" in row]


def head(tables: Any) -> dict[str, Any]:
    rows = tables.rows("LIBRARY#script", "HEAD")
    return rows[0] if rows else {}


def test_what_was_written_is_seen_at_once_and_stays_so_in_the_catalogue(tables):
    put(group("g1"), item("sc_1", "g1", title="一"), item("sc_2", title="二"))

    assert seen() == {"sc_1": "一", "sc_2": "二"}
    assert list(tables.objects) == []
    assert compile_library("script", NOW)
    assert seen() == {"sc_1": "一", "sc_2": "二"}
    assert marks(tables) == []
    assert len(list(tables.objects)) == 1


def test_a_change_after_the_catalogue_is_seen_by_warm_and_cold_processes(tables):
    first = item("sc_1", title="一")
    put(first, item("sc_2", rank="W", title="二"))
    compile_library("script", NOW)
    assert list(seen()) == ["sc_1", "sc_2"]

    changed = change(first, rank="X")
    assert list(seen()) == ["sc_2", "sc_1"]
    forget()
    assert list(seen()) == ["sc_2", "sc_1"]
    gone = change(changed, status="deleted")
    assert list(seen()) == ["sc_2"]
    compile_library("script", NOW)
    forget()
    assert list(seen()) == ["sc_2"]
    change(gone, status="published")
    assert list(seen()) == ["sc_2", "sc_1"]


@pytest.mark.parametrize("compiled", [False, True])
def test_con_14_departments_above_ones_own_count_before_and_after_the_first_catalogue(tables, compiled):
    from scrm.staff.dynamodb import DepartmentRow
    from scrm.staff.model import Department

    for number, parent in ((1, 0), (2, 1), (5, 2)):
        DepartmentRow.of(Department(number, f"部门{number}", parent)).save()
    put(item("sc_1", visibility=DEPARTMENTS))
    if compiled:
        compile_library("script", NOW)

    assert list(seen(by=caller(departments=(5,)))) == ["sc_1"]
    assert list(seen(by=caller(departments=(1,)))) == []


def test_a_catalogue_that_changes_nothing_is_not_made(tables):
    put(item("sc_1"))
    assert compile_library("script", NOW)
    keys = list(tables.objects)

    assert not compile_library("script", NOW)
    assert list(tables.objects) == keys


def test_one_that_nothing_changes_is_written_anew_each_week_and_the_one_before_stays(tables):
    put(item("sc_1"))
    compile_library("script", NOW)
    (first,) = list(tables.objects)

    assert not compile_library("script", NOW + timedelta(days=6))
    assert compile_library("script", NOW + timedelta(days=7))
    assert first in list(tables.objects)
    assert compile_library("script", NOW + timedelta(days=14))
    assert first not in list(tables.objects)
    assert len(list(tables.objects)) == 2
    forget()
    assert list(seen()) == ["sc_1"]


def test_con_16_a_catalogue_has_the_counts_of_use(tables):
    from datetime import date

    from scrm.library.opening import open_for
    from scrm.sends.uses_dynamodb import used_step
    from scrm.table import in_transaction

    put(item("sc_1"))
    with in_transaction() as transaction:
        used_step("script", "sc_1", "lisi", date(2026, 3, 2), Uses(sends=3))(transaction)
    compile_library("script", NOW)

    assert open_for("script", caller()).catalogue.uses_of("sc_1") == Uses(sends=3)


def test_more_marks_than_a_request_reads_are_read_from_all_rows(tables):
    put(item("sc_0"))
    compile_library("script", NOW)
    put(*[item(f"sc_{number:03d}", rank=f"V{number:03d}x") for number in range(100)])

    assert len(seen()) == 101


# ---------------------------------------------------------------- interleavings


def prepared() -> None:
    """A catalogue, and since then one changed, one deleted, one new item and a new group."""
    first, second = item("sc_1", title="旧"), item("sc_2", title="二")
    put(first, second)
    compile_library("script", NOW)
    put(group("g1"), item("sc_3", "g1", title="三"))
    change(first, live=item("sc_1", title="新").draft)
    change(second, status="deleted")


NOW_SEEN = {"sc_1": "新", "sc_3": "三"}


def compiled() -> None:
    compile_library("script", NOW)


def compiled_twice_with_a_change() -> None:
    """Two catalogues, so that the object a reader was told of is no more."""
    compile_library("script", NOW)
    put(item("sc_9", title="九"))
    compile_library("script", NOW)


@pytest.mark.parametrize("cold", [False, True])
@pytest.mark.parametrize("what", [compiled, compiled_twice_with_a_change])
@pytest.mark.parametrize("step", range(4))
def test_a_catalogue_is_made_between_any_two_requests_of_a_reader(tables, monkeypatch, step, what, cold):
    prepared()
    if cold:
        forget()
    else:
        assert seen() == NOW_SEEN

    with happening(monkeypatch, what, step) as steps:
        found = seen()

    assert len(steps) <= 5
    found.pop("sc_9", None)
    assert found == NOW_SEEN


@pytest.mark.parametrize("step", range(14))
def test_somebody_reads_between_any_two_requests_of_the_compiler(tables, monkeypatch, step):
    prepared()
    reads: list[dict[str, str]] = []

    def read() -> None:
        reads.append(seen())
        forget()
        reads.append(seen())

    with happening(monkeypatch, read, step):
        compile_library("script", NOW)

    assert all(each == NOW_SEEN for each in reads)
    assert seen() == NOW_SEEN
    assert marks(tables) == []


@pytest.mark.parametrize("step", range(14))
def test_another_compiles_between_any_two_requests_of_the_compiler(tables, monkeypatch, step):
    prepared()

    with happening(monkeypatch, compiled, step):
        compile_library("script", NOW)

    forget()
    assert seen() == NOW_SEEN
    assert marks(tables) == []
    named = {head(tables)["object_key"], head(tables).get("former_key")}
    assert set(tables.objects) <= named


@pytest.mark.parametrize("step", range(14))
def test_a_row_changes_again_between_any_two_requests_of_the_compiler(tables, monkeypatch, step):
    prepared()
    from scrm.library.dynamodb import item as stored

    def again() -> None:
        now_is = stored("script", "sc_1")
        assert now_is is not None
        change(now_is, live=item("sc_1", title="更新").draft)

    with happening(monkeypatch, again, step) as steps:
        compile_library("script", NOW)

    happened = step <= len(steps)
    for _ in range(2):
        forget()
        assert seen() == ({"sc_1": "更新", "sc_3": "三"} if happened else NOW_SEEN)
        compile_library("script", NOW)
    assert marks(tables) == []


@pytest.mark.parametrize("step", range(14))
def test_an_import_is_whole_whatever_else_is_compiled_meanwhile(tables, monkeypatch, step):
    """Another import begins, writes and ends between any two requests of this one."""
    prepared()

    def other() -> None:
        name = begin_import("script", NOW)
        put(item("sc_b", title="乙"), marked=False)
        end_import("script", name, NOW)

    with happening(monkeypatch, other, step) as steps:
        name = begin_import("script", NOW)
        put(group("g2"), item("sc_a", "g2", title="甲"), marked=False)
        end_import("script", name, NOW)

    forget()
    expected = {**NOW_SEEN, "sc_a": "甲", **({"sc_b": "乙"} if step <= len(steps) else {})}
    assert seen() == expected
    assert "imports" not in head(tables)


# ---------------------------------------------------------------- killed, gone, down


class NoWeCom:
    """Nobody asks WeCom here."""

    def handle(self, *_: Any) -> None:
        """Never called."""


def imported() -> None:
    name = begin_import("script", NOW)
    put(group("g2"), item("sc_a", "g2", title="甲"), marked=False)
    end_import("script", name, NOW)


@pytest.mark.parametrize("work", [compiled, imported])
def test_killed_at_any_line_nothing_is_lost_and_the_schedule_completes_it(tables, monkeypatch, work):
    steps, k, total = Steps(), 0, 1
    while k <= total:
        tables.empty()
        prepared()
        steps.restart(k or None)
        with steps.watched(monkeypatch, NoWeCom()):  # type: ignore[arg-type]  # no simulator: nobody asks
            try:
                work()
            except Killed:
                forget()
        total = total if k else steps.taken
        killed, k = steps.names[-1:], k + 1

        assert NOW_SEEN.items() <= seen().items(), killed
        compile_library("script", NOW + timedelta(minutes=20))
        forget()
        assert NOW_SEEN.items() <= seen().items(), killed
        written = bool(tables.rows("LIBRARY#script", "ITEM#sc_a"))
        assert ("sc_a" in seen()) == written, killed
        assert (marks(tables), "imports" in head(tables)) == ([], False), killed
    assert total > 10


def test_an_object_that_is_gone_is_made_anew_from_the_rows(tables):
    prepared()
    compile_library("script", NOW)
    del tables.objects[head(tables)["object_key"]]
    forget()

    assert seen() == NOW_SEEN
    assert compile_library("script", NOW)
    forget()
    assert seen() == NOW_SEEN


@pytest.mark.parametrize(("code", "status"), [("AccessDenied", 403), ("NoSuchKey", 404)])
def test_who_may_not_list_a_bucket_is_told_403_of_what_is_gone(tables, monkeypatch, code, status):
    prepared()
    forget()
    with refusing(monkeypatch, code, status):
        assert seen() == NOW_SEEN


def test_another_versions_catalogue_is_read_from_the_rows_and_made_anew(tables):
    prepared()
    tables.cloud.objects.put(head(tables)["object_key"], gzip.compress(b'{"format": 0}'))
    forget()

    assert seen() == NOW_SEEN
    compile_library("script", NOW)
    forget()
    assert seen() == NOW_SEEN
    assert marks(tables) == []


@contextmanager
def refusing(patch: pytest.MonkeyPatch, code: str, status: int) -> Iterator[None]:
    """Let the bucket refuse every read."""
    real = BaseClient._make_api_call

    def calling(self: Any, operation: str, request: Any) -> Any:
        if operation == "GetObject":
            told = {"Error": {"Code": code, "Message": ""}, "ResponseMetadata": {"HTTPStatusCode": status}}
            raise ClientError(told, operation)  # type: ignore[arg-type]  # what of it is read
        return real(self, operation, request)

    with patch.context() as patched:
        patched.setattr(BaseClient, "_make_api_call", calling)
        yield
