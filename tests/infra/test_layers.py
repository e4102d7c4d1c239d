"""What the layers ship is what the code uses: no less, and it works without anything else."""

import ast
import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import botocore.loaders
import pytest

from infra.build import byte_code, deps_layer, package, trim
from infra.rules.sources import modules

BUILT_ALONE = "import sys; sys.path[:0] = [sys.argv[1]]\n"


@pytest.fixture(scope="session")
def deps(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("deps")
    python = package.TOOLS / "sam" / "bin" / "python"
    subprocess.run([python, deps_layer.__file__, folder], check=True)
    return folder / "python"


def run_alone(deps: Path, program: str, *arguments: str) -> str:
    """Run a program that sees the layer and the standard library, nothing else."""
    done = subprocess.run(
        [sys.executable, "-S", "-E", "-P", "-c", BUILT_ALONE + program, str(deps), *arguments],
        capture_output=True,
        text=True,
        env={"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def snake(operation: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", operation).lower()


@pytest.mark.parametrize("service", sorted(trim.OPERATIONS))
def test_every_operation_kept_exists(service: str) -> None:
    model = botocore.loaders.create_loader().load_service_model(service, "service-2")

    assert set(trim.OPERATIONS[service]) <= model["operations"].keys()


def test_every_operation_the_code_calls_is_kept() -> None:
    loader = botocore.loaders.create_loader()
    kept = {snake(operation) for operations in trim.OPERATIONS.values() for operation in operations}
    known = {
        snake(operation)
        for service in trim.OPERATIONS
        for operation in loader.load_service_model(service, "service-2")["operations"]
    }
    called = {
        node.func.attr
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }

    assert sorted((called & known) - kept) == []


def test_every_service_the_code_asks_for_is_kept() -> None:
    asked = {
        str(node.args[0].value)
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("aws.client", "create_client"))
        if node.args and isinstance(node.args[0], ast.Constant)
    }

    assert asked
    assert sorted(asked - trim.OPERATIONS.keys()) == []


@pytest.mark.parametrize("service", sorted(trim.OPERATIONS))
@pytest.mark.parametrize(
    ("region", "suffix"), [("eu-west-1", ".amazonaws.com"), ("cn-north-1", ".amazonaws.com.cn")]
)
def test_a_trimmed_client_finds_its_endpoint_in_both_partitions(
    deps: Path, service: str, region: str, suffix: str
) -> None:
    program = (
        "import botocore.session\n"
        "client = botocore.session.get_session().create_client(sys.argv[2], region_name=sys.argv[3])\n"
        "print(client.meta.endpoint_url)\n"
    )

    assert run_alone(deps, program, service, region) == f"https://{service}.{region}{suffix}"


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("us-east-1", "held.s3.us-east-1.amazonaws.com"),
        ("cn-north-1", "held.s3.cn-north-1.amazonaws.com.cn"),
    ],
)
def test_what_is_shipped_signs_addresses_of_files_in_both_partitions(
    deps: Path, region: str, host: str
) -> None:
    program = (
        "sys.path.insert(1, sys.argv[3])\n"
        "import os\nos.environ['AWS_DEFAULT_REGION'] = sys.argv[2]\n"
        "os.environ['CONTENT_BUCKET'] = 'held'\n"
        "from scrm.materials import bucket\n"
        "from scrm.materials.files import File\n"
        "file = File('fi_1', 'a.png', 'image', 'image/png', 10)\n"
        "print(bucket.upload_address(file).url, bucket.look_at(file))\n"
    )
    form, address = run_alone(deps, program, region, str(package.ROOT / "layers" / "scrm" / "python")).split()

    assert form == f"https://{host}/"
    assert address.startswith(f"https://{host}/files/fi_1?")
    assert f"%2F{region}%2Fs3%2Faws4_request" in address


class Teapot(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(418)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def teapot() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Teapot)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def test_the_http_client_works_with_what_is_shipped(deps: Path, teapot: str) -> None:
    program = "import httpx\nprint(httpx.Client(trust_env=False).get(sys.argv[2]).status_code)\n"

    assert run_alone(deps, program, teapot) == "418"


def test_the_http_client_names_its_errors_with_what_is_shipped(deps: Path) -> None:
    program = (
        "import httpx\n"
        "try: httpx.Client(trust_env=False).get('http://127.0.0.1:9/')\n"
        "except httpx.ConnectError: print('refused')\n"
    )

    assert run_alone(deps, program) == "refused"


def test_ciphers_work_with_what_is_shipped(deps: Path) -> None:
    program = (
        "from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes\n"
        "cipher = Cipher(algorithms.AES(bytes(32)), modes.CBC(bytes(16))).encryptor()\n"
        "print((cipher.update(bytes(16)) + cipher.finalize()).hex())\n"
    )

    assert run_alone(deps, program) == "dc95c078a2408989ad48a21492842087"


def test_no_documentation_and_no_other_operation_is_shipped(deps: Path) -> None:
    (model_file,) = (deps / "botocore" / "data" / "sqs").glob("*/service-2.json")
    model = json.loads(model_file.read_text())

    assert sorted(model["operations"]) == sorted(trim.OPERATIONS["sqs"])
    assert '"documentation":"<' not in model_file.read_text()


def test_the_layer_is_compiled(deps: Path) -> None:
    assert list(byte_code.uncompiled(deps)) == []
