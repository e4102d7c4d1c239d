"""The welcome as step 0 (SOP-15): what a SOP says to who comes through one of its channels.

A channel's row names the SOPs that may welcome, so that an add through any other channel costs nothing more;
what they say is read when it is said.
"""

from dataclasses import replace
from datetime import datetime
from functools import partial

from scrm.channel_codes.dynamodb import ChannelChanged, channels, put
from scrm.channel_codes.dynamodb import channel as stored_channel
from scrm.channel_codes.model import Channel
from scrm.customers.welcoming import SOMEBODY, Message
from scrm.mass_sends.content import Content, Files, Incomplete, NotReady, content_of, files_in, variables_in
from scrm.sends.files import media_of, pictures_of
from scrm.settings.dynamodb import load as load_settings
from scrm.sops.model import Version
from scrm.sops.sops_dynamodb import defined
from scrm.sops.wording import variables
from scrm.staff.dynamodb import member
from scrm.telemetry import count
from scrm.wecom.checks import BreaksLimit, Missing

ATTEMPTS = 5


def message_of(channel: Channel, userid: str, now: datetime) -> Message | None:
    """Return what the first of a channel's SOPs says to a new friend, None where none says anything.

    1 RRU; what is defined by bytes once after each change, a member's name or the brand 0.5 each where the
    text asks for them.
    """
    sops = defined.sops()
    live = (sops[each] for each in channel.sops if each in sops and sops[each].live)
    versions = [defined.version(each.sop_id, each.published) for each in live]
    for version in sorted(versions, key=lambda each: (each.priority, each.sop_id)):
        if welcomes(version, channel.channel_id) and (content := _content(version, userid, now)):
            count("sop_welcome")
            return Message(content.text, tuple(dict(each) for each in content.attachments))
    return None


def welcomes(version: Version, channel_id: str) -> bool:
    """Return whether a SOP has a welcome for who comes through a channel that it names."""
    named = any(each.kind == "added" and channel_id in each.ids for each in version.triggers)
    return named and any(each.mode == "welcome" for each in version.steps)


def mark(sop_id: str) -> None:
    """Let the rows of channels say whether a SOP may welcome who comes through them, as it is now.

    A query over the channels; 2 WRU for each one that is to say otherwise. Safe to repeat.
    """
    sop = defined.sops().get(sop_id)
    version = defined.version(sop.sop_id, sop.published) if sop and sop.live else None
    for channel in channels():
        should = version is not None and welcomes(version, channel.channel_id)
        if should != (sop_id in channel.sops):
            _mark(channel, sop_id, should=should)


def _mark(known: Channel, sop_id: str, *, should: bool) -> None:
    """Store a channel that names the SOP, or does not. Raises ChannelChanged where others keep writing."""
    there: Channel | None = known
    for _ in range(ATTEMPTS):
        if there is None or should == (sop_id in there.sops):
            return
        others = tuple(each for each in there.sops if each != sop_id)
        named = (*others, sop_id) if should else others
        try:
            put(replace(there, sops=named, revision=there.revision + 1))
        except ChannelChanged:
            there = stored_channel(known.channel_id)
        else:
            return
    raise ChannelChanged(known.channel_id)


def _content(version: Version, userid: str, now: datetime) -> Content | None:
    step = next(each for each in version.steps if each.mode == "welcome")
    parts = list(defined.contents(version.sop_id, version.number).get(step.key, {}).get("parts", ()))
    names = variables_in(parts)
    values = {**variables(_brand(names), SOMEBODY, (), now), "customer": SOMEBODY}
    if "staff" in names and (found := member(userid)):
        values["staff"] = found.name
    wanted = files_in(parts)
    files = Files(media_of(wanted, now), pictures_of(wanted)) if wanted else Files()
    make = partial(content_of, values=values, files=files)
    try:
        try:
            content = make(parts)
        except NotReady as cold:
            count("sop_welcome_media_cold")
            content = make([each for each in parts if not set(files_in([each])) & set(cold.files)])
    except (Incomplete, BreaksLimit, Missing):
        count("sop_welcome_incomplete")
        return None
    return None if content.is_empty else content


def _brand(names: frozenset[str]) -> str:
    return load_settings().brand if "brand" in names else ""
