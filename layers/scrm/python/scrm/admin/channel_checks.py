"""What a channel names must exist: members in the directory, tags in the catalogue."""

from collections.abc import Sequence

from scrm.admin.channel_models import RosterIn
from scrm.admin.refusals import told_to_people
from scrm.channel_codes.model import RosterEntry
from scrm.http import problems
from scrm.http.problems import FieldError
from scrm.staff.model import Directory, key
from scrm.tags import dynamodb as stored_tags
from scrm.tags.sync import follow_tags
from scrm.wecom.client import WeCom


def checked_staff(staff: Sequence[RosterIn], directory: Directory) -> tuple[RosterEntry, ...]:
    """Return the roster, its userids as WeCom spells them; raises a 422 problem for each wrong one."""
    errors: list[FieldError] = []
    entries: dict[str, RosterEntry] = {}
    for place, given in enumerate(staff):
        member = directory.get(given.userid)
        if member is None or member.status == "left":
            errors.append(FieldError(f"staff.{place}.userid", "没有这位在职成员，请先同步组织架构"))
        elif key(given.userid) in entries:
            errors.append(FieldError(f"staff.{place}.userid", "成员重复"))
        else:
            entries[member.key] = given.model_copy(update={"userid": member.userid}).entry()
    if errors:
        raise problems.invalid(*errors)
    return tuple(entries.values())


def checked_tags(tag_ids: Sequence[str], wecom: WeCom) -> tuple[str, ...]:
    """Return the tags; raises a 422 problem for each that neither we nor WeCom know."""
    wanted = tuple(dict.fromkeys(tag_ids))
    known = stored_tags.load_catalogue().tags
    if unknown := [each for each in wanted if each not in known]:
        with told_to_people():
            for each in unknown:
                follow_tags(wecom, tag_ids=[each])
        known = stored_tags.load_catalogue().tags
    errors = [
        FieldError(f"tags.{place}", "标签不存在或已被删除")
        for place, tag_id in enumerate(tag_ids)
        if tag_id not in known
    ]
    if errors:
        raise problems.invalid(*errors)
    return wanted
