"""The kind of job `sop_resume`: who was put to rest by a paused SOP goes on (SOP-22).

params: `sop_id`. A pause moves nobody by itself; a bar rests when its time comes meanwhile. Its due is worked
out anew: at the earliest now, outside of quiet hours.
"""

from datetime import datetime

from scrm.jobs.model import GiveUp, Outcome, Work
from scrm.settings.dynamodb import load as load_settings
from scrm.sops.enrollment import Enrollment
from scrm.sops.moving import resumed
from scrm.sops.sops_dynamodb import defined
from scrm.sops.walking import walked

KIND = "sop_resume"
RESTS = "sop_paused"
"""Why a bar rests whose SOP is paused."""


def run(work: Work) -> Outcome:
    """Move one page. Safe to repeat. Gives up when the SOP is paused again, or stopped."""
    sop_id = work.job.params["sop_id"]
    sop = defined.sops().get(sop_id)
    if sop is None or sop.status != "running":
        raise GiveUp("sop_not_running")
    return walked(work, sop_id, goes_on)


def goes_on(it: Enrollment, now: datetime) -> Enrollment | None:
    """Return a bar that rested since its SOP was paused, going on; None for any other."""
    if it.status != "PAUSED" or it.why != RESTS:
        return None
    return resumed(it, defined.version(it.sop_id, it.version), load_settings(), now)
