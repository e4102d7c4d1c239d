"""Whom a send is for, as its caller may see them, and how its parts look."""

from typing import Any

from scrm.customers.dynamodb import Customers
from scrm.http.request import Request
from scrm.materials.pictures import address_of
from scrm.sends.models import PreviewPartOut
from scrm.sends.payloads import Piece
from scrm.sends.preparing import Recipient
from scrm.sidebar.access import Seen, seen
from scrm.sidebar.keeping import customer_of
from scrm.staff import dynamodb as staff

customers = Customers()


def recipient_of(request: Request, external_userid: str) -> Recipient:
    """Return whom something is sent to; raises the refusal. One query, and the customer."""
    there = there_of(request, external_userid)
    return Recipient(there, customer_of(there))


def there_of(request: Request, external_userid: str) -> Seen:
    """Return a customer as the caller may see them; raises the refusal. One query."""
    contact, relations = customers.collection(external_userid)
    return seen(request.staff, external_userid, contact, relations, lambda: staff.directory(request.now))


def part_out(piece: Piece, payload: dict[str, Any] | None) -> PreviewPartOut:
    """Return one part as a person may see it."""
    number = piece.place.rpartition(".")[2]
    return PreviewPartOut(
        part=int(number) if number else None,
        kind=piece.kind,
        name=piece.name,
        picture=address_of(piece.picture) if piece.picture else None,
        payload=payload,
    )
