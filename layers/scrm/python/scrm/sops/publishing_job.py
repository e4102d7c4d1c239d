"""The kind of job `sop_publish`: everybody midway goes over to a version that was published (spec 3.9).

params: `sop_id`, `number`, `policy` (migrate, restart, exit). Who is on that version already, or a later
one, stays as they are, so that doing it again changes nothing (O-S8).
"""

from datetime import datetime

from scrm.jobs.model import Outcome, Work
from scrm.settings.dynamodb import load as load_settings
from scrm.sops.dynamodb import EnrollmentChanged, begin, enrollment
from scrm.sops.enrollment import Enrollment
from scrm.sops.migrating import republished, restarted
from scrm.sops.model import Version
from scrm.sops.sops_dynamodb import version as version_of
from scrm.sops.walking import walked

KIND = "sop_publish"


def run(work: Work) -> Outcome:
    """Move one page. Safe to repeat."""
    params, corp = work.job.params, load_settings()
    version, policy = version_of(params["sop_id"], params["number"]), params["policy"]
    begun = (lambda it, now: _begun_anew(it, version, now)) if policy == "restart" else None
    return walked(work, params["sop_id"], lambda it, now: republished(it, version, policy, corp, now), begun)


def _begun_anew(it: Enrollment, version: Version, now: datetime) -> None:
    """Begin the next cycle of somebody who has left the last one to begin anew, unless that has been done."""
    there = enrollment(it.subject, it.sop_id)
    if there is None or there.why != "restarted" or there.version >= version.number:
        return
    try:
        begin(restarted(there, version, load_settings(), now), there)
    except EnrollmentChanged:
        return
