"""Jobs in chunks: every item once, counted once, whatever dies, repeats or waits (SEG-17, TAG-04)."""

from contextlib import suppress
from types import SimpleNamespace

import pytest

from tests.component.run_job.conftest import job_of, results_of, started
from tests.doubles.bundle import Bundle, Died, consumers
from tests.doubles.cloud import Call
from tests.faults.crashing import Killer, survived


def rows_done(bundle: Bundle) -> list[str]:
    return sorted(row["PK"].removeprefix("PROBE#") for row in bundle.rows("PROBE#"))


def test_seg_17_an_action_on_250_ids_is_a_job_with_a_result_for_each(bundle, probed):
    ids = [f"wm{number:03}" for number in range(250)]
    started(bundle, items=ids)
    assert job_of().status == "queued"

    bundle.settle()

    job = job_of()
    assert (job.status, job.total, job.done, job.failed, job.open) == ("done", 250, 250, 0, 0)
    assert results_of() == [(each, "done", "") for each in ids]
    assert sorted(probed) == ids


def test_a_walk_goes_on_from_every_start_to_its_end(bundle, probed):
    started(bundle, starts=["0", "5"], params={"until": 10})

    bundle.settle()

    assert (job_of().status, job_of().done, job_of().total) == ("done", 15, None)
    assert rows_done(bundle) == [str(number) for number in range(10)]
    assert results_of() == []


def test_items_that_somebody_was_too_busy_for_are_tried_again_and_the_others_are_not(bundle, probed):
    started(bundle, items=["a", "b", "c"], params={"busy": {"b": 3}, "bad": ["c"]})

    bundle.settle()
    assert (job_of().status, job_of().done, job_of().failed) == ("running", 1, 1)
    bundle.time.sleep(61)
    bundle.settle()
    assert job_of().status == "running"
    bundle.time.sleep(61)
    bundle.settle()

    assert (job_of().status, job_of().done, job_of().failed) == ("partial", 2, 1)
    assert results_of() == [("a", "done", ""), ("c", "failed", "not_friend"), ("b", "done", "")]
    assert probed == ["a", "b"]


def test_a_chunk_that_runs_out_of_time_leaves_the_rest_to_the_next(bundle, probed, monkeypatch):
    left = iter([60_000, 5_000])
    context = SimpleNamespace(
        function_name="run_job",
        memory_limit_in_mb=512,
        invoked_function_arn="arn",
        aws_request_id="r",
        get_remaining_time_in_millis=lambda: next(left, 60_000),
    )
    monkeypatch.setattr("tests.doubles.bundle.CONTEXT", context)
    started(bundle, items=["a", "b", "c"])

    bundle.settle()

    assert (job_of().status, probed) == ("done", ["a", "b", "c"])
    assert [row["attempt"] for row in bundle.rows("JOB#") if row["SK"].startswith("CHUNK#")] == [1, 1]


def test_a_chunk_delivered_twice_counts_once(bundle, probed):
    started(bundle, items=["a", "b"], params={"bad": ["b"]})
    bundle.settle()
    before = bundle.rows()

    bundle.invoke("run_job", {"Records": [_message({"job_id": "job_1", "chunk": "00000.000000"})]})

    assert bundle.rows() == before


def test_a_chunk_delivered_again_while_the_job_goes_on_is_not_done_again(bundle, probed):
    started(bundle, items=[f"i{n:02}" for n in range(30)])

    for _ in range(2):
        bundle.invoke("run_job", {"Records": [_message({"job_id": "job_1", "chunk": "00000.000000"})]})

    assert (len(probed), job_of().done, job_of().status) == (25, 25, "running")


def test_two_workers_at_one_chunk_at_once_count_it_once(bundle, probed):
    started(bundle, items=[f"i{n:02}" for n in range(30)], params={"bad": ["i03"]})
    record = _message({"job_id": "job_1", "chunk": "00000.000000"})

    def meanwhile(call: Call) -> None:
        if call.operation == "TransactWriteItems":
            bundle.cloud.before.remove(meanwhile)
            bundle.invoke("run_job", {"Records": [record]})

    bundle.cloud.before.append(meanwhile)
    answer = bundle.invoke("run_job", {"Records": [record]})

    assert answer == {"batchItemFailures": []}
    assert (job_of().done, job_of().failed, job_of().open) == (24, 1, 1)


def test_a_repeated_stream_record_queues_chunks_that_then_do_nothing(bundle, probed):
    started(bundle, items=["a", "b"])
    bundle.settle()
    before, seen = bundle.rows(), list(probed)

    assert bundle.invoke("react_to_changes", {"Records": bundle.cloud.store.stream}) == {
        "batchItemFailures": []
    }
    bundle.settle()

    assert (bundle.rows(), probed) == (before, seen)


def test_a_job_called_off_does_no_further_chunk(bundle, probed):
    from scrm.audit.dynamodb import WriteRefused, record
    from scrm.jobs.dynamodb import Jobs

    started(bundle, starts=["0"], params={"until": 1000})
    for _ in range(6):
        bundle.react()
        bundle.work("Jobs", consumers()["Jobs"])
    off = Jobs().cancel_step("job_1", bundle.time.now())
    record("admin", "job_cancelled", "JOB#job_1", None, None, "r", bundle.time.now(), writes=[off])
    seen = len(probed)
    bundle.settle()

    assert (job_of().status, len(probed)) == ("cancelled", seen)
    assert 0 < job_of().done < 1000
    with pytest.raises(WriteRefused):
        record("admin", "job_cancelled", "JOB#job_1", None, None, "r", bundle.time.now(), writes=[off])


def test_a_job_that_cannot_go_on_fails_with_its_reason(bundle, probed):
    started(bundle, items=["a"] * 60, params={"gives_up": True})
    started(bundle, job_id="job_2", kind="of_tomorrow", items=["a"])

    bundle.settle()

    assert (job_of().status, job_of().code) == ("failed", "nothing_there")
    assert (job_of("job_2").status, job_of("job_2").code) == ("failed", "unknown_kind")


def test_a_job_of_which_nothing_succeeds_has_failed(bundle, probed):
    started(bundle, items=["a", "b"], params={"bad": ["a", "b"]})

    bundle.settle()

    assert job_of().status == "failed"


def test_a_chunk_that_breaks_five_times_waits_among_the_dead_and_goes_on_when_it_is_returned(bundle, probed):
    started(bundle, items=["a"], params={"breaks": True})
    bundle.settle()
    assert bundle.waiting() == {"JobsDead": 1}
    assert job_of().is_open

    mend(bundle)
    answer = bundle.invoke("redrive_dead_letters", {"queue": "Jobs", "requested_by": "admin"})
    bundle.settle()

    assert answer["moved"] == 1
    assert (job_of().status, bundle.waiting()) == ("done", {})


def test_starting_a_job_twice_starts_it_once(bundle, probed):
    started(bundle, items=["a", "b"])
    started(bundle, items=["a", "b"])
    bundle.settle()
    started(bundle, items=["a", "b"])
    bundle.settle()

    assert (sorted(probed), job_of().done) == (["a", "b"], 2)


@pytest.mark.parametrize(
    "new",
    [
        {"items": [f"i{n}" for n in range(27)], "params": {"bad": ["i3"]}},
        {"items": ["a", "b", "c"], "params": {"busy": {"b": 2}}},
        {"starts": ["0", "4"], "params": {"until": 8}},
    ],
    ids=["items", "again", "walk"],
)
def test_r2_killed_at_any_step_a_job_ends_as_it_would_have(probed, new):
    def scenario(bundle: Bundle):
        def act() -> None:
            for _ in range(3):
                bundle.settle()
                bundle.time.sleep(61)

        started(bundle, **new)
        return act

    steps, different = survived("job", scenario)

    assert steps > 10
    assert different == {}


@pytest.mark.parametrize("at", range(1, 9))
def test_r2_killed_while_it_is_being_started_a_job_starts_when_asked_again(bundle, probed, at):
    killer = Killer(at)
    with killer.loose_in(bundle):
        with suppress(Died):
            started(bundle, items=["a", "b"])
        killer.revive()
        bundle.settle()
        started(bundle, items=["a", "b"])
    bundle.settle()

    assert (job_of().status, job_of().done, rows_done(bundle)) == ("done", 2, ["a", "b"])


def mend(bundle: Bundle) -> None:
    """Let the job's runner do its work from now on."""
    from scrm.jobs.dynamodb import JobRow

    JobRow("JOB#job_1", "JOB").update([JobRow.params.set({})])


def _message(body: dict[str, str]) -> dict[str, object]:
    from tests.component.conftest import sqs_event_of

    record: dict[str, object] = sqs_event_of(body, queue="Jobs")["Records"][0]
    return record
