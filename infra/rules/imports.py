"""Which way imports point: rules know nothing of the world, and each library has one place.

python -m infra.rules.imports
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator

from infra.rules.bundle import Finding
from infra.rules.sources import Module, modules

PLACES = {
    "annotated_types": r".*",
    "botocore": r"functions/.*|.*/(aws|dynamodb|table)\.py",
    "botocore.exceptions": r".*",
    "certifi": r".*/scrm/wecom/.*",
    "chinese_calendar": r".*/scrm/workdays\.py",
    "cryptography": r".*/scrm/wecom/crypto\.py",
    "httpx": r".*/scrm/wecom/.*|.*/scrm/doctor/.*",
    "itsdangerous": r".*/scrm/sessions/session\.py",
    "pydantic": r".*",
    "pydantic_core": r".*",
    "pypinyin": r".*/scrm/library/pinyin\.py",
    "pynamodb.exceptions": r".*",
    "pynamodb": r".*/(dynamodb|table)\.py|.*_dynamodb\.py",
    "python_calamine": r".*/spreadsheet\.py",
}
"""Library to the files that may import it. What stands here is what the layer ships."""

PURE = {"pydantic", "pydantic_core", "annotated_types", "chinese_calendar", "pypinyin", "python_calamine"}
"""Libraries whose answers depend on their arguments alone."""

TOO_SLOW = ("aws_lambda_powertools.tracing", "aws_lambda_powertools.Tracer", "aws_xray_sdk")
"""Importing the tracer costs a cold start 172 ms and more, even when it is switched off."""

WORLD = {"os", "time", "socket", "subprocess", "urllib.request", "http.client", "random", "secrets", "uuid"}
"""What makes a module's answer depend on more than its arguments."""

EDGE_PACKAGES = {
    "http": "requests and answers",
    "wecom": "the only code that speaks to WeCom",
    "admin": "the console's routes",
    "workbench": "routes of staff at work",
    "sidebar": "the sidebar's routes",
    "integrations": "routes of other systems",
    "sessions": "who calls, and how they prove it",
    "callbacks": "what the callback function does",
    "corp_events": "what the handler of the corp's events does",
    "changes": "what the stream's consumer does",
    "reconciliation": "what the reconciling functions do",
    "dead_letters": "what the redriving function does",
    "console": "which routes of customers the console has",
    "doctor": "asks WeCom and AWS how they are",
}
EDGE_FILES = re.compile(r"dynamodb|.*_dynamodb|routes|.*_routes|__init__")
EDGES = {
    "scrm.attribution.attributing": "reads orders and records whose sales they are",
    "scrm.attribution.gathering": "reads what speaks for whom",
    "scrm.cards.asking": "sends to a queue",
    "scrm.cards.following": "reads whom a change concerns",
    "scrm.cards.moving": "reads which boundaries there are",
    "scrm.cards.posting": "writes postings",
    "scrm.cards.refreshing": "makes cards and memberships anew",
    "scrm.cards.renewal": "reads which months have cards",
    "scrm.cards.renewing": "does a chunk of a job",
    "scrm.channel_codes.code": "makes and keeps codes at WeCom",
    "scrm.channel_codes.queueing": "sends to a queue",
    "scrm.channel_codes.refreshing": "refreshes codes at WeCom",
    "scrm.channel_codes.serial": "makes ids",
    "scrm.conditions.choosing": "probes what drives a question",
    "scrm.conditions.running": "answers a question at the table",
    "scrm.conditions.walking": "walks the reads of a plan",
    "scrm.customers.entry": "reads which code a state names",
    "scrm.customers.intake": "carries out an event: WeCom and rows",
    "scrm.customers.person": "records which customer a contact is",
    "scrm.exports.job": "writes an export's files",
    "scrm.exports.starting": "records an export's job with its audit line",
    "scrm.facts.following": "records who follows the official account",
    "scrm.facts.recording": "records events, each once",
    "scrm.fields.edits": "reads which fields there are",
    "scrm.groups.erasing": "finds and erases rows",
    "scrm.groups.following": "carries out an event: WeCom and rows",
    "scrm.groups.reading": "reads groups at WeCom and records them",
    "scrm.groups.nightly": "starts a job",
    "scrm.groups.recording": "records groups",
    "scrm.groups.syncing": "does a chunk of a job",
    "scrm.groups.transferring": "does a chunk of a job",
    "scrm.h5.links": "makes ids that nobody guesses",
    "scrm.h5.submitting": "records what follows from a form",
    "scrm.identities.deciding": "records a merge with its audit line",
    "scrm.identities.scheme": "reads and records the scheme",
    "scrm.identities.wholes": "reads all that a customer has",
    "scrm.leads.alike": "reads which leads may be one person's",
    "scrm.leads.alerting": "reads whom a pool has, records who was told",
    "scrm.leads.assigning": "gives a lead to somebody, in one transaction",
    "scrm.leads.claiming": "gives a lead of a pool to who claims it",
    "scrm.leads.bringing": "reads rules and loads for a lead that is somebody's at once",
    "scrm.leads.contracting": "records contracts with the lead's step",
    "scrm.leads.earning": "reads what pays for leads and records it",
    "scrm.leads.converting": "makes a customer of a lead",
    "scrm.leads.detailing": "reads everything of a lead",
    "scrm.leads.erasing": "finds and erases rows",
    "scrm.leads.cleaning": "stores what was found out of a lead",
    "scrm.leads.feed": "takes in leads of other systems",
    "scrm.leads.following": "changes leads after what happened elsewhere",
    "scrm.leads.importing": "takes in a table of leads",
    "scrm.leads.handing": "hands customers to service and opens to-dos",
    "scrm.leads.inheriting": "hands a customer's leads on",
    "scrm.leads.intake": "records leads and touches",
    "scrm.leads.knowing": "reads who is known by a lead's keys",
    "scrm.leads.living": "stores the steps of a lead",
    "scrm.leads.owning": "reads whose leads were",
    "scrm.leads.listing": "reads lists of leads",
    "scrm.leads.moving": "carries out what staff ask of a lead",
    "scrm.leads.progress": "reads how a member's leads stand",
    "scrm.leads.queueing": "sends to a queue",
    "scrm.leads.reaching": "reads a lead, refuses as HTTP does",
    "scrm.leads.aging": "does a chunk of a job",
    "scrm.leads.of_sops": "changes leads as SOPs want it",
    "scrm.leads.recounting": "does a chunk of a job",
    "scrm.leads.recycling": "looks at leads whose time has come",
    "scrm.leads.renewing": "takes in renewals of contracts",
    "scrm.leads.signalling": "makes a lead of what a trace says",
    "scrm.leads.telling": "reads a lead with its history and rules",
    "scrm.leads.undecided": "does a chunk of a job",
    "scrm.leads.unfollowed": "reads what a to-do's lead waits for, refuses as HTTP does",
    "scrm.leads.united": "reads what is kept beside a lead and those in it",
    "scrm.leads.whose": "reads whose leads are",
    "scrm.library.bucket": "reads and writes catalogues in the bucket",
    "scrm.library.checking": "reads what an item names, refuses as HTTP does",
    "scrm.library.compiling": "makes catalogues of rows",
    "scrm.library.editing": "records items with their audit line",
    "scrm.library.import_writing": "records the items of a table",
    "scrm.library.importing": "reads what a table names, records what it says",
    "scrm.library.moving": "records moves with their audit line",
    "scrm.library.opening": "reads a library",
    "scrm.library.publishing": "reads what is published, and which files are ready",
    "scrm.library.showing": "reads contents and counts",
    "scrm.mass_sends.asking": "asks WeCom for a mass send",
    "scrm.mass_sends.outcomes": "records what a mass send came to",
    "scrm.mass_sends.sending": "gathers customers for a mass send",
    "scrm.mass_sends.settling": "asks WeCom what a mass send came to",
    "scrm.mass_sends.shared": "asks WeCom for moments and sends to groups",
    "scrm.mass_sends.telling": "sends to a queue",
    "scrm.mass_sends.values": "reads what variables say",
    "scrm.materials.bucket": "reads and writes files in the bucket",
    "scrm.materials.pictures": "signs addresses with the deployment's key",
    "scrm.materials.receiving": "reads what a browser has put into the bucket, refuses as HTTP does",
    "scrm.materials.warming": "uploads to WeCom and records it",
    "scrm.migrations.matching": "reads whose the phones of a list are",
    "scrm.inheritance.asking": "asks WeCom what became of handovers",
    "scrm.inheritance.carrying_on": "reads who has taken how many, makes batches",
    "scrm.inheritance.ending": "lets go of marks",
    "scrm.inheritance.erasing": "takes a person out of plans",
    "scrm.inheritance.handing_on": "moves what belongs to a customer",
    "scrm.inheritance.handing_work": "moves to-dos and visits",
    "scrm.inheritance.naming": "reads contacts and relations",
    "scrm.inheritance.queueing": "sends to a queue",
    "scrm.inheritance.drafting": "reads what a plan names, refuses as HTTP does",
    "scrm.inheritance.starting": "records plans with their audit line",
    "scrm.inheritance.selecting": "reads what a plan is about",
    "scrm.inheritance.sending": "hands customers over at WeCom",
    "scrm.inheritance.settling": "moves what belongs to customers",
    "scrm.inheritance.tagging": "puts tags on at WeCom",
    "scrm.inheritance.telling": "sends to a queue",
    "scrm.inheritance.working": "looks at a batch",
    "scrm.intentions.judging": "reads a trace and records a score",
    "scrm.jobs.queueing": "sends to a queue",
    "scrm.jobs.running": "does a chunk and records it",
    "scrm.jobs.starting": "records a job with its audit line",
    "scrm.notices.deployed": "collects what the notices' functions use",
    "scrm.notices.formats": "writes messages in the types of scrm.wecom",
    "scrm.notices.sending": "sends at WeCom and records the answer",
    "scrm.offboarding.asking": "starts a job",
    "scrm.offboarding.counting": "reads what is a member's",
    "scrm.offboarding.departing": "records who is gone, starts jobs",
    "scrm.offboarding.groups": "starts jobs with their audit line",
    "scrm.offboarding.handing_over": "stores and starts a plan, refuses as HTTP does",
    "scrm.offboarding.showing": "reads what is a member's",
    "scrm.offboarding.importing": "does a chunk of a job",
    "scrm.offboarding.job": "does a chunk of a job",
    "scrm.offboarding.knowing": "records whom WeCom lists",
    "scrm.orders.recounting": "reads orders and records facts",
    "scrm.products.claiming": "records which item has a code",
    "scrm.products.linking": "does a chunk of a job",
    "scrm.products.adapters.album": "reads the album at WeCom",
    "scrm.products.pushing": "changes the album at WeCom and records it",
    "scrm.products.syncing": "does a chunk of a job",
    "scrm.products.upserting": "records products and their items",
    "scrm.outside.posting": "connects to addresses outside",
    "scrm.privacy.consenting": "records what a customer has said, with its audit line",
    "scrm.privacy.erasing": "carries out an erasure",
    "scrm.privacy.finding": "reads which customer is named",
    "scrm.privacy.gathering": "reads by what a customer is found",
    "scrm.privacy.retaining": "deletes what is past due",
    "scrm.privacy.retention_job": "does a chunk of a job",
    "scrm.privacy.stores": "finds and erases rows",
    "scrm.pushes.job": "does a chunk of a job",
    "scrm.pushes.starting": "records a push and its job with their audit line",
    "scrm.pushes.targeting": "reads whom a push would reach",
    "scrm.profile.finding": "reads which customer is named",
    "scrm.profile.orders": "reads a customer's orders",
    "scrm.profile.reading": "reads a customer's profile",
    "scrm.profile.views": "reads which fields a role may see",
    "scrm.queries.acting": "does a chunk of a job",
    "scrm.queries.asking": "answers a question at the table",
    "scrm.queries.export_rows": "yields the rows of an export",
    "scrm.queries.views": "reads which fields a role may see",
    "scrm.reports.census": "does a chunk of a job",
    "scrm.reports.counting": "reads cards or snapshots",
    "scrm.reports.relations": "reads cards",
    "scrm.reports.snapshotting": "walks all cards and records the days",
    "scrm.reports.viewers": "reads whose work a caller may see",
    "scrm.reports.sources": "reads what reports are made of",
    "scrm.segments.computation": "reads which months a walk begins with",
    "scrm.segments.computing": "does a chunk of a job",
    "scrm.segments.holding": "does a chunk of a job",
    "scrm.segments.projecting": "marks tags at WeCom",
    "scrm.segments.queueing": "sends to a queue",
    "scrm.segments.retagging": "does a chunk of a job",
    "scrm.segments.saving": "records segments with their audit line",
    "scrm.segments.showing": "reads members and their cards",
    "scrm.sends.following": "writes what follows from a send",
    "scrm.sends.files": "reads files and their media ids",
    "scrm.sends.preparing": "stores what is about to be sent",
    "scrm.sends.subjects": "reads what is to be sent",
    "scrm.staff.shown": "reads the organisation at WeCom",
    "scrm.staff.sync": "records the organisation",
    "scrm.sends.showing": "reads whom a send is for",
    "scrm.sops.naming": "reads what those in SOPs are called",
    "scrm.sops.anchors": "reads contracts of a customer",
    "scrm.sops.acting": "reads what a customer has done",
    "scrm.sops.bars": "reads the bars of a customer",
    "scrm.sops.closing": "closes to-dos on evidence",
    "scrm.sops.completing": "records what a step came to",
    "scrm.sops.delivering": "puts what a step makes",
    "scrm.sops.doing": "carries out what staff do with a to-do",
    "scrm.sops.contents": "reads what a step sends",
    "scrm.sops.to_dos": "reads what the to-dos of steps are about",
    "scrm.sops.entering": "lets somebody enter",
    "scrm.sops.editing": "records SOPs with their audit line",
    "scrm.sops.entering_job": "does a chunk of a job",
    "scrm.sops.erasing": "takes a person out of mass sends",
    "scrm.sops.happening": "does what a message asks for",
    "scrm.sops.looking_at_leads": "reads whose a lead is",
    "scrm.sops.looking": "reads what a bar was entered for",
    "scrm.sops.nurturing": "reads a lead",
    "scrm.sops.publishing_job": "does a chunk of a job",
    "scrm.sops.queueing": "sends to a queue",
    "scrm.sops.reaching": "reads whose a bar is, refuses as HTTP does",
    "scrm.sops.references": "reads what a SOP names",
    "scrm.sops.resuming_job": "does a chunk of a job",
    "scrm.sops.running": "does what is due",
    "scrm.sops.storing": "stores what a change makes of a bar",
    "scrm.sops.transferring": "moves bars with their customer's owner",
    "scrm.sops.triggering": "reads which SOPs somebody enters or leaves",
    "scrm.sops.seeing": "reads what is known of a customer",
    "scrm.sops.stopping_job": "does a chunk of a job",
    "scrm.sops.tagging": "tags at WeCom and records it",
    "scrm.sops.touching": "counts touches",
    "scrm.sops.whose": "reads whose bars are",
    "scrm.sops.taking_in": "reads what is published, and which files are ready",
    "scrm.sops.using": "reads which SOPs are in force",
    "scrm.sops.walking": "moves bars, page by page",
    "scrm.sops.welcoming": "reads what a SOP says to a new friend",
    "scrm.stages.moving": "records a move with its audit line",
    "scrm.tagging.by_rule": "tags at WeCom and records it",
    "scrm.tagging.checking": "reads the catalogue of tags, refuses as HTTP does",
    "scrm.tagging.job": "tags at WeCom and records it",
    "scrm.tagging.marking": "tags at WeCom and records it",
    "scrm.tags.sync": "records corp tags",
    "scrm.webhooks.sending": "tells a webhook an event",
}
"""Modules of a feature that are no rules, with the reason. Everything else in a feature is held to be one."""


def findings(of: list[Module]) -> list[Finding]:
    return sorted(
        {finding for module in of for finding in (*libraries(module), *clocks(module))} | set(purity(of))
    )


def libraries(module: Module) -> Iterator[Finding]:
    for name in sorted(module.imports):
        place = place_of(name)
        if place is None:
            yield Finding("library", str(module.path), f"{name} is not in the layer")
        elif not re.fullmatch(place, str(module.path)):
            yield Finding("library", str(module.path), f"{name} belongs in {place}")
        if name.startswith(TOO_SLOW):
            yield Finding("library", str(module.path), f"{name} is too slow to import")


def place_of(name: str) -> str | None:
    """Return where a module may be imported: the longest name that covers it decides."""
    root = name.partition(".")[0]
    if root == "scrm" or root in sys.stdlib_module_names:
        return ".*"
    covering = [library for library in PLACES if f"{name}.".startswith(f"{library}.")]
    return PLACES[max(covering, key=len)] if covering else None


def clocks(module: Module) -> Iterator[Finding]:
    """One clock, read at the entry: the stack's, which can be moved."""
    if module.name in {"scrm.clock", "scrm.telemetry"}:
        return
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and re.fullmatch(
            r"(datetime\.)?(datetime|date)\.(now|utcnow|today)|time\.time", ast.unparse(node.func)
        ):
            yield Finding(
                "clock", f"{module.path}:{node.lineno}", "take the time as an argument or from scrm.clock"
            )


def purity(of: list[Module]) -> Iterator[Finding]:
    """Rule modules import the standard library, pydantic and each other: nothing that touches the world."""
    known = {module.name: module for module in of}
    for module in of:
        if not is_rule(module):
            continue
        if path := way_to_world(module, known):
            yield Finding("pure", str(module.path), f"reaches the world: {' → '.join(path)}")


def is_rule(module: Module) -> bool:
    _, *packages, last = module.name.split(".") if module.name.startswith("scrm.") else ("", "functions", "")
    inside = bool(packages) and packages[0] not in {*EDGE_PACKAGES, "functions"}
    return (
        inside
        and not EDGE_FILES.fullmatch(last)
        and module.name not in EDGES
        and module.path.stem != "__init__"
    )


def way_to_world(module: Module, known: dict[str, Module]) -> list[str]:
    """Return the shortest chain of imports that ends outside, or nothing."""
    waiting = [[module.name]]
    seen = {module.name}
    while waiting:
        path = waiting.pop(0)
        here = known[path[-1]]
        outside = (here.third_party - PURE) | (here.imports & WORLD)
        if outside:
            return [*path, min(outside)]
        for name in sorted((here.imports & known.keys()) - seen):
            seen.add(name)
            waiting.append([*path, name])
    return []


def main() -> None:
    found = findings(modules())
    for finding in found:
        print(finding)
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
