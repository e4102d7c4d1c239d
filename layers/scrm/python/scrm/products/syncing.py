"""The kind of job `product_sync`: products come from another system, or go there (CON-09).

params: `adapter`, `direction`. Pulling walks from page to page; pushing has the items' ids as its items.
"""

from scrm.jobs.model import GiveUp, Outcome, Result, Work
from scrm.products import album_dynamodb as links
from scrm.products.adapters import Adapter, Told, Unread
from scrm.products.adapters.album import Album
from scrm.products.pushing import Later, push
from scrm.products.upserting import Upserted, upsert_all
from scrm.wecom.deployed import wecom
from scrm.wecom.errors import CursorExpired, Throttled


def run(work: Work) -> Outcome:
    """Pull a page, or push the chunk's items. Safe to repeat."""
    if work.job.params["direction"] == "push":
        return _push(work)
    return _pull(work, adapter(str(work.job.params["adapter"])))


def adapter(name: str) -> Adapter:
    """Return an adapter by its name; raises GiveUp for one this version does not know."""
    if name != "album":
        raise GiveUp("unknown_adapter")
    return Album(wecom())


def _pull(work: Work, system: Adapter) -> Outcome:
    try:
        page = system.pull(work.cursor)
    except Throttled as throttled:
        return Outcome(next_cursor=work.cursor, delay=throttled.retry_after)
    except CursorExpired:
        raise GiveUp("cursor_expired") from None
    ours = links.links(each.code for each in page.products if isinstance(each, Told))
    wanted = [each for each in page.products if isinstance(each, Unread) or each.code not in ours]
    pushed = [Result(code, "skipped", "pushed_from_here") for code in ours]
    by = f"adapter:{work.job.params['adapter']}"
    results = [_result(each) for each in upsert_all(wanted, by, work.now)]
    return Outcome((*pushed, *results), next_cursor=page.next_cursor or None)


def _result(done: Upserted) -> Result:
    if done.status == "recorded":
        return Result(done.code, "done")
    if done.status == "unchanged":
        return Result(done.code, "skipped", "unchanged")
    return Result(done.code, "failed", next((f"invalid.{name}" for name in done.errors), done.status))


def _push(work: Work) -> Outcome:
    results: list[Result] = []
    again: dict[str, Later] = {}
    for place, item_id in enumerate(work.items):
        if place and not work.has_time():
            rest = (*again, *work.items[place:])
            return Outcome(
                tuple(results), again=rest, delay=max((e.delay for e in again.values()), default=0)
            )
        try:
            results.append(push(wecom(), item_id, work.now))
        except Later as later:
            again[item_id] = later
    if again and work.last_attempt:
        failed = (Result(item_id, "failed", later.why) for item_id, later in again.items())
        return Outcome((*results, *failed))
    delay = max((each.delay for each in again.values()), default=0)
    return Outcome(tuple(results), again=tuple(again), delay=delay)
