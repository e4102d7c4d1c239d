"""Customers as a CRM tells them, row by row (spec INT-01, INT-05)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from pynamodb.exceptions import TransactWriteError

from scrm import telemetry
from scrm.customers.dynamodb import Customers
from scrm.customers.model import ContactMethod, Customer
from scrm.facts import dynamodb as facts
from scrm.fields.dynamodb import known as known_fields
from scrm.fields.model import CustomField, mastered, normal, wrong_values
from scrm.http.problems import Problem
from scrm.identities.conflicts_dynamodb import claimed
from scrm.identities.dynamodb import Identities
from scrm.identities.normalise import InvalidIdentity, is_mobile, normalised
from scrm.integrations.customer_models import CustomerRowIn, CustomerRowOut, CustomersOut
from scrm.integrations.mastering import Word, is_news, with_word
from scrm.integrations.models import IDENTITY_FIELDS, RowError
from scrm.integrations.rows import judged, said, whole
from scrm.integrations.strangers import id_of
from scrm.privacy.receipts_dynamodb import erased_at
from scrm.settings import dynamodb as settings
from scrm.settings.model import Settings
from scrm.sidebar.contact_methods import wanted
from scrm.sidebar.dynamodb import customer_step
from scrm.table import in_transaction, rfc3339

ATTEMPTS = 4
MOST_FIELDS = 100
MOST_BYTES = 64 * 1024
MOST_IDENTITIES = 200
MOST_METHODS = 100

customers = Customers()
identities = Identities()


class Wrong(Exception):
    """The row cannot be taken; `errors` name its fields."""

    def __init__(self, **errors: str) -> None:
        super().__init__("a row is wrong")
        self.errors = [RowError(field=name, message=message) for name, message in errors.items()]


def take_in(rows: Sequence[Any], source: str, now: datetime) -> CustomersOut:
    """Record customers; return what became of each, in order. Safe to repeat, in any order of versions."""
    feed = _Feed(source, now)
    results = [feed.one(row) for row in rows]
    return CustomersOut(recorded=sum(each.status == "recorded" for each in results), results=results)


class _Feed:
    """One batch: what it knows of the corp's fields and settings, read once."""

    def __init__(self, source: str, now: datetime) -> None:
        self._source = source
        self._now = now
        self._fields: Mapping[str, CustomField] = known_fields(now)
        self._corp: Settings = settings.load()

    def one(self, row: Any) -> CustomerRowOut:
        """Record one row; return what became of it."""
        crmid = said(row, "crmid")
        good = judged(CustomerRowIn, row, self._now, ("member_since",))
        if isinstance(good, list):
            return CustomerRowOut(crmid=crmid, status="invalid", errors=good)
        try:
            word = self._word(good)
            return self._recorded(good, word)
        except Wrong as wrong:
            return CustomerRowOut(crmid=crmid, status="invalid", errors=wrong.errors)

    def _word(self, row: CustomerRowIn) -> Word:
        """Return what the row says, in normal forms. Raises Wrong."""
        ids = self._identities(row)
        wrong = wrong_values(row.fields, self._fields, strict=self._corp.strict_fields)
        if wrong:
            raise Wrong(**{f"fields.{key}": message for key, message in wrong.items()})
        methods = self._methods(row, ids)
        phones = [("phone", each.value) for each in methods if _is_indexed(each)]
        told = {
            "birthday": row.birthday,
            "member_since": rfc3339(whole(row.member_since)) if row.member_since else None,
        }
        return Word(
            crmid=ids["crmid"],
            version=row.version,
            identities=tuple(dict.fromkeys((*ids.items(), *phones))),
            kind=row.kind,
            name=row.name,
            contact_methods=methods,
            fields={key: normal(value) for key, value in row.fields.items()},
            mastered=None if row.mastered is None else tuple(dict.fromkeys(row.mastered)),
            interests=None if row.interests is None else tuple(dict.fromkeys(row.interests)),
            facts={name: value for name, value in told.items() if value},
        )

    def _identities(self, row: CustomerRowIn) -> dict[str, str]:
        found: dict[str, str] = {}
        for kind in IDENTITY_FIELDS:
            if (value := getattr(row, kind)) is None:
                continue
            if kind not in {"unionid", "crmid"} and kind not in self._corp.identity_scheme:
                raise Wrong(**{kind: "不在企业的客户标识方案中"})
            try:
                found[kind] = normalised(kind, value)
            except InvalidIdentity:
                raise Wrong(**{kind: "格式不正确"}) from None
        return found

    def _methods(self, row: CustomerRowIn, ids: Mapping[str, str]) -> tuple[ContactMethod, ...]:
        """Return the ways to reach the customer; a phone or mail address that names them is one, too."""
        try:
            given = wanted([(each.type, each.value) for each in row.contact_methods], Customer(""))
        except Problem as problem:
            errors = {
                each.field.replace("methods", "contact_methods", 1): each.message for each in problem.errors
            }
            raise Wrong(**errors) from None
        own = [ContactMethod("mobile", ids["phone"])] if is_mobile(ids.get("phone", "")) else []
        own += [ContactMethod("email", ids["email"])] if "email" in ids else []
        return tuple(dict.fromkeys((*given, *own)))

    def _recorded(self, row: CustomerRowIn, word: Word) -> CustomerRowOut:
        """Write the customer, the identities and the facts the row tells, all at once."""
        for _ in range(ATTEMPTS):
            named = self._named(row, word)
            if opened := self._conflicts(named):
                return CustomerRowOut(crmid=word.crmid, status="conflict", conflict_ids=opened)
            customer_id = named.get(("crmid", word.crmid)) or next(iter(named.values()), "")
            customer_id = customer_id or id_of([("crmid", word.crmid)])
            before = customers.customer(customer_id, consistent=True) or Customer(customer_id)
            if before.erased_at or (not named and any(erased_at(*each) for each in word.identities)):
                telemetry.count("identity_of_erased")
                raise Wrong(crmid="该客户已要求删除个人信息，不能重新导入")
            if before.version and not is_news(before, word):
                return CustomerRowOut(crmid=word.crmid, status="unchanged", customer_id=customer_id)
            new = tuple(each for each in word.identities if each not in named)
            theirs = tuple(each for each in word.identities if named.get(each) == customer_id)
            after = self._after(before, replace(word, identities=(*theirs, *new)))
            if self._written(row, after, new):
                created = not before.version and not named
                return CustomerRowOut(
                    crmid=word.crmid, status="recorded", customer_id=customer_id, created=created
                )
        return CustomerRowOut(crmid=word.crmid, status="busy")

    def _named(self, row: CustomerRowIn, word: Word) -> dict[tuple[str, str], str]:
        """Return the customers that the row's values name, by the values that are known."""
        found: dict[tuple[str, str], str] = {}
        for kind, value in word.identities:
            if owner := identities.owner(kind, value, consistent=True):  # type: ignore[arg-type]  # it is a kind
                found[kind, value] = owner
        if row.external_userid is not None:
            contact = customers.contact(row.external_userid, consistent=True)
            if contact is None:
                raise Wrong(external_userid="没有这位客户")
            found["external_userid", row.external_userid] = contact.customer_id
        if row.customer_id is not None:
            if customers.customer(row.customer_id, consistent=True) is None:
                raise Wrong(customer_id="没有这位客户")
            found["customer_id", row.customer_id] = row.customer_id
        return found

    def _conflicts(self, named: Mapping[tuple[str, str], str]) -> list[str]:
        """Return a recorded conflict for each value that another customer holds; none within a merged one."""
        if len(set(named.values())) < 2:
            return []
        claimant = next(iter(named.values()))
        others = [(*by, holder) for by, holder in named.items() if holder != claimant]
        found = [
            claimed(by, value, holder, claimant, self._source, self._now) for by, value, holder in others
        ]
        return [each.conflict_id for each in found if each]

    def _after(self, before: Customer, word: Word) -> Customer:
        after = with_word(before, word, mastered(self._fields.values()))
        if len(after.custom_fields) > MOST_FIELDS or len(json.dumps(after.custom_fields)) > MOST_BYTES:
            raise Wrong(fields=f"一位客户最多 {MOST_FIELDS} 个字段，共 {MOST_BYTES // 1024} KB")
        if len(after.contact_methods) > max(MOST_METHODS, len(before.contact_methods)):
            raise Wrong(contact_methods=f"一位客户最多 {MOST_METHODS} 个联系方式")
        if len(after.identities) > MOST_IDENTITIES:
            raise Wrong(crmid=f"一位客户最多有 {MOST_IDENTITIES} 个标识")
        return after

    def _written(self, row: CustomerRowIn, after: Customer, new: Sequence[tuple[str, str]]) -> bool:
        """Write it; return whether nobody was faster."""
        customer_id = after.customer_id
        _, step = customer_step(after, self._now)
        tally = facts.tally_of(customer_id)
        told = replace(
            tally,
            member_since=whole(row.member_since) if row.member_since else tally.member_since,
            follows_official_account=(
                tally.follows_official_account
                if row.follows_official_account is None or tally.follows_at
                else row.follows_official_account
            ),
        )
        try:
            with in_transaction() as transaction:
                step(transaction)
                for kind, value in new:
                    identities.bind_step(kind, value, customer_id, self._now)(transaction)  # type: ignore[arg-type]
                if told != tally:
                    facts.tally_step(customer_id, told, self._now)(transaction)
        except TransactWriteError as error:
            reasons = {reason.code for reason in error.cancellation_reasons if reason}
            if reasons and reasons <= {"ConditionalCheckFailed", "TransactionConflict"}:
                return False
            raise
        return True


def _is_indexed(method: ContactMethod) -> bool:
    return method.type == "mobile" and is_mobile(method.value)
