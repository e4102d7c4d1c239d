"""/admin/pretags: tags for people who are not there yet, by phone or unionid."""

from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from scrm.admin.audited import audited
from scrm.http import validation
from scrm.http.caller import Role
from scrm.http.request import Request
from scrm.http.routing import Api
from scrm.identities.normalise import InvalidIdentity, normalised
from scrm.pretags.dynamodb import Pretag, put
from scrm.pretags.models import PretagIn, PretagRowOut, PretagsIn, PretagsOut, RowError
from scrm.tags.dynamodb import load_catalogue

EDIT: frozenset[Role] = frozenset({"operations_admin", "marketing"})


def declare(api: Api) -> None:
    """Add the routes."""
    api.route("PUT", "/admin/pretags", roles=EDIT, scope="the corp", body=PretagsIn, answers=PretagsOut)(
        put_all
    )


def put_all(request: Request) -> PretagsOut:
    """Put tags down for phones and unionids; whoever has one gets them on adding a member, once.

    Each row is judged by itself, and takes the place of an earlier one of its phone or unionid; of two in one
    request the later counts. Repeating is safe.
    """
    asked: PretagsIn = request.body
    known = frozenset(load_catalogue().tags)
    judged = [_judged(row, place, request, known) for place, row in enumerate(asked.rows)]
    kept = {(each.kind, each.value): each for each, _ in judged if each}
    put(kept.values())
    tags = sorted({tag for each in kept.values() for tag in each.tag_ids})
    audited(request, "pretags_put", "PRETAGS", None, {"stored": len(kept), "tag_ids": tags})
    results = [result for _, result in judged]
    return PretagsOut(stored=sum(each.status == "stored" for each in results), results=results)


def _judged(
    row: Any, place: int, request: Request, known: frozenset[str]
) -> tuple[Pretag | None, PretagRowOut]:
    try:
        given = PretagIn.model_validate(row)
    except ValidationError as error:
        return None, _wrong(
            place, [(each.field, each.message) for each in validation.field_errors(error, "row")]
        )
    kind = "phone" if given.phone is not None else "unionid"
    try:
        value = normalised(kind, given.phone or given.unionid or "")  # type: ignore[arg-type]  # one of two
    except InvalidIdentity:
        return None, _wrong(place, [(kind, "格式不正确")])
    if unknown := [each for each in given.tag_ids if each not in known]:
        return None, _wrong(place, [("tag_ids", f"{len(unknown)} 个标签不存在")])
    tag_ids = tuple(dict.fromkeys(given.tag_ids))
    pretag = Pretag(kind, value, tag_ids, request.staff.userid, request.now)  # type: ignore[arg-type]  # as above
    return pretag, PretagRowOut(row=place, status="stored")


def _wrong(place: int, errors: Sequence[tuple[str, str]]) -> PretagRowOut:
    return PretagRowOut(
        row=place,
        status="invalid",
        errors=[RowError(field=field, message=message) for field, message in errors],
    )
