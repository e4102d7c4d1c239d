"""A kind of job made for the tests: it puts a row for each item, and does as its params say.

params: `busy` items are not done before the attempt named; `bad` ones fail; a walk goes over the numbers
below `until`, three a chunk; `breaks` raises, `gives_up` ends the job.
"""

from scrm.jobs.model import GiveUp, Outcome, Result, Work
from scrm.table import Row

SEEN: list[str] = []


def run(work: Work) -> Outcome:
    params = work.job.params
    if params.get("gives_up"):
        raise GiveUp("nothing_there")
    if params.get("breaks"):
        raise RuntimeError
    return _items(work) if work.items else _walked(work, int(params["until"]))


def _items(work: Work) -> Outcome:
    results, again = [], []
    for place, item in enumerate(work.items):
        if not work.has_time():
            return Outcome(tuple(results), again=work.items[place:])
        if work.chunk.attempt < int(work.job.params.get("busy", {}).get(item, 0)):
            again.append(item)
        elif item in work.job.params.get("bad", ()):
            results.append(Result(item, "failed", "not_friend"))
        else:
            _put(item)
            results.append(Result(item, "done"))
    return Outcome(tuple(results), again=tuple(again), delay=61 if again else 0)


def _walked(work: Work, until: int) -> Outcome:
    start = int(work.cursor or 0)
    for number in range(start, min(start + 3, until)):
        _put(str(number))
    done = start + 3 >= until
    return Outcome(done=min(3, until - start), next_cursor=None if done else str(start + 3))


def _put(item: str) -> None:
    SEEN.append(item)
    Row(f"PROBE#{item}", "PROBE").save()
