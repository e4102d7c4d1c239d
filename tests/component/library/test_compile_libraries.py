"""The schedule that makes catalogues: each library by itself, as often as it is asked."""

import pytest
from botocore.client import BaseClient

from scrm.library import compiling
from scrm.library.dynamodb import opened
from scrm.library.model import KINDS
from tests.component.conftest import app_of
from tests.component.library.world import forget, item, put, seen

EVENT = {"time": "2026-03-02T02:20:00Z"}


@pytest.fixture
def compile_libraries(tables, at, lambda_context):
    return lambda: app_of("compile_libraries").handler(EVENT, lambda_context)


def test_every_library_has_a_catalogue_and_none_is_made_twice(compile_libraries, bucket):
    put(item("sc_1"), item("ar_1", kind="article"))

    assert compile_libraries() == {"made": 4}
    assert compile_libraries() == {"made": 0}
    assert len(bucket.keys("catalogues/")) == 4
    put(item("sc_2"))
    assert compile_libraries() == {"made": 1}
    forget()
    assert (list(seen()), list(seen("article"))) == (["sc_1", "sc_2"], ["ar_1"])


def test_a_library_that_cannot_be_made_does_not_hold_up_the_others(compile_libraries, bucket, monkeypatch):
    real = compiling.bucket.store

    def stores(catalogue, number):
        if catalogue.kind == "script":
            raise TimeoutError("the bucket")
        return real(catalogue, number)

    with monkeypatch.context() as patched:
        patched.setattr(compiling.bucket, "store", stores)
        with pytest.raises(TimeoutError):
            compile_libraries()
    assert len(bucket.keys("catalogues/")) == 3
    assert compile_libraries() == {"made": 1}


def test_a_department_that_moved_is_in_the_next_catalogue(compile_libraries):
    from scrm.library.visibility import Visibility
    from scrm.staff.dynamodb import DepartmentRow
    from scrm.staff.model import Department
    from tests.component.library.world import caller

    for number, parent in ((1, 0), (2, 1), (3, 1), (5, 2)):
        DepartmentRow.of(Department(number, f"部门{number}", parent)).save()
    put(item("sc_1", visibility=Visibility(departments=frozenset({3}))))
    compile_libraries()
    assert list(seen(by=caller(departments=(5,)))) == []

    DepartmentRow.of(Department(5, "部门5", 3)).save()
    assert compile_libraries() == {"made": 4}
    assert list(seen(by=caller(departments=(5,)))) == ["sc_1"]


def test_a_catalogue_that_holds_is_kept_though_its_writer_was_told_that_it_does_not(
    compile_libraries, bucket, monkeypatch
):
    """A client that asks again after a lost answer is told that HEAD has changed: by itself."""
    put(item("sc_1"))
    real = BaseClient._make_api_call

    def asks_twice(client, operation, request):
        answer = real(client, operation, request)
        names_another = "object_key" in str(request.get("ExpressionAttributeNames"))
        return real(client, operation, request) if operation == "UpdateItem" and names_another else answer

    with monkeypatch.context() as patched:
        patched.setattr(BaseClient, "_make_api_call", asks_twice)
        compile_libraries()

    forget()
    stored = set(bucket.keys("catalogues/"))
    heads = {kind: opened(kind, ()).head.object_key for kind in KINDS}
    assert set(heads.values()) <= stored
    assert list(seen()) == ["sc_1"]
