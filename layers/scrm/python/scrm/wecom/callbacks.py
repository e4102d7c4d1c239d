"""Callback XML, read leniently: CDATA or bare, elements in any order, absent, empty, repeated or unknown.

Source: WeCom documents 96238, 92130 and 90240. The standard library's expat reads it; a DOCTYPE is
refused before it can declare anything, depth and size are limited. Imported by the callback function.
"""

from dataclasses import dataclass, field
from hashlib import sha256
from xml.parsers.expat import ExpatError, ParserCreate, XMLParserType

MAX_BODY = 64 * 1024
MAX_DEPTH = 12
_CONTROLS = bytes(set(range(32)) - {9, 10, 13})

Field = str | dict[str, "Field"] | list["Field"]


class MalformedCallback(ValueError):
    """The body is not the XML that WeCom sends."""


class OversizedCallback(MalformedCallback):
    """The body is larger than 64 KiB."""


@dataclass(frozen=True)
class CallbackEvent:
    """One decrypted callback. What an element lacks reads as "" (0 for the time).

    `created_at` is WeCom's CreateTime in unix seconds, the time that events are ordered by.
    `fields` holds every element: text, or a dict where elements are nested, or a list where repeated.
    """

    event: str
    change_type: str
    created_at: int
    corp_id: str
    from_user: str
    fields: dict[str, Field] = field(repr=False)

    @property
    def msg_type(self) -> str:
        """Return "event", or the kind of message that a member sent to the app."""
        return text(self.fields, "MsgType")


def envelope(body: bytes) -> str:
    """Return the Encrypt element of a delivery. Raises MalformedCallback when there is not exactly one.

    Nothing else of a body is signed, so nothing else is read.
    """
    words: list[str] = []
    found: list[str] = []

    def end(name: str) -> None:
        if name == "Encrypt":
            found.append("".join(words).strip())
        words.clear()

    parser = ParserCreate("utf-8")
    parser.EndElementHandler = end
    parser.CharacterDataHandler = words.append
    _feed(parser, body)
    if len(found) != 1:
        raise MalformedCallback("one Encrypt element is required")
    return found[0]


def parse(xml: bytes) -> CallbackEvent:
    """Return the event of a decrypted callback. Raises MalformedCallback."""
    try:
        fields = _read(xml)
    except MalformedCallback:
        # Names typed by people bring control characters that XML forbids; the event matters more.
        cleaned = xml.translate(None, _CONTROLS)
        if cleaned == xml:
            raise
        fields = _read(cleaned)
    return CallbackEvent(
        event=text(fields, "Event"),
        change_type=text(fields, "ChangeType"),
        created_at=number(fields, "CreateTime"),
        corp_id=text(fields, "ToUserName"),
        from_user=text(fields, "FromUserName"),
        fields=fields,
    )


def event_id(corp_id: str, receiver: str, plaintext: bytes) -> str:
    """Return the id under which a delivery and its repetitions are the same event.

    The ciphertext will not do (random prefix), nor FromUserName + CreateTime (always `sys`, whole
    seconds). 64 hex characters.
    """
    digest = sha256(f"{corp_id}\0{receiver}\0".encode())
    digest.update(plaintext)
    return digest.hexdigest()


def text(fields: dict[str, Field], name: str) -> str:
    """Return the text of an element; "" when it is absent or nested; the last one when repeated."""
    value = fields.get(name, "")
    if isinstance(value, str):
        return value
    last = value[-1] if isinstance(value, list) else ""
    return last if isinstance(last, str) else ""


def number(fields: dict[str, Field], name: str) -> int:
    """Return the whole number in an element, 0 when there is none that 53 bits hold."""
    value = text(fields, name)
    return int(value) if value.removeprefix("-").isdecimal() and len(value) <= 15 else 0


def nested(fields: dict[str, Field], name: str) -> dict[str, Field]:
    """Return the elements inside an element, {} when it is absent or holds text; the last when repeated."""
    value = fields.get(name)
    if isinstance(value, list):
        value = value[-1]
    return value if isinstance(value, dict) else {}


def repeated(fields: dict[str, Field], name: str) -> list[Field]:
    """Return every element of that name, [] when there is none."""
    value = fields.get(name)
    if value is None or value == "":
        return []
    return value if isinstance(value, list) else [value]


def _read(xml: bytes) -> dict[str, Field]:
    # Closures over locals, and a buffer that holds any text whole: this runs for every element of every
    # callback (quality-bars.md, W1).
    levels: list[dict[str, Field]] = []
    here: dict[str, Field] = {}
    words = ""

    def start(_name: str, _attributes: object) -> None:
        nonlocal here, words
        levels.append(here)
        if len(levels) > MAX_DEPTH:
            raise MalformedCallback("nested too deep")
        here = {}
        words = ""

    def characters(value: str) -> None:
        nonlocal words
        words = value

    def end(name: str) -> None:
        nonlocal here, words
        value: Field = here or words.strip()
        here = levels.pop()
        words = ""
        if name not in here:
            here[name] = value
        elif isinstance(earlier := here[name], list):
            earlier.append(value)
        else:
            here[name] = [earlier, value]

    parser = ParserCreate("utf-8")
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = characters
    _feed(parser, xml)
    root = next(iter(here.values()))
    if not isinstance(root, dict):
        raise MalformedCallback("an element with elements is required")
    return root


def _feed(parser: XMLParserType, xml: bytes) -> None:
    if len(xml) > MAX_BODY:
        raise OversizedCallback("larger than 64 KiB")
    parser.buffer_text = True
    parser.buffer_size = MAX_BODY
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        parser.Parse(xml, True)
    except ExpatError as error:
        raise MalformedCallback(f"not XML: code {error.code}") from None


def _refuse_doctype(*_: object) -> None:
    raise MalformedCallback("a DOCTYPE is refused")
