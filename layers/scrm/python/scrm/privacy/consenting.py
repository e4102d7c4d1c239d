"""Recording what a customer has said on a purpose: the row, every word of it, and the audit line together."""

from collections.abc import Sequence
from datetime import timedelta

from scrm.admin.audited import audited
from scrm.audit.dynamodb import AuditBusy, Step, WriteRefused, record
from scrm.customers.dynamodb import Customers
from scrm.customers.model import Customer
from scrm.customers.whole import united
from scrm.http import problems
from scrm.http.request import Request
from scrm.privacy.consent import PURPOSES, Change, allows, may_market, told
from scrm.privacy.consents_dynamodb import history_step
from scrm.privacy.models import ConsentIn, ConsentOut, ConsentsIn, ConsentsOut
from scrm.sidebar.dynamodb import customer_step

# A sender's clock may run a little ahead of ours.
AHEAD = timedelta(minutes=10)
ATTEMPTS = 3

customers = Customers()


def recorded_by_staff(
    request: Request, parts: Sequence[Customer], asked: ConsentsIn, named: str
) -> ConsentsOut:
    """Record words with their audit line, under the id or contact that was `named`.

    Of a customer who was merged the words stay with the part that gave them, so that taking the merge back
    markets to nobody who has opted out. Raises 409 version_conflict, 422.
    """
    part = _addressed(parts, named)
    if asked.version is not None and asked.version != united(parts).version:
        raise problems.version_conflict()
    words = changes_of(request, asked.consents, request.staff.userid)
    after, steps = _meant(part, words, request)
    if steps:
        subject = f"CUSTOMER#{part.customer_id}"
        audited(request, "consents_changed", subject, dict(part.consents), dict(after.consents), steps)
    return shown([after if each is part else each for each in parts], request)


def recorded_by_system(request: Request, customer_id: str, given: Sequence[ConsentIn]) -> ConsentsOut:
    """Record words that another system tells, under the id it named. Safe to repeat. Raises 404, 422, 503."""
    words = changes_of(request, given, request.who)
    for _ in range(ATTEMPTS):
        parts = customers.whole(customer_id, consistent=True)
        if not parts:
            raise problems.not_found("没有这位客户")
        part = _addressed(parts, customer_id)
        after, steps = _meant(part, words, request)
        try:
            if steps:
                _line(request, part, after, steps)
        except WriteRefused:
            continue
        except AuditBusy:
            break
        return shown([after if each is part else each for each in parts], request)
    raise problems.unavailable("操作较多，请稍后重试")


def _addressed(parts: Sequence[Customer], named: str) -> Customer:
    """Return the part that is named by its id or by a contact of its own, else the root."""
    mine = (each for each in parts if named in {each.customer_id, *each.external_userids})
    return next(mine, parts[0])


def _line(request: Request, before: Customer, after: Customer, steps: Sequence[Step]) -> None:
    record(
        request.who,
        "consents_changed",
        f"CUSTOMER#{before.customer_id}",
        dict(before.consents),
        dict(after.consents),
        request.request_id,
        request.now,
        writes=steps,
    )


def changes_of(request: Request, given: Sequence[ConsentIn], by: str) -> list[Change]:
    """Return the words as changes; raises 422 for one that lies in the future."""
    late = request.now + AHEAD
    wrong = [n for n, each in enumerate(given) if each.at and each.at > late]
    if wrong:
        raise problems.invalid(*(problems.FieldError(f"consents.{n}.at", "时间在将来") for n in wrong))
    return [Change(each.purpose, each.given, each.at or request.now, each.source, by) for each in given]


def _meant(stored: Customer, words: Sequence[Change], request: Request) -> tuple[Customer, list[Step]]:
    """Return the customer then, and the steps that store it; none when every word is known."""
    after = told(stored, words)
    if after == stored and stored.version:
        known = {(purpose, word["given"], word["at"]) for purpose, word in stored.consents.items()}
        if all((each.purpose, each.given, each.plain["at"]) in known for each in words):
            return stored, []
    changed, step = customer_step(after, request.now)
    return changed, [step, history_step(stored.customer_id, words)]


def shown(parts: Sequence[Customer], request: Request) -> ConsentsOut:
    """Return what holds for the customer that `parts` are."""
    whole = united(parts)
    words = [
        ConsentOut(
            purpose=each,
            allowed=allows(whole, each, request.now),
            at=word.get("at"),
            source=str(word.get("source", "")),
            by=str(word.get("by", "")),
        )
        for each in PURPOSES
        for word in (whole.consents.get(each, {}),)
    ]
    return ConsentsOut(
        customer_id=whole.customer_id,
        consents=words,
        may_market=may_market(whole, request.now),
        opted_out_at=None if may_market(whole, request.now) else whole.opted_out_at,
        version=whole.version,
    )
