"""The kind of job `sop_stop`: everybody leaves a SOP that is stopped (SOP-22); their to-dos follow.

params: `sop_id`. A stop is for good.
"""

from scrm.jobs.model import Outcome, Work
from scrm.sops.moving import exited
from scrm.sops.walking import walked

KIND = "sop_stop"


def run(work: Work) -> Outcome:
    """Let one page leave. Safe to repeat."""
    return walked(work, work.job.params["sop_id"], lambda it, now: exited(it, "stopped", now))
