"""U5-U7, U13, SOPT: what a step of a SOP costs, what a tick reads at any size, what a minute carries.

python -m tests.bench U5
"""

from __future__ import annotations

import os
import time
from collections import Counter
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

from tests.bench.bars import Options, Result, at_least, at_most, exactly, progress
from tests.bench.sop_corp import SopCorp
from tests.bench.units import golden
from tests.capacity.recording import Recorded, recording
from tests.doubles.bundle import Bundle
from tests.doubles.dynamodb.tables import template

SHARDS = 4
ENROLLMENTS = (10_000, 100_000, 1_000_000)
DUE = 500
A_MINUTE = 10_000


def sops(options: Options) -> list[Result]:
    """A step is dispatched and completed, by kind; ticks over three sizes; a minute's worth of steps."""
    if os.environ.get("SOPT_STACK"):
        return _minute(options)
    results = [*_steps(update=options.update), *_ticks(options), *_mass(options), *_minute(options)]
    return sorted(results, key=lambda each: each.key)


def _steps(*, update: bool) -> list[Result]:
    """What one step writes: claim 3, to-do 1; touch and place in the member's day are the counted caps."""
    results: list[Result] = []
    for name, marketing, bar in (("service", False, 5), ("marketing", True, 6)):
        with ExitStack() as stack:
            corp = _corp(stack)
            dispatch, completion, trace = _journey(corp, marketing=marketing)
        caps = 2 if marketing else 1
        results += [
            at_most("U5", f"{name}_dispatch_wru", dispatch.write_units(), bar, f" WRU, {caps} of caps",
                    rru=dispatch.read_units(), requests=dispatch.requests()),
            at_most("U5", f"{name}_dispatch_without_caps", dispatch.write_units() - caps, 4, " WRU"),
            at_most("U5", f"{name}_completion_wru", completion.write_units(), 4, " WRU",
                    rru=completion.read_units(), requests=completion.requests()),
            golden(f"u5_{name}_dispatch", dispatch, update=update),
            golden(f"u5_{name}_completion", completion, update=update),
            golden(f"u5_{name}_followed", trace, update=update),
        ]  # fmt: skip
        progress(
            f"U5 {name}: dispatch {dispatch.write_units():g} WRU {dispatch.read_units():g} RRU, completion "
            f"{completion.write_units():g} WRU {completion.read_units():g} RRU, what follows "
            f"{trace.write_units():g} WRU"
        )
    return results


def _journey(corp: SopCorp, *, marketing: bool) -> tuple[Recorded, Recorded, Recorded]:
    """Return what dispatching a second step, completing it and what follows in the stream took."""
    from scrm.sops.model import Schedule, Step, Version

    steps = tuple(
        Step(f"A{number}", "同户型实景", schedule=Schedule(days=min(number, 1)), marketing=marketing)
        for number in range(5)
    )
    version = Version("sop_benchmark0000000001", 1, "全屋定制·新客七日培育", "step_by_step", steps)
    corp.define(version)
    (someone,) = corp.people(1)
    corp.enrolled([someone], version, corp.bundle.time.now())
    _done_once(corp)  # the process is warm, and it is the second step that is counted
    corp.bundle.time.sleep(86_400)
    corp.tick()
    dispatch = corp.works()
    corp.reacts()
    corp.do(corp.members[0])
    corp.reacts()
    return dispatch, corp.works(), corp.reacts()


def _done_once(corp: SopCorp) -> None:
    corp.tick()
    corp.works()
    corp.reacts()
    corp.do(corp.members[0])
    corp.reacts()
    corp.works()
    corp.reacts()


def _ticks(options: Options) -> list[Result]:
    """U6, U7: what a tick asks with so many enrollments, 500 of them due, or none."""
    found = {}
    for enrollments in ENROLLMENTS:
        number = options.scaled(enrollments)
        with ExitStack() as stack:
            corp = _corp(stack)
            _keys(corp, number - DUE, corp.bundle.time.now() + timedelta(hours=1))
            idle = _ticked(corp)
            _keys(corp, DUE, corp.bundle.time.now() - timedelta(hours=25), family="due")
            found[enrollments] = idle, _ticked(corp)
        progress(f"U6 {number:,} enrollments: {_figures(found[enrollments][1])} for {DUE} due")
    idle, least = found[ENROLLMENTS[0]]
    results = [
        exactly("U7", "idle_tick_queries", _queries(idle), SHARDS, " queries"),
        exactly("U7", "idle_tick_rru", idle.read_units(), SHARDS * 0.5, " RRU"),
        exactly("U7", "idle_tick_messages", idle.sends(), 0),
        golden("u7_idle_tick", idle, update=options.update),
        exactly("U6", "tick_queries", _queries(least), SHARDS, " queries"),
        at_most("U6", "tick_rru_a_step", least.read_units() / DUE, 0.025, " RRU", rru=least.read_units()),
        exactly("U6", "tick_messages", least.sends(), DUE),
        golden("u6_tick", least, update=options.update),
    ]
    for enrollments, (nothing, due) in found.items():
        differs = int(due.golden() != least.golden()) + int(nothing.golden() != idle.golden())
        results.append(
            exactly("U6", f"tick_of_{enrollments}_differs", differs, 0, " parts", figures=_figures(due))
        )
    return results


def _keys(corp: SopCorp, number: int, at: Any, family: str = "later") -> None:
    """Put so many enrollments that are due within a day from `at`, with what of them the index holds."""
    from scrm.moments import rfc3339
    from scrm.sops.dynamodb import due_pk
    from scrm.sops.enrollment import shard_of

    shards = [{"S": due_pk(each)} for each in range(SHARDS)]
    place = {"S": "SOP#sop_benchmark0000000001"}
    for each in range(number):
        subject = f"cu_{family:>6}{each:018}"
        due = rfc3339(at + timedelta(milliseconds=86_400_000 * each // number))
        shard = shards[shard_of(subject)]
        item = {
            "PK": {"S": f"PROGRESS#{subject}"},
            "SK": place,
            "due_pk": shard,
            "due_sk": {"S": f"{due}#010#A2#1.0.0"},
        }
        corp.put(item)


def _ticked(corp: SopCorp) -> Recorded:
    with recording(corp.bundle.cloud) as used:
        corp.tick()
    return used


def _queries(used: Recorded) -> int:
    return sum(call.operation == "Query" for call in used.calls)


def _figures(used: Recorded) -> str:
    return f"{_queries(used)} queries, {used.read_units():g} RRU, {used.sends()} messages"


def _minute(options: Options) -> list[Result]:
    """SOPT: what starting 10,000 due steps takes from the tick on, and how many a minute carries then."""
    from scrm.sops.model import Step, Version

    number = options.scaled(A_MINUTE)
    if os.environ.get("SOPT_STACK"):
        from tests.bench.sops_on_stack import minute_on_the_stack

        return minute_on_the_stack(number)
    version = Version(
        "sop_benchmark0000000001", 1, "一", "step_by_step", (Step("A1", "一"), Step("A2", "二"))
    )
    with ExitStack() as stack:
        corp = _corp(stack, members=max(10, number // 50))
        corp.define(version)
        corp.enrolled(corp.people(number), version, corp.bundle.time.now())
        corp.bundle.cloud.store.stream.clear()
        began = time.process_time()
        with recording(corp.bundle.cloud) as ticking:
            queued = corp.tick()["queued"]
        ticked = time.process_time() - began
        requests, began = 0, time.process_time()
        while corp.bundle.waiting().get("SopSteps"):
            requests += corp.works().requests()
        worked = time.process_time() - began
        started = sum(
            len(each.dispatched) for each in corp.bars([f"cu_{n:07}" for n in range(number)], version.sop_id)
        )
    return _carried(number, queued, started, (ticked, ticking), (worked, requests))


def _carried(
    number: int, queued: int, started: int, tick: tuple[float, Recorded], work: tuple[float, int]
) -> list[Result]:
    (ticked, ticking), (worked, requests) = tick, work
    sends = sum(call.service == "sqs" for call in ticking.calls)
    concurrency, share = _worker()
    each = requests / number * REQUEST + worked / number / share
    minute = 60 / each * concurrency
    tick_takes = (sends + _queries(ticking)) * REQUEST + ticked / share
    here = int(60 * number / (ticked + worked))
    progress(
        f"SOPT: the tick takes {ticked:.1f} s of process time and {sends} sends; a step "
        f"{worked / number:.4f} s and {requests / number:.1f} requests, so {each * 1000:.0f} ms at "
        f"{share:.0%} of a core; {concurrency} workers start {minute:,.0f} a minute, "
        f"one core here over doubles in memory {here:,}"
    )
    return [
        exactly("SOPT", "steps_queued_by_one_tick", queued, number),
        exactly("SOPT", "steps_started", started, number),
        at_most("SOPT", "tick_takes", tick_takes, 40, " s", process_seconds=ticked, sends=sends),
        at_least("SOPT", "steps_a_minute_as_deployed", int(minute), A_MINUTE, " steps",
                 concurrency=concurrency, seconds_a_step=each, requests_a_step=requests / number),
        at_least("SOPT", "steps_a_minute_in_process", here, A_MINUTE, " steps"),
    ]  # fmt: skip


def _mass(options: Options) -> list[Result]:
    """U13: 10,050 customers of one member who are told one thing, 90 of another who are told one of two."""
    most = options.scaled(10_050)
    bundle = Bundle()
    with bundle.running("fast"):
        corp = SopCorp(bundle, named=("zhangsan", "lisi"))
        _gathered(corp, "zhangsan", range(0, 2 * most, 2), ("红",))
        _gathered(corp, "lisi", range(1, 180, 2), ("红", "蓝"))
        bundle.time.sleep(120)
        for _ in range(3):
            corp.tick()
            while bundle.waiting().get("SopSteps"):
                corp.works()
            bundle.time.sleep(60)
        path = "externalcontact/add_msg_template"
        calls = Counter(each["body"]["sender"] for each in bundle.wecom.calls.listed(path))
        named = sum(len(each["body"]["external_userid"]) for each in bundle.wecom.calls.listed(path))
    expected = -(-most // 10_000)
    return [
        exactly("U13", f"calls_for_{most}_of_a_sender", calls["zhangsan"], expected, " calls"),
        exactly("U13", "calls_for_two_contents_of_a_sender", calls["lisi"], 2, " calls"),
        exactly("U13", "customers_named", named, most + 90),
    ]


def _gathered(corp: SopCorp, userid: str, places: range, words: tuple[str, ...]) -> None:
    """Put customers of a member who wait in a mass send of this minute, as gathering leaves them."""
    from scrm.mass_sends import dynamodb as masses
    from scrm.mass_sends.model import Gather, mass_id_of, opens_until
    from scrm.sops.dynamodb import EnrollmentRow
    from scrm.sops.enrollment import Enrollment, Run
    from scrm.sops.model import Step, Version

    now = corp.bundle.time.now()
    version = Version("M", 1, "M", "step_by_step", (Step("M1", "M1", "mass"),))
    if userid == "zhangsan":
        parts = {"M1": {"parts": [{"kind": "text", "text": "您好 {remark}"}], "revision": 1}}
        corp.define(version, contents=parts)
    mass_id = mass_id_of(version, version.steps[0], userid, now, 1)
    head = Gather(mass_id, "M", 1, "M1", userid, now, look_at=opens_until(now, now))
    masses.save(head, None)
    run = (Run("M1", 1, "DISPATCHED", now, now, mass_id),)
    for number, place in enumerate(places):
        someone, word = f"cu_{place:07}", words[number % len(words)]
        there = corp.chat_of(someone)
        corp.bundle.wecom.people.scan(userid=userid, external_userid=there)
        it = Enrollment("M", someone, 1, now, now, owner=userid, external_userid=there, runs=run, revision=1)
        corp.put(EnrollmentRow.of(it).serialize())
        masses.take_place(head, masses.Place(someone, there, 1, 1, userid, {"remark": word}))
    corp.bundle.wecom.callbacks.take()


REQUEST = 0.005
"""Seconds that a request to a table or queue of the same region takes, as generally told (a few ms)."""
A_CORE = 1769
"""MB of memory with which Lambda gives a whole core."""


def _worker() -> tuple[int, float]:
    """Return how many workers the template lets run at once, and what share of a core each has."""
    described = template()
    function = described["Resources"]["RunSopStep"]["Properties"]
    memory = function.get("MemorySize", described["Globals"]["Function"]["MemorySize"])
    concurrency = function["Events"]["Queue"]["Properties"]["ScalingConfig"]["MaximumConcurrency"]
    return int(concurrency), min(1.0, memory / A_CORE)


def _corp(stack: ExitStack, members: int = 10) -> SopCorp:
    bundle = Bundle(simulated=False)
    stack.enter_context(bundle.running("fast"))
    return SopCorp(bundle, members)
