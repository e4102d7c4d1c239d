"""Functions, tables and the API: what each of them must have."""

from __future__ import annotations

from collections.abc import Iterator

from infra.rules.bundle import Bundle, Finding, listed, snake, target

STATEFUL = ("AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::KMS::Key", "AWS::Cognito::UserPool")
NO_VPC = ("WecomCallback", "Authorize")
"""WeCom's URL check allows the first 1 second, and every request waits for the second."""
UNATTENDED = {
    "SnapshotReports": "one walk over everybody, by night; nobody waits, and killed it begins again"
}
"""Functions that may run as long as Lambda lets them, with the reason."""

REFUSED = {
    "AWS::Serverless::HttpApi": "its routes are all 404 on the local engine",
    "AWS::Serverless::Api": "REST APIs drop ANY on the local engine",
    "AWS::Serverless::Application": "the bundle is one flat stack",
    "AWS::Lambda::Url": "function URLs do not exist in aws-cn",
}
OPEN_ROUTES = {
    "GET /wecom/callbacks/{receiver}": "WeCom proves itself by signature",
    "POST /wecom/callbacks/{receiver}": "WeCom proves itself by signature",
    "GET /healthz": "liveness, no secrets",
    "GET /openapi.json": "a description, no data",
    "ANY /auth/{proxy+}": "where sessions come from",
    "GET /{file}": "the domain's proof",
    "ANY /integrations/{proxy+}": "requests are signed",
    "ANY /h5/{proxy+}": "pages for customers, who have no session",
    "GET /h5/{proxy+}": "pages for customers, who have no session",
    "$default": "answers 404",
}
CALLBACK_SECONDS = 5
HTTP_SECONDS = 29
LAMBDA_SECONDS = 900


def own_folder(bundle: Bundle) -> Iterator[Finding]:
    used = set()
    for name, resource in bundle.source["Resources"].items():
        if resource["Type"] == "AWS::Serverless::Function":
            folder = resource["Properties"].get("CodeUri", "")
            used.add(str(folder).removeprefix("functions/"))
            if folder != f"functions/{snake(name)}" or snake(name) not in bundle.folders:
                yield Finding(
                    "own-folder", name, f"its code belongs in functions/{snake(name)}, not {folder}"
                )
    for folder in sorted(bundle.folders - used):
        yield Finding("own-folder", f"functions/{folder}", "no function uses this folder")


def same_runtime(bundle: Bundle) -> Iterator[Finding]:
    for name, function in bundle.functions().items():
        if target(function.get("Runtime")) != "PythonRuntime":
            yield Finding("runtime", name, "its runtime is not the one the byte code is written for")
        if len(listed(function.get("Layers"))) != 2:
            yield Finding("runtime", name, "needs both layers and nothing else")
        if function.get("TracingConfig", {}).get("Mode") == "Active":
            yield Finding("runtime", name, "tracing costs every cold start 172 ms and more")


def log_retention(bundle: Bundle) -> Iterator[Finding]:
    groups = dict(bundle.properties("AWS::Logs::LogGroup"))
    for name, function in bundle.functions().items():
        group = groups.get(target(function.get("LoggingConfig", {}).get("LogGroup")), {})
        if "RetentionInDays" not in group:
            yield Finding(
                "log-retention", name, "keeps its logs for ever: give it a log group with a retention"
            )


def timeouts(bundle: Bundle) -> Iterator[Finding]:
    behind_api = {
        target(found["IntegrationUri"]) for _, found in bundle.properties("AWS::ApiGatewayV2::Integration")
    }
    for name, function in bundle.functions().items():
        limit = CALLBACK_SECONDS if name in NO_VPC else HTTP_SECONDS if name in behind_api else 60
        limit = LAMBDA_SECONDS if name in UNATTENDED else limit
        if function.get("Timeout", 3) > limit:
            yield Finding("timeout", name, f"may run longer than the {limit} s its caller waits")


def outside_vpc(bundle: Bundle) -> Iterator[Finding]:
    for name in NO_VPC:
        if "VpcConfig" in bundle.functions().get(name, {}):
            yield Finding("outside-vpc", name, "starts too slowly inside a VPC")


def kept_for_ever(bundle: Bundle) -> Iterator[Finding]:
    for kind in STATEFUL:
        for name, resource in bundle.of_type(kind):
            if {resource.get("DeletionPolicy"), resource.get("UpdateReplacePolicy")} != {"Retain"}:
                yield Finding(
                    "kept", name, "is deleted with the stack: DeletionPolicy and UpdateReplacePolicy Retain"
                )


def tables(bundle: Bundle) -> Iterator[Finding]:
    for name, table in bundle.properties("AWS::DynamoDB::Table"):
        if not table.get("PointInTimeRecoverySpecification", {}).get("PointInTimeRecoveryEnabled"):
            yield Finding("table", name, "cannot be restored to yesterday: point-in-time recovery is off")
        if table.get("BillingMode") != "PAY_PER_REQUEST":
            yield Finding("table", name, "is not on-demand")
        if not table.get("SSESpecification", {}).get("SSEEnabled"):
            yield Finding("table", name, "encryption is not stated")
        if not table.get("TimeToLiveSpecification", {}).get("Enabled"):
            yield Finding("table", name, "rows with an end never go")


def refused_types(bundle: Bundle) -> Iterator[Finding]:
    for name, resource in bundle.source["Resources"].items():
        for event in resource.get("Properties", {}).get("Events", {}).values():
            if event["Type"] in {"HttpApi", "Api"}:
                yield Finding("refused-type", name, "API events make no route on the local engine")
        if reason := REFUSED.get(resource["Type"]):
            yield Finding("refused-type", name, reason)
        if "FunctionUrlConfig" in resource.get("Properties", {}):
            yield Finding("refused-type", name, REFUSED["AWS::Lambda::Url"])


def routes_need_a_session(bundle: Bundle) -> Iterator[Finding]:
    for name, route in bundle.properties("AWS::ApiGatewayV2::Route"):
        key = route["RouteKey"]
        if route.get("AuthorizationType") != "CUSTOM" and key not in OPEN_ROUTES:
            yield Finding("open-route", name, f"{key} is open to everyone")
        if route.get("AuthorizationType") == "CUSTOM" and not target(route.get("AuthorizerId")):
            yield Finding("open-route", name, f"{key} names no authorizer")
        if any(part.count("{") and not (part[0] == "{" and part[-1] == "}") for part in key.split("/")):
            yield Finding("open-route", name, f"{key}: parameters take whole segments")


def authorizer(bundle: Bundle) -> Iterator[Finding]:
    wanted = {
        "AuthorizerType": "REQUEST",
        "AuthorizerPayloadFormatVersion": "2.0",
        "EnableSimpleResponses": True,
        "AuthorizerResultTtlInSeconds": 0,
        "IdentitySource": [],
    }
    for name, found in bundle.properties("AWS::ApiGatewayV2::Authorizer"):
        for key, value in wanted.items():
            if found.get(key) != value:
                yield Finding(
                    "authorizer", name, f"{key} must be {value}: sessions end at once, cookies count too"
                )


def stage(bundle: Bundle) -> Iterator[Finding]:
    for name, found in bundle.properties("AWS::ApiGatewayV2::Stage"):
        if not found.get("AccessLogSettings", {}).get("DestinationArn"):
            yield Finding("stage", name, "writes no access log")
        if (
            not {"ThrottlingBurstLimit", "ThrottlingRateLimit"}
            <= found.get("DefaultRouteSettings", {}).keys()
        ):
            yield Finding("stage", name, "is not throttled")
    for name, found in bundle.properties("AWS::ApiGatewayV2::Api"):
        if "CorsConfiguration" in found:
            yield Finding("stage", name, "pages and API share one origin; CORS only opens it to others")


RULES = (
    own_folder,
    same_runtime,
    log_retention,
    timeouts,
    outside_vpc,
    kept_for_ever,
    tables,
    refused_types,
    routes_need_a_session,
    authorizer,
    stage,
)
