"""The template keeps our rules, and the rules see what is planted against them."""

import copy
import re
from collections.abc import Callable, Iterator

import pytest

from infra.build import deploy
from infra.rules.bundle import ROOT, Bundle, Finding, bundle, listed, target
from infra.rules.expand import read
from infra.rules.mutants import MUTANTS, Plant
from infra.rules.queues import dead_letter_queues, loop_allowed
from infra.rules.template import RULES, findings


@pytest.fixture(scope="module")
def whole() -> Bundle:
    return bundle()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_template_keeps_the_rule(whole: Bundle, rule: Callable[[Bundle], Iterator[Finding]]) -> None:
    assert [str(finding) for finding in rule(whole)] == []


@pytest.mark.parametrize("plant", MUTANTS.values(), ids=list(MUTANTS))
def test_a_planted_fault_is_found(whole: Bundle, plant: Plant) -> None:
    source = copy.deepcopy(whole.source)
    plant(source["Resources"])

    assert set(findings(Bundle(source, whole.folders))) - set(findings(whole))


def test_there_are_thirty_planted_faults() -> None:
    assert len(MUTANTS) == 30


def test_every_dead_letter_queue_has_an_alarm(whole: Bundle) -> None:
    found = {name: (resource["Type"], name) for name, resource in whole.expanded["Resources"].items()}
    watched = deploy.alarm_parameters("scrm", found)
    alarms = read(ROOT / "infra" / "observability.yaml")["Resources"]["Fn::ForEach::DeadLetters"]

    assert set(watched["DeadLetterQueues"].split(",")) == dead_letter_queues(whole)
    assert alarms[1] == {"Ref": "DeadLetterQueues"}
    assert [alarm["Type"] for alarm in alarms[2].values()] == ["AWS::CloudWatch::Alarm"]


def test_work_that_fails_or_waits_in_any_queue_is_told(whole: Bundle) -> None:
    found = {name: (resource["Type"], name) for name, resource in whole.expanded["Resources"].items()}
    watched = deploy.alarm_parameters("scrm", found)
    queues = {name: each for name, each in whole.properties("AWS::SQS::Queue") if not deploy.dead(name)}
    letters = {target(each["RedrivePolicy"]["deadLetterTargetArn"]) for each in queues.values()}

    assert letters <= set(watched["DeadLetterQueues"].split(","))
    assert set(watched["Queues"].split(",")) <= queues.keys()


def test_the_runbook_names_the_queues_whose_waiting_is_told() -> None:
    text = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
    waits = text.split("## Messages wait")[1].split("\n## ")[0]

    assert [name for name in deploy.WAITED_FOR if name not in waits] == []


def test_the_commands_in_the_docs_watch_what_a_deployment_watches() -> None:
    text = (ROOT / "docs" / "operations" / "telemetry.md").read_text(encoding="utf-8")
    named = {
        parameter: set(re.findall(r"LogicalResourceId=='(\w+)'", line))
        for parameter in ("Queues",)
        for line in text.splitlines()
        if line.strip().startswith(f"{parameter}=")
    }

    assert named == {"Queues": set(deploy.WAITED_FOR)}


def test_a_deployment_gives_the_alarms_only_parameters_they_have(whole: Bundle) -> None:
    found = {name: (resource["Type"], name) for name, resource in whole.expanded["Resources"].items()}
    known = read(ROOT / "infra" / "observability.yaml")["Parameters"]

    assert deploy.alarm_parameters("scrm", found).keys() <= known.keys()


def test_every_queue_is_read_by_one_function(whole: Bundle) -> None:
    mappings = whole.properties("AWS::Lambda::EventSourceMapping")
    read_by = [target(mapping["EventSourceArn"]) for _, mapping in mappings]
    queues = {name for name, _ in whole.of_type("AWS::SQS::Queue")} - dead_letter_queues(whole)

    assert sorted(name for name in read_by if name in queues) == sorted(queues)


def test_the_local_stack_knows_dead_letter_queues_by_their_name(whole: Bundle) -> None:
    names = {name for name, _ in whole.of_type("AWS::SQS::Queue")}

    assert {name for name in names if name.endswith("Dead")} == dead_letter_queues(whole)


def test_a_function_that_feeds_its_own_queue_must_say_so(whole: Bundle) -> None:
    source = copy.deepcopy(whole.source)
    source["Resources"]["SyncCustomerPage"]["Properties"].pop("RecursiveLoop", None)

    assert [found.where for found in loop_allowed(Bundle(source, whole.folders))] == ["SyncCustomerPage"]
    assert not list(loop_allowed(whole))


@pytest.mark.parametrize("name", ["Authorize", "PublicApi"])
def test_a_function_for_callers_not_known_yet_changes_nothing_of_the_domain(whole: Bundle, name: str) -> None:
    role = target(whole.functions()[name]["Role"])
    actions = {
        action
        for owner, statement in whole.statements()
        for resource in listed(statement.get("Resource"))
        for action in listed(statement.get("Action"))
        if owner == role and target(resource) == "ScrmTable"
    }

    assert actions == {"dynamodb:GetItem"}
