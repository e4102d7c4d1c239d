"""What is put off in third-party packages is put off, and still works (docs/decisions/0009-cold-start.md)."""

import json
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from infra.build import defer

PACKAGES = ("botocore", "urllib3", "jmespath", "dateutil", "pypinyin", "six.py")

PUT_OFF = """
import json, sys
sys.path.insert(0, sys.argv[1])
import botocore.session
client = botocore.session.get_session().create_client(
    "sqs", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b"
)
loaded = [name for name in ("jmespath", "botocore.docs.service", "importlib.metadata") if name in sys.modules]
pages = client.get_paginator("list_queues")
import botocore.handlers
names = [each[0].split(".") for each in botocore.handlers.BUILTIN_HANDLERS]
services = sorted({name[1] for name in names if len(name) > 1})
documented = "MessageBody" in str(client.send_message.__doc__)
print(json.dumps([botocore.__file__, loaded, services, documented, bool(pages.result_keys)]))
"""


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packages as the layer would hold them, changed."""
    place = tmp_path_factory.mktemp("layer")
    installed = Path(str(find_spec("botocore").origin)).parents[1]  # type: ignore[union-attr]
    for name in PACKAGES:
        source = installed / name
        if source.is_dir():
            shutil.copytree(source, place / name, ignore=_other_services)
        else:
            shutil.copy(source, place / name)
    defer.defer(place)
    return place


def _other_services(folder: str, names: list[str]) -> set[str]:
    """Return what need not be copied: models of other services, byte code of the unchanged sources."""
    unused = {"__pycache__"}
    if Path(folder).name == "data":
        unused |= {name for name in names if "." not in name and name != "sqs"}
    return unused & set(names)


def test_what_is_put_off_is_not_loaded_and_works_when_asked_for(packages: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", PUT_OFF, str(packages)], capture_output=True, text=True, check=True, timeout=60
    )
    where, loaded, services, documented, paginates = json.loads(ran.stdout)

    assert where.startswith(str(packages))
    assert loaded == []
    assert set(services) <= {"*", "dynamodb", "lambda", "s3", "sqs", "ssm"}
    assert documented
    assert paginates


def test_a_release_without_the_text_fails_the_build(packages: Path) -> None:
    with pytest.raises(defer.EditNotFound, match=r"botocore/docs/__init__\.py"):
        defer.defer(packages)
