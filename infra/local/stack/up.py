"""Start and stop the local stack. Both can be repeated: what runs stays, what is missing is added."""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from infra.build import package, secrets
from infra.local.stack import aws, clock, description, processes, settings, tick
from infra.local.stack.drain import look
from infra.local.stack.places import (
    API_ID,
    BUILD,
    CLOCK_FILE,
    REGION,
    ROOT,
    SETTINGS,
    STACK_DIR,
    STACK_JSON,
    STACK_NAME,
    TOOLS,
    architecture,
    runtime,
    say,
)
from infra.local.stack.settings import Settings

DEPLOYED = "/local/deployed"
CONSUMERS_FINISH_SECONDS = 20.0
SOURCES = ("template.yaml", "functions", "layers", "infra/build")


def up() -> description.Description:
    """Return the description of a stack that serves, started and deployed as far as needed."""
    started = time.monotonic()
    chosen = start_processes(settings.wanted())
    put_secrets(chosen)
    wanted = deploy(chosen)
    described = description.describe(chosen)
    description.write(described)
    if wanted and bootstrap(described):
        remember(chosen, wanted)
    warm(described)
    say(
        f"Ready after {time.monotonic() - started:.0f} s: {described.api_url} (WeCom: {described.wecom_url})."
    )
    return described


def start_processes(chosen: Settings) -> Settings:
    """Return the settings the processes run with: those asked for, with the ports that were free."""
    if not serves_as_asked(chosen):
        processes.stop("engine")
        chosen = restarted(chosen)
    if not chosen.simulated or settings.load() != chosen:
        processes.stop("wecom")
    settings.save(chosen)
    if chosen.simulated and not processes.running("wecom"):
        say("Starting the WeCom simulator …")
        start_simulator(chosen)
    return chosen


def serves_as_asked(chosen: Settings) -> bool:
    """Return whether our engine runs where it should, and answers: a busy one is given time."""
    if settings.asked_port() not in {0, chosen.engine_port}:
        return False
    work = f"{chosen.aws_endpoint_url}/_local/work"
    alive = processes.wait_until(
        lambda: processes.answers(work) or not processes.running("engine"), seconds=30
    )
    return alive and processes.running("engine")


def restarted(chosen: Settings) -> Settings:
    say("Starting the local AWS engine …")
    processes.stop("wecom")
    chosen = settings.with_ports(chosen)
    start_engine(chosen)
    return chosen


def start_engine(chosen: Settings) -> None:
    scratch = STACK_DIR / "tmp"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    environment = processes.clean_environment(
        **aws.CREDENTIALS,
        AWS_ENDPOINT_URL=chosen.aws_endpoint_url,
        BIND_HOST="127.0.0.1",
        GATEWAY_PORT=str(chosen.engine_port),
        EDGE_PORT=str(chosen.engine_port),
        API_PORT=str(chosen.api_port),
        API_ID=API_ID,
        PERSIST_STATE="1",
        STATE_DIR=str(STACK_DIR / "state"),
        TMPDIR=str(scratch),
        MINISTACK_REGION=REGION,
        IOT_MTLS_ENABLED="0",
        SFTP_ENABLED="0",
        LOG_LEVEL="INFO",
        LAMBDA_WARM_TTL_SECONDS="1800",
    )
    program = [str(TOOLS / "engine" / "bin" / "python"), "-P", str(ROOT / "infra" / "local" / "engine.py")]
    ready = f"{chosen.aws_endpoint_url}/_ministack/health"
    processes.start("engine", program, environment, ready, cwd=STACK_DIR)


def start_simulator(chosen: Settings) -> None:
    program = [
        str(TOOLS / "app" / "bin" / "python"),
        "-m",
        "wecom_simulator",
        "--port",
        str(chosen.wecom_port),
    ]
    program += ["--clock-file", str(CLOCK_FILE), "--state", str(STACK_DIR / "wecom.json")]
    program += ["--callback-url", f"{chosen.api_url}/wecom/callbacks/app", "--public-url"]
    environment = processes.clean_environment(
        PYTHONPYCACHEPREFIX=str(TOOLS / "pycache"),
        WECOM_CORP_ID=chosen.corp_id,
        WECOM_AGENT_ID=chosen.agent_id,
        WECOM_SECRET=chosen.wecom_secret,
        WECOM_CALLBACK_TOKEN=chosen.callback_token,
        WECOM_CALLBACK_AES_KEY=chosen.callback_aes_key,
    )
    ready = f"{chosen.wecom_url}/_control/health"
    processes.start("wecom", program, environment, ready, cwd=ROOT / "infra" / "local")


def put_secrets(chosen: Settings) -> None:
    values = secrets.wanted(
        wecom_secret=chosen.wecom_secret,
        token=chosen.callback_token,
        aes_key=chosen.callback_aes_key,
        session_key=chosen.session_key,
        integration_key_id=chosen.integration_key_id,
        integration_secret=chosen.integration_secret,
        privacy_key=chosen.session_key,
    )
    secrets.put(aws.client("ssm", chosen.aws_endpoint_url), STACK_NAME, values)


def deploy(chosen: Settings) -> str:
    """Build and deploy when sources, settings or the engine have changed; return what was deployed."""
    parameters = template_parameters(chosen)
    wanted = fingerprint(parameters)
    ssm = aws.client("ssm", chosen.aws_endpoint_url)
    if stack_exists(chosen) and last_deployed(ssm) == wanted:
        return ""
    say("Building …")
    template = package.build(BUILD, parameters)
    say("Deploying …")
    command = [str(TOOLS / "sam" / "bin" / "sam"), "deploy", "-t", str(template), "--stack-name", STACK_NAME]
    command += ["--resolve-s3", "--no-confirm-changeset", "--no-fail-on-empty-changeset", "--no-progressbar"]
    command += ["--capabilities", "CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND", "--region", REGION]
    command += ["--parameter-overrides", *package.overrides(parameters)]
    environment = processes.clean_environment(
        **aws.CREDENTIALS, AWS_ENDPOINT_URL=chosen.aws_endpoint_url, SAM_CLI_TELEMETRY="0"
    )
    package.run_quietly(command, environment)
    return wanted


def remember(chosen: Settings, deployed: str) -> None:
    ssm = aws.client("ssm", chosen.aws_endpoint_url)
    ssm.put_parameter(Name=DEPLOYED, Value=deployed, Type="String", Overwrite=True)


def template_parameters(chosen: Settings) -> dict[str, str]:
    return {
        "Env": "local",
        "PythonRuntime": runtime(),
        "Architecture": architecture(),
        "WeComCorpId": chosen.corp_id,
        "WeComAgentId": chosen.agent_id,
        "WeComBaseUrl": chosen.wecom_url,
        "PublicUrl": chosen.api_url,
        "LocalClockFile": str(CLOCK_FILE),
    }


def fingerprint(parameters: dict[str, str]) -> str:
    """Return a digest of what a deployment depends on."""
    digest = hashlib.sha256(json.dumps([parameters, sys.version]).encode())
    for name in SOURCES:
        for path in files_of(ROOT / name):
            digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def files_of(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    return sorted(file for file in path.rglob("*") if file.is_file() and "__pycache__" not in file.parts)


def last_deployed(ssm: Any) -> str:
    """Return the fingerprint of what the engine holds. They are restored together."""
    try:
        return str(ssm.get_parameter(Name=DEPLOYED)["Parameter"]["Value"])
    except ssm.exceptions.ParameterNotFound:
        return ""


def stack_exists(chosen: Settings) -> bool:
    cloudformation = aws.client("cloudformation", chosen.aws_endpoint_url)
    try:
        stack: dict[str, Any] = cloudformation.describe_stacks(StackName=STACK_NAME)["Stacks"][0]
    except cloudformation.exceptions.ClientError:
        return False
    return str(stack["StackStatus"]).endswith("_COMPLETE") and "ROLLBACK" not in stack["StackStatus"]


def bootstrap(described: description.Description) -> bool:
    """Read departments and staff from WeCom, so that people can log in; return whether it worked."""
    say("Reading departments and staff from WeCom …")
    function = described.functions["SyncOrganisation"]
    event = {"time": tick.rfc3339(clock.now())}
    functions = aws.client("lambda", described.aws_endpoint_url)
    answer = functions.invoke(FunctionName=function, Payload=json.dumps(event).encode())
    failed = bool(answer.get("FunctionError"))
    if failed:
        say("  That failed, and nobody can log in before it works. The reason stands in engine.log;")
        say("  once it is mended, run make up again.")
    return not failed


def warm(described: description.Description) -> None:
    """Start the functions between a callback and its last effect, with no work: a welcome has only 20 s.

    The engine unpacks both layers for each function that starts, which takes seconds on a busy machine.
    """
    functions = aws.client("lambda", described.aws_endpoint_url)
    pages = functions.get_paginator("list_event_source_mappings").paginate()
    mapped = {found["FunctionArn"] for page in pages for found in page["EventSourceMappings"]}
    nothing = json.dumps({"Records": []}).encode()
    with ThreadPoolExecutor(max_workers=3) as pool:
        pool.submit(processes.answers, described.callback_url, 30)
        for name in mapped:
            pool.submit(functions.invoke, FunctionName=name, Payload=nothing)


def down() -> None:
    """Stop what `up` started; the engine and the simulator save their state.

    Stream records do not survive the engine, so their consumers may finish first.
    """
    if STACK_JSON.exists() and processes.running("engine"):
        let_consumers_finish()
    stopped = [processes.stop(name) for name in ("wecom", "engine")]
    STACK_JSON.unlink(missing_ok=True)
    say("Stopped; the state is kept." if any(stopped) else "Nothing was running.")


def let_consumers_finish() -> None:
    end = time.monotonic() + CONSUMERS_FINISH_SECONDS
    while time.monotonic() < end:
        try:
            if not look(description.read()).behind:
                return
        except (OSError, ValueError):
            return  # the engine no longer answers: there is nobody to wait for
        time.sleep(0.2)
    say("Stream consumers were still at work; what they had not read is lost.")


def forget() -> None:
    """Stop the stack and delete everything it holds."""
    down()
    for name in ("state", "tmp", "build"):
        shutil.rmtree(STACK_DIR / name, ignore_errors=True)
    for file in (CLOCK_FILE, SETTINGS, STACK_DIR / "wecom.json"):
        file.unlink(missing_ok=True)
    say("The stack's data is gone.")
