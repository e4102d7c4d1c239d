"""Publishing a version while customers are midway (spec 3.9, 3.13). Pure."""

from dataclasses import replace
from datetime import datetime

from scrm.settings.model import Settings
from scrm.sops.enrollment import Enrollment
from scrm.sops.model import PublishPolicy, Version
from scrm.sops.moving import entered, exited, next_of, settled, skipped_past, to_next


def republished(
    was: Enrollment, version: Version, policy: PublishPolicy, corp: Settings, now: datetime
) -> Enrollment:
    """Return somebody midway after `version` was published; unchanged for those on it already, or over.

    keep: they finish the version they are on. migrate: the last done step that exists in the new version
    (whose order decides which is last) is what they go on from. restart: a new cycle begins after
    `exited(…, "restarted")`, see `restarted`. Repeating is safe.
    """
    if was.version >= version.number or not was.is_live or policy == "keep":
        return was
    if policy == "exit":
        return exited(was, "stopped", now)
    if policy == "restart":
        return exited(was, "restarted", now)
    return migrated(was, version, corp, now)


def migrated(was: Enrollment, version: Version, corp: Settings, now: datetime) -> Enrollment:
    """Return the enrollment on another version, going on after what is done (O-S8).

    A dispatched step that is the next in the new version, too, stays dispatched; another one is cancelled.
    Timed: dues are worked out anew, past ones are SKIPPED(migrated).
    """
    there = replace(was, version=version.number, priority=version.priority, moved={})
    follows = next_of(there, version)
    stays = (
        {each.key for each in version.steps}
        if version.strategy == "timed"
        else {follows.key if follows else ""}
    )
    kept = tuple(
        replace(each, status="CANCELLED", at=now)
        if each.status == "DISPATCHED" and each.step_key not in stays
        else each
        for each in was.runs
    )
    there = replace(there, runs=kept)
    if version.strategy == "timed":
        there = skipped_past(there, version, corp, now, "migrated")
    elif not there.dispatched:
        there = to_next(there, version, corp)
    return settled(there, version, corp, now)


def restarted(was: Enrollment, version: Version, corp: Settings, now: datetime) -> Enrollment:
    """Return the cycle that begins anew after one was left for it."""
    return entered(
        Enrollment(
            was.sop_id,
            was.subject,
            version.number,
            now,
            now,
            was.cycle + 1,
            owner=was.owner,
            external_userid=was.external_userid,
            lead_id=was.lead_id,
            channel_id=was.channel_id,
            trigger="restart",
            birthday=was.birthday,
        ),
        version,
        corp,
    )
