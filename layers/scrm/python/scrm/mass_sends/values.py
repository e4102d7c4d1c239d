"""What the variables of a step say of one customer, as their owner knows them (spec 3.12)."""

from collections.abc import Collection
from datetime import datetime

from scrm.customers.welcoming import SOMEBODY
from scrm.fields.dynamodb import known as known_fields
from scrm.sends.variables import field_values
from scrm.settings.dynamodb import load as load_settings
from scrm.sops.enrollment import Enrollment
from scrm.sops.seeing import Person
from scrm.sops.wording import variables
from scrm.staff import dynamodb as staff
from scrm.stages.dynamodb import kept as stages


def values_of(names: Collection[str], it: Enrollment, person: Person | None, now: datetime) -> dict[str, str]:
    """Return the variables that are used and can be filled, by name; nothing is read for those that are not.

    The brand costs 0.5 RRU; names of members and stages are kept for a minute.
    """
    if not names or person is None:
        return {}
    relation = person.relation(it.external_userid, it.owner)
    remark = relation.remark if relation else ""
    called = remark or (relation.name if relation else "") or SOMEBODY
    cards = person.cards_with(it.owner)
    brand = load_settings().brand if "brand" in names else ""
    found = {**variables(brand, called, cards, now), "customer": called, "remark": remark}
    if "staff" in names:
        found["staff"] = staff.directory(now).name_of(it.owner)
    if "stage" in names and person.customer.stage:
        found["stage"] = stages.get(now).name_of(person.customer.stage)
    if any(each.startswith("field.") for each in names):
        found |= field_values(person.customer.custom_fields, known_fields(now), "staff")
    return {name: found[name] for name in names if found.get(name)}
