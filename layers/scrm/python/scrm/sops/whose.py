"""The bars of whoever a customer is: their own and those of everybody merged into them (decision 0011)."""

from scrm.sops.dynamodb import of_subject
from scrm.sops.enrollment import Enrollment
from scrm.sops.seeing import Person, person_of


def subjects_of(subject: str, person: Person | None) -> list[str]:
    """Return every id under which somebody may have bars; of a lead, or of who is not there, its own."""
    parts = [each.customer_id for each in person.customer.parts] if person else []
    return list(dict.fromkeys([subject, *([person.customer_id] if person else []), *parts]))


def current(subjects: list[str]) -> list[Enrollment]:
    """Return the latest cycle of each bar of these. One query for each, by bytes."""
    latest: dict[tuple[str, str], Enrollment] = {}
    for subject in subjects:
        for it in of_subject(subject):
            there = latest.get((subject, it.sop_id))
            if there is None or there.cycle < it.cycle:
                latest[subject, it.sop_id] = it
    return list(latest.values())


def bars_of(subject: str) -> tuple[Person | None, list[Enrollment]]:
    """Return who somebody is, None for a lead, and the latest cycle of each of their bars."""
    person = person_of(subject)
    return person, current(subjects_of(subject, person))
