"""Files of what is sent: media ids that are ready, addresses of pictures. Nothing is uploaded here."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from scrm.materials.files_dynamodb import files, hurry, media_refused
from scrm.materials.pictures import address_of


def media_of(file_ids: Iterable[str], now: datetime) -> dict[str, str]:
    """Return the media id of each file that has one for a message at `now`: one batch read."""
    found = {file_id: each.media("message", now) for file_id, each in files(file_ids).items()}
    return {file_id: media.media_id for file_id, media in found.items() if media}


def pictures_of(file_ids: Iterable[str]) -> dict[str, str]:
    """Return the public address of each picture that there is: one batch read."""
    return {file_id: address_of(file_id) for file_id, each in files(file_ids).items() if each.is_ready}


def wanted(file_ids: Iterable[str], now: datetime) -> None:
    """Tell that somebody wants to send files that have no media id: they are made at once (CON-20)."""
    for file_id in dict.fromkeys(file_ids):
        hurry(file_id, now)


def refused(media: Mapping[str, str], now: datetime) -> None:
    """Tell that the SDK refused the media ids of a send (media id → file): they are made anew."""
    for media_id, file_id in media.items():
        media_refused(file_id, "message", media_id, now)
