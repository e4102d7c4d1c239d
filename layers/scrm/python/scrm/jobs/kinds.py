"""The kinds of jobs, by name. A kind's module is imported when a chunk of it is due, and not before.

A module has `run(work: Work) -> Outcome` (scrm.jobs.model.Runner).
"""

import importlib
from collections.abc import Mapping

from scrm.jobs.model import GiveUp, Runner

KINDS: Mapping[str, str] = {
    "erasure": "scrm.privacy.erasing",
    "export": "scrm.exports.job",
    "tag": "scrm.tagging.job",
    "retention": "scrm.privacy.retention_job",
    "census": "scrm.reports.census",
    "cards_renew": "scrm.cards.renewing",
    "segment_compute": "scrm.segments.computing",
    "segment_hold": "scrm.segments.holding",
    "segment_retag": "scrm.segments.retagging",
    "push": "scrm.pushes.job",
    "groups_sync": "scrm.groups.syncing",
    "group_transfer": "scrm.groups.transferring",
    "product_sync": "scrm.products.syncing",
    "product_link": "scrm.products.linking",
    "lead_loads": "scrm.leads.recounting",
    "leads_undecided": "scrm.leads.undecided",
    "leads_aged": "scrm.leads.aging",
    "selected": "scrm.queries.acting",
    "sop_publish": "scrm.sops.publishing_job",
    "sop_resume": "scrm.sops.resuming_job",
    "sop_stop": "scrm.sops.stopping_job",
    "sop_enter": "scrm.sops.entering_job",
    "offboarding": "scrm.offboarding.job",
    "unassigned_import": "scrm.offboarding.importing",
}
"""Kind to module."""

IRREVOCABLE = frozenset({"erasure"})
"""Kinds that go to their end once they are begun: half of it would be worse than nothing."""


def runner_of(kind: str) -> Runner:
    """Return what does a kind's chunks; raises GiveUp for a kind this version does not know."""
    if kind not in KINDS:
        raise GiveUp("unknown_kind")
    runner: Runner = importlib.import_module(KINDS[kind]).run
    return runner
