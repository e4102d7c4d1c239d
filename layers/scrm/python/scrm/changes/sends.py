"""What follows from a send: that it was sent, and that the customer opened or forwarded it. Pure."""

from scrm.changes.sale_effects import SendSent, SendUsed
from scrm.changes.sop_effects import StepSent
from scrm.sends.model import Send


def send_changed(old: Send | None, new: Send | None) -> list[StepSent | SendSent]:
    """Return that an item was sent, once a send says so that did not; first that a step of a SOP was."""
    if new is None or new.status != "sent" or (old is not None and old.status == "sent"):
        return []
    of_step = new.task_id and new.sent_at
    step = [StepSent(new.task_id, new.send_id, new.userid, new.sent_at)] if of_step and new.sent_at else []
    return [*step, SendSent(new.send_id)]


def send_used(send_id: str, place: str) -> list[SendUsed]:
    """Return that what was sent was used, from the row of an event that is new."""
    return [SendUsed(send_id, place)]
