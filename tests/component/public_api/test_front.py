"""What everybody may ask: liveness, the description, the domain's proof, and nothing else."""

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from scrm.http import front
from scrm.http.openapi import apis
from tests.component.conftest import ROOT
from tests.component.http_world import Browser


def test_the_api_tells_that_it_answers_and_nothing_more(corp):
    answered = Browser().send("GET", "/healthz")

    assert (answered.status, answered.json) == (200, {"status": "ok"})


def test_the_description_holds_every_route(corp):
    answered = Browser().send("GET", "/openapi.json")

    assert answered.headers["content-type"] == "application/json"
    paths = answered.json["paths"]
    assert {route.pattern for api in apis() for route in api.routes} <= set(paths)
    assert json.loads(answered.text)["openapi"].startswith("3.1")


OTHER_APIS = ("scrm.sidebar", "scrm.admin", "scrm.workbench", "scrm.integrations")
LOADED = (
    f"import sys, scrm.sessions.public_api; print([n for n in sys.modules if n.startswith({OTHER_APIS})])"
)


def test_the_description_is_served_without_importing_the_other_apis():
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "layers/scrm/python")}

    loaded = subprocess.run(
        [sys.executable, "-c", LOADED], capture_output=True, text=True, check=True, env=environment
    )

    assert loaded.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("proof", "path", "status"),
    [
        ("Ab12Cd34", "/WW_verify_Ab12Cd34.txt", 200),
        ("Ab12Cd34", "/WW_verify_ab12cd34.txt", 404),
        ("Ab12Cd34", "/WW_verify_.txt", 404),
        ("Ab12Cd34", "/WW_verify_Ab12Cd34.txt.bak", 404),
        ("", "/WW_verify_.txt", 404),
        ("", "/WW_verify_Ab12Cd34.txt", 404),
    ],
)
def test_the_domain_is_proven_by_its_id_alone(corp, monkeypatch, proof, path, status):
    monkeypatch.setenv("DOMAIN_VERIFICATION", proof)

    answered = Browser().send("GET", path)

    assert answered.status == status
    if status == 200:
        assert answered.text == proof
        assert answered.headers["content-type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize(
    "path", ["/", "/nothing", "/a/b", "/auth/nothing", "/.env", "/auth", "/%00", "/h5/x"]
)
def test_whatever_else_is_asked_for_is_not_there(corp, path):
    answered = Browser().send("GET", path)

    assert (answered.status, answered.code) == (404, "not_found")
    assert answered.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["/healthz", "/openapi.json", "/auth/login", "/robots.txt"])
def test_another_method_is_told_which_there_are(corp, path):
    answered = Browser().send("POST", path)

    assert (answered.status, answered.headers["allow"]) == (405, "GET")


def test_the_description_is_the_same_packed_as_it_is_deployed(
    corp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = tmp_path / "openapi.json"
    plain.with_suffix(".json.gz").write_bytes(gzip.compress('{"openapi": "3.1.0", "info": "客户"}'.encode()))
    monkeypatch.setattr(front, "DESCRIPTION", plain)
    assert Browser().send("GET", "/openapi.json").json == {"openapi": "3.1.0", "info": "客户"}
