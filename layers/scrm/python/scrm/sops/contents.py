"""What a step sends to one customer: its corrected content, as the parts of a send (CUS-22, SOP-10)."""

import json
from datetime import datetime

from scrm.cards.dynamodb import of_customer
from scrm.sends.preparing import Recipient
from scrm.sends.subjects import Subject, pieces_of
from scrm.settings.dynamodb import load as load_settings
from scrm.sops.closing import StepToDo
from scrm.sops.sops_dynamodb import defined
from scrm.sops.wording import variables


def subject_of_step(of: StepToDo, to: Recipient, now: datetime) -> Subject | None:
    """Return what a to-do is to send, None where its step has no content. By bytes, 0.5 RRU for the settings.

    A corrected text holds at once: it is read as of the latest change of any SOP.
    """
    told, version = of.task.payload, of.version
    content = defined.contents(version.sop_id, version.number).get(of.step.key)
    if content is None or not content.get("parts"):
        return None
    text = json.dumps(content["parts"], ensure_ascii=False)
    remark = to.there.own.remark if to.there.own else ""
    name = remark or (to.there.contact.name if to.there.contact else "")
    brand = load_settings().brand if "{brand}" in text else ""
    cards = of_customer(to.customer.customer_id) if "{days}" in text else ()
    return Subject(
        kind="sop",
        item_id=f"{version.sop_id}.{of.step.key}",
        number=version.number,
        title=str(told.get("title") or of.step.title),
        groups=(),
        pieces=pieces_of("script", content),
        values=variables(brand, name, cards, now),
        task_id=of.task.id,
    )
